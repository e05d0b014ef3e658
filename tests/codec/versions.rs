//! The version of the wire format: the notice that never changes, and the bytes that must not change
//! without a new version.

use chatapp::protocol::codec::{
    DecodeError, WIRE_VERSION, decode_datagram, encode_datagram, encode_packet, seal,
};
use chatapp::protocol::{Datagram, Session, Timestamp, VersionNotice, packet_kinds};

use crate::examples::{CHECKSUMS, examples};
use crate::foreign::{foreign, notice_from, notice_of};
use crate::{hex, with_datagram, with_packet};

/// A datagram of each kind, and one around each kind of packet.
fn encoded() -> Vec<Vec<u8>> {
    let session = Session { opened_at: Timestamp::from_micros(1_577_836_800_000_001), token: 2 };
    let reset = Datagram::Reset { session, after: Timestamp::from_micros(3) };
    let all = with_datagram(|datagram| encode_datagram(datagram, 0));
    let packets = examples().map(|example| with_packet(&encode_packet(&example.packet)));
    let mut encoded: Vec<_> = packets.chain([all, encode_datagram(&reset, 0)]).collect();
    // Their order does not matter.
    encoded.sort();
    encoded
}

#[test]
fn the_bytes_are_those_of_their_version() {
    let checksum = crc32fast::hash(&encoded().concat());
    let known = CHECKSUMS.iter().find(|(version, _)| *version == WIRE_VERSION);
    assert_eq!(
        known.map(|(_, checksum)| *checksum),
        Some(checksum),
        "the wire format has changed: raise `WIRE_VERSION`, and append `(WIRE_VERSION, \
         {checksum:#010x})` to `CHECKSUMS` in `tests/codec/examples.rs`"
    );
}

/// Programs of all versions rely on these bytes: this test never changes.
#[test]
fn a_notice_has_the_same_bytes_for_ever() {
    let mut datagram = vec![200, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    seal(&mut datagram);
    assert_eq!(hex(&datagram[1..5]), "1399042e");
    let notice = VersionNotice::answering(&datagram).unwrap();
    let ours = notice.encode();
    assert_eq!(ours, notice_from(WIRE_VERSION, &datagram, &ours));
    assert_eq!(hex(&notice_from(77, &datagram, &ours)), "00a249af90636861744d1399042e");
}

#[test]
fn a_notice_comes_back_and_answers_one_datagram() {
    let refused = with_datagram(|datagram| foreign(&encode_datagram(datagram, 0)));
    let notice = VersionNotice::answering(&refused).unwrap();
    let bytes = notice.encode();
    assert_eq!(bytes.len(), VersionNotice::LEN);
    assert_eq!(VersionNotice::decode(&bytes), Some(notice));
    assert_eq!(notice.version(), WIRE_VERSION);
    assert!(notice.answers(&refused));
    assert!(!notice.answers(&bytes));
    assert!(!notice.answers(&[]));
    assert_eq!(packet_kinds(&bytes), ["version"]);
    assert!(matches!(decode_datagram(&bytes), Err(DecodeError::Version(0))));
    assert_eq!(VersionNotice::decode(&notice_of(9, &refused)).unwrap().version(), 9);
}

#[test]
fn a_damaged_notice_is_none() {
    let refused = with_datagram(|datagram| foreign(&encode_datagram(datagram, 0)));
    let bytes = VersionNotice::answering(&refused).unwrap().encode();
    for bit in 0..bytes.len() * 8 {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(VersionNotice::decode(&damaged), None, "bit {bit}");
    }
    let longer = [&bytes[..], &[0]].concat();
    for mut other in [bytes[..bytes.len() - 1].to_vec(), longer] {
        seal(&mut other);
        assert_eq!(VersionNotice::decode(&other), None, "{} bytes", other.len());
    }
}

#[test]
fn a_damaged_version_is_not_taken_for_another_one() {
    let ours = with_datagram(|datagram| encode_datagram(datagram, 0));
    for version in (0..=u8::MAX).filter(|version| *version != WIRE_VERSION) {
        let mut damaged = ours.clone();
        damaged[0] = version;
        assert_eq!(VersionNotice::answering(&damaged), None, "{version}");
        let refused = {
            let mut bytes = damaged;
            seal(&mut bytes);
            bytes
        };
        assert_eq!(VersionNotice::answering(&refused).is_some(), version != 0, "{version}");
    }
}

#[test]
fn only_whole_datagrams_of_other_versions_that_are_long_enough_are_answered() {
    let ours = with_datagram(|datagram| encode_datagram(datagram, 0));
    let refused = foreign(&ours);
    assert!(VersionNotice::answering(&refused).is_some());
    assert_eq!(VersionNotice::answering(&ours), None, "our own version");
    let notice = VersionNotice::answering(&refused).unwrap().encode();
    assert_eq!(VersionNotice::answering(&notice), None, "a notice");
    for len in 0..refused.len() {
        let mut cut = refused[..len].to_vec();
        assert_eq!(VersionNotice::answering(&cut), None, "damaged, {len} bytes");
        seal(&mut cut);
        let is_answered = VersionNotice::answering(&cut).is_some();
        assert_eq!(is_answered, len >= VersionNotice::LEN, "{len} bytes");
    }
}
