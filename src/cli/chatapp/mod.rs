//! `chatapp`: the server, and the client with its prompt.

mod advice;
mod arguments;
mod chat;
mod config;
mod data;
mod doctor;
mod exit;
mod export;
mod facts;
mod flags;
mod inlet;
mod log;
mod metrics;
mod program;
mod serve;
mod store;
mod trouble;

use std::ffi::OsString;
use std::io::{self, Write as _};

use tokio::runtime;

use crate::repl::PlainError;

use arguments::Arguments;
use trouble::Trouble;

pub use exit::Exit;

/// Runs `chatapp` with its arguments, the program's own name first. Returns the exit status; errors
/// were reported on standard error.
pub fn run(args: impl IntoIterator<Item = OsString>) -> Exit {
    let done = match Arguments::parse(args.into_iter().collect()) {
        Ok(Arguments::Store(command)) => return command.run(),
        Ok(Arguments::Export(arguments)) => return export::run(&arguments),
        Ok(Arguments::Doctor(arguments)) => match block_on(doctor::run(*arguments)) {
            Ok(exit) => return exit,
            Err(trouble) => Err(trouble),
        },
        Ok(Arguments::Text(text)) => write(&text),
        Ok(Arguments::Server(arguments)) => block_on(serve::run(arguments)),
        Ok(Arguments::Client(arguments)) => block_on(chat::run(arguments)),
        Err(error) => Err(error.into()),
    };
    match done {
        Ok(()) => Exit::Success,
        Err(trouble) => trouble.tell(),
    }
}

/// Writes to standard output; a closed pipe is not an error.
fn write(text: &[u8]) -> Result<(), Trouble> {
    match io::stdout().write_all(text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(PlainError::Output(error).into())
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

fn block_on<T>(program: impl Future<Output = Result<T, Trouble>>) -> Result<T, Trouble> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let done = runtime.block_on(program);
    // A pending lookup of a host name must not delay the end.
    runtime.shutdown_background();
    done
}
