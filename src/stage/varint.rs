//! Numbers as few bytes: small ones take one.

/// Tells how much larger or smaller a number is than the last one: 0, -1, 1, -2 and so on are 0,
/// 1, 2, 3.
#[inline]
pub(super) fn difference(number: u64, last: &mut u64) -> u64 {
    let difference = number.wrapping_sub(std::mem::replace(last, number)).cast_signed();
    ((difference << 1) ^ (difference >> 63)).cast_unsigned()
}

/// Turns [`difference`] around.
pub(super) fn apply(last: u64, difference: u64) -> u64 {
    let sign = (difference & 1).wrapping_neg();
    last.wrapping_add((difference >> 1) ^ sign)
}

/// Writes a number, seven bits in each byte, the lowest first.
#[inline]
pub(super) fn write(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
}

/// Reads a number, and leaves what follows.
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
