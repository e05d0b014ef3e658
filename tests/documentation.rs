//! Plays the examples of the language's reference.

use std::fs;
use std::path::Path;

use chatapp::cli::chatsim::{StageKind, build_stage, find, load};
use chatapp::runner::{Patience, Verdict, play};

/// The examples that are whole files: YAML that begins with the version, below the file's name
/// where it has one. Each comes with its name, or that of its line.
fn examples(text: &str) -> Vec<(String, String)> {
    let mut examples = Vec::new();
    let mut lines = (1..).zip(text.lines());
    while let Some((number, line)) = lines.next() {
        if line != "```yaml" {
            continue;
        }
        let block: Vec<&str> =
            lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```").collect();
        let name = block.first().and_then(|line| line.strip_prefix("# "));
        let name = name.map_or_else(|| format!("line{number}.yaml"), str::to_owned);
        if block.contains(&"chatsim: 1") {
            examples.push((name, block.join("\n") + "\n"));
        }
    }
    examples
}

#[test]
fn examples_of_the_reference_pass() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/scenarios.md");
    let folder = tempfile::tempdir().unwrap();
    let examples = examples(&fs::read_to_string(path).unwrap());
    for (name, text) in &examples {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let paths = find(&[folder.path().to_owned()]).unwrap();
    assert_eq!((examples.len(), paths.len()), (12, 11));
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
