//! Variable-length numbers: small ones take one byte.

/// Encodes the difference between a number and the last one: 0, -1, 1, -2 and so on become 0, 1, 2,
/// 3.
#[inline]
pub(super) fn difference(number: u64, last: &mut u64) -> u64 {
    let difference = number.wrapping_sub(std::mem::replace(last, number)).cast_signed();
    ((difference << 1) ^ (difference >> 63)).cast_unsigned()
}

/// The inverse of [`difference`].
pub(super) fn apply(last: u64, difference: u64) -> u64 {
    let sign = (difference & 1).wrapping_neg();
    last.wrapping_add((difference >> 1) ^ sign)
}

/// The maximum length of a number in bytes.
pub(super) const NUMBER_LEN_MAX: usize = 10;

/// A target for bytes.
pub(super) trait Sink {
    /// Adds a byte.
    fn put(&mut self, byte: u8);
}

impl Sink for Vec<u8> {
    #[inline]
    fn put(&mut self, byte: u8) {
        self.push(byte);
    }
}

/// A few bytes on the stack: bytes beyond the capacity are dropped.
pub(super) struct Few<const LEN_MAX: usize> {
    bytes: [u8; LEN_MAX],
    len: usize,
}

impl<const LEN_MAX: usize> Few<LEN_MAX> {
    pub(super) const fn new() -> Self {
        Self { bytes: [0; LEN_MAX], len: 0 }
    }

    pub(super) fn written(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

impl<const LEN_MAX: usize> Sink for Few<LEN_MAX> {
    #[inline]
    fn put(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.len) {
            *place = byte;
            self.len += 1;
        }
    }
}

/// Writes a number, seven bits in each byte, the lowest first.
#[inline]
pub(super) fn write(bytes: &mut impl Sink, mut number: u64) {
    while number >= 0x80 {
        bytes.put(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.put(number.to_le_bytes()[0]);
}

/// Reads a number, and advances the input past it.
pub(super) fn read(bytes: &mut &[u8]) -> Option<u64> {
    let (mut number, mut shift) = (0, 0);
    loop {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte < 0x80 {
            return Some(number);
        }
        shift += 7;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_all_sizes_come_back() {
        for number in [0, 1, 0x7f, 0x80, 0x3fff, 0x4000, u64::from(u32::MAX), u64::MAX] {
            let mut bytes = Vec::new();
            write(&mut bytes, number);
            assert_eq!(read(&mut bytes.as_slice()), Some(number));
            for last in [0, 1, number, u64::MAX] {
                assert_eq!(apply(last, difference(number, &mut { last })), number);
            }
        }
    }
}
