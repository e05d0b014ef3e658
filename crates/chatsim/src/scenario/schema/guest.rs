//! The parts of the schema that depend on the guest: its actors, packets and promises.

use schemars::Schema;
use serde_json::{Map, Value, json};

use super::super::{cast, include, resolve, terms};
use super::values::or_value;
use super::words::{name, text};
use crate::{Guest, Role};

/// Adds them to a schema that was generated from the types.
pub(super) fn add(schema: &mut Schema, guest: &dyn Guest) {
    let packets: Vec<_> = guest.packet_kinds().iter().map(|kind| kind.name).collect();
    let promises = guest.promises().iter().map(|promise| promise.name);
    let promises: Vec<_> = std::iter::once("all").chain(promises).collect();
    extend(schema, "/$defs/Packet", or_value(&json!({ "enum": packets })));
    extend(schema, "/$defs/PromiseName", or_value(&json!({ "enum": promises })));
    let only_in_scenarios = json!({ "parameters": only_in_scenarios(guest) });
    extend(schema, "", json!({ "dependentSchemas": only_in_scenarios }));
    for role in guest.roles() {
        let definitions = definitions(role, guest);
        extend(schema, "/$defs", definitions.into());
        extend(schema, "/properties", json!({ (role.key): declaration(role) }));
        let (place, addition) = if role.is_single {
            let about =
                format!("Types a line, or a list of lines, at the prompt of the {}.", role.title);
            let typed = json!({ "$ref": "#/$defs/Typed", "description": about });
            ("/$defs/KeyedStep/properties", json!({ (role.key): typed }))
        } else {
            ("/$defs/Part/properties", json!({ (role.key): actors(role) }))
        };
        extend(schema, place, addition);
    }
}

/// Adds keys to the object at a place.
fn extend(schema: &mut Schema, pointer: &str, addition: Value) {
    let Value::Object(addition) = addition else { return };
    let root = schema.as_object_mut();
    let object = match pointer {
        "" => root,
        pointer => root.and_then(|root| {
            let mut steps = pointer.split('/').skip(1);
            let first = root.get_mut(steps.next()?)?;
            steps.try_fold(first, |value, step| value.get_mut(step))?.as_object_mut()
        }),
    };
    if let Some(object) = object {
        object.extend(addition);
    }
}

/// The keys that an included file does not have.
fn only_in_scenarios(guest: &dyn Guest) -> Value {
    let part_keys = include::part_keys(guest);
    let keys = resolve::keys(guest).chain(terms::KEYS).filter(|key| !part_keys.contains(key));
    json!({ "properties": keys.map(|key| (key.to_owned(), false.into())).collect::<Map<_, _>>() })
}

/// Returns the title with a capital letter, e.g. `Client`, for the names of definitions.
fn capital(role: &Role) -> String {
    let mut chars = role.title.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

fn definitions(role: &Role, guest: &dyn Guest) -> Map<String, Value> {
    let mut definitions = Map::new();
    let title = role.title;
    let port = json!({
        "$ref": "#/$defs/Port",
        "description": format!("The port of the {title}; without it the stage chooses."),
    });
    let mut traits = Map::from_iter([("port".to_owned(), port)]);
    for option in role.options {
        let mut what = json!({ "description": option.what });
        if option.is_name {
            what["pattern"] = format!("^{}$", name()).into();
        }
        traits.insert(option.key.to_owned(), text(&what));
    }
    definitions.insert(
        format!("{}Traits", capital(role)),
        json!({ "type": "object", "properties": traits, "additionalProperties": false }),
    );
    if !role.is_single {
        let name = text(&json!({
            "description": format!("The name of a {title} that takes part."),
            "pattern": format!("^{}$", name()),
            "not": { "enum": cast::taken_names(guest).collect::<Vec<_>>() },
        }));
        definitions.insert(format!("{}Name", capital(role)), name);
    }
    definitions
}

/// The schema of the value under the key of a role.
fn declaration(role: &Role) -> Value {
    let name = json!({ "$ref": format!("#/$defs/{}Name", capital(role)) });
    let traits = json!({ "$ref": format!("#/$defs/{}Traits", capital(role)) });
    let traits = json!({ "anyOf": [{ "type": "null" }, traits] });
    let mut forms = if role.is_single {
        traits
    } else {
        json!({ "anyOf": [
            { "type": "null" },
            { "type": "array", "items": name },
            { "type": "object", "propertyNames": name, "additionalProperties": traits },
        ] })
    };
    if let Some(forms) = forms.as_object_mut() {
        forms.insert("description".to_owned(), role.about.into());
    }
    forms
}

/// The schema of the actors that stand in for those of an included file.
fn actors(role: &Role) -> Value {
    json!({
        "description": format!(
            "The actors that stand in for its {}, if not those of the same names.",
            role.key,
        ),
        "type": "object",
        "propertyNames": { "$ref": "#/$defs/Text" },
        "additionalProperties": { "$ref": "#/$defs/ActorName" },
    })
}
