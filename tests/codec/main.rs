//! Encoding and decoding packets: every kind, the exact bytes, and foreign bytes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod complete;
mod examples;
mod facts;
#[path = "../support/foreign.rs"]
mod foreign;
mod strategies;
mod values;
mod versions;

use std::fmt::Write;

use chatapp::protocol::codec::{
    DecodeError, WIRE_VERSION, decode_datagram, decode_packet, encode_datagram, encode_direct,
    encode_packet, encode_request, seal,
};
use chatapp::protocol::limits::{
    DATAGRAM_LEN_MAX, GROUP_MEMBERS_MAX, NAME_LEN_MAX, PACKET_LEN_MAX, TEXT_LEN_MAX,
};
use chatapp::protocol::{
    Acknowledgement, Answer, ClientName, Datagram, DirectText, LinkDatagram, Packet, RequestId,
    Segment, Session, Text, Timestamp, VersionNotice, packet_kinds,
};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::examples::examples;
use crate::strategies::{DatagramParts, datagram_parts, packet, session};

/// The one datagram whose bytes are written out, without version and checksum: everything that a
/// link can send at once.
const DATAGRAM: &str = "00fd0140fac1089b0500020103fcffffffff010405020700026162fb2c01010003000000";

fn with_datagram<R>(use_it: impl FnOnce(&Datagram<'_>) -> R) -> R {
    let source = Session { opened_at: Timestamp::from_micros(1_577_836_800_000_001), token: 2 };
    let destination = Session { opened_at: Timestamp::from_micros(3), token: u32::MAX };
    use_it(&Datagram::Link(LinkDatagram {
        source,
        destination: Some(destination),
        acknowledgement: Some(Acknowledgement { next: 4, early: 0b101 }),
        segments: vec![
            Segment { number: 7, last: false, bytes: b"ab" },
            Segment { number: 300, last: true, bytes: b"" },
        ],
        padding: &[0; 3],
    }))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        write!(digits, "{byte:02x}").unwrap();
        digits
    })
}

/// Encodes a datagram with one packet.
fn with_packet(packet: &[u8]) -> Vec<u8> {
    let link = LinkDatagram {
        source: Session { opened_at: Timestamp::from_micros(1_577_836_800_000_001), token: 2 },
        destination: None,
        acknowledgement: None,
        segments: vec![Segment { number: 1, last: true, bytes: packet }],
        padding: &[],
    };
    encode_datagram(&Datagram::Link(link), 0)
}

fn encoded_datagram(parts: &DatagramParts) -> Vec<u8> {
    encode_datagram(&datagram(parts), DATAGRAM_LEN_MAX)
}

/// Returns the same bytes with a valid checksum.
fn sealed(bytes: &[u8]) -> Vec<u8> {
    let mut sealed = bytes.to_vec();
    seal(&mut sealed);
    sealed
}

/// Returns what follows the checksum of a datagram, in hexadecimal digits. The checksum and the
/// version in front of it must be right.
fn unsealed(bytes: &[u8]) -> String {
    assert_eq!(bytes[0], WIRE_VERSION, "the version comes first");
    assert_eq!(hex(&sealed(bytes)), hex(bytes), "the checksum follows");
    hex(&bytes[5..])
}

fn datagram(parts: &DatagramParts) -> Datagram<'_> {
    let segments = parts.segments.iter().map(|(number, last, bytes)| Segment {
        number: *number,
        last: *last,
        bytes,
    });
    Datagram::Link(LinkDatagram {
        source: parts.source,
        destination: parts.destination,
        acknowledgement: parts.acknowledgement,
        segments: segments.collect(),
        padding: &parts.padding,
    })
}

fn direct(body: String) -> Packet {
    let text = Text { number: 1, at: Timestamp::from_micros(2), body };
    let [from, to] = ["c1", "c2"].map(|name| ClientName::new(name).unwrap());
    Packet::Direct { to, message: DirectText { from, text } }
}

