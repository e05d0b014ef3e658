//! Which programs are played: how they are started, and what their prompts look like.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use regex::Regex;

use crate::console::Line;
use crate::protocol::Address;
use crate::scenario::ActorName;

/// What may stand in a command, and its meaning.
const PLACEHOLDERS: [Placeholder; 4] = [
    ("{name}", |part| part.name.to_string()),
    ("{port}", |part| part.port.to_string()),
    ("{server_ip}", |part| part.server.ip().to_string()),
    ("{server_port}", |part| part.server.port().to_string()),
];

/// A text in a command, and what it stands for.
type Placeholder = (&'static str, fn(&Part) -> String);

/// Settings of a person that must not reach into a play, nor be changed by one: where programs of
/// the chat look for their settings, for the lines that were typed earlier, and for what they have
/// kept.
const PERSONAL: [&str; 4] = ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"];

/// The programs that a scenario is played with.
#[derive(Clone, Debug)]
pub struct Programs {
    server: Template,
    client: Template,
    /// `None` for the prompt of the chat.
    prompt: Option<Regex>,
}

/// A command whose words may hold placeholders.
#[derive(Clone, Debug)]
struct Template {
    program: OsString,
    arguments: Vec<String>,
    /// Whether it is `chatapp`: told where its data are, and not to see what is [`PERSONAL`].
    is_ours: bool,
}

/// Says why a command or a prompt is none.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ProgramsError {
    /// The command has no words.
    #[error("the command is empty: say a program and its arguments")]
    Empty,
    /// The command ends within quotes.
    #[error("a quote is left open in `{0}`: close it")]
    OpenQuote(String),
    /// A placeholder is unknown.
    #[error(
        "`{{{0}}}` is unknown: there are `{{name}}`, `{{port}}`, `{{server_ip}}` and `{{server_port}}`"
    )]
    UnknownPlaceholder(String),
    /// The pattern of the prompt does not compile.
    #[error("the prompt is no regular expression: {0}")]
    Prompt(String),
}

/// Who is started, and where.
pub(super) struct Part {
    /// The client's name in the chat; the server's is `server`.
    pub(super) name: ActorName,
    /// Its own port.
    pub(super) port: u16,
    /// Where the server is.
    pub(super) server: Address,
    /// The folder of its data; `None` if they may end with it.
    pub(super) data: Option<PathBuf>,
}

impl Programs {
    /// Plays with `chatapp`, which stands at `program`. It keeps no history of what is typed.
    pub fn chatapp(program: &Path) -> Self {
        let template = |arguments: &[&str]| Template {
            program: program.into(),
            arguments: arguments.iter().map(|&word| word.to_owned()).collect(),
            is_ours: true,
        };
        Self {
            server: template(&["server", "--port", "{port}", "--bind", "{server_ip}"]),
            client: template(&[
                "client",
                "{name}",
                "{server_ip}:{server_port}",
                "--port",
                "{port}",
                // Screens are compared, with those of others too.
                "--no-advice",
            ]),
            prompt: None,
        }
    }

    /// Plays with another server: a program and its arguments, split into words as a shell would,
    /// but run without one. `{port}` and `{server_ip}` stand for where it is to listen.
    ///
    /// # Errors
    ///
    /// The text is no such command.
    pub fn with_server(self, command: &str) -> Result<Self, ProgramsError> {
        Ok(Self { server: Template::parse(command)?, ..self })
    }

    /// Plays with other clients, in the same way: `{name}` stands for the name in the chat,
    /// `{server_ip}` and `{server_port}` for the server, `{port}` for the client's own port.
    ///
    /// # Errors
    ///
    /// The text is no such command.
    pub fn with_client(self, command: &str) -> Result<Self, ProgramsError> {
        Ok(Self { client: Template::parse(command)?, ..self })
    }

    /// Takes what matches at the beginning of a line as the prompt, which is no part of what the
    /// line says.
    ///
    /// # Errors
    ///
    /// The text is no regular expression.
    pub fn with_prompt(self, pattern: &str) -> Result<Self, ProgramsError> {
        let prompt = Regex::new(pattern);
        let prompt = prompt.map_err(|error| ProgramsError::Prompt(error.to_string()))?;
        Ok(Self { prompt: Some(prompt), ..self })
    }

    /// Tells how a program is started.
    pub(super) fn command(&self, part: &Part) -> Command {
        let template = match part.name {
            ActorName::Server => &self.server,
            ActorName::Client(_) => &self.client,
        };
        let mut command = Command::new(&template.program);
        command.args(template.arguments.iter().map(|word| part.fill(word)));
        match &part.data {
            Some(folder) if template.is_ours => {
                command.arg("--data").arg(folder);
            }
            None if template.is_ours => {
                command.arg("--ephemeral");
            }
            _ => {}
        }
        for variable in PERSONAL.into_iter().filter(|_| template.is_ours) {
            command.env_remove(variable);
        }
        command
    }

