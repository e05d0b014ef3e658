//! Runs the documented cases and compares every screen with the original's documentation.
//!
//! `documented/<case>/<actor>.txt` hold the original's screens, byte for byte. Intended differences
//! are listed in [`SLIPS`], and in `docs/differences.md` for people.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use similar::TextDiff;

/// A documented line that is meant to differ.
struct Slip {
    /// The case.
    case: &'static str,
    /// The actor.
    actor: &'static str,
    /// The line of the documented file, from 1.
    line: usize,
    /// The documented text, without trailing blanks.
    documented: &'static str,
    /// The replacement.
    ours: &'static [&'static str],
    /// The reason.
    reason: &'static str,
}

const SLIPS: &[Slip] = &[
    Slip {
        case: "case1",
        actor: "c1",
        line: 2,
        documented: ">>> [Client table updated.]",
        ours: &[">>> [Welcome, You are registered.]", ">>> [Client table updated.]"],
        reason: "the first registration is always confirmed",
    },
    Slip {
        case: "case2",
        actor: "server",
        line: 10,
        documented: "^C%",
        ours: &["^C"],
        reason: "the `%` is the mark of the shell that came back, not of the program",
    },
    Slip {
        case: "case3",
        actor: "server",
        line: 12,
        documented: ">>> [ASK Sent.]",
        ours: &[">>> [ACK Sent.]"],
        reason: "a misspelling",
    },
    Slip {
        case: "case3",
        actor: "server",
        line: 33,
        documented: ">>> [Client c1 sent group message to group g, message is send_all Welcome from c1 ]",
        ours: &[">>> [Client c1 sent group message to group g, message is Welcome from c1]"],
        reason: "the command is not part of the text",
    },
    Slip {
        case: "case3",
        actor: "c2",
        line: 9,
        documented: ">>> (g) [Group Message c1: send_all Welcome from c1 ]",
        ours: &[">>> (g) [Group Message c1: Welcome from c1]"],
        reason: "the command is not part of the text",
    },
    Slip {
        case: "case3",
        actor: "c3",
        line: 8,
        documented: ">>> (g) [Group Message c1: send_all Welcome from c1 ]",
        ours: &[">>> (g) [Group Message c1: Welcome from c1]"],
        reason: "the command is not part of the text",
    },
    Slip {
        case: "case3",
        actor: "c4",
        line: 13,
        documented: ">>> (g) Group Chat c1: 2023-10-25 15:05:22 send_all Welcome from c1",
        ours: &[">>> (g) Group Chat c1: 2023-10-25 15:05:22 Welcome from c1"],
        reason: "the command is not part of the text",
    },
    Slip {
        case: "case4",
        actor: "c1",
        line: 13,
        documented: ">>> [You have offline messages:]",
        ours: &[],
        reason: "a receipt is no message",
    },
    Slip {
        case: "case4",
        actor: "c1",
        line: 14,
        documented: ">>> c3: 2023-10-25 15:21:30 Offline Message sent at 2023-10-25 15:21:11 received by c3",
        ours: &[">>> Offline Message sent at 2023-10-25 15:21:11 received by c3"],
        reason: "a receipt is no message",
    },
    Slip {
        case: "case4",
        actor: "c3",
        line: 13,
        documented: ">>> Offline Message sent at 2023-10-25 15:21:30 received by c1",
        ours: &[],
        reason: "a receipt is never receipted",
    },
];

/// The first words of typed lines.
const COMMANDS: &[&str] = &[
    "reg",
    "send",
    "dereg",
    "create_group",
    "list_groups",
    "join_group",
    "send_all",
    "list_members",
    "leave_group",
];

/// Returns the lines that our screen has to show, given the original's.
///
/// The first line was typed at a shell and is not part of the program's output. Trailing blanks are
/// the original's addition. The original does not print its prompt again after it has shown a line,
/// so a typed line may lack its prompt: it is that of the line above.
fn expected(case: &str, actor: &str, documented: &str) -> Result<Vec<String>, String> {
    let mut lines: Vec<String> = Vec::new();
    let mut slips = SLIPS.iter().filter(|s| s.case == case && s.actor == actor);
    let mut slip = slips.next();
    for (number, line) in (1..).zip(documented.lines()).skip(1) {
        let line = line.trim_end();
        if let Some(found) = slip.filter(|slip| slip.line == number) {
            if line != found.documented {
                return Err(format!(
                    "{case}/{actor}.txt:{number} says `{line}`, but its exception ({}) is for `{}`",
                    found.reason, found.documented
                ));
            }
            lines.extend(found.ours.iter().map(ToString::to_string));
            slip = slips.next();
        } else if line.split(' ').next().is_some_and(|word| COMMANDS.contains(&word)) {
            let prompt = lines.last().map_or("", |above| prompt(above));
            lines.push(format!("{prompt}{line}"));
        } else {
            lines.push(line.to_owned());
        }
    }
    match slip {
        None => Ok(lines),
        Some(unused) => Err(format!(
            "{case}/{actor}.txt has no line {} for the exception ({})",
            unused.line, unused.reason
        )),
    }
}

