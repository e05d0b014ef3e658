//! Whole programs, from their start to their end.

use std::path::Path;
use std::process::{Command, Stdio};

use divan::Bencher;

use crate::comparison::timed;

/// The least that a program could cost: it says its version.
#[divan::bench(sample_size = 1)]
fn nothing(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| timed("programs::nothing", 1, || succeed(&["--version"])));
}

/// Plays the four documented cases.
#[divan::bench(sample_size = 1)]
fn four_cases(bencher: Bencher<'_, '_>) {
    let cases = ["case1", "case2", "case3", "case4"].map(|case| format!("scenarios/{case}.yaml"));
    let mut arguments = vec!["run"];
    arguments.extend(cases.iter().map(String::as_str));
    bencher.bench_local(|| timed("programs::four_cases", 1, || succeed(&arguments)));
}

fn succeed(arguments: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chatsim"));
    command.args(arguments).current_dir(Path::new(env!("CARGO_MANIFEST_DIR")));
    command.env("INSTA_UPDATE", "no").stdin(Stdio::null()).stdout(Stdio::null());
    assert!(command.status().unwrap().success(), "{command:?} failed");
}
