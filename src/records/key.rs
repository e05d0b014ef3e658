//! Keys as bytes, whose order is that of the keys: a byte for the kind, names followed by a zero
//! (which no name holds), numbers in big-endian order.

use machine::Change;

use super::Key;
use crate::protocol::ClientName;

/// The kind of a message of a history, the last one.
pub(crate) const SAID: u8 = 17;

/// Bytes of the longest key: a kind, a name with its end, a number.
pub(crate) const KEY_LEN_MAX: usize = 1 + 33 + 8;

impl Key {
    /// Encodes the key. The bytes have the order of the keys.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(KEY_LEN_MAX);
        write(self, &mut bytes);
        bytes
    }

    /// Decodes a key; `None` if the bytes are not one.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        read(bytes)
    }

    /// Makes the change that removes the record of this key.
    pub fn remove(&self) -> Change {
        Change::remove(self.encode())
    }
}

fn write(key: &Key, bytes: &mut Vec<u8>) {
    let mut put = |kind: u8, name: Option<ClientName>, number: Option<u64>| {
        bytes.push(kind);
        if let Some(name) = name {
            bytes.extend(name.as_str().as_bytes());
            bytes.push(0);
        }
        bytes.extend(number.into_iter().flat_map(u64::to_be_bytes));
    };
    // A kind keeps its byte as long as the version of the format is the same.
    match *key {
        Key::Client(name) => put(1, Some(name), None),
        Key::Group(number) => put(2, None, Some(number)),
        Key::Member(name) => put(3, Some(name), None),
        Key::Mail(name, number) => put(4, Some(name), Some(number)),
        Key::Receipt(name, number) => put(5, Some(name), Some(number)),
        Key::Handled(name) => put(6, Some(name), None),
        Key::Outgoing(number) => put(7, None, Some(number)),
        Key::Numbered => put(8, None, None),
        Key::Shown => put(9, None, None),
        Key::Held(number) => put(10, None, Some(number)),
        Key::Incoming(slot) => put(11, None, Some(u64::from(slot))),
        Key::Seen(name, slot) => put(12, Some(name), Some(slot)),
        Key::Receipted(name, slot) => put(13, Some(name), Some(slot)),
        Key::Awaited(number) => put(14, None, Some(number)),
        Key::Muted(name) => put(15, Some(name), None),
        Key::Kicked(name) => put(16, Some(name), None),
        Key::Said(number) => put(SAID, None, Some(number)),
    }
}

fn read(bytes: &[u8]) -> Option<Key> {
    let (&kind, rest) = bytes.split_first()?;
    Some(match kind {
        1 => Key::Client(name_only(rest)?),
        2 => Key::Group(number(rest)?),
        3 => Key::Member(name_only(rest)?),
        4 => name_and_number(rest).map(|(name, number)| Key::Mail(name, number))?,
        5 => name_and_number(rest).map(|(name, number)| Key::Receipt(name, number))?,
        6 => Key::Handled(name_only(rest)?),
        7 => Key::Outgoing(number(rest)?),
        8 if rest.is_empty() => Key::Numbered,
        9 if rest.is_empty() => Key::Shown,
        10 => Key::Held(number(rest)?),
        11 => Key::Incoming(u32::try_from(number(rest)?).ok()?),
        12 => name_and_number(rest).map(|(name, slot)| Key::Seen(name, slot))?,
        13 => name_and_number(rest).map(|(name, slot)| Key::Receipted(name, slot))?,
        14 => Key::Awaited(number(rest)?),
        15 => Key::Muted(name_only(rest)?),
        16 => Key::Kicked(name_only(rest)?),
        SAID => Key::Said(number(rest)?),
        _ => return None,
    })
}

fn name(bytes: &[u8]) -> Option<(ClientName, &[u8])> {
    let end = bytes.iter().position(|byte| *byte == 0)?;
    let (name, rest) = bytes.split_at_checked(end)?;
    Some((ClientName::new(std::str::from_utf8(name).ok()?).ok()?, rest.get(1..)?))
}

fn name_only(bytes: &[u8]) -> Option<ClientName> {
    name(bytes).filter(|(_, rest)| rest.is_empty()).map(|(name, _)| name)
}

fn number(bytes: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(bytes.try_into().ok()?))
}

fn name_and_number(bytes: &[u8]) -> Option<(ClientName, u64)> {
    let (name, rest) = name(bytes)?;
    Some((name, number(rest)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bytes(key: &Key) -> Vec<u8> {
        let mut bytes = Vec::new();
        write(key, &mut bytes);
        bytes
    }

    fn keys() -> impl Strategy<Value = Key> {
        let name = "[a-c.]{1,3}|[a-zA-Z0-9._-]{1,32}";
        let name = name.prop_map(|text| ClientName::new(&text).unwrap());
        let number = prop_oneof![0..4_u64, 250..260_u64, any::<u64>()];
        (0..17, name, number).prop_map(|(kind, name, number)| match kind {
            0 => Key::Client(name),
            1 => Key::Group(number),
            2 => Key::Member(name),
            3 => Key::Mail(name, number),
            4 => Key::Receipt(name, number),
            5 => Key::Handled(name),
            6 => Key::Outgoing(number),
            7 => Key::Numbered,
            8 => Key::Shown,
            9 => Key::Held(number),
            10 => Key::Incoming(u32::try_from(number % (1 << 32)).unwrap()),
            11 => Key::Seen(name, number),
            12 => Key::Awaited(number),
            13 => Key::Muted(name),
            14 => Key::Said(number),
            15 => Key::Kicked(name),
            _ => Key::Receipted(name, number),
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

        #[test]
        fn the_order_of_bytes_is_that_of_keys(a in keys(), b in keys()) {
            prop_assert_eq!(bytes(&a).cmp(&bytes(&b)), a.cmp(&b));
        }

        #[test]
        fn bytes_are_read_as_the_key_that_they_are(key in keys()) {
            prop_assert_eq!(read(&bytes(&key)), Some(key.clone()));
            let whole = bytes(&key);
            prop_assert_eq!(read(whole.split_last().unwrap().1), None);
            prop_assert_eq!(read(&[&whole[..], &[0]].concat()), None);
        }

        #[test]
        fn any_bytes_can_be_looked_at(any in proptest::collection::vec(any::<u8>(), 0..50)) {
            if let Some(key) = read(&any) {
                prop_assert_eq!(bytes(&key), any);
            }
        }
    }
}
