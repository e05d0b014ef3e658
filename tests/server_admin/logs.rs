//! The log.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::program::{Program, play_script};
use crate::shutdown::{start, terminate};

/// Returns the log of a conversation in this format and level: one line for each event.
fn logged(folder: &Path, args: &[&str]) -> Vec<String> {
    let log = folder.join("log");
    let log = log.to_str().unwrap();
    let (server, port) = start(&[&["--log", log], args].concat());
    play_script(port, "c2", "dereg c2\n");
    play_script(port, "c1", "create_group g\njoin_group g\nleave_group\nsend c2 my secret\n");
    terminate(&server);
    assert_eq!(server.wait().0, 0);
    fs::read_to_string(log).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn a_log_in_json_has_fields_and_no_text_of_a_message() {
    let folder = tempfile::tempdir().unwrap();
    let lines = logged(folder.path(), &["--log-format", "json", "--log-level", "debug"]);
    assert!(!lines.concat().contains("secret"), "{lines:?}");
    let events: Vec<BTreeMap<String, Value>> =
        lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<_> = events
        .iter()
        .map(|event| {
            let word = |key: &str| event.get(key).and_then(Value::as_str).unwrap_or("-");
            [word("level"), word("message"), word("client"), word("group"), word("how")].join(" ")
        })
        .collect();
    assert_eq!(
        told,
        [
            "INFO listening - - -",
            "INFO registered c2 - -",
            "INFO gone c2 - deregistered",
            "INFO registered c1 - -",
            "INFO group created c1 g -",
            "INFO group joined c1 g -",
            "INFO group left c1 g -",
            "DEBUG message stored c1 - -",
            "INFO gone c1 - left",
            "INFO ending - - -",
            "INFO ended - - -",
        ]
    );
    let stored = events.iter().find(|event| event["message"] == "message stored").unwrap();
    assert_eq!(stored["to"], "c2");
    assert!(stored["number"].is_u64(), "{stored:?}");
    assert!(events[1]["address"].as_str().unwrap().starts_with("127.0.0.1:"), "{events:?}");
    assert_eq!(events[1]["new"], true);
}

#[test]
fn a_log_in_text_tells_the_level_and_what_comes_below_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let lines = logged(folder.path(), &[]);
    assert_eq!(lines.len(), 10, "{lines:?}");
    assert!(lines[1].contains(" INFO ") && lines[1].contains("registered client=c2"), "{lines:?}");
    let lines = logged(folder.path(), &["--log-level", "warn"]);
    assert_eq!(lines.len(), 10, "nothing was added: {lines:?}");
}

#[test]
fn a_log_that_cannot_be_written_and_a_level_that_is_none_are_refused() {
    let refused = |args: &[&str]| {
        let server = Program::start(&[&["server", "--port", "0"], args].concat());
        let (code, _, errors) = server.wait();
        (code, errors)
    };
    let (code, errors) = refused(&["--log", "/no/such/folder/log"]);
    assert_eq!(code, 3);
    assert_eq!(
        errors,
        "chatapp: the log `/no/such/folder/log` cannot be written\n  \
         cause: No such file or directory (os error 2)\n"
    );
    let (code, errors) = refused(&["--log-level", "loud"]);
    assert_eq!(code, 2);
    assert_eq!(
        errors,
        "chatapp: `loud` is not a valid level for `--log-level`: write `error`, `warn`, `info`, \
         `debug` or `trace`\n"
    );
}
