//! The single words and numbers of scenario files.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};

use super::super::blocks::{NAME_CHARS_MAX, TIMES};
use super::super::model::StageName;
use super::super::{cast, interpolate, patterns, terms};
use super::values::or_value;
use machine::NAME_LEN_MAX;
use placed_yaml::duration;

macro_rules! words {
    ($($(#[doc = $doc:literal])+ $name:ident = $schema:expr;)*) => {$(
        $(#[doc = $doc])+
        pub(super) struct $name;

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                described(&[$($doc),+], $schema)
            }
        }
    )*};
}

words! {
    /// The version of the scenario language.
    Version = json!({ "enum": [1, "1"] });

    /// A text. Numbers, `true` and `false` are texts as well.
    Text = text(&json!({}));

    /// A line of a screen or a prompt.
    Line = text(&json!({ "pattern": r"^[^\r\n]*$" }));

    /// What is replaced: a text as it is, or a regular expression between `/` and `/`.
    Redacted = text(&json!({ "pattern": r"^[^\r\n]+$" }));

    /// A text that is not blank.
    Sentence = text(&json!({ "pattern": r"\S" }));

    /// What is looked for: a whole line, or a regular expression between `/` and `/`.
    Pattern = text(&json!({ "pattern": r"^([^/\r\n][^\r\n]*|/[^\r\n]+/(i|s|is|si)?)?$" }));

    /// The name of an actor.
    ActorName = or_value(&text(&json!({ "pattern": format!("^{}$", name()) })));

    /// A duration: a number with a unit, `us`, `ms`, `s`, `m`, `h` or `d`.
    Duration = or_value(&json!({
        "type": "string",
        "pattern": format!("^{}$", length()),
        "examples": ["500ms", "1.5s", "8h"],
    }));

    /// A jump of a clock: `+1h` ahead, `-10m` back.
    Jump = or_value(&json!({
        "type": "string",
        "pattern": format!("^[+-]{}$", length()),
        "examples": ["+1h", "-10m"],
    }));

    /// The state of a disk: `healthy`, `slow 20ms` (each write takes that long), `full`, or `fails`
    /// (the next write fails).
    Disk = or_value(&json!({
        "type": "string",
        "pattern": format!("^(healthy|full|fails|slow {})$", length()),
        "examples": ["healthy", "slow 20ms", "full", "fails"],
    }));

    /// A write at which a program is killed, counted from 1 from now on: `before 3` loses it,
    /// `after 3` keeps it.
    CrashPoint = or_value(&json!({
        "type": "string",
        "pattern": r"^(before|after) \+?0*[1-9][0-9]*$",
        "examples": ["before 1", "after 3"],
    }));

    /// A point in time, in UTC.
    Clock = json!({
        "type": "string",
        "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$",
        "examples": ["2023-10-25T14:40:00"],
    });

    /// A whole number that determines all random choices.
    Seed = whole(0, u64::MAX);

    /// A port of UDP.
    Port = or_value(&whole(cast::PORT_MIN.into(), u16::MAX.into()));

    /// How often a line is shown.
    Count = or_value(&whole((*patterns::COUNTS.start()).into(), (*patterns::COUNTS.end()).into()));

    /// How often steps are run.
    Times = or_value(&whole((*TIMES.start()).into(), (*TIMES.end()).into()));

    /// A whole number, not 0.
    Positive = or_value(&whole(1, u64::MAX));

    /// A step that needs no value.
    Alone = or_value(&json!({ "enum": ["heal", "settle"] }));

    /// `true` or `false`.
    Truth = or_value(&json!({ "enum": [true, false, "true", "false"] }));

    /// A probability, from `0%` to `100%`.
    Percentage = or_value(&json!({
        "type": "string",
        "pattern": r"^\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*%$",
        "examples": ["20%", "2.5%"],
    }));

    /// A link: `c1 -> server` (one way), `c1 <-> server` (both ways), `c1` (to and from all actors)
    /// or `all`.
    Link = or_value(&text(&json!({
        "pattern": link(),
        "examples": ["c1 -> server", "c1 <-> c2", "all"],
    })));

    /// A kind of packet.
    Packet = json!({});

    /// A stage on which scenarios are run.
    Stage = json!({ "enum": StageName::ALL.map(StageName::name) });

    /// A promise, or all of them.
    PromiseName = json!({});

    /// A tag that selects scenarios.
    Tag = text(&json!({
        "pattern": format!(r"^[\p{{Alphabetic}}\p{{N}}._-]{{1,{}}}$", terms::TAG_CHARS_MAX),
    }));

    /// The name under which screens are kept in the snapshot.
    ScreensName = or_value(&text(&json!({
        "pattern": r"^\P{Cc}+$",
        "maxLength": NAME_CHARS_MAX,
    })));

    /// A reference to a value: `${name}`.
    ValueName = text(&json!({
        "pattern": format!("^[A-Za-z0-9_-]{{1,{}}}$", interpolate::NAME_CHARS_MAX),
    }));
}

/// Matches the name of an actor.
pub(super) fn name() -> String {
    format!("[A-Za-z0-9._-]{{1,{NAME_LEN_MAX}}}")
}

/// Matches a duration.
fn length() -> String {
    let units: Vec<_> = duration::units().collect();
    format!(r"[0-9]+(\.[0-9]+)?({})", units.join("|"))
}

/// Matches a link.
fn link() -> String {
    format!(r"^\s*{0}\s*(<?->\s*{0}\s*)?$", name())
}

/// The keys of a mapping of links. Other keys match as well: they look like names of actors.
pub(super) fn links() -> Value {
    json!({ "pattern": link() })
}

/// A scalar, which need not be written as a string.
pub(super) fn text(rules: &Value) -> Value {
    let mut schema = json!({ "type": ["string", "number", "boolean"] });
    merge(&mut schema, rules);
    schema
}

/// A whole number, or the digits as a string.
fn whole(min: u64, max: u64) -> Value {
    json!({ "anyOf": [
        { "type": "integer", "minimum": min, "maximum": max },
        { "type": "string", "pattern": r"^\+?[0-9]+$" },
    ] })
}

fn merge(schema: &mut Value, others: &Value) {
    if let (Some(schema), Some(others)) = (schema.as_object_mut(), others.as_object()) {
        schema.extend(others.clone());
    }
}

fn described(doc: &[&str], schema: Value) -> Schema {
    let doc: Vec<_> = doc.iter().map(|line| line.trim()).collect();
    let mut schema = Schema::try_from(schema).unwrap_or_default();
    schema.insert("description".to_owned(), doc.join(" ").into());
    schema
}
