//! Bytes to packets and back: bincode 2 in its standard configuration, after a version byte.
//!
//! A datagram has at most 1200 bytes: a version byte, a checksum (CRC-32), and the traffic of one
//! link (`segment.rs`): the two sessions, an acknowledgement, and as many segments as fit. A packet
//! is one segment, or several if it is long.
//!
//! The decoder reads bytes from strangers. It never panics, never allocates more than the size of
//! its input justifies, and rejects bytes that are left over.
//!
//! The numbers of enum variants are their positions: append new variants to `Packet`, `Request` and
//! `Answer` at the end.
//!
//! In every version of the wire format, past and future, byte 0 of a datagram is the version and
//! bytes 1 to 4 are the CRC-32 (ISO-HDLC, little-endian) of the version byte and of everything
//! after the checksum. Only version 1 leaves the version byte out. So a datagram of any other
//! version can be distinguished from a damaged one of ours; it is answered by a
//! [`VersionNotice`](super::VersionNotice), whose form never changes.

use bincode::config::{Configuration, Limit, LittleEndian, Varint};
use bincode::enc::write::Writer;
use bincode::error::EncodeError;
use serde::{Deserialize, Serialize};

use super::limits::{DATAGRAM_LEN_MAX, PACKET_LEN_MAX};
pub use super::packet::WIRE_VERSION;
use super::packet::{PacketTag, RequestTag};
use super::sabotage::{self, Bug};
use super::{ClientName, Datagram, Packet, Request, RequestId, Text, codec_link};

type Config = Configuration<LittleEndian, Varint, Limit<PACKET_LEN_MAX>>;

const CONFIG: Config = bincode::config::standard().with_limit::<PACKET_LEN_MAX>();

/// Why bytes are not a datagram or not a packet.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// There are no bytes.
    #[error("the datagram is empty")]
    Empty,
    /// There are more than [`DATAGRAM_LEN_MAX`] bytes.
    #[error("`{0}` bytes are more than the {DATAGRAM_LEN_MAX} of a datagram")]
    TooLong(usize),
    /// The first byte names another version of the format.
    #[error("wire version `{0}` is not `{WIRE_VERSION}`")]
    Version(u8),
    /// The checksum is not that of the bytes.
    #[error("the bytes are damaged")]
    Damaged,
    /// The bytes do not encode a known value.
    #[error("the bytes are malformed")]
    Malformed(#[from] bincode::error::DecodeError),
    /// There are bytes after the end.
    #[error("`{0}` bytes are left over")]
    LeftOver(usize),
}

/// Encodes a packet.
///
/// # Panics
///
/// Never: packets hold nothing that the format cannot express.
pub fn encode_packet(packet: &Packet) -> Vec<u8> {
    encode(packet, Vec::with_capacity(128))
}

/// Encodes a [`Packet::Request`] from borrowed parts, without cloning them.
///
/// # Panics
///
/// Never, as [`encode_packet`].
pub fn encode_request(id: RequestId, request: &Request) -> Vec<u8> {
    encode(&(PacketTag::Request as u32, id, request), Vec::with_capacity(128))
}

/// Encodes a [`Packet::Direct`] from borrowed parts, without cloning them.
///
/// # Panics
///
/// Never, as [`encode_packet`].
pub fn encode_direct(to: ClientName, from: ClientName, text: &Text) -> Vec<u8> {
    encode(&(PacketTag::Direct as u32, to, from, text), Vec::with_capacity(128))
}

/// Decodes a packet.
///
/// # Errors
///
/// The bytes are not a packet.
pub fn decode_packet(bytes: &[u8]) -> Result<Packet, DecodeError> {
    decode(bytes)
}

/// Bytes of the checksum after the version byte. It detects every change of up to 32 bits in a row;
/// UDP's own detects less, may be off, and is rewritten by middleboxes.
pub(crate) const CHECKSUM_LEN: usize = 4;

/// Encodes a datagram, its version byte first.
///
/// # Panics
///
/// Never: datagrams hold nothing that the format cannot express.
pub fn encode_datagram(datagram: &Datagram<'_>, capacity: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(capacity);
    bytes.push(WIRE_VERSION);
    bytes.extend_from_slice(&[0; CHECKSUM_LEN]);
    codec_link::write(&mut bytes, datagram);
    seal(&mut bytes);
    bytes
}

/// Writes the checksum of a datagram's bytes into it. Leaves a datagram that is too short
/// unchanged.
pub fn seal(datagram: &mut [u8]) {
    if let Some((head, body)) = datagram.split_at_mut_checked(1 + CHECKSUM_LEN)
        && let Some((version, checksum)) = head.split_first_mut()
    {
        checksum.copy_from_slice(&checksum_for(*version, body));
    }
}

/// The one version whose checksums leave out the version byte.
const LEAVES_ITSELF_OUT: u8 = 1;

/// Computes the checksum of a datagram of any version.
fn checksum_for(version: u8, body: &[u8]) -> [u8; CHECKSUM_LEN] {
    let mut hasher = crc32fast::Hasher::new();
    if version != LEAVES_ITSELF_OUT {
        hasher.update(&[version]);
    }
    hasher.update(body);
    hasher.finalize().to_le_bytes()
}

