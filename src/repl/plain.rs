//! A prompt without a terminal: lines in, lines out.

use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::input::{Piped, next_line};
use super::{Inlet, PROGRAM, Screen, complain};

/// How long the end of a program waits for a reader of its output that has stopped reading.
const WRITE_PATIENCE: Duration = Duration::from_secs(5);

/// Standard input and output as plain lines, each on a thread of its own.
#[derive(Debug)]
pub struct Plain {
    screen: Arc<Screen>,
    script: Arc<Script>,
}

/// Says what was not done, although the chat itself went well.
#[derive(Debug, thiserror::Error)]
pub enum PlainError {
    /// The screen's lines did not get where they belong.
    #[error("standard output cannot be written: make room where it goes, or send it elsewhere")]
    Output(#[source] io::Error),
    /// Input lines were refused; each was told on standard error.
    #[error("some lines of standard input were not taken")]
    Input,
}

/// What the threads found wrong.
#[derive(Debug, Default)]
struct Script {
    refused_input: AtomicBool,
    output_error: Mutex<Option<io::Error>>,
}

impl Plain {
    /// Writes every line to standard output at once. Input is left alone.
    ///
    /// # Errors
    ///
    /// The operating system refuses a thread.
    pub fn output_only() -> io::Result<Self> {
        Self::start_output(|| {})
    }

    /// Writes every line to standard output at once, and hands in one line of standard input
    /// after the other, the next one when the one before has been answered. Wishes to leave when
    /// nobody reads the output any more.
    ///
    /// # Errors
    ///
    /// The operating system refuses a thread.
    pub fn start(inlet: Arc<dyn Inlet>) -> io::Result<Self> {
        let leave = Arc::clone(&inlet);
        let plain = Self::start_output(move || leave.interrupt())?;
        let screen = Arc::clone(&plain.screen);
        let script = Arc::clone(&plain.script);
        thread::Builder::new().name("input".to_owned()).spawn(move || {
            if !read_all(&screen, &*inlet) {
                script.refused_input.store(true, Ordering::SeqCst);
            }
            inlet.end();
        })?;
        Ok(plain)
    }

    /// Gives the screen that the program shows its lines on.
    pub fn screen(&self) -> &Arc<Screen> {
        &self.screen
    }

    /// Waits until every line is written, or for 5 seconds at most. Called when the program has
    /// ended.
    ///
    /// # Errors
    ///
    /// See [`PlainError`].
    pub fn finish(self) -> Result<(), PlainError> {
        self.screen.close(WRITE_PATIENCE);
        let mut error = self.script.output_error.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = error.take() {
            Err(PlainError::Output(error))
        } else if self.script.refused_input.load(Ordering::SeqCst) {
            Err(PlainError::Input)
        } else {
            Ok(())
        }
    }

    fn start_output(leave: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let plain = Self { screen: Arc::default(), script: Arc::default() };
        let screen = Arc::clone(&plain.screen);
        let script = Arc::clone(&plain.script);
        thread::Builder::new().name("output".to_owned()).spawn(move || {
            if let Err(error) = write_all(&screen) {
                // Whoever closed the other end has seen enough.
                if error.kind() != io::ErrorKind::BrokenPipe {
                    let mut kept =
                        script.output_error.lock().unwrap_or_else(PoisonError::into_inner);
                    *kept = Some(error);
                }
                leave();
                while screen.next_lines().is_some() {}
            }
            screen.end();
        })?;
        Ok(plain)
    }
}

fn write_all(screen: &Screen) -> io::Result<()> {
    while let Some(lines) = screen.next_lines() {
        let mut output = io::stdout().lock();
        output.write_all(lines.as_bytes())?;
        output.flush()?;
    }
    Ok(())
}

/// Hands in all lines; tells whether none was refused.
fn read_all(screen: &Screen, inlet: &dyn Inlet) -> bool {
    let mut input = io::stdin().lock();
    let mut are_all_taken = true;
    for number in 1_u64.. {
        if !screen.await_answer() {
            break;
        }
        match next_line(&mut input) {
            Ok(Some(Piped::Line(line))) => {
                if !inlet.line(line) {
                    break;
                }
            }
            Ok(Some(Piped::Refused(why))) => {
                are_all_taken = false;
                complain(PROGRAM, &format!("line {number} of standard input is left out: {why}"));
            }
            Ok(None) => break,
            Err(error) => {
                are_all_taken = false;
                complain(
                    PROGRAM,
                    &format!(
                        "standard input cannot be read any further, give it a file or a pipe: {error}"
                    ),
                );
                break;
            }
        }
    }
    are_all_taken
}
