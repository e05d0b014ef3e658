//! `${name}` in steps: it is allowed wherever a text is, so nothing is known about such a text.

use schemars::Schema;
use schemars::transform::Transform;
use serde_json::{Map, Value, json};

/// Matches a text with a `${name}`.
pub(super) const NAMES_A_VALUE: &str = r"\$\{";

/// The demands on an object, which hold only if all of its keys are known.
const DEMANDS: [&str; 5] = ["required", "oneOf", "allOf", "minProperties", "dependentSchemas"];

/// Also allows a text with `${name}`.
pub(super) fn or_value(schema: &Value) -> Value {
    json!({ "anyOf": [schema, { "type": "string", "pattern": NAMES_A_VALUE }] })
}

/// Makes the fields of a type optional, except for these.
pub(super) fn requiring(keys: &'static [&'static str]) -> impl Transform {
    move |schema: &mut Schema| {
        schema.remove("required");
        if !keys.is_empty() {
            schema.insert("required".to_owned(), json!(keys));
        }
    }
}

/// Also allows keys with `${name}`: since they are unknown, nothing counts as missing.
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
