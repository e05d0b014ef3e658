//! The compact representation of a screen: the screens of a run of a million datagrams have to fit
//! into memory, with everything else.

#[cfg(test)]
mod tests;

use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::iter::FusedIterator;
use std::sync::Arc;

use super::varint::{apply, difference, read, write};
use super::{Line, ScreenEntry, Shown};
use machine::Outcome;
use machine::Timestamp;

/// The number of entries from one mark to the next: reading from the middle begins at a mark.
const MARK_DISTANCE: usize = 64;

/// The maximum number of buckets of the index of lines, as a power of two.
const BUCKETS_LOG_MAX: u32 = 8;

/// A bucket: the numbers of the latest lines whose [`digest`] has the same high bits.
type Bucket = [u32; 4];

/// Everything that an actor's screen has shown, in its order.
///
/// Entries are stored as bytes: the time since the entry before, and the number of a line, which is
/// stored once however often it is shown. They are read in the order in which they were added.
#[derive(Clone, Default)]
pub struct Screen {
    len: usize,
    /// When the last entry was shown.
    last: u64,
    bytes: Vec<u8>,
    /// The offset of every [`MARK_DISTANCE`]th entry, and the time of the one before it.
    marks: Vec<Mark>,
    /// The lines that entries name by their index.
    lines: Vec<Arc<Line>>,
    /// The index for lines that come again; its length is a power of two.
    recent: Vec<Bucket>,
}

/// The screen of an actor that has none.
pub(crate) static BLANK: Screen = Screen::new();

#[derive(Clone, Copy, Default)]
struct Mark {
    start: usize,
    last: u64,
}

/// The content of an entry: one of these numbers, or that of a line.
mod code {
    pub(super) const STARTED: u64 = 0;
    pub(super) const INTERRUPTED: u64 = 1;
    pub(super) const KILLED: u64 = 2;
    pub(super) const LEFT: u64 = 3;
    pub(super) const FAILED: u64 = 4;
    /// The first number of a line: even ones were shown, odd ones were typed.
    pub(super) const LINES: u64 = 6;
}

impl Screen {
    /// Makes an empty screen.
    pub const fn new() -> Self {
        Self {
            len: 0,
            last: 0,
            bytes: Vec::new(),
            marks: Vec::new(),
            lines: Vec::new(),
            recent: Vec::new(),
        }
    }

    /// Returns the number of entries.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Returns whether nothing was shown.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds an entry.
    pub fn push(&mut self, ScreenEntry { at, shown }: ScreenEntry) {
        let code = match shown {
            Shown::Line(line) => code::LINES + 2 * self.number(line, |line| line),
            Shown::Typed(line) => code::LINES + 2 * self.number(line, |line| line) + 1,
            Shown::Started => code::STARTED,
            Shown::Interrupted => code::INTERRUPTED,
            Shown::Killed => code::KILLED,
            Shown::Exited(Outcome::Left) => code::LEFT,
            Shown::Exited(Outcome::Failed) => code::FAILED,
        };
        self.add(at, code);
    }

    /// Adds a line that the program shows. If it was not shown lately, `share` returns the copy to
    /// keep.
    pub(super) fn show(
        &mut self,
        at: Timestamp,
        line: Line,
        share: impl FnOnce(Line) -> Arc<Line>,
    ) {
        let code = code::LINES + 2 * self.number(line, share);
        self.add(at, code);
    }

    fn add(&mut self, at: Timestamp, code: u64) {
        if self.len.is_multiple_of(MARK_DISTANCE) {
            self.marks.push(Mark { start: self.bytes.len(), last: self.last });
        }
        self.len += 1;
        write(&mut self.bytes, difference(at.as_micros(), &mut self.last));
        write(&mut self.bytes, code);
    }

    /// Returns the entry at an index.
    pub fn get(&self, index: usize) -> Option<ScreenEntry> {
        self.iter_from(index).next()
    }

    /// Returns all entries, in their order.
    pub fn iter(&self) -> Entries<'_> {
        Entries { screen: self, index: 0, rest: &self.bytes, last: 0 }
    }

    /// Returns the entries from an index on; none from beyond the end.
    pub fn iter_from(&self, index: usize) -> Entries<'_> {
        let mut entries = self.iter();
        entries.skip_to(index);
        entries
    }

    /// Copies all entries; for a long run they take much more memory than the screen itself.
    pub fn to_vec(&self) -> Vec<ScreenEntry> {
        self.iter().collect()
    }

    /// Returns the number of a line, a new one if it was not shown lately.
    fn number<L: Borrow<Line>>(&mut self, line: L, share: impl FnOnce(L) -> Arc<Line>) -> u64 {
        if self.recent.len() * 2 <= self.lines.len() && self.recent.len() < 1 << BUCKETS_LOG_MAX {
            self.look_further();
        }
        let is_it = |number: &u32| {
            let held = usize::try_from(*number).ok().and_then(|number| self.lines.get(number));
            held.is_some_and(|held| is_same(held, line.borrow()))
        };
        let index = bucket(line.borrow(), self.recent.len());
        let known = self.recent.get(index).and_then(|bucket| bucket.iter().copied().find(is_it));
        if let Some(known) = known {
            return known.into();
        }
        let number = self.lines.len();
        self.lines.push(share(line));
        self.remember(index, number);
        number as u64
    }

    /// Doubles the index.
    #[cold]
    fn look_further(&mut self) {
        let len = (self.recent.len() * 2).max(1);
        self.recent = vec![Bucket::default(); len];
        for number in 0..self.lines.len() {
            let index = self.lines.get(number).map_or(0, |line| bucket(line, len));
            self.remember(index, number);
        }
    }

    fn remember(&mut self, index: usize, number: usize) {
        if let Some(bucket) = self.recent.get_mut(index) {
            bucket.rotate_right(1);
            // A line with the same digest is not taken for it.
            bucket[0] = u32::try_from(number).unwrap_or_default();
        }
    }
}

