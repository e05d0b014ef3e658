//! Commands as JSON objects, each equivalent to a typed line.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::Value;

use crate::client::Command;
use crate::console::argument::{self, Argument, Problem, Values};
use crate::console::commands::{CLIENT_ROWS, Row};
use crate::console::constructor::Asked;
use crate::console::parse_error::ParseError;
use crate::console::spec::CommandSpec;

/// Maximum characters of an [`Id`] that is a string.
const ID_CHARS_MAX: usize = 64;

const FORM: &str = r#"write one object on one line, like {"command":"send","to":"c2","text":"hi"}"#;

/// An id that a program gives to a command, to find its answers: a whole number, or a string of at
/// most 64 characters.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub(in crate::console) enum Id {
    Number(i64),
    Text(#[schemars(length(max = 64))] String),
}

/// A parsed line with an object.
#[derive(Debug)]
pub(in crate::console) struct Read {
    /// The id of the command.
    pub(in crate::console) id: Option<Id>,
    /// The command, or what is wrong.
    pub(in crate::console) asked: Result<Asked<Command>, ParseError>,
}

/// Parses a line with an object.
pub(in crate::console) fn read(line: &str) -> Read {
    let mut id = None;
    let asked = fields(line).and_then(|mut fields| {
        id = take(&mut fields, "id").map(read_id).transpose()?;
        let row = read_row(&mut fields)?;
        read_command(row, fields)
    });
    Read { id, asked }
}

fn wrong(problem: impl Into<String>, cure: impl Into<String>) -> ParseError {
    ParseError::Json { problem: problem.into(), cure: cure.into() }
}

/// The keys of an object and their values, in their order.
type Fields = Vec<(String, Value)>;

/// Parses an object, and rejects repeated keys.
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
        wrong(format!("invalid JSON at byte {column}: {what}"), FORM)
    })?;
    for (at, (key, _)) in fields.iter().enumerate() {
        if fields.iter().skip(at + 1).any(|(other, _)| other == key) {
            return Err(wrong(format!("`{key}` is given twice"), format!("write `{key}` once")));
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
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
    .ok_or_else(|| {
        let cure =
            format!("write a whole number, or a string of at most {ID_CHARS_MAX} characters");
        wrong("`id` is not valid", cure)
    })
}

fn read_row(fields: &mut Fields) -> Result<&'static Row<Command>, ParseError> {
    match take(fields, "command") {
        Some(value) => find(&text("command", value)?),
        None => Err(wrong("`command` is missing", FORM)),
    }
}

fn find(word: &str) -> Result<&'static Row<Command>, ParseError> {
    CLIENT_ROWS.iter().find(|row| row.spec.word == word).ok_or_else(|| {
        let words: Vec<_> = CLIENT_ROWS.iter().map(|row| format!("`{}`", row.spec.word)).collect();
        wrong(
            format!("`{word}` is not a command"),
            format!("the commands are {}", words.join(", ")),
        )
    })
}

fn text(key: &str, value: Value) -> Result<String, ParseError> {
    let kind = match value {
        Value::String(text) => return Ok(text),
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    Err(wrong(format!("`{key}` is {kind}"), format!(r#"write a string, like "{key}":"...""#)))
}

/// Makes a command from the other keys of an object.
fn read_command(
    row: &'static Row<Command>,
    mut fields: Fields,
) -> Result<Asked<Command>, ParseError> {
    let Row { spec, constructor } = row;
    let texts = texts(spec, &mut fields);
    let mut values = Values::default();
    for (argument, text) in &texts {
        let text = text.as_ref().map_err(ParseError::clone)?;
        values.put(read_value(spec, argument, text)?);
    }
    if let Some((key, _)) = fields.first() {
        return Err(wrong(format!("`{key}` is not a key of `{}`", spec.word), keys(spec)));
    }
    constructor.make(&values).map_err(|problem| wrong(problem.to_string(), keys(spec)))
}

/// The text of an argument as it would be typed, or an error.
type Typed = Result<String, ParseError>;

/// Takes out the arguments.
fn texts(spec: &CommandSpec, fields: &mut Fields) -> Vec<(&'static Argument, Typed)> {
    let text = |argument: &'static Argument| {
        let key = argument.key();
        let text = match take(fields, key) {
            Some(value) if argument.is_number() => {
                value.as_u64().map(|number| number.to_string()).ok_or_else(|| no_number(key))
            }
            Some(value) => text(key, value),
            None if argument.is_optional() => return None,
            None => Err(wrong(format!("`{key}` is missing"), keys(spec))),
        };
        Some((argument, text))
    };
    spec.arguments.iter().filter_map(text).collect()
}

fn read_value<'t>(
    spec: &CommandSpec,
    argument: &'static Argument,
    text: &'t str,
) -> Result<argument::Value<'t>, ParseError> {
    let key = argument.key();
    let value = argument
        .read(text, |word| find(word).map(AsRef::as_ref))
        .map_err(|problem| unfit(spec, key, problem))?;
    match value.valid() {
        Err(problem @ Problem::Name(_)) => Err(unfit(spec, key, problem)),
        // A count that is too large is reported after unknown keys.
        Ok(()) | Err(_) => Ok(value),
    }
}

/// Returns the error of the value of a key.
fn unfit(spec: &CommandSpec, key: &str, problem: Problem) -> ParseError {
    match problem {
        Problem::Name(error) => wrong(format!("`{key}` is not a valid name"), error.to_string()),
        Problem::NoNumber(_) => no_number(key),
        Problem::Command(error) => error,
        Problem::Missing(_)
        | Problem::Surplus(_)
        | Problem::TooLong { .. }
        | Problem::TooMany(_) => wrong(problem.to_string(), keys(spec)),
    }
}

fn no_number(key: &str) -> ParseError {
    wrong(
        format!("`{key}` is not a number (1 or more)"),
        format!(r#"write a number, like "{key}":5"#),
    )
}

/// Returns a sentence about the keys of a command.
fn keys(spec: &CommandSpec) -> String {
    let keys = spec.arguments.iter().map(|argument| format!("`{}`, ", argument.key()));
    format!(
        "`{}` takes the keys `command`, {}and optionally `id`",
        spec.word,
        keys.collect::<String>()
    )
}
