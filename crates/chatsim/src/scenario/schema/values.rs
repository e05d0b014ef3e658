//! `${name}` in steps: it may stand wherever a text may, so nothing is known about such a text.

use schemars::Schema;
use schemars::transform::Transform;
use serde_json::{Map, Value, json};

/// Matches a text in which a name stands for a value.
pub(super) const NAMES_A_VALUE: &str = r"\$\{";

/// Tells what an object must have, unless some of its keys are yet to be known.
const DEMANDS: [&str; 5] = ["required", "oneOf", "allOf", "minProperties", "dependentSchemas"];

/// Allows for a text with `${name}` beside whatever a schema allows.
pub(super) fn or_value(schema: &Value) -> Value {
    json!({ "anyOf": [schema, { "type": "string", "pattern": NAMES_A_VALUE }] })
}

/// Makes of a type's fields optional keys, except for those that are named.
pub(super) fn requiring(keys: &'static [&'static str]) -> impl Transform {
    move |schema: &mut Schema| {
        schema.remove("required");
        if !keys.is_empty() {
            schema.insert("required".to_owned(), json!(keys));
        }
    }
}

/// Allows for keys with `${name}`: what they are is not known, so that nothing is missing.
pub(super) fn or_keys_with_values(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    let demands: Map<_, _> =
        DEMANDS.iter().filter_map(|demand| object.remove_entry(*demand)).collect();
    object.insert("patternProperties".to_owned(), json!({ NAMES_A_VALUE: true }));
    if !demands.is_empty() {
        let all_known = json!({ "propertyNames": { "not": { "pattern": NAMES_A_VALUE } } });
        object.insert("if".to_owned(), all_known);
        object.insert("then".to_owned(), demands.into());
    }
}
