//! A block of the archive: successive messages, packed so that all of their texts are searched at
//! once.
//!
//! Its bytes: the texts, each followed by a line break; the names of the other participants, in the
//! same way; and the rest of the messages, encoded. The texts and the names are each preceded by
//! their length (4 bytes, little-endian).

use serde::{Deserialize, Serialize};

use crate::protocol::limits::TEXT_LEN_MAX;
use crate::protocol::{Audience, ClientName, Text, Timestamp, codec};
use crate::records::{Entry, Matcher, State};

/// The maximum number of messages in one block.
pub(super) const ENTRIES_MAX: usize = 256;

/// The maximum size of the texts in one block, in bytes; the longest text fits.
pub(super) const TEXT_BYTES_MAX: usize = 4 * TEXT_LEN_MAX;

/// The size of a length.
const LEN_LEN: usize = 4;

/// A message without its text.
#[derive(Serialize, Deserialize)]
struct Head {
    number: u64,
    with: Audience,
    from: ClientName,
    text_number: u64,
    at: Timestamp,
    text_len: u32,
    state: State,
}

/// Packs messages.
pub(super) fn pack(entries: &[Entry]) -> Vec<u8> {
    let mut heads = Vec::with_capacity(entries.len());
    let (mut texts, mut names) = (Vec::new(), Vec::new());
    for Entry { number, with, from, text, state } in entries {
        texts.extend(text.body.as_bytes());
        texts.push(b'\n');
        let name = name_of(with);
        if !has_name(&names, name) {
            names.extend(name.as_bytes());
            names.push(b'\n');
        }
        heads.push(Head {
            number: *number,
            with: *with,
            from: *from,
            text_number: text.number,
            at: text.at,
            text_len: len(text.body.len()),
            state: *state,
        });
    }
    let heads = codec::encode_kept(&heads);
    let lens = [&texts, &names].map(|part| len(part.len()).to_le_bytes());
    [&lens[0][..], &texts, &lens[1], &names, &heads].concat()
}

fn name_of(with: &Audience) -> &str {
    match with {
        Audience::Person(name) => name.as_str(),
        Audience::Group(name) => name.as_str(),
    }
}

/// Returns whether a name is among names that are each followed by a line break.
fn has_name(names: &[u8], name: &str) -> bool {
    names.split(|byte| *byte == b'\n').any(|it| it == name.as_bytes())
}

fn len(len: usize) -> u32 {
    // A block is small, so this is far from the limit.
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// A block that is read in place.
pub(super) struct Packed<'a> {
    texts: &'a [u8],
    names: &'a [u8],
    heads: &'a [u8],
}

impl<'a> Packed<'a> {
    /// Splits a block into its parts; `None` if it is invalid.
    pub(super) fn new(bytes: &'a [u8]) -> Option<Self> {
        let (texts, rest) = part(bytes)?;
        let (names, heads) = part(rest)?;
        Some(Self { texts, names, heads })
    }

    /// Returns whether the block may contain messages that match a query.
    pub(super) fn may_match(&self, matcher: &Matcher) -> bool {
        matcher.with().is_none_or(|name| has_name(self.names, name))
            && matcher.may_match(self.texts)
    }

    /// Unpacks the messages; `None` if they are invalid.
    pub(super) fn unpack(&self) -> Option<Vec<Entry>> {
        let heads: Vec<Head> = codec::decode_kept(self.heads).ok()?;
        let mut texts = self.texts;
        let mut entries = Vec::with_capacity(heads.len());
        for Head { number, with, from, text_number, at, text_len, state } in heads {
            let (body, rest) = texts.split_at_checked(usize::try_from(text_len).ok()?)?;
            texts = rest.strip_prefix(b"\n")?;
            let body = std::str::from_utf8(body).ok()?.to_owned();
            let text = Text { number: text_number, at, body };
            entries.push(Entry { number, with, from, text, state });
        }
        texts.is_empty().then_some(entries)
    }
}

/// Takes a part with its length off the front of bytes.
fn part(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = bytes.split_first_chunk::<LEN_LEN>()?;
    rest.split_at_checked(usize::try_from(u32::from_le_bytes(*len)).ok()?)
}

/// Takes as many messages off the front as fit into one block.
pub(super) fn split<'a>(entries: &mut &'a [Entry]) -> Option<&'a [Entry]> {
    let mut bytes = 0;
    let fits = |entry: &&Entry| {
        bytes += entry.text.body.len();
        bytes <= TEXT_BYTES_MAX
    };
    let count = entries.iter().take(ENTRIES_MAX).take_while(fits).count();
    let (block, rest) = entries.split_at_checked(count)?;
    *entries = rest;
    (!block.is_empty()).then_some(block)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::protocol::GroupName;

    fn entries() -> impl Strategy<Value = Vec<Entry>> {
        let entry =
            (any::<bool>(), 0..3_usize, ".{0,9}|\n{1,3}").prop_map(|(is_group, state, body)| {
                let from = ClientName::new("c1").unwrap();
                let group = GroupName::new("sea").unwrap();
                let with = if is_group { Audience::Group(group) } else { Audience::Person(from) };
                let state = [State::Arrived, State::Cancelled, State::Saved][state];
                let text = Text { number: 7, at: Timestamp::from_micros(8), body };
                Entry { number: 0, with, from, text, state }
            });
        prop::collection::vec(entry, 0..20).prop_map(|mut entries| {
            (1..).zip(&mut entries).for_each(|(number, entry)| entry.number = number);
            entries
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_packed_can_be_unpacked(entries in entries()) {
            let packed = pack(&entries);
            prop_assert_eq!(Packed::new(&packed).unwrap().unpack(), Some(entries));
        }

        #[test]
        fn any_bytes_can_be_looked_at(entries in entries(), at: prop::sample::Index, bit in 0..8) {
            let mut packed = pack(&entries);
            let at = at.index(packed.len());
            packed[at] ^= 1_u8 << bit;
            for bytes in [&packed[..], &packed[..at]] {
                Packed::new(bytes).and_then(|block| block.unpack());
            }
        }
    }

    #[test]
    fn blocks_are_bounded() {
        let entry = |len| Entry {
            number: 1,
            with: Audience::Person(ClientName::new("c1").unwrap()),
            from: ClientName::new("c1").unwrap(),
            text: Text { number: 1, at: Timestamp::from_micros(1), body: "x".repeat(len) },
            state: State::Arrived,
        };
        let lens = |entries: Vec<Entry>| {
            let mut rest = entries.as_slice();
            let blocks = std::iter::from_fn(|| split(&mut rest)).map(<[Entry]>::len);
            let lens = blocks.collect::<Vec<_>>();
            assert!(rest.is_empty());
            lens
        };
        assert_eq!(lens(vec![entry(1); 600]), [256, 256, 88]);
        assert_eq!(lens(vec![entry(TEXT_LEN_MAX); 9]), [4, 4, 1]);
        assert_eq!(lens(vec![]), [0; 0]);
    }
}
