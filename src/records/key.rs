//! Keys of records, and their bytes.

use machine::Change;
use serde::{Deserialize, Serialize};

use crate::protocol::ClientName;

/// The first byte of the key of a message of the history.
pub(crate) const SAID: u8 = Key::Said(0).kind();

/// Bytes of the longest key: a kind, a name with its end, a number.
pub(crate) const KEY_LEN_MAX: usize = 1 + 33 + 8;

/// Makes the keys and both ways of their encoding from one table: the first byte of each key, its
/// variant, and the parts that follow.
macro_rules! keys {
    ($($(#[$doc:meta])* $byte:literal => $kind:ident $(($($part:ident: $type:ty),+))?,)*) => {
        /// Names a record. Keys have an order, in which a program that starts gets its records: what
        /// comes first does not depend on what comes later.
        #[derive(
            Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize,
        )]
        pub enum Key {
            $($(#[$doc])* $kind $(($($type),+))?,)*
        }

        impl Key {
            /// Encodes the key. The bytes have the order of the keys.
            pub fn encode(&self) -> Vec<u8> {
                let mut bytes = Vec::with_capacity(KEY_LEN_MAX);
                bytes.push(self.kind());
                match *self {
                    $(Self::$kind $(($($part),+))? => {
                        $($(Part::write($part, &mut bytes);)+)?
                    })*
                }
                bytes
            }

            /// Returns the first byte.
            const fn kind(&self) -> u8 {
                match self {
                    $(Self::$kind { .. } => $byte,)*
                }
            }

            /// Decodes a key; `None` if the bytes are not one.
            pub fn decode(bytes: &[u8]) -> Option<Self> {
                let (kind, mut rest) = bytes.split_first()?;
                let key = match *kind {
                    $($byte => Self::$kind $(($(<$type as Part>::read(&mut rest)?),+))?,)*
                    _ => return None,
                };
                rest.is_empty().then_some(key)
            }
        }
    };
}

// A kind keeps its byte as long as the version of the format is the same. The variants have the
// order of the bytes.
keys! {
    /// Of [`Record::Client`](super::Record::Client).
    1 => Client(name: ClientName),
    /// Of [`Record::Group`](super::Record::Group).
    2 => Group(number: u64),
    /// Of [`Record::Member`](super::Record::Member).
    3 => Member(client: ClientName),
    /// Of [`Record::Mail`](super::Record::Mail).
    4 => Mail(to: ClientName, number: u64),
    /// Of [`Record::Receipt`](super::Record::Receipt).
    5 => Receipt(to: ClientName, number: u64),
    /// Of [`Record::Handled`](super::Record::Handled).
    6 => Handled(from: ClientName),
    /// Of [`Record::Outgoing`](super::Record::Outgoing).
    7 => Outgoing(number: u64),
    /// Of [`Record::Numbered`](super::Record::Numbered).
    8 => Numbered,
    /// Of [`Record::Shown`](super::Record::Shown).
    9 => Shown,
    /// Of [`Record::Held`](super::Record::Held).
    10 => Held(number: u64),
    /// Of [`Record::Incoming`](super::Record::Incoming).
    11 => Incoming(slot: u32),
    /// Of [`Record::Seen`](super::Record::Seen): the author and the slot.
    12 => Seen(from: ClientName, slot: u64),
    /// Of [`Record::Receipted`](super::Record::Receipted): the receiver and the slot.
    13 => Receipted(by: ClientName, slot: u64),
    /// Of [`Record::Awaited`](super::Record::Awaited).
    14 => Awaited(number: u64),
    /// Of [`Record::Muted`](super::Record::Muted).
    15 => Muted(name: ClientName),
    /// Of [`Record::Kicked`](super::Record::Kicked).
    16 => Kicked(name: ClientName),
    /// Of [`Record::Said`](super::Record::Said). The last one, since histories are long.
    17 => Said(number: u64),
}

impl Key {
    /// Makes the change that removes the record of this key.
    pub fn remove(&self) -> Change {
        Change::remove(self.encode())
    }
}

/// A part of a key, whose bytes have the order of its values.
trait Part: Sized {
    fn write(self, bytes: &mut Vec<u8>);

    /// Takes the part off the beginning of `bytes`; `None` if they do not begin with one.
    fn read(bytes: &mut &[u8]) -> Option<Self>;
}

/// In big-endian order.
impl Part for u64 {
    fn write(self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_be_bytes());
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let (number, rest) = bytes.split_first_chunk()?;
        *bytes = rest;
        Some(Self::from_be_bytes(*number))
    }
}

/// As long as a [`u64`].
impl Part for u32 {
    fn write(self, bytes: &mut Vec<u8>) {
        u64::from(self).write(bytes);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        u64::read(bytes)?.try_into().ok()
    }
}

/// Followed by a zero, which no name holds.
impl Part for ClientName {
    fn write(self, bytes: &mut Vec<u8>) {
        bytes.extend(self.as_bytes());
        bytes.push(0);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let end = bytes.iter().position(|byte| *byte == 0)?;
        let (name, rest) = bytes.split_at_checked(end)?;
        *bytes = rest.get(1..)?;
        Self::new(std::str::from_utf8(name).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Keys of all kinds: whatever parts follow the first byte, one of these shapes is a key.
    fn keys() -> impl Strategy<Value = Key> {
        let name = "[a-c.]{1,3}|[a-zA-Z0-9._-]{1,32}";
        let number =
            prop_oneof![0..4_u64, 250..260_u64, any::<u32>().prop_map(u64::from), any::<u64>()];
        (1..=SAID, name, number).prop_map(|(kind, name, number)| {
            let name = [name.as_bytes(), &[0]].concat();
            let slot = u64::from(u32::try_from(number & u64::from(u32::MAX)).unwrap());
            let (number, slot) = (number.to_be_bytes(), slot.to_be_bytes());
            let shapes: [&[&[u8]]; 5] = [&[&name, &number], &[&name], &[&number], &[&slot], &[]];
            let decoded = |parts: &[&[u8]]| Key::decode(&[&[kind], &parts.concat()[..]].concat());
            shapes.into_iter().find_map(decoded).unwrap()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

        #[test]
        fn the_order_of_bytes_is_that_of_keys(a in keys(), b in keys()) {
            prop_assert_eq!(a.encode().cmp(&b.encode()), a.cmp(&b));
        }

        #[test]
        fn bytes_are_decoded_as_the_key_that_they_are(key in keys()) {
            let whole = key.encode();
            prop_assert!(whole.len() <= KEY_LEN_MAX);
            prop_assert_eq!(Key::decode(&whole), Some(key));
            prop_assert_eq!(Key::decode(whole.split_last().unwrap().1), None);
            prop_assert_eq!(Key::decode(&[&whole[..], &[0]].concat()), None);
        }

        #[test]
        fn any_bytes_can_be_looked_at(any in proptest::collection::vec(any::<u8>(), 0..50)) {
            if let Some(key) = Key::decode(&any) {
                prop_assert_eq!(key.encode(), any);
            }
        }
    }
}
