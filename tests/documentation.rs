//! Runs the examples of the documentation, and compares its tables with the programs.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

#[path = "support/examples.rs"]
mod examples;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use chatapp::console::json::commands_schema;
use chatapp::console::{Argument, COMMANDS, CommandSpec};
use chatapp::sim::Chat;
use chatsim::cli::{StageKind, build_stage, find, load_case};
use chatsim::runner::{Patience, Verdict, run_scenario};
use chatsim::scenario::{FAULT_SETTINGS, faults, network_settings, schema, verbs};
use chatsim::{Guest as _, Promise};

#[test]
fn examples_of_the_reference_pass() {
    let folder = tempfile::tempdir().unwrap();
    let examples = examples::examples();
    for (name, text) in &examples {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let paths = find(&[folder.path().to_owned()]).unwrap();
    assert_eq!((examples.len(), paths.len()), (14, 13));
    for path in paths {
        for case in load_case(&path, &Chat, false).unwrap_or_else(|mistakes| panic!("{mistakes}")) {
            let mut stage = build_stage(StageKind::Simulated, &case.scenario, 0).unwrap();
            let outcome =
                run_scenario(&case.scenario, stage.as_mut(), Patience::SIMULATED, &mut |_| ());
            let name = &case.location.name;
            let verdict = outcome.verdict;
            assert!(matches!(verdict, Verdict::Passed), "{name}: {verdict:#?}");
        }
    }
}

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name).with_extension("md");
    fs::read_to_string(path).unwrap()
}

/// Returns the contents of each code block of this language.
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

/// Returns the rows of all tables of a page, each with its cells.
fn rows(page: &str) -> impl Iterator<Item = Vec<&str>> {
    let rows = page.lines().filter(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect())
}

/// Returns the number of cells of a row of a table, in which `\|` is a text.
fn cells(row: &str) -> usize {
    let row = row.trim().replace(r"\|", "");
    row.strip_prefix('|')
        .and_then(|row| row.strip_suffix('|'))
        .map_or(0, |row| row.split('|').count())
}

#[test]
fn rows_of_a_table_have_the_same_number_of_cells() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = [root.to_owned(), root.join("docs")];
    let files = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap());
    let files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    let mut tables = 0;
    for file in files.iter().filter(|file| file.extension().is_some_and(|it| it == "md")) {
        let text = fs::read_to_string(file).unwrap();
        // Every second part is a code block.
        let lines = text.split("```").step_by(2).flat_map(str::lines).collect::<Vec<_>>();
        let is_row = |line: &&str| line.starts_with('|');
        for table in lines.chunk_by(|a, b| is_row(a) && is_row(b)).filter(|it| is_row(&it[0])) {
            tables += 1;
            let is_rule = |line: &&str| line.chars().all(|c| "|-: ".contains(c));
            let file = file.display();
            assert!(table.get(1).is_some_and(is_rule), "{file}: no rule below {}", table[0]);
            let columns = cells(table[0]);
            for row in table {
                assert_eq!(cells(row), columns, "{file}: {row}");
            }
        }
    }
    assert!(tables > 20, "only {tables} tables were found");
}

/// Returns the texts in backticks.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// Returns the help of `chatapp` for the arguments of a command.
fn help(command: &str) -> String {
    let program = Command::new(env!("CARGO_BIN_EXE_chatapp"))
        .args(command.split(' '))
        .arg("--help")
        .output()
        .unwrap();
    String::from_utf8(program.stdout).unwrap()
}

/// Returns the flags of a help text, without their dashes.
fn flags(help: &str) -> Vec<&str> {
    let lines = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    let words =
        lines.filter_map(|line| line.split([' ', '=', '[']).find(|it| it.starts_with("--")));
    words.filter_map(|word| word.strip_prefix("--")).filter(|flag| *flag != "help").collect()
}

/// Returns the default of a flag in a help text, if it is a word.
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
            // If an example is not the default, its comment names the default.
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

/// Returns the key in the table of `docs/scripting.md` for an argument of a command.
fn documented_key<'p>(page: &'p str, spec: &CommandSpec, placeholder: &str) -> &'p str {
    let is_row = |row: &Vec<&str>, is_argument: &dyn Fn(&str) -> bool| {
        quoted(row[0]).into_iter().any(is_argument)
    };
    // An optional text has the key of one that is required.
    let name = |placeholder: &str| placeholder.trim_matches(['<', '>', '[', ']']).to_owned();
    let mut exact = rows(page).filter(|row| is_row(row, &|argument| argument == placeholder));
    let mut alike =
        rows(page).filter(|row| is_row(row, &|argument| name(argument) == name(placeholder)));
    let row = exact.next().or_else(|| alike.next());
    let row = row.unwrap_or_else(|| panic!("`{placeholder}` has a key"));
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
        let arguments = spec.arguments.iter().map(Argument::placeholder);
        let documented = arguments.map(|placeholder| documented_key(&page, spec, placeholder));
        let documented: BTreeSet<_> = documented.chain(["command", "id"]).collect();
        assert_eq!(keys, documented, "`{}`", spec.word);
    }
}

/// Returns the text under a heading, up to the next one.
fn section<'t>(page: &'t str, heading: &str) -> &'t str {
    let (_, section) = page.split_once(&format!("\n{heading}\n")).unwrap();
    section.split("\n#").next().unwrap()
}

