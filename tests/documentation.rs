//! Plays the examples of the documentation, and compares its tables with the programs.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

#[path = "support/examples.rs"]
mod examples;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use chatapp::console::json::commands_schema;
use chatapp::console::{COMMANDS, CommandSpec};
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

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name).with_extension("md");
    fs::read_to_string(path).unwrap()
}

/// What stands between ```` ```LANGUAGE ```` and the end of that block, for each such block.
fn blocks<'t>(text: &'t str, language: &str) -> Vec<&'t str> {
    let begin = format!("```{language}\n");
    text.split(&begin).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

#[test]
fn session_of_the_page_about_the_prompt_is_as_it_says() {
    let page = page("play");
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

/// The rows of all tables of a page, each with what stands in its cells.
fn rows(page: &str) -> impl Iterator<Item = Vec<&str>> {
    let rows = page.lines().filter(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect())
}

/// What stands in backticks.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// What `chatapp` prints about the arguments of a command.
fn help(command: &str) -> String {
    let program = Command::new(env!("CARGO_BIN_EXE_chatapp"))
        .args(command.split(' '))
        .arg("--help")
        .output()
        .unwrap();
    String::from_utf8(program.stdout).unwrap()
}

/// The flags that help is about, without their dashes.
fn flags(help: &str) -> Vec<&str> {
    let lines = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    let words =
        lines.filter_map(|line| line.split([' ', '=', '[']).find(|it| it.starts_with("--")));
    words.filter_map(|word| word.strip_prefix("--")).filter(|flag| *flag != "help").collect()
}

/// The default that help names for a flag, if it is a word.
fn default_of(help: &str, flag: &str) -> Option<String> {
    let begins = |line: &&str| line.split([' ', '=', '[']).any(|word| word == format!("--{flag}"));
    let mut about = help.lines().map(str::trim_start).skip_while(|line| !begins(line));
    let first = about.next()?;
    let rest = about.take_while(|line| !line.is_empty() && !line.starts_with('-'));
    let about: Vec<_> = [first].into_iter().chain(rest).collect();
    let about = about.join(" ");
    let (_, default) = about.split_once("[default: ")?;
    let (default, _) = default.split_once(']')?;
    (!default.contains(' ')).then(|| default.to_owned())
}

#[test]
fn each_flag_of_the_chat_is_documented() {
    let client = page("client") + &page("scripting");
    let server = page("server");
    let pages = [
        ("client", &client),
        ("export", &client),
        ("server", &server),
        ("doctor", &server),
        ("store check", &server),
        ("store export", &server),
        ("store import", &server),
    ];
    let mut count = 0;
    for (command, page) in pages {
        let help = help(command);
        for flag in flags(&help) {
            // Each key of a settings file is an option of that name.
            let is_key = page.lines().any(|line| line.starts_with(&format!("{flag}: ")));
            let ends = |rest: &str| !rest.starts_with(|c: char| c == '-' || c.is_alphanumeric());
            let is_option = page.split(&format!("--{flag}")).skip(1).any(ends);
            assert!(is_key || is_option, "`--{flag}` of `chatapp {command}` is documented");
            count += 1;
        }
    }
    assert_eq!(count, 61, "flags were looked for");
}

#[test]
fn limits_of_a_server_have_their_documented_defaults() {
    let (page, help) = (page("server"), help("server"));
    let mut count = 0;
    for row in rows(&page).filter(|row| row.len() == 3) {
        let option = quoted(row[0]).first().and_then(|option| option.strip_prefix("--"));
        let Some(flag) = option.and_then(|option| option.split(' ').next()) else { continue };
        assert_eq!(default_of(&help, flag).as_deref(), Some(row[2].trim_matches('`')), "{flag}");
        count += 1;
    }
    assert_eq!(count, 6, "limits were compared");
}

#[test]
fn values_of_the_settings_files_are_the_defaults() {
    let server = BTreeSet::from([
        "bind",
        "color",
        "keys",
        "log-format",
        "log-level",
        "mail-age",
        "mail-bytes",
        "mail-bytes-per-person",
        "mail-per-person",
        "mail-per-sender",
        "silence",
    ]);
    let client = BTreeSet::from(["color", "keys", "notify", "port"]);
    for (program, expected) in [("server", server), ("client", client)] {
        let (page, help) = (page(program), help(program));
        let mut compared = BTreeSet::new();
        for line in blocks(&page, "yaml")[0].lines() {
            let (setting, comment) = line.split_once('#').unwrap_or((line, ""));
            let Some((key, value)) = setting.split_once(": ") else { continue };
            // Where an example is no default, its comment names the default.
            let named = comment.split_once("default: ").map(|(_, default)| default);
            let value = named.map_or(value, |named| named.split(',').next().unwrap()).trim();
            if let Some(default) = default_of(&help, key) {
                assert_eq!(value, default, "`{key}` of `chatapp {program}`");
                compared.insert(key);
            }
        }
        assert_eq!(compared, expected, "keys of `chatapp {program}` with a default");
    }
}

/// The key that the table of `docs/scripting.md` has for an argument of a command.
fn documented_key<'p>(page: &'p str, spec: &CommandSpec, placeholder: &str) -> &'p str {
    let mut rows = rows(page).filter(|row| quoted(row[0]).contains(&placeholder));
    let row = rows.next().unwrap_or_else(|| panic!("`{placeholder}` has a key"));
    match quoted(row[1])[..] {
        [key] => key,
        [key, word, other] => {
            if word == spec.word {
                key
            } else {
                other
            }
        }
        ref keys => panic!("{keys:?}"),
    }
}

#[test]
fn each_argument_of_a_command_has_its_documented_key() {
    let page = page("scripting");
    let schema: serde_json::Value = serde_json::from_str(&commands_schema()).unwrap();
    let commands = schema["oneOf"].as_array().unwrap();
    assert_eq!(commands.len(), COMMANDS.len());
    for (spec, command) in COMMANDS.iter().zip(commands) {
        let properties = command["properties"].as_object().unwrap();
        let keys: BTreeSet<_> = properties.keys().map(String::as_str).collect();
        let arguments = spec.arguments.iter().map(|argument| argument.placeholder());
        let documented = arguments.map(|placeholder| documented_key(&page, spec, placeholder));
        let documented: BTreeSet<_> = documented.chain(["command", "id"]).collect();
        assert_eq!(keys, documented, "`{}`", spec.word);
    }
}
