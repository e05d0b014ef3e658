//! The errors for invalid scenarios, and for files that cannot be read.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use std::fs;
use std::path::{Path, PathBuf};

use chatapp::sim::{Chat, parse};
use chatsim::scenario::{Includes, LoadError, ReadError, SCENARIO_BYTES_MAX, Source, load};
use similar::TextDiff;

fn source(path: &str, text: &str) -> Source {
    Source::new(PathBuf::from(path), text.into())
}

/// Every `NAME.yaml` of the folder is invalid, and `NAME.err` contains its errors.
/// `UPDATE_EXPECT=1` rewrites the latter.
#[test]
fn mistakes_are_shown_with_place_and_cure() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenario_errors");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .filter(|path| !path.file_name().unwrap().to_str().unwrap().starts_with('_'))
        .collect();
    paths.sort();
    let differences: String = paths.iter().map(|path| difference(path)).collect();
    assert!(differences.is_empty(), "{differences}");
}

/// Returns the difference, or nothing.
fn difference(path: &Path) -> String {
    let name = path.file_name().unwrap().to_str().unwrap();
    let text = fs::read_to_string(path).unwrap();
    // Included files are searched from the folder.
    let folder = if text.contains("include:") { "tests/scenario_errors/" } else { "" };
    let shown = match parse(&source(&format!("{folder}{name}"), &text)) {
        Ok(_) => "no mistakes\n".to_owned(),
        Err(mistakes) => mistakes.render(false),
    };
    let expected_path = path.with_extension("err");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&expected_path, &shown).unwrap();
    }
    let expected = fs::read_to_string(&expected_path).unwrap_or_default();
    let diff = TextDiff::from_lines(&expected, &shown);
    let diff = diff.unified_diff().header("expected", name).to_string();
    if expected == shown { String::new() } else { diff }
}

#[test]
fn color_is_drawn_only_when_asked_for() {
    let mistakes = parse(&source("a.yaml", "chatsim: 2\n")).unwrap_err();
    let colored = mistakes.render(true);
    assert!(colored.contains("\u{1b}["), "{colored}");
    assert_eq!(anstream::adapter::strip_str(&colored).to_string(), mistakes.render(false));
    assert_eq!(format!("{mistakes}\n"), mistakes.render(false));
}

#[test]
fn files_that_cannot_be_read_say_why() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let refused = |path: &Path| {
        let message = load(path, &Chat, Includes::Project).unwrap_err().to_string();
        message.replace(&format!("{}/", folder.path().display()), "")
    };
    let mut full = b"chatsim: 1\nsteps: [start: server]\n#".to_vec();
    full.resize(SCENARIO_BYTES_MAX, b'x');
    assert_eq!(load(&file("full", &full), &Chat, Includes::Project).unwrap()[0].steps.len(), 1);
    full.push(b'x');
    let too_large = "`large` is too large: it may have at most 4194304 bytes";
    assert_eq!(refused(&file("large", &full)), too_large);
    let not_utf8 = "`latin` is not UTF-8: line 2 has bytes that are not text";
    assert_eq!(refused(&file("latin", b"chatsim: 1\ntitle: na\xefve\n")), not_utf8);
    let missing = folder.path().join("missing");
    assert_eq!(refused(&missing), "`missing` cannot be read");
    assert!(matches!(
        load(folder.path(), &Chat, Includes::Project),
        Err(LoadError::Read(ReadError::Unreadable { .. }))
    ));
    let mistaken = refused(&file("mistaken", b"chatsim: 2\n"));
    assert!(mistaken.starts_with("error: unknown version `2`"), "{mistaken}");
}
