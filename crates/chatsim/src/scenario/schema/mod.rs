//! The format of scenario files as a JSON Schema, for editors.
//!
//! The types in here describe how a file is written; nothing is ever deserialized into them. Names
//! come from the tables of the parser, and tests compare the keys with them. Everything that the
//! schema rejects is rejected by the parser as well; the parser also knows which actors there are.
#![expect(dead_code, reason = "types that describe files have no values")]

mod around;
mod faults;
mod guest;
mod network;
mod shapes;
mod steps;
mod values;
mod words;

use schemars::generate::SchemaSettings;

use crate::Guest;

/// Returns the JSON Schema (draft 2020-12) of a guest's scenario files, as text that ends with a
/// line break.
pub fn schema(guest: &dyn Guest) -> String {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<around::File>();
    guest::add(&mut schema, guest);
    format!("{:#}\n", schema.as_value())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::super::faults::{FAULT_SETTINGS, faults};
    use super::super::{include, network, patterns, resolve, terms, verb};
    use super::schema;
    use crate::testing::Fakes;

    /// The keys that the schema has at a place.
    fn keys(pointer: &str) -> BTreeSet<String> {
        let schema: Value = serde_json::from_str(&schema(&Fakes)).unwrap();
        let object = schema.pointer(pointer).and_then(Value::as_object);
        object.unwrap_or_else(|| panic!("no object at {pointer}")).keys().cloned().collect()
    }

    fn set(names: impl IntoIterator<Item = &'static str>) -> BTreeSet<String> {
        names.into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn files_have_the_keys_that_are_read() {
        let own = resolve::keys(&Fakes).chain(terms::KEYS);
        assert_eq!(keys("/properties"), set(own.chain(include::part_keys(&Fakes))));
        let closed = keys("/dependentSchemas/parameters/properties");
        let parts = set(include::part_keys(&Fakes));
        assert_eq!(closed, keys("/properties").difference(&parts).cloned().collect());
    }

    #[test]
    fn steps_have_the_verbs_that_are_read() {
        let verbs = set(verb::verbs().chain(["server"]));
        assert_eq!(keys("/$defs/KeyedStep/properties"), verbs);
    }

    #[test]
    fn faults_have_the_effects_that_are_read() {
        let known = set(faults().chain(FAULT_SETTINGS));
        assert_eq!(keys("/$defs/Fault/properties"), known);
    }

    #[test]
    fn networks_have_the_settings_that_are_read() {
        let known = set(network::settings());
        assert_eq!(keys("/$defs/Network/properties"), known);
        assert_eq!(keys("/$defs/LinkConditions/properties"), known);
    }

    #[test]
    fn values_of_steps_have_the_keys_that_are_read() {
        assert_eq!(keys("/$defs/Part/properties"), set(include::keys(&Fakes)));
        assert_eq!(keys("/$defs/Demand/properties"), set(patterns::DEMAND_KEYS));
    }
}
