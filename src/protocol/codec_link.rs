//! Datagrams as bytes, written and read by hand.
//!
//! Each packet passes here on every link, so this is worth more than what is derived. The bytes
//! are the same, bincode's: numbers up to 250 take one byte, larger ones a mark and two, four or
//! eight; what is optional has a byte before it, and lists and bytes their length. The derived
//! encoding is what it is held against, in the tests.

use bincode::error::DecodeError;

use crate::protocol::{Acknowledgement, Datagram, LinkDatagram, Segment, Session, Timestamp};

/// The marks of numbers that take two, four and eight bytes more.
const TWO_BYTES: u8 = 251;
const FOUR_BYTES: u8 = 252;
const EIGHT_BYTES: u8 = 253;

/// The kinds of [`Datagram`], in their order.
const LINK: u32 = 0;
const RESET: u32 = 1;

/// Writes a datagram's content.
pub(super) fn write(bytes: &mut Vec<u8>, datagram: &Datagram<'_>) {
    match datagram {
        Datagram::Link(link) => {
            number(bytes, LINK.into());
            write_link(bytes, link);
        }
        Datagram::Reset { session, after } => {
            number(bytes, RESET.into());
            write_session(bytes, *session);
            number(bytes, after.as_micros());
        }
    }
}

fn write_link(bytes: &mut Vec<u8>, link: &LinkDatagram<'_>) {
    write_session(bytes, link.source);
    bytes.push(link.destination.is_some().into());
    if let Some(destination) = link.destination {
        write_session(bytes, destination);
    }
    bytes.push(link.acknowledgement.is_some().into());
    if let Some(Acknowledgement { next, early }) = link.acknowledgement {
        number(bytes, next);
        number(bytes, early);
    }
    number(bytes, link.segments.len() as u64);
    for segment in &link.segments {
        number(bytes, segment.number);
        bytes.push(segment.last.into());
        write_bytes(bytes, segment.bytes);
    }
    write_bytes(bytes, link.padding);
}

fn write_session(bytes: &mut Vec<u8>, session: Session) {
    number(bytes, session.opened_at.as_micros());
    number(bytes, session.token.into());
}

fn write_bytes(bytes: &mut Vec<u8>, content: &[u8]) {
    number(bytes, content.len() as u64);
    bytes.extend_from_slice(content);
}

/// Writes a number.
#[inline]
fn number(bytes: &mut Vec<u8>, number: u64) {
    let [a, b, c, d, ..] = number.to_le_bytes();
    match number {
        0..=250 => bytes.push(a),
        251..=0xffff => bytes.extend_from_slice(&[TWO_BYTES, a, b]),
        0x1_0000..=0xffff_ffff => bytes.extend_from_slice(&[FOUR_BYTES, a, b, c, d]),
        _ => {
            let mut all = [EIGHT_BYTES; 9];
            if let Some(rest) = all.last_chunk_mut() {
                *rest = number.to_le_bytes();
            }
            bytes.extend_from_slice(&all);
        }
    }
}

/// Reads a datagram's content, and gives what follows it.
///
/// # Errors
///
/// Says why the bytes are none.
pub(super) fn read(bytes: &[u8]) -> Result<(Datagram<'_>, &[u8]), DecodeError> {
    let mut reader = Reader(bytes);
    let datagram = match reader.small()? {
        LINK => Datagram::Link(reader.link()?),
        RESET => Datagram::Reset { session: reader.session()?, after: reader.time()? },
        _ => return Err(DecodeError::Other("there is no such kind of datagrams")),
    };
    Ok((datagram, reader.0))
}

