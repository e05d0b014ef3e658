//! Signals that ask a program to leave.

use std::io;

use tokio::sync::mpsc::Sender;
use tokio::task::JoinHandle;

use crate::Input;

/// Turns every SIGINT, SIGTERM and SIGHUP (the terminal was closed) from now on into an
/// [`Input::Interrupt`], until the loop has ended. Works within a tokio runtime only.
///
/// # Errors
///
/// The operating system does not let the program listen for signals.
#[cfg(unix)]
pub fn forward<A: ?Sized + 'static>(inputs: Sender<Input<A>>) -> io::Result<JoinHandle<()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    Ok(tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
                _ = hangup.recv() => {}
            }
            if inputs.send(Input::Interrupt).await.is_err() {
                return;
            }
        }
    }))
}

/// Turns every Ctrl-C from now on into an [`Input::Interrupt`], until the loop has ended. Works
/// within a tokio runtime only.
///
/// # Errors
///
/// None; the signature is that of the other systems.
#[cfg(not(unix))]
pub fn forward<A: ?Sized + 'static>(inputs: Sender<Input<A>>) -> io::Result<JoinHandle<()>> {
    Ok(tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            if inputs.send(Input::Interrupt).await.is_err() {
                return;
            }
        }
    }))
}

#[cfg(all(test, unix))]
mod tests {
    use tokio::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn a_closed_terminal_asks_the_program_to_leave() {
        let (sender, mut inputs) = mpsc::channel::<Input<()>>(1);
        let task = forward(sender).unwrap();
        let own = std::process::id().to_string();
        let kill = std::process::Command::new("sh").args(["-c", "kill -HUP $0", &own]).status();
        assert!(kill.unwrap().success());
        assert!(matches!(inputs.recv().await, Some(Input::Interrupt)));
        task.abort();
    }
}
