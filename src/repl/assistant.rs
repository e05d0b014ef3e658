//! The callbacks of rustyline while a line is edited.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustyline::completion::Pair;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hint;
use rustyline::history::SearchDirection;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{
    Cmd, CompletionType, ConditionalEventHandler, Context, Event, EventContext, Helper, KeyCode,
    Modifiers, RepeatCount,
};

use terminal_size::{Height, Width, terminal_size};

use machine::Completions;

use super::several::{Entry, as_one, entry};
use super::{Inlet, Look, Screen};
use crate::console::{Judgement, complete};

/// The maximum size of an editable line in bytes: each takes up a column at most, except a tab.
pub(super) const EDITED_LEN_MAX: usize = 32 * 1024;

/// The approximate width of a prompt in columns.
const PROMPT_LEN: usize = 16;

/// The maximum length of a hint in characters: a longer one is not more useful.
const HINT_LEN_MAX: usize = 60;

/// Helps the user while a line is edited.
#[derive(Helper)]
pub(super) struct Assistant {
    screen: Arc<Screen>,
    inlet: Arc<dyn Inlet>,
    look: Look,
    /// The entry that was ambiguous when it was submitted last.
    asked: Mutex<String>,
    is_one_text: OneText,
    /// The width of the terminal, and the columns that the line took up, at the last drawing.
    drawn: Mutex<(u16, usize)>,
}

impl Assistant {
    pub(super) fn new(screen: Arc<Screen>, inlet: Arc<dyn Inlet>, look: Look) -> Self {
        let (asked, is_one_text) = (Mutex::default(), OneText::default());
        Self { screen, inlet, look, asked, is_one_text, drawn: Mutex::default() }
    }

    /// Returns the handler of the key that sends everything as one text.
    pub(super) fn one_text(&self) -> OneText {
        self.is_one_text.clone()
    }

    /// Splits the entry into the lines to submit.
    pub(super) fn lines(&self, typed: &str) -> Vec<String> {
        if self.is_one_text.0.swap(false, Ordering::SeqCst) {
            return vec![as_one(typed)];
        }
        match entry(typed, self.screen.commands()) {
            Entry::One(line) => vec![line],
            Entry::Commands(lines) | Entry::Unclear(lines) => lines,
            Entry::Unfinished | Entry::Wrong(_) => Vec::new(),
        }
    }

    /// Returns whether the same question was asked just now; if not, remembers it.
    fn was_asked(&self, typed: &str) -> bool {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let was_asked = *asked == typed;
        typed.clone_into(&mut asked);
        was_asked
    }

    /// Returns the output that repairs a screen whose width has changed while the line had several
    /// rows. Some terminals rewrap all rows and others do not, so the editor may have cleared too
    /// much or too little: everything is pushed up, out of sight, and written again.
    fn repair(&self) -> Option<String> {
        let (Width(columns), Height(rows)) = terminal_size()?;
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut drawn.0, columns);
        let is_spoilt = before != columns && before > 0 && drawn.1 >= before.min(columns).into();
        let rows = usize::from(rows);
        is_spoilt.then(|| {
            let recent = self.screen.recent(rows.saturating_sub(2));
            format!("{}\x1b[H\x1b[J{recent}", "\n".repeat(rows))
        })
    }

    fn judge(&self, line: &str) -> Judgement {
        self.screen.commands().judge(line)
    }
}

impl rustyline::completion::Completer for Assistant {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        place: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let typed = line.get(..place).unwrap_or_default();
        let Completions { start, candidates } = complete(typed, &self.inlet.vocabulary());
        let pairs = candidates.into_iter();
        let pairs = pairs.map(|it| Pair { display: it.shown, replacement: it.word });
        Ok((start, pairs.collect()))
    }
}

/// A hint: text after the cursor that is not typed.
pub(super) struct Suggestion {
    shown: String,
    /// The text that is inserted when the hint is accepted.
    taken: String,
}

impl Hint for Suggestion {
    fn display(&self) -> &str {
        &self.shown
    }

    fn completion(&self) -> Option<&str> {
        (!self.taken.is_empty()).then_some(&self.taken)
    }
}

impl Suggestion {
    fn new(taken: String, behind: &str) -> Self {
        let mut lines = taken.split('\n');
        let first = lines.next().unwrap_or_default();
        let mut shown: String = first.chars().filter(|c| !c.is_control()).collect();
        shown.push_str(behind);
        let is_cut = lines.next().is_some() || shown.chars().count() > HINT_LEN_MAX;
        if is_cut {
            shown = shown.chars().take(HINT_LEN_MAX).chain(['…']).collect();
        }
        Self { shown, taken }
    }
}

impl rustyline::hint::Hinter for Assistant {
    type Hint = Suggestion;

