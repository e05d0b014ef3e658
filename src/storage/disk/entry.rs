//! Values as bytes: a checksum over the key and the value, then the value. So damage of any origin
//! is found, and each record can be verified on its own.

use crate::storage::{Owner, Record};

/// The size of the checksum: CRC-32 (ISO-HDLC), little-endian.
const CHECKSUM_LEN: usize = 4;

/// Appends a value to `bytes`, with its checksum.
pub(super) fn seal(key: &[u8], value: &[u8], bytes: &mut Vec<u8>) {
    bytes.extend(checksum(key, value));
    bytes.extend(value);
}

/// Returns the value, if the checksum is right.
pub(super) fn open<'a>(key: &[u8], bytes: &'a [u8]) -> Option<&'a [u8]> {
    let (found, value) = bytes.split_first_chunk::<CHECKSUM_LEN>()?;
    (*found == checksum(key, value)).then_some(value)
}

/// Decodes a record, if the checksum is right and it belongs to `owner`, if that is known.
pub(super) fn open_record(key: &[u8], bytes: &[u8], owner: Option<Owner>) -> Option<Record> {
    Record::decode(open(key, bytes)?, owner).ok()
}

fn checksum(key: &[u8], value: &[u8]) -> [u8; CHECKSUM_LEN] {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(key);
    hasher.update(value);
    hasher.finalize().to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_opened_only_under_its_key_and_unchanged() {
        let mut sealed = Vec::new();
        seal(b"key", b"value", &mut sealed);
        assert_eq!(open(b"key", &sealed), Some(&b"value"[..]));
        assert_eq!(open(b"kex", &sealed), None);
        for at in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[at] ^= 0x10;
            assert_eq!(open(b"key", &damaged), None);
            assert_eq!(open(b"key", &sealed[..at]), None);
        }
    }
}