    /// Splits what stands in a row into the prompt and what it says.
    pub(super) fn line(&self, row: &str) -> Line {
        let Some(prompt) = &self.prompt else {
            return Line::of_row(row);
        };
        let found = prompt.find(row).filter(|found| found.start() == 0);
        let (prompt, text) = row.split_at(found.map_or(0, |found| found.end()));
        Line::new(prompt.into(), text.to_owned())
    }
}

impl Template {
    fn parse(command: &str) -> Result<Self, ProgramsError> {
        let words = shell_words::split(command);
        let words = words.map_err(|_| ProgramsError::OpenQuote(command.to_owned()))?;
        words.iter().try_for_each(|word| known_only(word))?;
        let mut words = words.into_iter();
        let program = words.next().ok_or(ProgramsError::Empty)?.into();
        Ok(Self { program, arguments: words.collect(), is_ours: false })
    }
}

/// Refuses a word with something that looks like a placeholder and is none.
fn known_only(word: &str) -> Result<(), ProgramsError> {
    let mut rest = word;
    while let Some((_, behind)) = rest.split_once('{') {
        let (inside, _) = behind.split_once('}').unwrap_or_default();
        let is_name =
            !inside.is_empty() && inside.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        let is_known = PLACEHOLDERS.iter().any(|(known, _)| *known == format!("{{{inside}}}"));
        if is_name && !is_known {
            return Err(ProgramsError::UnknownPlaceholder(inside.to_owned()));
        }
        rest = behind;
    }
    Ok(())
}

impl Part {
    /// Puts what the placeholders stand for into a word.
    fn fill(&self, word: &str) -> String {
        let fill = |word: String, (placeholder, value): &Placeholder| {
            if word.contains(placeholder) { word.replace(placeholder, &value(self)) } else { word }
        };
        PLACEHOLDERS.iter().fold(word.to_owned(), fill)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &str) -> Part {
        let name = ActorName::Client(name.parse().unwrap());
        let server = Address::new("127.0.0.1:2475".parse().unwrap());
        Part { name, port: 2927, server, data: None }
    }

    fn words(programs: &Programs, part: &Part) -> Vec<String> {
        let command = programs.command(part);
        let words = [command.get_program()].into_iter().chain(command.get_args());
        words.map(|word| word.to_str().unwrap().to_owned()).collect()
    }

    fn chatapp() -> Programs {
        Programs::chatapp(Path::new("/opt/{name}/chatapp"))
    }

    #[test]
    fn our_own_program_is_told_who_it_is() {
        assert_eq!(
            words(&chatapp(), &part("c1")),
            [
                "/opt/{name}/chatapp",
                "client",
                "c1",
                "127.0.0.1:2475",
                "--port",
                "2927",
                "--no-advice",
                "--ephemeral"
            ]
        );
        let data = Some("/tmp/x".into());
        let server = Part { name: ActorName::Server, port: 2475, data, ..part("c1") };
        let words = words(&chatapp(), &server).join(" ");
        assert_eq!(words, "/opt/{name}/chatapp server --port 2475 --bind 127.0.0.1 --data /tmp/x");
    }

    #[test]
    fn another_command_is_split_into_words_without_a_shell() {
        let other = chatapp().with_client("other -n='{name} x' {server_ip}/{server_port} $HOME {}");
        assert_eq!(
            words(&other.unwrap(), &part("c1")),
            ["other", "-n=c1 x", "127.0.0.1/2475", "$HOME", "{}"]
        );
    }

    #[test]
    fn a_command_that_is_none_is_refused() {
        let refused = |command| chatapp().with_server(command).unwrap_err().to_string();
        assert_eq!(refused("  "), "the command is empty: say a program and its arguments");
        assert_eq!(refused("server 'a b"), "a quote is left open in `server 'a b`: close it");
        assert_eq!(
            refused("server {{prot}"),
            "`{prot}` is unknown: there are `{name}`, `{port}`, `{server_ip}` and `{server_port}`"
        );
    }

    #[test]
    fn the_prompt_is_no_part_of_a_line() {
        let line = |programs: &Programs, row| {
            let Line { prompt, text, .. } = programs.line(row);
            (prompt.to_string(), text)
        };
        let split = |prompt: &str, text: &str| (prompt.to_owned(), text.to_owned());
        assert_eq!(line(&chatapp(), ">>> (g) hi"), split(">>> (g) ", "hi"));
        let other = chatapp().with_prompt(r"\w+\$ ").unwrap();
        assert_eq!(line(&other, "me$ you$ hi"), split("me$ ", "you$ hi"));
        assert_eq!(line(&other, ">>> hi"), split("", ">>> hi"));
        assert_eq!(line(&other, " me$ hi"), split("", " me$ hi"));
        assert!(
            chatapp().with_prompt("(").unwrap_err().to_string().starts_with("the prompt is no")
        );
    }
}