    /// Suggests the rest of the last line that began like this and would be valid now, or else the
    /// missing arguments of the command.
    fn hint(&self, line: &str, place: usize, context: &Context<'_>) -> Option<Suggestion> {
        if place < line.len() || line.trim().is_empty() {
            return None;
        }
        let history = context.history();
        let mut before = context.history_index().min(history.len());
        while let Some(at) = before.checked_sub(1) {
            let Ok(Some(found)) = history.starts_with(line, at, SearchDirection::Reverse) else {
                break;
            };
            let rest = found.entry.get(line.len()..).unwrap_or_default();
            if !rest.is_empty() && !self.judge(&found.entry).is_wrong() {
                return Some(Suggestion::new(rest.to_owned(), ""));
            }
            before = found.idx;
        }
        let judgement = self.judge(line);
        let missing: Vec<_> = judgement.missing.iter().map(|it| it.placeholder()).collect();
        let missing = missing.join(" ");
        let blank =
            if missing.is_empty() || line.ends_with(char::is_whitespace) { "" } else { " " };
        let word = judgement.rest_of_word;
        let taken = if word.is_empty() { String::new() } else { format!("{word}{blank}") };
        let behind = if taken.is_empty() { format!("{blank}{missing}") } else { missing };
        Some(Suggestion::new(taken, &behind))
    }
}

impl Highlighter for Assistant {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        // The prompt precedes it; wide characters take up two columns.
        let columns = 2 * line.chars().count() + PROMPT_LEN;
        self.drawn.lock().unwrap_or_else(PoisonError::into_inner).1 = columns;
        self.look.typed(line, &self.judge(line))
    }

    #[expect(single_use_lifetimes, reason = "they are the trait's")]
    /// Writes the pending lines above the prompt: rustyline asks for this whenever it draws, with
    /// the cursor where the prompt belongs and everything below cleared.
    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(
        &'s self,
        prompt: &'p str,
        is_own: bool,
    ) -> Cow<'b, str> {
        // The prompt of a search is not changed.
        let now = if is_own { self.screen.prompt_within(prompt) } else { prompt.into() };
        let prompt = self.look.prompt(&now, self.screen.waiting()).into_owned();
        let repair = self.repair();
        match (repair, self.screen.lines_above_editor()) {
            (None, None) => Cow::Owned(prompt),
            (repair, lines) => {
                Cow::Owned(repair.unwrap_or_default() + &lines.unwrap_or_default() + &prompt)
            }
        }
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        self.look.hint(hint)
    }

    fn highlight_candidate<'c>(&self, candidate: &'c str, _: CompletionType) -> Cow<'c, str> {
        self.look.candidate(candidate)
    }

    /// A word is valid or invalid as a whole, so each key may change the style of all.
    fn highlight_char(&self, _: &str, _: usize, kind: CmdKind) -> bool {
        kind == CmdKind::Other
    }
}

impl Validator for Assistant {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let typed = context.input();
        // The message is shown above the line, which is drawn again with an empty answer.
        let refused = |why: &str| {
            self.screen.tell(why);
            Ok(ValidationResult::Invalid(Some(String::new())))
        };
        match entry(typed, self.screen.commands()) {
            Entry::Unfinished => Ok(ValidationResult::Incomplete),
            Entry::Unclear(lines) if !self.was_asked(typed) => refused(&format!(
                "[{} commands? Enter runs them one by one, Alt-Enter sends one text.]",
                lines.len()
            )),
            Entry::Wrong(line) => refused(&format!(
                "[Line {line} is not a command, so nothing was run. A text begins with its \
                 command.]"
            )),
            Entry::One(_) | Entry::Commands(_) | Entry::Unclear(_) => {
                Ok(ValidationResult::Valid(None))
            }
        }
    }
}

/// Prevents the editor, which counts columns up to 65,535 only, from editing longer lines.
pub(super) struct TooLong(pub(super) Arc<Screen>);

impl ConditionalEventHandler for TooLong {
    fn handle(
        &self,
        event: &Event,
        _: RepeatCount,
        _: bool,
        context: &EventContext<'_>,
    ) -> Option<Cmd> {
        let Event::KeySeq(keys) = event else { return None };
        let key = keys.last()?;
        let is_harmless = matches!(key.0, KeyCode::Enter | KeyCode::BracketedPasteStart)
            || (key.1 == Modifiers::CTRL && matches!(key.0, KeyCode::Char('C' | 'D' | 'J' | 'M')));
        if is_harmless || context.line().len() <= EDITED_LEN_MAX {
            return None;
        }
        self.0.tell("[This line is too long to edit: Enter submits it, Ctrl-C leaves.]");
        Some(Cmd::Noop)
    }
}

/// Remembers that the entry is submitted as one text.
#[derive(Clone, Default)]
pub(super) struct OneText(Arc<AtomicBool>);

impl ConditionalEventHandler for OneText {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, _: &EventContext<'_>) -> Option<Cmd> {
        self.0.store(true, Ordering::SeqCst);
        Some(Cmd::AcceptLine)
    }
}