/// Decodes a datagram; its segments borrow from the bytes.
///
/// # Errors
///
/// The bytes are not a datagram.
pub fn decode_datagram(bytes: &[u8]) -> Result<Datagram<'_>, DecodeError> {
    match bytes.split_first() {
        None => Err(DecodeError::Empty),
        Some(_) if bytes.len() > DATAGRAM_LEN_MAX => Err(DecodeError::TooLong(bytes.len())),
        Some((&WIRE_VERSION, rest)) => match rest.split_first_chunk::<CHECKSUM_LEN>() {
            Some((checksum, body)) if is_whole(*checksum, body) => {
                let (datagram, rest) = codec_link::read(body).ok_or(NO_DATAGRAM)?;
                complete(datagram, rest.len())
            }
            _ => Err(DecodeError::Damaged),
        },
        Some((&version, _)) => Err(DecodeError::Version(version)),
    }
}

/// Returns the checksum that a datagram of any version claims; `None` if it is too short for one.
pub(crate) fn checksum_of(datagram: &[u8]) -> Option<[u8; CHECKSUM_LEN]> {
    let (_version, rest) = datagram.split_first()?;
    rest.first_chunk().copied()
}

/// Returns the checksum of a datagram of any version; `None` if it is not that of its bytes.
pub(super) fn whole_checksum(datagram: &[u8]) -> Option<[u8; CHECKSUM_LEN]> {
    let (version, rest) = datagram.split_first()?;
    let (checksum, body) = rest.split_first_chunk()?;
    (*checksum == checksum_for(*version, body)).then_some(*checksum)
}

const NO_DATAGRAM: DecodeError =
    DecodeError::Malformed(bincode::error::DecodeError::Other("not a datagram"));

fn is_whole(checksum: [u8; CHECKSUM_LEN], body: &[u8]) -> bool {
    checksum == checksum_for(WIRE_VERSION, body) || sabotage::has(Bug::ChecksumIsIgnored)
}

/// Encodes a stored value, without a checksum.
///
/// # Panics
///
/// On types that the format cannot encode, such as maps of unknown length. No stored type has any.
pub fn encode_kept<T: Serialize>(kept: &T) -> Vec<u8> {
    encode(kept, Vec::with_capacity(128))
}

/// Encodes a record like [`encode_kept`], into exactly as much memory as it needs.
///
/// # Panics
///
/// As [`encode_kept`].
pub fn encode_record<T: Serialize>(record: &T) -> Box<[u8]> {
    // Most records are short: they are encoded on the stack, where no buffer has to grow.
    let mut room = [0; 192];
    match bincode::serde::encode_into_slice(record, &mut room, CONFIG) {
        Ok(len) => room.get(..len).unwrap_or_default().into(),
        Err(_) => encode_kept(record).into(),
    }
}

/// Encodes a stored value into a buffer, and returns the bytes written.
///
/// # Panics
///
/// If the buffer is too small, and as [`encode_kept`].
#[expect(clippy::expect_used, reason = "an encoding that fails is a bug of these very types")]
pub(super) fn encode_into<'a, T: Serialize>(kept: &T, room: &'a mut [u8]) -> &'a [u8] {
    let len = bincode::serde::encode_into_slice(kept, room, CONFIG)
        .expect("there is room for every value of the type");
    room.get(..len).unwrap_or_default()
}

/// Decodes a stored value.
///
/// # Errors
///
/// The bytes do not encode such a value.
pub fn decode_kept<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, DecodeError> {
    decode(bytes)
}

/// Encodes a value that stays on this machine and may have any size.
///
/// # Panics
///
/// As [`encode_kept`].
#[expect(clippy::expect_used, reason = "an encoding that fails is a bug of these very types")]
pub(super) fn encode_large<T: Serialize>(value: &T) -> Vec<u8> {
    bincode::serde::encode_to_vec(value, bincode::config::standard())
        .expect("what programs hold is all encodable")
}

/// Decodes what [`encode_large`] has encoded.
pub(super) fn decode_large<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, DecodeError> {
    let (value, used) =
        bincode::serde::borrow_decode_from_slice(bytes, bincode::config::standard())?;
    complete(value, bytes.len() - used)
}

/// Returns the kind of a packet from its first bytes: of a long packet, only the first segment may
/// be there.
pub(super) fn peek_kind(bytes: &[u8]) -> Option<&'static str> {
    let (number, used): (u32, _) = bincode::serde::borrow_decode_from_slice(bytes, CONFIG).ok()?;
    let packet = PacketTag::numbered(number)?;
    if packet != PacketTag::Request {
        return Some(packet.kind());
    }
    let ((_, number), _): ((RequestId, u32), _) =
        bincode::serde::borrow_decode_from_slice(bytes.get(used..)?, CONFIG).ok()?;
    Some(RequestTag::numbered(number)?.kind())
}

#[expect(clippy::expect_used, reason = "an encoding that fails is a bug of these very types")]
fn encode<T: Serialize>(value: &T, mut bytes: Vec<u8>) -> Vec<u8> {
    bincode::serde::encode_into_writer(value, Appender(&mut bytes), CONFIG)
        .expect("the types on the wire are all encodable");
    bytes
}

/// Appends to a vector.
struct Appender<'a>(&'a mut Vec<u8>);

impl Writer for Appender<'_> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, DecodeError> {
    let (value, used) = bincode::serde::borrow_decode_from_slice(bytes, CONFIG)?;
    complete(value, bytes.len() - used)
}

/// Rejects a value if bytes are left over after it.
fn complete<T>(value: T, left_over: usize) -> Result<T, DecodeError> {
    if left_over == 0 { Ok(value) } else { Err(DecodeError::LeftOver(left_over)) }
}
