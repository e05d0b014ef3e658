//! Datagrams of programs that speak another version.

use chatapp::protocol::VersionNotice;
use chatapp::protocol::codec::{self, WIRE_VERSION};

/// Turns a datagram into one of another version.
pub(crate) fn foreign(datagram: &[u8]) -> Vec<u8> {
    let mut bytes = datagram.to_vec();
    bytes[0] = WIRE_VERSION + 1;
    codec::seal(&mut bytes);
    bytes
}

/// Turns a notice into one of a program of `version` that answers this datagram.
pub(crate) fn notice_from(version: u8, datagram: &[u8], notice: &[u8]) -> Vec<u8> {
    let mut bytes = notice.to_vec();
    bytes[9] = version;
    bytes[10..14].copy_from_slice(&datagram[1..5]);
    codec::seal(&mut bytes);
    bytes
}

/// Returns the notice with which a program of `version` answers a datagram.
pub(crate) fn notice_of(version: u8, datagram: &[u8]) -> Vec<u8> {
    let notice = VersionNotice::answering(&foreign(datagram)).unwrap();
    notice_from(version, datagram, &notice.encode())
}
