//! Plays the examples of the documentation.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

#[path = "support/examples.rs"]
mod examples;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use chatapp::sim::Chat;
use chatsim::cli::{StageKind, build_stage, find, load_case};
use chatsim::runner::{Patience, Verdict, play};

#[test]
fn examples_of_the_reference_pass() {
    let folder = tempfile::tempdir().unwrap();
    let examples = examples::examples();
    for (name, text) in &examples {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let paths = find(&[folder.path().to_owned()]).unwrap();
    assert_eq!((examples.len(), paths.len()), (13, 12));
    for path in paths {
        for case in load_case(&path, &Chat, false).unwrap_or_else(|mistakes| panic!("{mistakes}")) {
            let mut stage = build_stage(StageKind::Simulated, &case.scenario, 0).unwrap();
            let played = play(&case.scenario, stage.as_mut(), Patience::SIMULATED, &mut |_| ());
            let name = &case.location.name;
            let verdict = played.verdict;
            assert!(matches!(verdict, Verdict::Passed), "{name}: {verdict:#?}");
        }
    }
}

/// What stands between ```` ```LANGUAGE ```` and the end of that block, for each such block.
fn blocks<'t>(text: &'t str, language: &str) -> Vec<&'t str> {
    let begin = format!("```{language}\n");
    text.split(&begin).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

#[test]
fn session_of_the_page_about_the_prompt_is_as_it_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/play.md");
    let page = fs::read_to_string(path).unwrap();
    let (session, saved) = (blocks(&page, "text")[0], blocks(&page, "yaml")[0]);
    let typed = session.lines().filter_map(|line| line.strip_prefix("chatsim> "));
    let shown = session.lines().filter(|line| !line.starts_with("chatsim> "));
    let together = |lines: Vec<&str>| lines.join("\n") + "\n";

    let folder = tempfile::tempdir().unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_chatsim"))
        .args(["play"])
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let script = together(typed.collect());
    program.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    let output = program.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), together(shown.collect()));
    let file = folder.path().join("good_morning.yaml");
    assert_eq!(fs::read_to_string(file).unwrap(), saved);
}