/// What is left to be read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn link(&mut self) -> Result<LinkDatagram<'a>, DecodeError> {
        let source = self.session()?;
        let destination = if self.flag()? { Some(self.session()?) } else { None };
        let acknowledgement = if self.flag()? {
            Some(Acknowledgement { next: self.number()?, early: self.number()? })
        } else {
            None
        };
        // The length that a list claims is not trusted.
        let mut segments = Vec::new();
        for _ in 0..self.number()? {
            let (number, last) = (self.number()?, self.flag()?);
            segments.push(Segment { number, last, bytes: self.bytes()? });
        }
        Ok(LinkDatagram { source, destination, acknowledgement, segments, padding: self.bytes()? })
    }

    #[inline]
    fn session(&mut self) -> Result<Session, DecodeError> {
        Ok(Session { opened_at: self.time()?, token: self.small()? })
    }

    #[inline]
    fn time(&mut self) -> Result<Timestamp, DecodeError> {
        self.number().map(Timestamp::from_micros)
    }

    #[inline]
    fn bytes(&mut self) -> Result<&'a [u8], DecodeError> {
        let len = usize::try_from(self.number()?).unwrap_or(usize::MAX);
        let (bytes, rest) = self.0.split_at_checked(len).ok_or_else(|| self.end(len))?;
        self.0 = rest;
        Ok(bytes)
    }

    #[inline]
    fn flag(&mut self) -> Result<bool, DecodeError> {
        match self.array()? {
            [0] => Ok(false),
            [1] => Ok(true),
            [other] => Err(DecodeError::InvalidBooleanValue(other)),
        }
    }

    /// Reads a number of at most 32 bits.
    #[inline]
    fn small(&mut self) -> Result<u32, DecodeError> {
        match self.0.first() {
            Some(&EIGHT_BYTES) => Err(NOT_A_NUMBER),
            _ => self.number().map(|number| u32::try_from(number).unwrap_or(u32::MAX)),
        }
    }

    #[inline]
    fn number(&mut self) -> Result<u64, DecodeError> {
        match self.array()? {
            [TWO_BYTES] => self.array().map(|bytes| u16::from_le_bytes(bytes).into()),
            [FOUR_BYTES] => self.array().map(|bytes| u32::from_le_bytes(bytes).into()),
            [EIGHT_BYTES] => self.array().map(u64::from_le_bytes),
            [byte] if byte < TWO_BYTES => Ok(byte.into()),
            _ => Err(NOT_A_NUMBER),
        }
    }

    #[inline]
    fn array<const LEN: usize>(&mut self) -> Result<[u8; LEN], DecodeError> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or_else(|| self.end(LEN))?;
        self.0 = rest;
        Ok(*bytes)
    }

    #[cold]
    fn end(&self, len: usize) -> DecodeError {
        DecodeError::UnexpectedEnd { additional: len - self.0.len() }
    }
}

const NOT_A_NUMBER: DecodeError = DecodeError::Other("there is no number that begins like this");

#[cfg(test)]
mod tests {
    use bincode::config::{Configuration, standard};
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;

    const DERIVED: Configuration = standard();

    /// Numbers of every length, and those beside the bounds between them.
    fn any_number() -> impl Strategy<Value = u64> {
        let bound =
            prop::sample::select(vec![250, 251, 0xffff, 0x1_0000, 0xffff_ffff, 0x1_0000_0000]);
        prop_oneof![0..300_u64, any::<u16>().prop_map(u64::from), any::<u64>(), bound]
    }

    fn session() -> impl Strategy<Value = Session> {
        (any_number(), any::<u32>())
            .prop_map(|(at, token)| Session { opened_at: Timestamp::from_micros(at), token })
    }

    proptest! {
        #[test]
        fn datagrams_are_those_of_the_derived_encoding(
            source in session(),
            destination in option::of(session()),
            acknowledgement in option::of((any_number(), any_number())),
            parts in vec((any_number(), any::<bool>(), vec(any::<u8>(), 0..300)), 0..4),
            padding in vec(any::<u8>(), 0..300),
            (flips, cut) in (vec(any::<(Index, u8)>(), 0..3), any::<Index>()),
        ) {
            let segments = parts.iter().map(|(number, last, bytes)| {
                Segment { number: *number, last: *last, bytes }
            });
            let link = Datagram::Link(LinkDatagram {
                source,
                destination,
                acknowledgement: acknowledgement.map(|(next, early)| Acknowledgement { next, early }),
                segments: segments.collect(),
                padding: &padding,
            });
            let reset = Datagram::Reset { session: source, after: source.opened_at };
            for datagram in [link, reset] {
                let mut bytes = Vec::new();
                write(&mut bytes, &datagram);
                prop_assert_eq!(&bytes, &bincode::serde::encode_to_vec(&datagram, DERIVED).unwrap());
                assert_read_alike(&bytes);
                assert_read_alike(&bytes[..cut.index(bytes.len())]);
                for (at, byte) in &flips {
                    let at = at.index(bytes.len());
                    bytes[at] = *byte;
                }
                assert_read_alike(&bytes);
            }
        }

        #[test]
        fn any_bytes_are_read_as_the_derived_encoding_does(bytes in vec(0..255_u8, 0..60)) {
            assert_read_alike(&bytes);
            assert_read_alike(&[&[0, 1, 1, 0], &bytes[..]].concat());
        }
    }

    /// Both take the same for a datagram, and refuse the same.
    fn assert_read_alike(bytes: &[u8]) {
        let derived = bincode::serde::borrow_decode_from_slice::<Datagram<'_>, _>(bytes, DERIVED);
        let derived = derived.ok().map(|(datagram, used)| (datagram, &bytes[used..]));
        assert_eq!(read(bytes).ok(), derived);
    }
}
