//! Facts, which programs state to checkers: encoded like packets, but never sent.

use chatapp::protocol::Fact;
use proptest::prelude::*;

use crate::values::any_of;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_fact_comes_back(fact in any_of::<Fact>()) {
        let encoded = fact.encode();
        prop_assert_eq!(Fact::decode(&encoded), Some(fact));
        let cut = encoded.bytes().split_last().unwrap().1;
        prop_assert_eq!(Fact::decode(&machine::Fact::new(cut)), None);
        let longer = [encoded.bytes(), &[0]].concat();
        prop_assert_eq!(Fact::decode(&machine::Fact::new(&longer)), None);
    }
}