/// Replaces the first occurrence of some bytes.
fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = bytes.windows(from.len()).position(|window| window == from).unwrap();
    [&bytes[..at], to, &bytes[at + from.len()..]].concat()
}

#[test]
fn every_example_has_its_bytes_and_comes_back() {
    for example in examples() {
        let packet = &example.packet;
        assert_eq!(hex(&encode_packet(packet)), example.bytes, "{packet:?}");
        assert_eq!(decode_packet(&encode_packet(packet)).unwrap(), *packet);
    }
}

#[test]
fn packets_of_parts_are_those_of_the_whole() {
    for example in examples() {
        let bytes = if let Packet::Request(id, request) = &example.packet {
            encode_request(*id, request)
        } else if let Packet::Direct { to, message } = &example.packet {
            encode_direct(*to, message.from, &message.text)
        } else {
            continue;
        };
        assert_eq!(hex(&bytes), example.bytes, "{:?}", example.packet);
    }
}

#[test]
fn a_datagram_has_its_bytes_and_comes_back() {
    with_datagram(|datagram| {
        let bytes = encode_datagram(datagram, 0);
        assert_eq!(unsealed(&bytes), DATAGRAM);
        assert_eq!(decode_datagram(&bytes).unwrap(), *datagram);
    });
    let reset = {
        let session = Session { opened_at: Timestamp::from_micros(1), token: 2 };
        Datagram::Reset { session, after: Timestamp::from_micros(3) }
    };
    assert_eq!(unsealed(&encode_datagram(&reset, 0)), "01010203");
}

#[test]
fn no_bytes_are_empty() {
    assert!(matches!(decode_datagram(&[]), Err(DecodeError::Empty)));
    assert!(matches!(decode_packet(&[]), Err(DecodeError::Malformed(_))));
}

#[test]
fn a_datagram_has_at_most_1200_bytes() {
    let padded = |padding: &[u8]| {
        with_datagram(|datagram| match datagram.clone() {
            Datagram::Link(link) => {
                encode_datagram(&Datagram::Link(LinkDatagram { padding, ..link }), 0)
            }
            Datagram::Reset { .. } => unreachable!("it is traffic"),
        })
    };
    // The length of a padding of more than 250 bytes takes two bytes more.
    let bare = padded(&[]).len() + 2;
    let longest = padded(&vec![0; DATAGRAM_LEN_MAX - bare]);
    assert_eq!(longest.len(), DATAGRAM_LEN_MAX);
    assert!(decode_datagram(&longest).is_ok());
    let longer = padded(&vec![0; DATAGRAM_LEN_MAX - bare + 1]);
    assert!(matches!(decode_datagram(&longer), Err(DecodeError::TooLong(1201))));
}

#[test]
fn another_version_is_refused_whatever_follows() {
    for version in (0..=u8::MAX).filter(|version| *version != WIRE_VERSION) {
        let mut bytes = with_datagram(|datagram| encode_datagram(datagram, 0));
        bytes[0] = version;
        assert!(matches!(decode_datagram(&bytes), Err(DecodeError::Version(v)) if v == version));
        assert!(matches!(decode_datagram(&[version]), Err(DecodeError::Version(_))));
    }
}

#[test]
fn what_is_cut_short_is_malformed_at_every_length() {
    for example in examples() {
        let bytes = encode_packet(&example.packet);
        for len in 0..bytes.len() {
            let refused = matches!(decode_packet(&bytes[..len]), Err(DecodeError::Malformed(_)));
            assert!(refused, "{len} bytes of {:?}", example.packet);
        }
    }
    let bytes = with_datagram(|datagram| encode_datagram(datagram, 0));
    for len in 1..bytes.len() {
        let cut = &bytes[..len];
        assert!(matches!(decode_datagram(cut), Err(DecodeError::Damaged)), "{len}");
        let cut = sealed(cut);
        let refused = decode_datagram(&cut);
        assert!(matches!(refused, Err(DecodeError::Malformed(_) | DecodeError::Damaged)), "{len}");
    }
}

