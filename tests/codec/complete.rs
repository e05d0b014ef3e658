//! Completeness: every variant occurs, and every length is checked.

use std::collections::BTreeSet;
use std::fmt::Debug;

use chatapp::protocol::codec::encode_packet;
use chatapp::protocol::{Fact, PACKET_KINDS, Packet, packet_kinds};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};

use crate::examples::examples;
use crate::strategies::packet;
use crate::values::{Notes, any_of};
use crate::with_packet;

/// The number of values that are read: enough for the rarest variant of a packet.
fn noted<T: DeserializeOwned + Debug + PartialEq>(
    values: impl Strategy<Value = T>,
    encode: impl Fn(&T) -> Vec<u8>,
) -> Notes {
    let (mut runner, notes) = (TestRunner::deterministic(), Notes::default());
    for _ in 0..5_000 {
        let value = values.new_tree(&mut runner).unwrap().current();
        assert_eq!(notes.read::<T>(&encode(&value)), value);
    }
    notes
}

#[test]
fn every_variant_has_an_example() {
    let notes = Notes::default();
    for example in examples() {
        assert_eq!(notes.read::<Packet>(&encode_packet(&example.packet)), example.packet);
    }
    assert_eq!(notes.missing(), [""; 0], "they have no example in `tests/codec/examples.rs`");
}

#[test]
fn any_packet_can_be_of_every_variant() {
    assert_eq!(noted(packet(), encode_packet).missing(), [""; 0], "they never occur");
}

#[test]
fn any_fact_can_be_of_every_variant() {
    let notes = noted(any_of::<Fact>(), |fact| fact.encode().bytes().to_vec());
    assert_eq!(notes.missing(), [""; 0], "they never occur");
}

#[test]
fn any_text_is_as_short_as_its_type_wants() {
    #[derive(Debug)]
    struct Short(String);

    impl<'de> Deserialize<'de> for Short {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let text = String::deserialize(deserializer)?;
            if text.chars().count() > 3 {
                Err(D::Error::custom("too long"))
            } else {
                Ok(Self(text))
            }
        }
    }

    let (mut runner, values) = (TestRunner::deterministic(), any_of::<Short>());
    let mut draw = || values.new_tree(&mut runner).unwrap().current().0.chars().count();
    let lens: BTreeSet<_> = (0..1_000).map(|_| draw()).collect();
    assert_eq!(lens, BTreeSet::from([0, 1, 2, 3]));
}

#[test]
fn no_packet_trusts_a_length() {
    assert_eq!(
        noted(packet(), encode_packet).trusting(),
        [""; 0],
        "they need `deserialize_with = \"field::text\"` or `\"field::list\"`"
    );
}

#[test]
fn trust_in_a_length_is_noticed() {
    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only what it trusts is asked for")]
    enum Trusting {
        Bytes(Vec<u8>),
        Lines { count: u8, lines: Vec<String> },
    }

    let notes = Notes::default();
    notes.read::<Trusting>(&[0, 0]);
    assert_eq!(notes.trusting(), ["Trusting: Bytes"]);
    assert_eq!(notes.missing(), ["Trusting::Lines"]);
    notes.read::<Trusting>(&[1, 7, 1, 2, b'h', b'i']);
    assert_eq!(notes.trusting(), ["Lines: lines", "Trusting: Bytes"]);
    assert_eq!(notes.missing(), [""; 0]);
}

#[test]
fn the_first_bytes_show_the_kind() {
    for example in examples() {
        let bytes = with_packet(&encode_packet(&example.packet));
        assert_eq!(packet_kinds(&bytes), [example.kind], "{:?}", example.packet);
    }
}

#[test]
fn every_kind_is_listed_once() {
    let not_packets = ["part", "ack", "reset", "garbage", "version"];
    let kinds: BTreeSet<_> = examples().map(|example| example.kind).chain(not_packets).collect();
    let mut listed = PACKET_KINDS.clone();
    listed.sort_unstable();
    assert_eq!(listed, Vec::from_iter(kinds));
}
