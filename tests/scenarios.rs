//! Runs every scenario as a test of its own name, on each stage that it is for.

use std::path::Path;
use std::process::ExitCode;

use chatapp::sim::{self, Chat};
use chatsim::cli::StageKind;
use chatsim::suite::Suite;

fn main() -> ExitCode {
    Suite::new(&Chat, Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios"))
        .on(&[StageKind::Simulated, StageKind::Udp, StageKind::Pty])
        .programs(sim::programs(Path::new(env!("CARGO_BIN_EXE_chatapp"))))
        .main()
}