/// Returns the words in the first column of the tables of a text: the contents of each code span,
/// up to a colon or a blank.
fn first_column(text: &str) -> BTreeSet<String> {
    let cells = text.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    let spans = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    spans.map(|span| span.split([':', ' ']).next().unwrap().to_owned()).collect()
}

fn words(words: impl Iterator<Item = impl Into<String>>) -> BTreeSet<String> {
    words.map(Into::into).collect()
}

#[test]
fn whole_language_is_in_its_reference() {
    let page = page("scenarios");
    let rows = |heading| first_column(section(&page, heading));
    let schema: serde_json::Value = serde_json::from_str(&schema(&Chat)).unwrap();
    let keys = schema["properties"].as_object().unwrap().keys();
    // Only included files have these.
    let keys = keys.filter(|key| *key != "parameters");
    assert_eq!(rows("## Top-level keys"), words(keys), "keys");
    // A step of the table types a line.
    assert_eq!(rows("## Steps"), words(verbs().chain(["c1"])), "verbs");
    assert_eq!(rows("## Faults"), words(faults().chain(FAULT_SETTINGS)), "faults");
    assert_eq!(rows("### The network"), words(network_settings()), "settings of the network");
    let promises = Chat.promises().iter();
    let (always, when_quiet): (Vec<&Promise>, Vec<_>) =
        promises.partition(|promise| promise.is_always);
    assert_eq!(rows("## Promises"), words(always.iter().map(|it| it.name)), "promises");
    for promise in when_quiet {
        let name = format!("`{promise}`");
        assert!(section(&page, "## Promises").contains(&name), "the reference describes {name}");
    }
}

/// Returns a text without the parts in parentheses.
fn without_remarks(text: &str) -> String {
    let mut parts = text.split('(');
    let first = parts.next().unwrap();
    let rest = parts.map(|part| part.split_once(')').unwrap().1);
    std::iter::once(first).chain(rest).collect()
}

#[test]
fn each_kind_of_packet_is_in_the_reference() {
    let page = page("scenarios");
    let (_, list) = section(&page, "## Faults").split_once(" Their kinds:\n").unwrap();
    let list = without_remarks(list.split("```").next().unwrap());
    let described = words(quoted(&list).into_iter());
    let commands = words(COMMANDS.iter().map(|command| command.word));
    let kinds = words(Chat.packet_kinds().iter().map(|kind| kind.name));
    // Requests are named after their command, and need no description of their own.
    let missing: Vec<_> =
        kinds.difference(&described).filter(|kind| !commands.contains(*kind)).collect();
    assert_eq!(missing, Vec::<&String>::new(), "kinds that `docs/scenarios.md` does not describe");
    let unknown: Vec<_> = described.difference(&kinds).collect();
    assert_eq!(unknown, Vec::<&String>::new(), "`docs/scenarios.md` describes what is no kind");
}

/// Returns what `chatsim` with these arguments writes to standard output and standard error.
fn output_of(words: &[&str]) -> [String; 2] {
    let output = Command::new(env!("CARGO_BIN_EXE_chatsim")).args(words).output().unwrap();
    [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap())
}

#[test]
fn each_format_of_reports_is_on_their_page_and_in_help() {
    let [_, refusal] = output_of(&["run", "a.yaml", "--report", "none=a"]);
    let (_, choices) = refusal.split_once(": write ").unwrap();
    let choices: Vec<_> = choices.split('`').skip(1).step_by(2).collect();
    let formats = choices.iter().map(|choice| choice.split('=').next().unwrap());
    let [help, _] = output_of(&["run", "--help"]);
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains(&format!(": {}", choices.join(", "))), "{choices:?} in {help}");
    let page = page("reports");
    let (introduction, _) = page.split_once("\n## ").unwrap();
    assert_eq!(first_column(introduction), words(formats));
}

#[test]
fn each_verb_and_option_of_chatsim_is_on_its_page() {
    let main_page = page("chatsim");
    let [help, _] = output_of(&["--help"]);
    let (_, verbs) = help.split_once("\nCommands:\n").unwrap();
    let verbs = verbs.lines().take_while(|line| !line.is_empty());
    let verbs: Vec<_> = verbs.map(|line| line.split_whitespace().next().unwrap()).collect();
    let mut documented = first_column(section(&main_page, "## Commands"));
    documented.insert("help".to_owned());
    assert_eq!(documented, words(verbs.iter().copied()));
    for verb in verbs.into_iter().filter(|verb| *verb != "help") {
        let pages = match verb {
            "run" => ["chatsim", "scenarios", "reports"].as_slice(),
            "fuzz" | "shrink" => &["fuzz", "chatsim"],
            "play" | "record" => &["play", "chatsim"],
            _ => &["chatsim"],
        };
        let text: String = pages.iter().map(|name| page(name)).collect();
        let [help, _] = output_of(&[verb, "--help"]);
        let options = help.lines().map(str::trim).filter(|line| line.starts_with('-'));
        let options =
            options.filter_map(|line| line.split([' ', ',']).find(|it| it.starts_with("--")));
        for option in options.filter(|option| *option != "--help") {
            let is_there = ["`", " ", "\n", ","].map(|after| format!("{option}{after}"));
            let is_there = is_there.iter().any(|option| text.contains(option));
            assert!(is_there, "{pages:?} describe `{option}` of `{verb}`");
        }
    }
}
