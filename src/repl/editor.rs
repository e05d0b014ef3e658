//! A prompt at a terminal: rustyline on a thread of its own.
//!
//! Only that thread draws. Incoming lines are queued, and it writes them above the prompt whenever
//! it draws; another thread wakes it, at most every 10 ms, so that a flood of lines does not delay
//! the echo of a key. The typed text stays in the editor alone. The badge for waiting messages has
//! the width of what it replaces, because the editor measures the prompt only once.

use std::env;
use std::io::{self, IsTerminal as _, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustyline::error::ReadlineError;
use rustyline::history::MemHistory;
use rustyline::{
    ColorMode, CompletionType, Config, EditMode, Event, EventHandler, ExternalPrinter, KeyCode,
    KeyEvent, Modifiers,
};

use super::assistant::{Assistant, TooLong};
use super::history::HISTORY_LINES_MAX;
use super::problem::{PROGRAM, complain};
use super::script::Player;
use super::terminal::QuietTerminal;
use super::{Calls, History, Inlet, Look, Screen, Script};
use crate::console::Judgement;

/// How long the first prompt waits for the answer to the registration, so that it is shown within
/// 50 ms of the start even if the server is silent.
const FIRST_PROMPT_PATIENCE: Duration = Duration::from_millis(20);

/// How long a prompt waits for the answer to the previous line, which may change the prompt. After
/// that, the next line can be typed while the answer is still awaited.
const PROMPT_PATIENCE: Duration = Duration::from_millis(600);

/// How long lines of a flood are collected, so that all are drawn together.
const DRAW_PAUSE: Duration = Duration::from_millis(10);

/// How long the end of a program waits for the editor to write the remaining lines.
const WRITE_PATIENCE: Duration = Duration::from_millis(500);

/// Makes the editor draw its line again, which writes the pending lines above it. The output itself
/// is not visible: one row up, one row down.
const WAKE: &str = "\x1b[A\n";

/// Cleans up after an edited line: ends the update that the editor had begun to draw, clears the
/// rows from here on, and ends bracketed paste.
const CLEAR: &[u8] = b"\x1b[?2026l\r\x1b[J\x1b[?2004l";

/// The key bindings for editing a line.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Keys {
    /// Those of emacs and of most shells.
    #[default]
    Emacs,
    /// Those of vi.
    Vi,
}

/// The options of a prompt.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct PromptOptions {
    /// The key bindings.
    pub keys: Keys,
    /// The colors.
    pub look: Look,
    /// Bell and desktop notifications.
    pub calls: Calls,
}

/// A line editor at the terminal of standard input and output. Incoming lines are shown above the
/// edited line.
/// Only the editing thread writes, so that lines keep their order; a second thread wakes it,
/// because the editor blocks.
pub struct Editor {
    screen: Arc<Screen>,
    terminal: QuietTerminal,
}

impl Editor {
    /// Returns whether lines can be edited here: standard input and output are a terminal that can
    /// move its cursor.
    pub fn is_possible() -> bool {
        let is_capable = env::var("TERM")
            .is_ok_and(|term| !["", "dumb", "cons25", "emacs"].contains(&term.as_str()));
        is_capable && io::stdin().is_terminal() && io::stdout().is_terminal()
    }

    /// Runs the script, if there is one, then shows the prompt and submits every line, until the
    /// user or the program leaves.
    ///
    /// # Errors
    ///
    /// The terminal cannot be used, or the operating system refuses a thread.
    pub fn start(
        inlet: Arc<dyn Inlet>,
        history: History,
        options: PromptOptions,
        script: Script,
    ) -> io::Result<Self> {
        let PromptOptions { keys, look, calls } = options;
        let screen = Arc::new(Screen::new(look.clone(), calls));
        let terminal = QuietTerminal::set()?;
        let assistant = Assistant::new(Arc::clone(&screen), Arc::clone(&inlet), look);
        let mut lines =
            set_up(assistant, TooLong(Arc::clone(&screen)), keys).map_err(io::Error::other)?;
        let mut printer = lines.create_external_printer().map_err(io::Error::other)?;
        if script.statements.is_some() {
            // The program may show its first lines before the thread runs.
            screen.watch().enter();
        }
        let session = Session { screen: Arc::clone(&screen), inlet, lines, history, script };
        let woken = Arc::clone(&screen);
        thread::Builder::new().name("prompt".to_owned()).spawn(move || session.run())?;
        thread::Builder::new().name("wake".to_owned()).spawn(move || {
            while woken.await_wake() && printer.print(WAKE.to_owned()).is_ok() {
                woken.rest(DRAW_PAUSE);
            }
        })?;
        Ok(Self { screen, terminal })
    }

    /// Returns the screen that the program shows its lines on.
    pub fn screen(&self) -> &Arc<Screen> {
        &self.screen
    }

    /// Writes the remaining lines, and restores the terminal. Called when the program has ended.
    pub fn finish(self) {
        let mut left = self.screen.close(WRITE_PATIENCE);
        write(CLEAR);
        while let Some(lines) = left {
            write(lines.as_bytes());
            left = self.screen.take_left();
        }
        drop(self.terminal);
    }
}

