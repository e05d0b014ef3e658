//! Commands as objects: each stands for the line that would be typed.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::Value;

use crate::client::Command;
use crate::console::commands::{Argument, COMMANDS, CommandSpec};
use crate::console::parse::{Asked, Given, ParseError, client_command, message, words};
use crate::protocol::ClientName;

/// Characters of an [`Id`] that is a text.
const ID_CHARS_MAX: usize = 64;

const FORM: &str = r#"write one object on one line, like {"command":"send","to":"c2","text":"hi"}"#;

/// How a program names a command, to find what answers it: a whole number, or a text of at most 64
/// characters.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub(in crate::console) enum Id {
    Number(i64),
    Text(#[schemars(length(max = 64))] String),
}

/// What a line with an object says.
#[derive(Debug)]
pub(in crate::console) struct Read {
    /// How the command is named.
    pub(in crate::console) id: Option<Id>,
    /// What it asks for.
    pub(in crate::console) asked: Result<Asked<Command>, ParseError>,
}

/// Reads a line that holds an object.
pub(in crate::console) fn read(line: &str) -> Read {
    let mut id = None;
    let asked = fields(line).and_then(|mut fields| {
        id = take(&mut fields, "id").map(read_id).transpose()?;
        let spec = read_spec(&mut fields)?;
        read_command(spec, fields)
    });
    Read { id, asked }
}

/// Tells the key of an argument.
pub(super) fn key(spec: &CommandSpec, argument: Argument) -> &'static str {
    match argument {
        Argument::Client if spec.arguments.contains(&Argument::Text) => "to",
        Argument::Client => "name",
        Argument::Group => "group",
        Argument::Text | Argument::Words => "text",
        Argument::Command => "about",
        Argument::Conversation => "with",
        Argument::Count => "count",
        Argument::Number => "number",
    }
}

/// Tells whether an argument may be left out.
pub(super) const fn is_optional(argument: Argument) -> bool {
    matches!(argument, Argument::Command | Argument::Conversation | Argument::Count)
}

fn wrong(problem: impl Into<String>, cure: impl Into<String>) -> ParseError {
    ParseError::Json { problem: problem.into(), cure: cure.into() }
}

/// The keys of an object and their values, in their order.
type Fields = Vec<(String, Value)>;

/// Reads an object, of which no key comes twice.
fn fields(line: &str) -> Result<Fields, ParseError> {
    struct Pairs;

    impl<'de> Visitor<'de> for Pairs {
        type Value = Fields;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
            let mut fields = Fields::new();
            while let Some(pair) = map.next_entry()? {
                fields.push(pair);
            }
            Ok(fields)
        }
    }

    let mut reader = serde_json::Deserializer::from_str(line);
    let read = reader.deserialize_map(Pairs).and_then(|fields| reader.end().map(|()| fields));
    let fields = read.map_err(|error| {
        let (text, column) = (error.to_string(), error.column());
        let what = text.split(" at line ").next().unwrap_or_default();
        wrong(format!("this is no JSON at byte {column}: {what}"), FORM)
    })?;
    for (at, (key, _)) in fields.iter().enumerate() {
        if fields.iter().skip(at + 1).any(|(other, _)| other == key) {
            return Err(wrong(format!("`{key}` comes twice"), format!("write `{key}` once")));
        }
    }
    Ok(fields)
}

fn take(fields: &mut Fields, key: &str) -> Option<Value> {
    let at = fields.iter().position(|(name, _)| name == key)?;
    Some(fields.remove(at).1)
}

fn read_id(value: Value) -> Result<Id, ParseError> {
    match value {
        Value::String(text) if text.chars().count() <= ID_CHARS_MAX => Some(Id::Text(text)),
        Value::Number(number) => number.as_i64().map(Id::Number),
        _ => None,
    }
    .ok_or_else(|| {
        let cure = format!("write a whole number, or a text of at most {ID_CHARS_MAX} characters");
        wrong("`id` is no name of a command", cure)
    })
}

fn read_spec(fields: &mut Fields) -> Result<&'static CommandSpec, ParseError> {
    match take(fields, "command") {
        Some(value) => find(&text("command", value)?),
        None => Err(wrong("`command` is missing", FORM)),
    }
}

fn find(word: &str) -> Result<&'static CommandSpec, ParseError> {
    COMMANDS.iter().find(|spec| spec.word == word).ok_or_else(|| {
        let words: Vec<_> = COMMANDS.iter().map(|spec| format!("`{}`", spec.word)).collect();
        wrong(format!("`{word}` is no command"), format!("there are {}", words.join(", ")))
    })
}

fn text(key: &str, value: Value) -> Result<String, ParseError> {
    let kind = match value {
        Value::String(text) => return Ok(text),
        Value::Null => "nothing",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    Err(wrong(format!("`{key}` is {kind}"), format!(r#"write a text, like "{key}":"...""#)))
}

/// Reads what stands beside a command.
fn read_command(
    spec: &'static CommandSpec,
    mut fields: Fields,
) -> Result<Asked<Command>, ParseError> {
    let unfit = |problem: String| wrong(problem, keys(spec));
    let (mut name, mut said, mut number, mut about) = (String::new(), String::new(), None, None);
    for &argument in spec.arguments {
        let key = key(spec, argument);
        let value = match take(&mut fields, key) {
            Some(value) => value,
            None if is_optional(argument) => continue,
            None => return Err(unfit(format!("`{key}` is missing"))),
        };
        match argument {
            Argument::Client | Argument::Group | Argument::Conversation => {
                name = text(key, value)?;
                let fits = ClientName::new(&name).map(drop);
                fits.map_err(|error| wrong(format!("`{key}` is no name"), error.to_string()))?;
            }
            Argument::Text => {
                said = text(key, value)?;
                message(&said).map_err(unfit)?;
            }
            Argument::Words => {
                words(&text(key, value)?).map_err(unfit)?.clone_into(&mut said);
            }
            Argument::Count | Argument::Number => number = Some(count(key, &value)?),
            Argument::Command => about = Some(find(&text(key, value)?)?),
        }
    }
    if let Some((key, _)) = fields.first() {
        return Err(unfit(format!("`{key}` is no key of `{}`", spec.word)));
    }
    match about {
        Some(about) => Ok(Asked::HelpOn(about)),
        None if spec.arguments == [Argument::Command] => Ok(Asked::Help),
        None => {
            let given = Given { name: &name, text: &said, count: number };
            client_command(spec, given).map_err(unfit)
        }
    }
}

fn count(key: &str, value: &Value) -> Result<usize, ParseError> {
    let number = value.as_u64().and_then(|number| usize::try_from(number).ok());
    number.filter(|number| *number > 0).ok_or_else(|| {
        wrong(
            format!("`{key}` is no number from 1 on"),
            format!(r#"write a number, like "{key}":5"#),
        )
    })
}

/// Says which keys a command has.
fn keys(spec: &CommandSpec) -> String {
    let keys = spec.arguments.iter().map(|&argument| format!("`{}`, ", key(spec, argument)));
    format!(
        "`{}` has the keys `command`, {}and `id` if you like",
        spec.word,
        keys.collect::<String>()
    )
}
