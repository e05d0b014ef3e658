//! The forms as JSON Schemas.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::command::Id;
use super::form::Object;
use crate::console::commands::COMMANDS;
use crate::console::spec::CommandSpec;

/// Returns the JSON Schema (draft 2020-12) of notices, as text that ends with a line break.
pub fn notices_schema() -> String {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let schema = generator.into_root_schema_for::<Object>();
    format!("{:#}\n", schema.as_value())
}

/// Returns the JSON Schema (draft 2020-12) of commands, as text that ends with a line break. It is
/// generated from the table of commands.
pub fn commands_schema() -> String {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let id = generator.subschema_for::<Id>();
    let commands: Vec<_> = COMMANDS.iter().map(command).collect();
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Command",
        "description": "What `chatapp client` accepts: one such object per line.",
        "oneOf": commands,
        "$defs": {
            "Id": generator.definitions().get("Id").unwrap_or(id.as_value()),
            "Name": { "type": "string", "pattern": "^[A-Za-z0-9._-]{1,32}$" },
        },
    });
    format!("{schema:#}\n")
}

fn command(spec: &CommandSpec) -> Value {
    let mut properties = Map::new();
    properties.insert("command".to_owned(), json!({ "const": spec.word }));
    let mut required = vec!["command"];
    for argument in spec.arguments {
        let key = argument.key();
        properties.insert(key.to_owned(), argument.schema(COMMANDS));
        if !argument.is_optional() {
            required.push(key);
        }
    }
    properties.insert("id".to_owned(), json!({ "$ref": "#/$defs/Id" }));
    json!({
        "type": "object",
        "description": spec.about,
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}