/// The line editor itself.
type Lines = rustyline::Editor<Assistant, MemHistory>;

fn set_up(assistant: Assistant, too_long: TooLong, keys: Keys) -> rustyline::Result<Lines> {
    let config = Config::builder()
        .max_history_size(HISTORY_LINES_MAX)?
        .edit_mode(match keys {
            Keys::Emacs => EditMode::Emacs,
            Keys::Vi => EditMode::Vi,
        })
        .completion_type(CompletionType::List)
        // Incoming lines do not have to wait for a second Tab then.
        .completion_show_all_if_ambiguous(true)
        // Colors are decided elsewhere, but only with this setting is `highlight_prompt` called.
        .color_mode(ColorMode::Forced)
        .build();
    let history = MemHistory::with_config(&config);
    let mut lines = Lines::with_history(config, history)?;
    let one_text = EventHandler::Conditional(Box::new(assistant.one_text()));
    lines.bind_sequence(KeyEvent(KeyCode::Enter, Modifiers::ALT), one_text);
    lines.bind_sequence(Event::Any, EventHandler::Conditional(Box::new(too_long)));
    lines.set_helper(Some(assistant));
    Ok(lines)
}

/// The editing thread.
struct Session {
    screen: Arc<Screen>,
    inlet: Arc<dyn Inlet>,
    lines: Lines,
    history: History,
    script: Script,
}

impl Session {
    fn run(mut self) {
        self.history.load(self.lines.history_mut());
        self.history.warn();
        if self.play_script() {
            self.edit();
        } else {
            self.inlet.end();
        }
        while let Some(lines) = self.screen.next_lines() {
            write(lines.as_bytes());
        }
        self.screen.end();
    }

    fn edit(&mut self) {
        self.write_answer(FIRST_PROMPT_PATIENCE);
        while let Some(prompt) = self.screen.open_editor() {
            // A line of more rows than it can count makes the editor panic.
            let typed = catch_unwind(AssertUnwindSafe(|| self.lines.readline(&*prompt)));
            self.screen.close_editor();
            let Ok(typed) = typed else {
                complain(PROGRAM, "the editor could not handle that line: type it again");
                continue;
            };
            if !self.hand_in(typed, &prompt) {
                break;
            }
        }
    }

    /// Runs the script and writes its output. Returns whether the prompt is to be shown now.
    fn play_script(&self) -> bool {
        let Some(statements) = &self.script.statements else {
            return true;
        };
        self.screen.set_script_playing(true);
        thread::scope(|scope| {
            let played = scope.spawn(|| {
                let mut player = Player::new(&self.screen, &*self.inlet, &self.script);
                player.play(statements);
                self.screen.set_script_playing(false);
                !player.has_stopped()
            });
            while let Some(lines) = self.screen.next_lines_of_script() {
                write(lines.as_bytes());
            }
            played.join().unwrap_or_default()
        })
    }

    /// Returns whether the program accepts more lines.
    fn hand_in(&mut self, typed: rustyline::Result<String>, prompt: &str) -> bool {
        match typed {
            Ok(typed) => self.hand_in_lines(&typed, prompt),
            Err(ReadlineError::Signal(_)) => true,
            Err(ReadlineError::Io(error)) if error.kind() == io::ErrorKind::InvalidData => {
                complain(PROGRAM, "the input is not UTF-8 and was dropped: type the line again");
                true
            }
            Err(_) => {
                // From here on, Ctrl-C arrives as a signal.
                self.inlet.interrupt();
                false
            }
        }
    }

    fn hand_in_lines(&mut self, typed: &str, prompt: &str) -> bool {
        let shown = Look::PLAIN.typed(typed, &Judgement::default());
        self.screen.remember(format!("{prompt}{shown}"));
        let lines = self.lines.helper().map(|assistant| assistant.lines(typed));
        match lines.unwrap_or_default().as_slice() {
            // The history contains it with its backslashes.
            [line] => self.remember(typed.trim_matches('\n')) && self.hand_in_line(line),
            lines => lines.iter().all(|line| self.remember(line) && self.hand_in_line(line)),
        }
    }

    fn remember(&mut self, line: &str) -> bool {
        if !line.trim().is_empty() {
            self.history.add(self.lines.history_mut(), line);
        }
        self.history.warn();
        true
    }

    fn hand_in_line(&mut self, line: &str) -> bool {
        let goes_on = self.inlet.line(line.to_owned());
        self.write_answer(PROMPT_PATIENCE);
        goes_on
    }

    /// Writes lines until the last command is answered, or for `patience` at most.
    fn write_answer(&self, patience: Duration) {
        let until = self.inlet.now() + patience;
        while let Some(lines) = self.screen.next_lines_of_answer(until.since(self.inlet.now())) {
            write(lines.as_bytes());
        }
    }
}

/// Writes to the terminal; a closed terminal is noticed when lines are read.
fn write(text: &[u8]) {
    let mut output = io::stdout().lock();
    output.write_all(text).and_then(|()| output.flush()).ok();
}