/// Screens are equal if their entries are, whatever their representation.
impl PartialEq for Screen {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other.iter())
    }
}

impl Eq for Screen {}

impl Hash for Screen {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.len.hash(state);
        self.iter().for_each(|entry| entry.hash(state));
    }
}

impl fmt::Debug for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

impl Extend<ScreenEntry> for Screen {
    fn extend<I: IntoIterator<Item = ScreenEntry>>(&mut self, entries: I) {
        entries.into_iter().for_each(|entry| self.push(entry));
    }
}

impl FromIterator<ScreenEntry> for Screen {
    fn from_iter<I: IntoIterator<Item = ScreenEntry>>(entries: I) -> Self {
        let mut screen = Self::new();
        screen.extend(entries);
        screen
    }
}

impl<'a> IntoIterator for &'a Screen {
    type Item = ScreenEntry;
    type IntoIter = Entries<'a>;

    fn into_iter(self) -> Entries<'a> {
        self.iter()
    }
}

/// The entries of a [`Screen`], from an index on.
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    screen: &'a Screen,
    /// The index of the next entry.
    index: usize,
    rest: &'a [u8],
    /// The time of the entry before.
    last: u64,
}

impl Entries<'_> {
    /// Skips the entries before an index; if a mark lies in between, it jumps there.
    fn skip_to(&mut self, index: usize) {
        let index = index.min(self.screen.len);
        let mark = index / MARK_DISTANCE;
        if mark > self.index / MARK_DISTANCE {
            let (at, mark) = match self.screen.marks.get(mark) {
                Some(mark) => (index - index % MARK_DISTANCE, *mark),
                None => (index, Mark { start: self.screen.bytes.len(), last: self.screen.last }),
            };
            self.index = at;
            self.rest = self.screen.bytes.get(mark.start..).unwrap_or_default();
            self.last = mark.last;
        }
        while self.index < index && self.read().is_some() {}
    }

    /// Reads the content of the next entry.
    fn read(&mut self) -> Option<u64> {
        self.last = apply(self.last, read(&mut self.rest)?);
        self.index += 1;
        read(&mut self.rest)
    }
}

impl Iterator for Entries<'_> {
    type Item = ScreenEntry;

    fn next(&mut self) -> Option<ScreenEntry> {
        let shown = match self.read()? {
            code::STARTED => Shown::Started,
            code::INTERRUPTED => Shown::Interrupted,
            code::KILLED => Shown::Killed,
            code::LEFT => Shown::Exited(Outcome::Left),
            code::FAILED => Shown::Exited(Outcome::Failed),
            code => {
                let number = usize::try_from(code.checked_sub(code::LINES)? / 2).ok()?;
                let line = self.screen.lines.get(number)?.clone();
                if code.is_multiple_of(2) { Shown::Line(line) } else { Shown::Typed(line) }
            }
        };
        Some(ScreenEntry { at: Timestamp::from_micros(self.last), shown })
    }

    fn nth(&mut self, skipped: usize) -> Option<ScreenEntry> {
        self.skip_to(self.index.saturating_add(skipped));
        self.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.screen.len - self.index;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Entries<'_> {}

impl FusedIterator for Entries<'_> {}

fn is_same(held: &Line, line: &Line) -> bool {
    std::ptr::eq(held, line) || held == line
}

/// Returns the bucket of a line among `len` buckets.
fn bucket(line: &Line, len: usize) -> usize {
    let highest = digest(&line.text) >> (u64::BITS - BUCKETS_LOG_MAX);
    usize::try_from(highest).unwrap_or_default() & len.saturating_sub(1)
}

/// Hashes a text, with good distribution in the highest bits. Texts differ at their beginning or at
/// their end.
pub(super) fn digest(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let number = |part: Option<&[u8; 8]>| part.map_or(0, |part| u64::from_le_bytes(*part));
    let mixed = number(bytes.first_chunk()) ^ number(bytes.last_chunk()).rotate_left(32);
    // Every bit of the factors affects the highest bits of a product.
    (mixed ^ bytes.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
