//! Whole programs, from their start to their end.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use divan::Bencher;
use tempfile::TempDir;

use crate::comparison::timed;

/// A lower bound for a program: it prints its version.
#[divan::bench(sample_size = 1)]
fn nothing(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| timed("programs::nothing", 1, || succeed(&["--version"])));
}

/// Runs the four documented cases.
#[divan::bench(sample_size = 1)]
fn four_cases(bencher: Bencher<'_, '_>) {
    let cases = ["case1", "case2", "case3", "case4"].map(|case| format!("scenarios/{case}.yaml"));
    let mut arguments = vec!["run"];
    arguments.extend(cases.iter().map(String::as_str));
    bencher.bench_local(|| timed("programs::four_cases", 1, || succeed(&arguments)));
}

/// Runs a thousand short scenarios, each compared with its snapshot.
#[divan::bench(sample_size = 1, sample_count = 5)]
fn thousand_scenarios(bencher: Bencher<'_, '_>) {
    let folder = TempDir::new().unwrap();
    let scenarios = folder.path().join("scenarios");
    fs::create_dir(&scenarios).unwrap();
    for number in 0..1000 {
        fs::write(scenarios.join(format!("s{number}.yaml")), SHORT).unwrap();
    }
    let succeed = |arguments: &[&str]| succeed_in(folder.path(), arguments);
    succeed(&["run", "scenarios", "--accept"]);
    bencher.bench_local(|| {
        timed("programs::thousand_scenarios", 1, || succeed(&["run", "scenarios"]));
    });
}

const SHORT: &str = "\
chatsim: 1
clients: [c1, c2]
steps:
  - start: [server, c1, c2]
  - c1: send c2 hello
  - expect: { c2: 'c1: hello' }
";

fn succeed(arguments: &[&str]) {
    succeed_in(Path::new(env!("CARGO_MANIFEST_DIR")), arguments);
}

fn succeed_in(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chatsim"));
    command.args(arguments).current_dir(folder);
    command.env("INSTA_UPDATE", "no").stdin(Stdio::null()).stdout(Stdio::null());
    assert!(command.status().unwrap().success(), "{command:?} failed");
}
