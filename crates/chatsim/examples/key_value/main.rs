//! A key-value store over UDP, as an example of programs that chatsim runs.
//!
//! The server stores before it answers; clients send a request again until it is answered. The
//! promise: what was acknowledged is never lost, whatever happens to the network, the disks, the
//! clocks and the programs.
//!
//! ```text
//! cargo run -p chatsim --example key_value -- run crates/chatsim/examples/key_value/scenarios
//! cargo run -p chatsim --example key_value -- play
//! cargo run -p chatsim --example key_value -- fuzz --runs 1000
//! cargo run -p chatsim --example key_value -- fuzz --crash-points --runs 20
//! cargo test -p chatsim --example key_value
//! ```
//!
//! A server that answers first and stores later looks the same until it is killed at the wrong
//! moment. The fuzzer finds that moment, and reduces it to a scenario of a few steps:
//!
//! ```text
//! ANSWERS_BEFORE_STORING=1 cargo run -p chatsim --example key_value -- fuzz
//! ```
//!
//! Where to look:
//!
//! | module | contents |
//! |---|---|
//! | `server`, `client` | the programs: state machines without I/O |
//! | `journal` | no program learns of anything that is not stored |
//! | `packet`, `fact` | what programs send each other, and the facts for the checker |
//! | `guest` | the store as a guest of chatsim |
//! | `promises`, `workload` | what is promised, and scenarios that try to break it |

use std::env;
use std::process::ExitCode;

use chatsim::cli::{self, Cli};

use guest::KeyValue;

mod client;
mod fact;
mod guest;
#[path = "../journal/mod.rs"]
mod journal;
mod packet;
mod promises;
mod server;
#[cfg(test)]
mod tests;
mod workload;

/// The store without a bug.
static KEY_VALUE: KeyValue = KeyValue { answers_before_storing: false };

/// The store with a bug.
static HASTY: KeyValue = KeyValue { answers_before_storing: true };

fn main() -> ExitCode {
    let is_hasty = env::var_os("ANSWERS_BEFORE_STORING").is_some();
    cli::main(Cli::new(if is_hasty { &HASTY } else { &KEY_VALUE }))
}
