//! A prompt without a terminal: lines in, lines out.

use std::io::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::script::{Player, read_input};
use super::{Calls, Inlet, Look, Screen, Script};
use crate::console::json;

/// How long the end of a program waits for a reader of its output that has stopped reading.
const WRITE_PATIENCE: Duration = Duration::from_secs(5);

/// Standard input and output as plain lines, each on a thread of its own.
#[derive(Debug)]
pub struct Plain {
    screen: Arc<Screen>,
    output_error: Arc<Mutex<Option<io::Error>>>,
}

/// Why the prompt failed although the chat itself went well.
#[derive(Debug, thiserror::Error)]
pub enum PlainError {
    /// The lines of the screen could not be written.
    #[error("standard output cannot be written: free some disk space, or redirect it elsewhere")]
    Output(#[source] io::Error),
}

impl Plain {
    /// Writes every line to standard output at once. Input is not read.
    ///
    /// # Errors
    ///
    /// The operating system refuses a thread.
    pub fn output_only() -> io::Result<Self> {
        Self::start_output(Screen::new(Look::PLAIN, Calls::default()), || {})
    }

    /// Writes every line to standard output at once, and runs a script, or else standard input as
    /// one. Asks the program to leave when that is done, unless it is to stay, and when the output
    /// is closed.
    ///
    /// # Errors
    ///
    /// The operating system refuses a thread.
    pub fn start(inlet: Arc<dyn Inlet>, look: Look, script: Script) -> io::Result<Self> {
        let (leave, clock) = (Arc::clone(&inlet), Arc::clone(&inlet));
        let screen = if script.is_json {
            let dropped = move |count| json::lines_dropped(count, clock.now()).into_string();
            Screen::new(Look::PLAIN, Calls::default()).with_dropped(dropped)
        } else {
            Screen::new(look, Calls::default())
        };
        let plain = Self::start_output(screen, move || leave.interrupt())?;
        let screen = Arc::clone(&plain.screen);
        // The program may show its first lines before the thread runs.
        screen.watch().enter();
        thread::Builder::new().name("input".to_owned()).spawn(move || {
            let mut player = Player::new(&screen, &*inlet, &script);
            let goes_on = player.play(script.statements.as_deref().unwrap_or_default());
            if goes_on && (script.stays || script.statements.is_none()) {
                read_input(&mut player, &mut io::stdin().lock());
            }
            let is_over = !script.stays || player.has_stopped();
            drop(player);
            if is_over {
                inlet.end();
            }
        })?;
        Ok(plain)
    }

    /// Returns the screen that the program shows its lines on.
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
        let mut error = self.output_error.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = error.take() { Err(PlainError::Output(error)) } else { Ok(()) }
    }

    fn start_output(screen: Screen, leave: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let plain = Self { screen: Arc::new(screen), output_error: Arc::default() };
        let screen = Arc::clone(&plain.screen);
        let output_error = Arc::clone(&plain.output_error);
        thread::Builder::new().name("output".to_owned()).spawn(move || {
            if let Err(error) = write_all(&screen) {
                // A reader that has closed the pipe does not want the rest.
                if error.kind() != io::ErrorKind::BrokenPipe {
                    let mut kept = output_error.lock().unwrap_or_else(PoisonError::into_inner);
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