/// Returns the prompt before a line: `>>> `, `>>> (group) ` or nothing.
fn prompt(line: &str) -> &str {
    let Some(rest) = line.strip_prefix(">>> ") else {
        return "";
    };
    let group = rest.starts_with('(').then(|| rest.find(") ")).flatten();
    let shown = group.map_or(rest, |end| rest.split_at(end + 2).1);
    line.strip_suffix(shown).unwrap_or(line)
}

/// Compares a transcript with the expected lines; returns a difference as a diff for people.
fn compare(expected: &[String], transcript: &str) -> Result<(), String> {
    let expected = expected.join("\n") + "\n";
    if transcript == expected {
        return Ok(());
    }
    let diff = TextDiff::from_lines(expected.as_str(), transcript);
    Err(diff.unified_diff().context_radius(3).header("documented", "ours").to_string())
}

/// Runs a case with `chatsim` and returns, for each actor, the differences of its screen.
fn differences(case: &str, actors: &[&str]) -> io::Result<Vec<String>> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = tempfile::tempdir()?;
    let run = Command::new(env!("CARGO_BIN_EXE_chatsim"))
        .current_dir(project)
        .arg("run")
        .arg(format!("scenarios/{case}.yaml"))
        .arg("--transcripts")
        .arg(out.path())
        .env("INSTA_UPDATE", "no")
        .output()?;
    let mut differences = Vec::new();
    for actor in actors {
        let file = format!("{case}/{actor}.txt");
        let documented = fs::read_to_string(project.join("tests/documented").join(&file))?;
        let transcript = fs::read_to_string(out.path().join(&file)).map_err(|error| {
            let shown = String::from_utf8_lossy(&run.stdout);
            let told = String::from_utf8_lossy(&run.stderr);
            io::Error::other(format!("no transcript {file}: {error}\n{shown}{told}"))
        })?;
        let compared = expected(case, actor, &documented).and_then(|e| compare(&e, &transcript));
        differences.extend(compared.err().map(|problem| format!("{file}\n{problem}")));
    }
    Ok(differences)
}

#[track_caller]
fn assert_as_documented(case: &str, actors: &[&str]) {
    match differences(case, actors) {
        Ok(differences) => assert!(differences.is_empty(), "{}", differences.join("\n")),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn case1_shows_what_is_documented() {
    assert_as_documented("case1", &["server", "c1", "c2", "c3"]);
}

#[test]
fn case2_shows_what_is_documented() {
    assert_as_documented("case2", &["server", "c1", "c2", "c3"]);
}

#[test]
fn case3_shows_what_is_documented() {
    assert_as_documented("case3", &["server", "c1", "c2", "c3", "c4"]);
}

#[test]
fn case4_shows_what_is_documented() {
    assert_as_documented("case4", &["server", "c1", "c2", "c3"]);
}

#[test]
fn a_typed_line_stands_behind_the_prompt_of_the_line_above() {
    let documented = "sh\n>>> [Entered group g successfully.]\n>>> (g) [Client table updated.]\n\
                      leave_group\n>>> (g) [Leave group chat g.]\n>>> send c4 hello from c2 \n";
    assert_eq!(
        expected("case0", "c2", documented).unwrap(),
        [
            ">>> [Entered group g successfully.]",
            ">>> (g) [Client table updated.]",
            ">>> (g) leave_group",
            ">>> (g) [Leave group chat g.]",
            ">>> send c4 hello from c2",
        ]
    );
}

#[test]
fn a_slip_is_replaced_where_it_stands_and_nowhere_else() {
    let documented = "sh\n>>> [Client table updated.]\n>>> [Client table updated.]\n";
    assert_eq!(
        expected("case1", "c1", documented).unwrap(),
        [
            ">>> [Welcome, You are registered.]",
            ">>> [Client table updated.]",
            ">>> [Client table updated.]",
        ]
    );
}

#[test]
fn a_slip_that_is_not_documented_is_told() {
    assert_eq!(
        expected("case1", "c1", "sh\n>>> [Welcome back!]\n").unwrap_err(),
        "case1/c1.txt:2 says `>>> [Welcome back!]`, but its exception (the first registration is \
         always confirmed) is for `>>> [Client table updated.]`"
    );
    assert_eq!(
        expected("case1", "c1", "sh\n").unwrap_err(),
        "case1/c1.txt has no line 2 for the exception (the first registration is always confirmed)"
    );
}

#[test]
fn a_screen_that_differs_is_told_as_a_diff() {
    let expected = ["[Start listening...]", "^C"].map(ToOwned::to_owned);
    assert_eq!(compare(&expected, "[Start listening...]\n^C\n"), Ok(()));
    assert_eq!(
        compare(&expected, "[Start listening...]\n^D\n").unwrap_err(),
        "--- documented\n+++ ours\n@@ -1,2 +1,2 @@\n [Start listening...]\n-^C\n+^D\n"
    );
}
