//! Plays the examples of the language's reference.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/examples.rs"]
mod examples;

use std::fs;

use chatapp::cli::chatsim::{StageKind, build_stage, find, load};
use chatapp::runner::{Patience, Verdict, play};

#[test]
fn examples_of_the_reference_pass() {
    let folder = tempfile::tempdir().unwrap();
    let examples = examples::examples();
    for (name, text) in &examples {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let paths = find(&[folder.path().to_owned()]).unwrap();
    assert_eq!((examples.len(), paths.len()), (9, 8));
    for path in paths {
        for case in load(&path, false).unwrap_or_else(|mistakes| panic!("{mistakes}")) {
            let mut stage = build_stage(StageKind::Simulated, &case.scenario, 0).unwrap();
            let played = play(&case.scenario, stage.as_mut(), Patience::SIMULATED, &mut |_| ());
            let name = &case.location.name;
            let verdict = played.verdict;
            assert!(matches!(verdict, Verdict::Passed), "{name}: {verdict:#?}");
        }
    }
}
