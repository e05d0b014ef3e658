//! The programs of the stage: how they are started, and what their prompts look like.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use regex::Regex;

use crate::Guest;
use crate::scenario::ActorName;
use crate::stage::Line;

/// The programs that a scenario is run with, one for each role.
#[derive(Clone, Debug, Default)]
pub struct Programs {
    /// By the keys of the roles.
    programs: BTreeMap<&'static str, Program>,
    /// `None` for the guest's prompt.
    prompt: Option<Regex>,
}

/// A program and its arguments, which may contain placeholders: `{name}` is the actor's name,
/// `{port}` its port, and `{server_ip}` and `{server_port}` are those of a role with a single actor
/// (here `server`).
#[derive(Clone, Debug)]
pub struct Program {
    path: OsString,
    arguments: Vec<String>,
    /// The arguments that set its data folder.
    with_data: Vec<String>,
    /// The arguments that make it keep its data in memory.
    without_data: Vec<String>,
    /// The flags by which it is given options of its actor, by their keys.
    flags: BTreeMap<&'static str, &'static str>,
    /// Environment variables that are removed.
    hidden: Vec<&'static str>,
}

/// Why a command or a prompt cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ProgramsError {
    /// The command has no words.
    #[error("the command is empty: write a program and its arguments")]
    Empty,
    /// The command ends within quotes.
    #[error("a quote is left open in `{0}`: close it")]
    OpenQuote(String),
    /// A placeholder is unknown.
    #[error("`{{{unknown}}}` is unknown: there are {}", listed(known))]
    UnknownPlaceholder {
        /// The text between the braces.
        unknown: String,
        /// All known placeholders.
        known: Vec<String>,
    },
    /// The pattern of the prompt does not compile.
    #[error("the prompt is not a regular expression: {0}")]
    Prompt(String),
}

/// The actor to start.
pub(super) struct Seating<'a> {
    /// The name that the program uses.
    pub(super) name: &'a str,
    /// The key of its role.
    pub(super) role: &'static str,
    /// Its own port.
    pub(super) port: u16,
    /// The port of each role with a single actor, by the key of the role. All are on the loopback.
    pub(super) singles: &'a BTreeMap<&'static str, u16>,
    /// Its options, without the one that is its name.
    pub(super) options: Vec<(&'static str, &'a str)>,
    /// The folder of its data; `None` if the data may end with it.
    pub(super) data: Option<PathBuf>,
}

impl Program {
    /// Makes a program from its path and its arguments.
    pub fn new(path: &Path, arguments: &[&str]) -> Self {
        Self {
            path: path.into(),
            arguments: owned(arguments),
            with_data: Vec::new(),
            without_data: Vec::new(),
            flags: BTreeMap::new(),
            hidden: Vec::new(),
        }
    }

    /// Sets the arguments that follow if its data have to outlive it (`{data}` is a folder that it
    /// may create), and those that follow if not.
    #[must_use]
    pub fn with_data(self, with: &[&str], without: &[&str]) -> Self {
        Self { with_data: owned(with), without_data: owned(without), ..self }
    }

    /// Sets the flag by which it is given an option of its actor. A scenario that sets an option
    /// without a flag is skipped.
    #[must_use]
    pub fn with_flag(mut self, key: &'static str, flag: &'static str) -> Self {
        self.flags.insert(key, flag);
        self
    }

    /// Removes environment variables.
    #[must_use]
    pub fn hiding(self, variables: &[&'static str]) -> Self {
        Self { hidden: variables.to_vec(), ..self }
    }

    /// Returns the placeholders of a guest's commands, as text: `{name}`, `{port}` and so on.
    pub fn placeholders(guest: &dyn Guest) -> String {
        listed(&placeholders(guest))
    }

    /// Splits a command into words as a shell would; it is run without one.
    ///
    /// # Errors
    ///
    /// The text is not a valid command.
    pub fn parse(command: &str, guest: &dyn Guest) -> Result<Self, ProgramsError> {
        let words = shell_words::split(command);
        let words = words.map_err(|_| ProgramsError::OpenQuote(command.to_owned()))?;
        let known = placeholders(guest);
        words.iter().try_for_each(|word| known_only(word, &known))?;
        let mut words = words.into_iter();
        let path = words.next().ok_or(ProgramsError::Empty)?;
        let words: Vec<_> = words.collect();
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        Ok(Self::new(Path::new(&path), &words))
    }
}

impl Programs {
    /// Sets the program of a role.
    #[must_use]
    pub fn with(mut self, role: &'static str, program: Program) -> Self {
        self.programs.insert(role, program);
        self
    }

