//! Datagrams as bytes, written and read by hand.
//!
//! A link's traffic is most of what is encoded, so this is faster than derived code; the packets
//! inside are encoded by derived code (`codec.rs`). The bytes are those of bincode: numbers up to
//! 250 take one byte, larger ones a mark and two, four or eight; optional values have a byte in
//! front of them, lists and bytes their length. Tests compare it with the derived encoding of the
//! same types, in both directions.

use crate::protocol::{Acknowledgement, Datagram, LinkDatagram, Segment, Session, Timestamp};

/// The marks of numbers that take two, four and eight bytes more.
const TWO_BYTES: u8 = 251;
const FOUR_BYTES: u8 = 252;
const EIGHT_BYTES: u8 = 253;

/// The kinds of [`Datagram`], in their order.
const LINK: u64 = 0;
const RESET: u64 = 1;

/// Writes a datagram's content.
pub(super) fn write(bytes: &mut Vec<u8>, datagram: &Datagram<'_>) {
    let mut head = Head::new();
    match datagram {
        Datagram::Link(link) => {
            head.number(LINK);
            write_link(bytes, &mut head, link);
        }
        Datagram::Reset { session, after } => {
            head.number(RESET);
            head.session(*session);
            head.number(after.as_micros());
            bytes.extend_from_slice(head.written());
        }
    }
}

fn write_link(bytes: &mut Vec<u8>, head: &mut Head, link: &LinkDatagram<'_>) {
    head.session(link.source);
    head.flag(link.destination.is_some());
    if let Some(destination) = link.destination {
        head.session(destination);
    }
    head.flag(link.acknowledgement.is_some());
    if let Some(Acknowledgement { next, early }) = link.acknowledgement {
        head.number(next);
        head.number(early);
    }
    head.number(link.segments.len() as u64);
    for segment in &link.segments {
        head.number(segment.number);
        head.flag(segment.last);
        head.number(segment.bytes.len() as u64);
        bytes.extend_from_slice(head.written());
        bytes.extend_from_slice(segment.bytes);
        head.len = 0;
    }
    head.number(link.padding.len() as u64);
    bytes.extend_from_slice(head.written());
    bytes.extend_from_slice(link.padding);
}

/// Maximum length of a [`Head`]: a kind, two sessions, an acknowledgement, and the fields in front
/// of the bytes of a segment, with every number at its longest.
const HEAD_LEN_MAX: usize = 9 + (18 + 1) + 1 + 18 + 1 + 18 + 9 + (9 + 1 + 9);

/// Collects the numbers of a datagram in a fixed buffer, which need not grow.
struct Head {
    bytes: [u8; HEAD_LEN_MAX],
    len: usize,
}

impl Head {
    const fn new() -> Self {
        Self { bytes: [0; HEAD_LEN_MAX], len: 0 }
    }