#[test]
fn every_flipped_bit_is_noticed() {
    let bytes = with_datagram(|datagram| encode_datagram(datagram, 0));
    for bit in 8..bytes.len() * 8 {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(matches!(decode_datagram(&damaged), Err(DecodeError::Damaged)), "bit {bit}");
    }
}

#[test]
fn what_is_left_over_is_counted() {
    for example in examples() {
        let bytes = [encode_packet(&example.packet), vec![0; 3]].concat();
        let refused = matches!(decode_packet(&bytes), Err(DecodeError::LeftOver(3)));
        assert!(refused, "{:?}", example.packet);
    }
    let mut bytes = with_datagram(|datagram| encode_datagram(datagram, 0));
    bytes.push(0);
    assert!(matches!(decode_datagram(&sealed(&bytes)), Err(DecodeError::LeftOver(1))));
}

/// A length of 2^40 in place of 1 (or 2): nothing of that size may ever be allocated.
#[test]
fn a_claimed_length_is_not_believed() {
    const HUGE: &[u8] = &[253, 0, 0, 0, 0, 0, 1, 0, 0];
    for example in examples() {
        let bytes = encode_packet(&example.packet);
        for at in 0..bytes.len() {
            let hostile = [&bytes[..at], HUGE, &bytes[at + 1..]].concat();
            if let Ok(packet) = decode_packet(&hostile) {
                assert_eq!(encode_packet(&packet), hostile, "it was a plain number");
            }
        }
    }
    let bytes = with_datagram(|datagram| encode_datagram(datagram, 0));
    let segments = replaced(&bytes, b"\x02\x07\x00\x02ab", &[HUGE, b"\x07\x00\x02ab"].concat());
    assert!(matches!(decode_datagram(&sealed(&segments)), Err(DecodeError::Malformed(_))));
    let content = replaced(&bytes, b"\x02ab", &[HUGE, b"ab"].concat());
    assert!(matches!(decode_datagram(&sealed(&content)), Err(DecodeError::Malformed(_))));
    let padding = [&bytes[..bytes.len() - 4], HUGE, &[0; 3]].concat();
    assert!(matches!(decode_datagram(&sealed(&padding)), Err(DecodeError::Malformed(_))));
}

#[test]
fn a_text_is_at_most_16_kib_long() {
    let longest = direct("x".repeat(TEXT_LEN_MAX));
    assert_eq!(decode_packet(&encode_packet(&longest)).unwrap(), longest);
    let longer = encode_packet(&direct("x".repeat(TEXT_LEN_MAX + 1)));
    assert!(matches!(decode_packet(&longer), Err(DecodeError::Malformed(_))));
}

#[test]
fn a_text_is_utf_8() {
    let bytes = encode_packet(&direct("abc".to_owned()));
    let broken = replaced(&bytes, b"abc", b"a\xffc");
    assert!(matches!(decode_packet(&broken), Err(DecodeError::Malformed(_))));
}

#[test]
fn a_name_that_breaks_the_rules_is_refused() {
    let bytes = encode_packet(&direct("abc".to_owned()));
    for name in [&b"\x02c "[..], b"\x00", b"\x02c\x1b"] {
        let broken = replaced(&bytes, b"\x02c1", name);
        assert!(matches!(decode_packet(&broken), Err(DecodeError::Malformed(_))));
    }
    let long = [&[33][..], &[b'c'; 33]].concat();
    let broken = replaced(&bytes, b"\x02c1", &long);
    assert!(matches!(decode_packet(&broken), Err(DecodeError::Malformed(_))));
}

#[test]
fn the_longest_list_of_members_fits_into_a_packet() {
    let longest_name = |n| ClientName::new(&format!("{n:0>NAME_LEN_MAX$}")).unwrap();
    let members: Vec<_> = (0..GROUP_MEMBERS_MAX).map(longest_name).collect();
    let packet = Packet::Answer(RequestId(u64::MAX), Answer::Members(members));
    let bytes = encode_packet(&packet);
    assert!(bytes.len() <= PACKET_LEN_MAX, "{}", bytes.len());
    assert_eq!(decode_packet(&bytes).unwrap(), packet);
}

