//! chatsim: plays scenarios of the chat.

use std::process::ExitCode;

use chatapp::sim::{Chat, prompt};
use chatsim::cli::{self, Cli};

/// A simulation makes many small things and forgets them soon; glibc's allocator takes a fifth of
/// its time for that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::main(Cli::new(&Chat).with_prompt(prompt::open))
}