    fn written(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    #[inline]
    fn put<const LEN: usize>(&mut self, bytes: [u8; LEN]) {
        let rest = self.bytes.get_mut(self.len..);
        if let Some(place) = rest.and_then(<[u8]>::first_chunk_mut) {
            *place = bytes;
            self.len += LEN;
        }
    }

    #[inline]
    fn number(&mut self, number: u64) {
        let bytes = number.to_le_bytes();
        let [a, b, c, d, ..] = bytes;
        match number {
            0..=250 => self.put([a]),
            251..=0xffff => self.put([TWO_BYTES, a, b]),
            0x1_0000..=0xffff_ffff => self.put([FOUR_BYTES, a, b, c, d]),
            _ => {
                self.put([EIGHT_BYTES]);
                self.put(bytes);
            }
        }
    }

    fn flag(&mut self, flag: bool) {
        self.put([flag.into()]);
    }

    fn session(&mut self, session: Session) {
        self.number(session.opened_at.as_micros());
        self.number(session.token.into());
    }
}

/// Reads a datagram's content. Returns it and the bytes after it, or `None` if the bytes are not a
/// datagram.
pub(super) fn read(bytes: &[u8]) -> Option<(Datagram<'_>, &[u8])> {
    let mut reader = Reader(bytes);
    let datagram = match reader.small()?.into() {
        LINK => Datagram::Link(reader.link()?),
        RESET => Datagram::Reset { session: reader.session()?, after: reader.time()? },
        _ => return None,
    };
    Some((datagram, reader.0))
}

/// The bytes not yet read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    #[inline]
    fn link(&mut self) -> Option<LinkDatagram<'a>> {
        let source = self.session()?;
        let destination = if self.flag()? { Some(self.session()?) } else { None };
        let acknowledgement = if self.flag()? {
            Some(Acknowledgement { next: self.number()?, early: self.number()? })
        } else {
            None
        };
        // The claimed length of a list is not trusted. Most have one segment at most.
        let count = self.number()?;
        let mut segments = Vec::with_capacity(usize::from(count > 0));
        for _ in 0..count {
            let (number, last) = (self.number()?, self.flag()?);
            segments.push(Segment { number, last, bytes: self.bytes()? });
        }
        Some(LinkDatagram {
            source,
            destination,
            acknowledgement,
            segments,
            padding: self.bytes()?,
        })
    }

    #[inline]
    fn session(&mut self) -> Option<Session> {
        Some(Session { opened_at: self.time()?, token: self.small()? })
    }

    #[inline]
    fn time(&mut self) -> Option<Timestamp> {
        self.number().map(Timestamp::from_micros)
    }

    #[inline]
    fn bytes(&mut self) -> Option<&'a [u8]> {
        let len = usize::try_from(self.number()?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(bytes)
    }

    #[inline]
    fn flag(&mut self) -> Option<bool> {
        match self.array()? {
            [0] => Some(false),
            [1] => Some(true),
            _ => None,
        }
    }

    /// Reads a number of at most 32 bits.
    #[inline]
    fn small(&mut self) -> Option<u32> {
        match self.0.first() {
            Some(&EIGHT_BYTES) => None,
            _ => self.number().and_then(|number| u32::try_from(number).ok()),
        }
    }

    #[inline]
    fn number(&mut self) -> Option<u64> {
        match self.array()? {
            [TWO_BYTES] => self.array().map(|bytes| u16::from_le_bytes(bytes).into()),
            [FOUR_BYTES] => self.array().map(|bytes| u32::from_le_bytes(bytes).into()),
            [EIGHT_BYTES] => self.array().map(u64::from_le_bytes),
            [byte] if byte < TWO_BYTES => Some(byte.into()),
            _ => None,
        }
    }

    #[inline]
    fn array<const LEN: usize>(&mut self) -> Option<[u8; LEN]> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*bytes)
    }
}

#[cfg(test)]
mod tests {
    use bincode::config::{Configuration, standard};
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;

    const DERIVED: Configuration = standard();

    /// Numbers of every encoded length, and those next to the boundaries.
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
                assert_decoders_agree(&bytes);
                assert_decoders_agree(&bytes[..cut.index(bytes.len())]);
                for (at, byte) in &flips {
                    let at = at.index(bytes.len());
                    bytes[at] = *byte;
                }
                assert_decoders_agree(&bytes);
            }
        }

        #[test]
        fn any_bytes_are_read_as_the_derived_encoding_does(bytes in vec(0..255_u8, 0..60)) {
            assert_decoders_agree(&bytes);
            assert_decoders_agree(&[&[0, 1, 1, 0], &bytes[..]].concat());
        }
    }

    /// Asserts that both decoders accept the same bytes, and reject the same.
    fn assert_decoders_agree(bytes: &[u8]) {
        let derived = bincode::serde::borrow_decode_from_slice::<Datagram<'_>, _>(bytes, DERIVED);
        let derived = derived.ok().map(|(datagram, used)| (datagram, &bytes[used..]));
        assert_eq!(read(bytes), derived);
    }
}
