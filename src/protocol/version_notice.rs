//! The one datagram that every version of the wire format understands.

use super::codec::{self, CHECKSUM_LEN, WIRE_VERSION};

/// States which version the sender speaks: the answer to a datagram of another version.
///
/// Its form never changes, since either end may be the older one:
///
/// | bytes | what they are |
/// |---|---|
/// | 0 | 0, which is not the version of any other datagram |
/// | 1 to 4 | CRC-32 (ISO-HDLC) of byte 0 and of bytes 5 to 13, little-endian |
/// | 5 to 8 | `chat` in ASCII |
/// | 9 | the version that the sender speaks |
/// | 10 to 13 | bytes 1 to 4 of the datagram that it answers |
///
/// What it answers has to be a datagram of the chat, which its [checksum](super::codec) shows in all
/// versions. A checksum has to depend on a number that only the two ends of a link know, as sessions
/// do. So a notice proves that its sender has seen the datagram that it answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VersionNotice {
    version: u8,
    answered: [u8; CHECKSUM_LEN],
}

/// The first byte of a notice.
const NO_VERSION: u8 = 0;

const MAGIC: [u8; 4] = *b"chat";

impl VersionNotice {
    /// Bytes of a notice. A shorter datagram is not answered by one.
    pub const LEN: usize = 1 + CHECKSUM_LEN + MAGIC.len() + 1 + CHECKSUM_LEN;

    /// Makes the answer to a datagram of a foreign version. Returns `None` for bytes that must not
    /// be answered: they are shorter than the answer, damaged, a notice, or of our own version.
    pub fn answering(datagram: &[u8]) -> Option<Self> {
        let is_foreign = !matches!(datagram.first(), Some(&(NO_VERSION | WIRE_VERSION)) | None);
        let answered = codec::whole_checksum(datagram)?;
        let may_be_answered = is_foreign && datagram.len() >= Self::LEN;
        may_be_answered.then_some(Self { version: WIRE_VERSION, answered })
    }

    /// Returns the version that the sender speaks.
    pub const fn version(self) -> u8 {
        self.version
    }

    /// Returns whether this is an answer to that datagram.
    pub fn answers(self, datagram: &[u8]) -> bool {
        codec::checksum_of(datagram) == Some(self.answered)
    }

    /// Returns whether this is an answer to a datagram with that [checksum](codec::checksum_of).
    pub(crate) fn answers_one_with(self, checksum: [u8; CHECKSUM_LEN]) -> bool {
        self.answered == checksum
    }

    /// Encodes the notice.
    pub fn encode(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(Self::LEN);
        bytes.push(NO_VERSION);
        bytes.extend_from_slice(&[0; CHECKSUM_LEN]);
        bytes.extend_from_slice(&MAGIC);
        bytes.push(self.version);
        bytes.extend_from_slice(&self.answered);
        codec::seal(&mut bytes);
        bytes
    }

    /// Decodes a notice; `None` for bytes that are not one.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        codec::whole_checksum(bytes)?;
        let bytes: &[u8; Self::LEN] = bytes.try_into().ok()?;
        let [NO_VERSION, _, _, _, _, b'c', b'h', b'a', b't', version, answered @ ..] = *bytes
        else {
            return None;
        };
        Some(Self { version, answered })
    }
}
