//! A prompt at a terminal: rustyline on a thread of its own.
//!
//! Only that thread draws. Lines that arrive are queued, and it writes them above the prompt
//! whenever it draws; another thread wakes it, at most every 10 ms, so that a flood of lines does
//! not delay the echo of a key. What is typed stays in the editor alone. The badge for waiting
//! messages has the width of what it replaces, because the editor measures the prompt only once.

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
use super::script::Player;
use super::terminal::QuietTerminal;
use super::{Calls, History, Inlet, Look, PROGRAM, Screen, Script, complain};
use crate::console::Judgement;

/// How long the first prompt waits for the answer to the registration, so that it is seen within
/// 50 ms of the start even while the server is silent.
const FIRST_PROMPT_PATIENCE: Duration = Duration::from_millis(20);

/// How long a prompt waits for the answer to the line before it, which may change the prompt.
/// Then the next line can be typed while the answer is still awaited.
const PROMPT_PATIENCE: Duration = Duration::from_millis(600);

/// How long the lines of a flood wait for others, so that all are drawn together.
const DRAW_PAUSE: Duration = Duration::from_millis(10);

/// How long the end of a program waits for the editor to write what is left.
const WRITE_PATIENCE: Duration = Duration::from_millis(500);

/// Makes the editor draw its line again, which writes the lines that wait above it. This print
/// itself leaves no trace: one row up, one row down.
const WAKE: &str = "\x1b[A\n";

/// Ends whatever is left of an edited line: the update that the editor had begun to draw, the rows
/// from here on, and bracketed paste.
const CLEAR: &[u8] = b"\x1b[?2026l\r\x1b[J\x1b[?2004l";

/// The keys that edit a line.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Keys {
    /// Those of emacs and of most shells.
    #[default]
    Emacs,
    /// Those of vi.
    Vi,
}

/// How a prompt behaves.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Manner {
    /// Which keys edit a line.
    pub keys: Keys,
    /// How everything looks.
    pub look: Look,
    /// How somebody is called who does not look.
    pub calls: Calls,
}

/// A line editor at the terminal of standard input and output. Lines that come meanwhile appear
/// above the line that is edited.
///
/// One thread edits and is the only one to write, so that lines keep their order; a second one
/// wakes it, because that may wait.
pub struct Editor {
    screen: Arc<Screen>,
    terminal: QuietTerminal,
}

impl Editor {
    /// Returns whether lines can be edited here: there is a terminal on both sides, and one that
    /// can move its cursor.
    pub fn is_possible() -> bool {
        let is_capable = env::var("TERM")
            .is_ok_and(|term| !["", "dumb", "cons25", "emacs"].contains(&term.as_str()));
        is_capable && io::stdin().is_terminal() && io::stdout().is_terminal()
    }

    /// Plays the script, if there is one, then shows the prompt and hands in every line, until the
    /// user or the program leaves.
    ///
    /// # Errors
    ///
    /// The terminal cannot be used, or the operating system refuses a thread.
    pub fn start(
        inlet: Arc<dyn Inlet>,
        history: History,
        manner: Manner,
        script: Script,
    ) -> io::Result<Self> {
        let Manner { keys, look, calls } = manner;
        let screen = Arc::new(Screen::new(look.clone(), calls));
        let terminal = QuietTerminal::set()?;
        let assistant = Assistant::new(Arc::clone(&screen), Arc::clone(&inlet), look);
        let mut lines =
            set_up(assistant, TooLong(Arc::clone(&screen)), keys).map_err(io::Error::other)?;
        let mut printer = lines.create_external_printer().map_err(io::Error::other)?;
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

    /// Writes what is left to write, and gives the terminal back as it was. Called when the
    /// program has ended.
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
        // Lines that come do not have to wait for a second Tab then.
        .completion_show_all_if_ambiguous(true)
        // Colours are chosen elsewhere, but only then `highlight_prompt` is asked.
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

/// The thread that edits.
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

    /// Plays the script and writes what comes of it. Tells whether somebody may type now.
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

    /// Returns whether more lines may come.
    fn hand_in(&mut self, typed: rustyline::Result<String>, prompt: &str) -> bool {
        match typed {
            Ok(typed) => self.hand_in_lines(&typed, prompt),
            Err(ReadlineError::Signal(_)) => true,
            Err(ReadlineError::Io(error)) if error.kind() == io::ErrorKind::InvalidData => {
                complain(PROGRAM, "the input is not UTF-8 and was dropped: type the line again");
                true
            }
            Err(_) => {
                // From here on, Ctrl-C comes as a signal.
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
            // The history has it with its backslashes.
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

    /// Writes what comes until the last line is answered, or for `patience` at most.
    fn write_answer(&self, patience: Duration) {
        let until = self.inlet.now() + patience;
        while let Some(lines) = self.screen.next_lines_of_answer(until.since(self.inlet.now())) {
            write(lines.as_bytes());
        }
    }
}

/// Writes to the terminal; one that is gone shows up where lines are read.
fn write(text: &[u8]) {
    let mut output = io::stdout().lock();
    output.write_all(text).and_then(|()| output.flush()).ok();
}
