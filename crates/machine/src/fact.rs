//! What a program states about itself for checkers.

use std::fmt;

/// Bytes that a fact holds without an allocation: few, because facts are moved several times.
const INLINE_LEN_MAX: usize = 30;

/// Something that happened in a program, in an encoding of its own.
///
/// Facts are recorded in the trace of a run, among the datagrams, and promises are checked against
/// them. No program depends on a fact. Most facts are short, and are copied without an allocation.
#[derive(Clone)]
pub struct Fact(Repr);

#[derive(Clone)]
enum Repr {
    Inline { len: u8, bytes: [u8; INLINE_LEN_MAX] },
    Allocated(Box<[u8]>),
}

impl Fact {
    /// Makes a fact from its bytes.
    #[inline]
    pub fn new(bytes: &[u8]) -> Self {
        let mut inline = [0; INLINE_LEN_MAX];
        match (inline.get_mut(..bytes.len()), u8::try_from(bytes.len())) {
            (Some(room), Ok(len)) => {
                room.copy_from_slice(bytes);
                Self(Repr::Inline { len, bytes: inline })
            }
            _ => Self(Repr::Allocated(bytes.into())),
        }
    }

    /// Returns its bytes.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        match &self.0 {
            Repr::Inline { len, bytes } => bytes.get(..usize::from(*len)).unwrap_or_default(),
            Repr::Allocated(bytes) => bytes,
        }
    }
}

impl PartialEq for Fact {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}

impl Eq for Fact {}

impl std::hash::Hash for Fact {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.bytes().hash(state);
    }
}

impl fmt::Debug for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fact(\"{}\")", self.bytes().escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_of_any_length_is_its_bytes() {
        for len in [0, 1, INLINE_LEN_MAX, INLINE_LEN_MAX + 1, 255, 256, 1000] {
            let bytes = vec![7; len];
            assert_eq!(Fact::new(&bytes).bytes(), bytes);
            assert_eq!(Fact::new(&bytes), Fact::new(&bytes).clone());
        }
        assert_ne!(Fact::new(b"a"), Fact::new(b"ab"));
    }
}
