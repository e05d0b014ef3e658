//! chatsim: plays scenarios of the chat.

use std::process::ExitCode;

fn main() -> ExitCode {
    chatapp::cli::chatsim::main()
}
