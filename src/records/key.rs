//! The parts of keys, and their bytes.

use crate::protocol::ClientName;

/// Bytes of the longest key: a kind, a name with its end, a number.
pub(crate) const KEY_LEN_MAX: usize = 1 + 33 + 8;

/// A part of a key, whose bytes have the order of its values.
pub(super) trait Part: Sized {
    /// Returns the number of its bytes.
    fn len(&self) -> usize;

    /// Appends the part to `bytes`.
    fn write(self, bytes: &mut Vec<u8>);

    /// Takes the part off the beginning of `bytes`; `None` if they do not begin with one.
    fn read(bytes: &mut &[u8]) -> Option<Self>;
}

/// In big-endian order.
impl Part for u64 {
    #[inline]
    fn len(&self) -> usize {
        size_of::<Self>()
    }

    #[inline]
    fn write(self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.to_be_bytes());
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let (number, rest) = bytes.split_first_chunk()?;
        *bytes = rest;
        Some(Self::from_be_bytes(*number))
    }
}

/// As long as a [`u64`].
impl Part for u32 {
    #[inline]
    fn len(&self) -> usize {
        size_of::<u64>()
    }

    #[inline]
    fn write(self, bytes: &mut Vec<u8>) {
        u64::from(self).write(bytes);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        u64::read(bytes)?.try_into().ok()
    }
}

/// Followed by a zero, which no name holds.
impl Part for ClientName {
    #[inline]
    fn len(&self) -> usize {
        self.as_bytes().len() + 1
    }

    #[inline]
    fn write(self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(self.as_bytes());
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
    use std::fmt::Debug;

    use proptest::prelude::*;

    use super::super::{ClientKey, ClientRecord, Kind, ServerKey, ServerRecord};
    use super::*;

    /// Bytes that may be a key of one of these kinds: for each of them one of the shapes is.
    fn shapes(kinds: &'static [Kind]) -> impl Strategy<Value = [Vec<u8>; 5]> {
        let name = "[a-c.]{1,3}|[a-zA-Z0-9._-]{1,32}";
        let number =
            prop_oneof![0..4_u64, 250..260_u64, any::<u32>().prop_map(u64::from), any::<u64>()];
        (prop::sample::select(kinds), name, number).prop_map(|(kind, name, number)| {
            let name = [name.as_bytes(), &[0]].concat();
            let slot = u64::from(u32::try_from(number & u64::from(u32::MAX)).unwrap());
            let (number, slot) = (number.to_be_bytes(), slot.to_be_bytes());
            let shapes: [&[&[u8]]; 5] = [&[&name, &number], &[&name], &[&number], &[&slot], &[]];
            shapes.map(|parts| [&[kind.key], &parts.concat()[..]].concat())
        })
    }

    fn server_keys() -> impl Strategy<Value = ServerKey> {
        let found = |shapes: [Vec<u8>; 5]| shapes.iter().find_map(|it| ServerKey::decode(it));
        shapes(ServerRecord::KINDS).prop_map(move |shapes| found(shapes).unwrap())
    }

    fn client_keys() -> impl Strategy<Value = ClientKey> {
        let found = |shapes: [Vec<u8>; 5]| shapes.iter().find_map(|it| ClientKey::decode(it));
        shapes(ClientRecord::KINDS).prop_map(move |shapes| found(shapes).unwrap())
    }

    fn check_decoding<K: PartialEq + Debug>(
        key: K,
        whole: &[u8],
        decode: fn(&[u8]) -> Option<K>,
    ) -> Result<(), TestCaseError> {
        prop_assert!(whole.len() <= KEY_LEN_MAX);
        prop_assert_eq!(decode(whole.split_last().unwrap().1), None);
        prop_assert_eq!(decode(&[whole, &[0]].concat()), None);
        prop_assert_eq!(decode(whole), Some(key));
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

        #[test]
        fn the_order_of_bytes_is_that_of_keys(
            (a, b) in (server_keys(), server_keys()),
            (c, d) in (client_keys(), client_keys()),
        ) {
            prop_assert_eq!(a.encode().cmp(&b.encode()), a.cmp(&b));
            prop_assert_eq!(c.encode().cmp(&d.encode()), c.cmp(&d));
        }

        #[test]
        fn bytes_are_decoded_as_the_key_that_they_are(a in server_keys(), b in client_keys()) {
            check_decoding(a, &a.encode(), ServerKey::decode)?;
            check_decoding(b, &b.encode(), ClientKey::decode)?;
            prop_assert_eq!(ServerKey::decode(&b.encode()), None);
            prop_assert_eq!(ClientKey::decode(&a.encode()), None);
        }

        #[test]
        fn any_bytes_can_be_looked_at(any in proptest::collection::vec(any::<u8>(), 0..50)) {
            if let Some(key) = ServerKey::decode(&any) {
                prop_assert_eq!(key.encode(), any);
            } else if let Some(key) = ClientKey::decode(&any) {
                prop_assert_eq!(key.encode(), any);
            }
        }
    }
}
