//! Schemas of composite values.

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

// One, or a list of any length.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
pub(super) enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

// One, or a list of at least one.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
pub(super) enum OneOrMore<T> {
    One(T),
    More(#[schemars(length(min = 1))] Vec<T>),
}

/// A mapping whose keys match a pattern as well.
pub(super) struct Mapping<K, V>(PhantomData<(K, V)>);

impl<K: JsonSchema, V: JsonSchema> JsonSchema for Mapping<K, V> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Mapping_{}_{}", K::schema_name(), V::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "propertyNames": generator.subschema_for::<K>(),
            "additionalProperties": generator.subschema_for::<V>(),
        })
    }
}