    /// Returns whether there is a program for a role.
    pub fn has(&self, role: &str) -> bool {
        self.programs.contains_key(role)
    }

    /// Sets the pattern of the prompt, which is matched at the beginning of a line and is not part
    /// of its text.
    ///
    /// # Errors
    ///
    /// The text is not a regular expression.
    pub fn with_prompt(self, pattern: &str) -> Result<Self, ProgramsError> {
        let prompt = Regex::new(pattern);
        let prompt = prompt.map_err(|error| ProgramsError::Prompt(error.to_string()))?;
        Ok(Self { prompt: Some(prompt), ..self })
    }

    /// Returns how to start a program; `None` if its role has none.
    pub(super) fn command(&self, seating: &Seating<'_>) -> Option<Command> {
        let program = self.programs.get(seating.role)?;
        let mut command = Command::new(&program.path);
        let data = match seating.data {
            Some(_) => &program.with_data,
            None => &program.without_data,
        };
        command.args(program.arguments.iter().chain(data).map(|word| seating.fill(word)));
        for (key, value) in &seating.options {
            if let Some(flag) = program.flags.get(key) {
                command.args([flag, value]);
            }
        }
        for variable in &program.hidden {
            command.env_remove(variable);
        }
        Some(command)
    }

    /// Returns why the program of a role cannot be given an option of one of its actors; `None` if
    /// it can.
    pub(super) fn obstacle(&self, role: &str, actor: ActorName, key: &str) -> Option<String> {
        let is_known = |program: &Program| program.flags.contains_key(key);
        let has_flag = self.programs.get(role).is_none_or(is_known);
        (!has_flag).then(|| format!("the program of `{actor}` has no flag for its `{key}`"))
    }