#[test]
fn a_list_of_more_than_64_kib_is_refused() {
    let members = vec![ClientName::new(&"c".repeat(NAME_LEN_MAX)).unwrap(); 2_000];
    let bytes = encode_packet(&Packet::Answer(RequestId(1), Answer::Members(members)));
    assert!(bytes.len() > PACKET_LEN_MAX);
    assert!(matches!(decode_packet(&bytes), Err(DecodeError::Malformed(_))));
}

/// A corruption of bytes: a place and the change.
#[derive(Clone, Debug)]
enum Spoil {
    Flip(Index, u8),
    Remove(Index),
    Insert(Index, u8),
}

fn spoil() -> impl Strategy<Value = Spoil> {
    prop_oneof![
        (any::<Index>(), 1..=u8::MAX).prop_map(|(at, bits)| Spoil::Flip(at, bits)),
        any::<Index>().prop_map(Spoil::Remove),
        any::<(Index, u8)>().prop_map(|(at, byte)| Spoil::Insert(at, byte)),
    ]
}

fn spoilt(mut bytes: Vec<u8>, spoils: &[Spoil]) -> Vec<u8> {
    for spoil in spoils {
        match spoil {
            Spoil::Insert(at, byte) => bytes.insert(at.index(bytes.len() + 1), *byte),
            Spoil::Flip(at, bits) if !bytes.is_empty() => {
                let at = at.index(bytes.len());
                bytes[at] ^= bits;
            }
            Spoil::Remove(at) if !bytes.is_empty() => drop(bytes.remove(at.index(bytes.len()))),
            Spoil::Flip(..) | Spoil::Remove(_) => {}
        }
    }
    bytes
}

/// Everything that is decoded as a packet or a datagram can be encoded again.
fn assert_sane(bytes: &[u8]) {
    assert!(!packet_kinds(bytes).is_empty());
    assert!(!packet_kinds(&sealed(bytes)).is_empty());
    if let Some(notice) = VersionNotice::answering(&sealed(bytes)) {
        assert_eq!(VersionNotice::decode(&notice.encode()), Some(notice));
        assert!(VersionNotice::LEN <= bytes.len());
    }
    if let Ok(packet) = decode_packet(bytes) {
        assert_eq!(decode_packet(&encode_packet(&packet)).unwrap(), packet);
    }
    if let Ok(datagram) = decode_datagram(&sealed(bytes)) {
        assert_eq!(decode_datagram(&encode_datagram(&datagram, 0)).unwrap(), datagram);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_packet_comes_back(packet in packet()) {
        prop_assert_eq!(decode_packet(&encode_packet(&packet)).unwrap(), packet);
    }

    #[test]
    fn any_datagram_comes_back(parts in datagram_parts()) {
        let bytes = encoded_datagram(&parts);
        prop_assert_eq!(decode_datagram(&bytes).unwrap(), datagram(&parts));
    }

    #[test]
    fn any_reset_comes_back(session in session()) {
        let bytes = encode_datagram(&Datagram::Reset { session, after: session.opened_at }, 0);
        prop_assert_eq!(decode_datagram(&bytes).unwrap(), Datagram::Reset { session, after: session.opened_at });
    }

    #[test]
    fn any_bytes_are_survived(mut bytes in prop::collection::vec(any::<u8>(), 0..1500)) {
        assert_sane(&bytes);
        bytes.insert(0, WIRE_VERSION);
        assert_sane(&bytes);
    }

    #[test]
    fn spoilt_packets_are_survived(
        packet in packet(),
        spoils in prop::collection::vec(spoil(), 1..4),
    ) {
        assert_sane(&spoilt(encode_packet(&packet), &spoils));
    }

    #[test]
    fn spoilt_datagrams_are_survived(
        parts in datagram_parts(),
        spoils in prop::collection::vec(spoil(), 1..4),
    ) {
        assert_sane(&spoilt(encoded_datagram(&parts), &spoils));
    }
}
