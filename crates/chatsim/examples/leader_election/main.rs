//! Leader election among equal nodes, as an example of programs that chatsim runs.
//!
//! Five nodes elect a leader by majority, and elect another one when they do not hear from it any
//! more. The promise: two nodes never lead in the same term, whatever happens to the network, the
//! disks, the clocks and the programs; and once everything is healed, one node leads and all know
//! it.
//!
//! It is the election of Raft: D. Ongaro and J. Ousterhout, "In Search of an Understandable
//! Consensus Algorithm", 2014, section 5.2.
//!
//! ```text
//! cargo run -p chatsim --example leader_election -- run crates/chatsim/examples/leader_election/scenarios
//! cargo run -p chatsim --example leader_election -- play --nodes n1,n2,n3,n4,n5
//! cargo run -p chatsim --example leader_election -- fuzz --runs 1000
//! cargo run -p chatsim --example leader_election -- fuzz --crash-points --runs 20
//! cargo test -p chatsim --example leader_election
//! ```
//!
//! A node that votes before it has stored its vote looks the same until it is killed at the wrong
//! moment, and votes a second time after its restart. The fuzzer finds that moment, and reduces it
//! to a scenario of a few steps:
//!
//! ```text
//! VOTES_BEFORE_STORING=1 cargo run -p chatsim --example leader_election -- fuzz
//! ```
//!
//! Where to look:
//!
//! | module | contents |
//! |---|---|
//! | `node` | the program: a state machine without I/O |
//! | `journal` | no node learns of anything that is not stored |
//! | `packet`, `fact` | what nodes send each other, and the facts for the checker |
//! | `guest` | the nodes as a guest of chatsim |
//! | `promises`, `workload` | what is promised, and scenarios that try to break it |

use std::env;
use std::process::ExitCode;

use chatsim::cli::{self, Cli};

use guest::Election;

mod fact;
mod guest;
#[path = "../journal/mod.rs"]
mod journal;
mod node;
mod packet;
mod promises;
#[cfg(test)]
mod tests;
mod workload;

/// The nodes without a bug.
static ELECTION: Election = Election { votes_before_storing: false };

/// The nodes with a bug.
static HASTY: Election = Election { votes_before_storing: true };

fn main() -> ExitCode {
    let is_hasty = env::var_os("VOTES_BEFORE_STORING").is_some();
    cli::main(Cli::new(if is_hasty { &HASTY } else { &ELECTION }))
}
