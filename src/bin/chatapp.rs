//! chatapp: the chat's server and client.

use std::process::ExitCode;

fn main() -> ExitCode {
    chatapp::cli::chatapp::run(std::env::args_os()).into()
}