    /// Splits a row into the prompt and the text.
    pub(super) fn line(&self, row: &str, guest: &dyn Guest) -> Line {
        let Some(prompt) = &self.prompt else {
            return guest.line_of_row(row);
        };
        let found = prompt.find(row).filter(|found| found.start() == 0);
        let (prompt, text) = row.split_at(found.map_or(0, |found| found.end()));
        Line::new(prompt.into(), text.to_owned())
    }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

/// Returns the names of all placeholders of a guest's commands.
fn placeholders(guest: &dyn Guest) -> Vec<String> {
    let singles = guest.roles().iter().filter(|role| role.is_single);
    let of_singles = singles.flat_map(|role| ["ip", "port"].map(|it| format!("{}_{it}", role.key)));
    ["name", "port"].map(str::to_owned).into_iter().chain(of_singles).collect()
}

fn listed(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{{{name}}}`")).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

/// Refuses a word with an unknown placeholder.
fn known_only(word: &str, known: &[String]) -> Result<(), ProgramsError> {
    let mut rest = word;
    while let Some((_, after)) = rest.split_once('{') {
        let (inside, _) = after.split_once('}').unwrap_or_default();
        let is_name =
            !inside.is_empty() && inside.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        if is_name && !known.iter().any(|name| name == inside) {
            let (unknown, known) = (inside.to_owned(), known.to_vec());
            return Err(ProgramsError::UnknownPlaceholder { unknown, known });
        }
        rest = after;
    }
    Ok(())
}

impl Seating<'_> {
    /// Replaces the placeholders in a word.
    fn fill(&self, word: &str) -> String {
        if !word.contains('{') {
            return word.to_owned();
        }
        let data = self.data.as_ref().map(|data| data.display().to_string());
        let mut filled =
            word.replace("{name}", self.name).replace("{port}", &self.port.to_string());
        for (role, port) in self.singles {
            filled = filled.replace(&format!("{{{role}_ip}}"), "127.0.0.1");
            filled = filled.replace(&format!("{{{role}_port}}"), &port.to_string());
        }
        match data {
            Some(data) => filled.replace("{data}", &data),
            None => filled,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Fakes;

    fn seating<'a>(name: &'a str, singles: &'a BTreeMap<&'static str, u16>) -> Seating<'a> {
        Seating { name, role: "clients", port: 2927, singles, options: Vec::new(), data: None }
    }

    fn words(program: &Program, seating: &Seating<'_>) -> Vec<String> {
        let programs = Programs::default().with(seating.role, program.clone());
        let command = programs.command(seating).unwrap();
        let words = [command.get_program()].into_iter().chain(command.get_args());
        words.map(|word| word.to_str().unwrap().to_owned()).collect()
    }

    fn server() -> BTreeMap<&'static str, u16> {
        BTreeMap::from([("server", 2475)])
    }

    #[test]
    fn placeholders_are_filled_in_arguments_alone() {
        let arguments = ["{name}", "{server_ip}:{server_port}", "--port={port}"];
        let program = Program::new(Path::new("/opt/{name}/program"), &arguments);
        let program = program.with_data(&["--data", "{data}"], &["--ephemeral"]);
        let (server, head) = (server(), ["/opt/{name}/program", "c1", "127.0.0.1:2475"]);
        let without = words(&program, &seating("c1", &server));
        assert_eq!(without, [&head[..], &["--port=2927", "--ephemeral"]].concat());
        let data = Some("/tmp/x".into());
        let with = words(&program, &Seating { data, ..seating("c1", &server) });
        assert_eq!(with, [&head[..], &["--port=2927", "--data", "/tmp/x"]].concat());
    }

    #[test]
    fn options_follow_as_flags() {
        let program = Program::new(Path::new("/opt/program"), &[]).with_flag("size", "--size");
        let server = server();
        let options = vec![("size", "6"), ("other", "7")];
        let seated = Seating { options, ..seating("c1", &server) };
        assert_eq!(words(&program, &seated), ["/opt/program", "--size", "6"]);
        let programs = Programs::default().with("clients", program);
        let obstacle = |key| programs.obstacle("clients", crate::testing::client("c1"), key);
        assert_eq!(obstacle("size"), None);
        let reason = "the program of `c1` has no flag for its `other`";
        assert_eq!(obstacle("other").as_deref(), Some(reason));
    }

    #[test]
    fn a_role_without_a_program_is_not_started() {
        assert!(Programs::default().command(&seating("c1", &server())).is_none());
    }

    #[test]
    fn a_command_is_split_into_words_without_a_shell() {
        let command = "other -n='{name} x' {server_ip}/{server_port} $HOME {}";
        let program = Program::parse(command, &Fakes).unwrap();
        assert_eq!(
            words(&program, &seating("c1", &server())),
            ["other", "-n=c1 x", "127.0.0.1/2475", "$HOME", "{}"]
        );
    }

    #[test]
    fn a_command_that_cannot_be_used_is_refused() {
        let refused = |command| Program::parse(command, &Fakes).unwrap_err().to_string();
        assert_eq!(refused("  "), "the command is empty: write a program and its arguments");
        assert_eq!(refused("server 'a b"), "a quote is left open in `server 'a b`: close it");
        assert_eq!(
            refused("server {{prot}"),
            "`{prot}` is unknown: there are `{name}`, `{port}`, `{server_ip}` and `{server_port}`"
        );
    }

    #[test]
    fn the_prompt_is_not_part_of_a_line() {
        let line = |programs: &Programs, row| {
            let Line { prompt, text } = programs.line(row, &Fakes);
            (prompt.to_string(), text)
        };
        let split = |prompt: &str, text: &str| (prompt.to_owned(), text.to_owned());
        let default = Programs::default();
        assert_eq!(line(&default, ">>> hi"), split(">>> ", "hi"));
        let other = default.clone().with_prompt(r"\w+\$ ").unwrap();
        assert_eq!(line(&other, "me$ you$ hi"), split("me$ ", "you$ hi"));
        assert_eq!(line(&other, ">>> hi"), split("", ">>> hi"));
        assert_eq!(line(&other, " me$ hi"), split("", " me$ hi"));
        let error = default.with_prompt("(").unwrap_err().to_string();
        assert!(error.starts_with("the prompt is no"), "{error}");
    }
}
