//! What a screen has shown, as it is kept: the screens of a run of a million datagrams are to fit
//! into memory, beside everything else.

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

/// Entries from one mark to the next: reading from somewhere in the middle begins at a mark.
const MARK_DISTANCE: usize = 64;

/// Buckets of lines that are looked for among those before, at most, as a power of two.
const BUCKETS_LOG_MAX: u32 = 8;

/// Lines of the same bits of their [`digest`]: the numbers of the latest.
type Bucket = [u32; 4];

/// Everything that an actor's screen has shown, in its order.
///
/// Entries stand behind each other as bytes: how long after the one before, and the number of a
/// line, which is kept once however often it is shown. They are read as they were put in.
#[derive(Clone, Default)]
pub struct Screen {
    len: usize,
    /// When the last entry was shown.
    last: u64,
    bytes: Vec<u8>,
    /// Where every [`MARK_DISTANCE`]th entry begins, and when the one before it was shown.
    marks: Vec<Mark>,
    /// The lines that entries name by their index.
    lines: Vec<Arc<Line>>,
    /// By which a line that comes again is found; as many as a power of two.
    recent: Vec<Bucket>,
}

/// The screen of somebody who has none.
pub(crate) static BLANK: Screen = Screen::new();

#[derive(Clone, Copy, Default)]
struct Mark {
    start: usize,
    last: u64,
}

/// What an entry says besides its time: a number below these, or that of a line.
mod code {
    pub(super) const STARTED: u64 = 0;
    pub(super) const INTERRUPTED: u64 = 1;
    pub(super) const KILLED: u64 = 2;
    pub(super) const LEFT: u64 = 3;
    pub(super) const FAILED: u64 = 4;
    /// The first of the lines: even ones were shown, odd ones were typed.
    pub(super) const LINES: u64 = 6;
}

impl Screen {
    /// A screen that has shown nothing.
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

    /// Returns how many entries there are.
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

    /// Adds a line that the program shows. What is to be kept of it is `share`d, if it was not
    /// shown lately.
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

    /// Copies all entries; of a long run they take much more room than the screen itself.
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

    /// Makes room for twice as many lines to be looked for.
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
            // A line that is not the one looked for is not taken for it.
            bucket[0] = u32::try_from(number).unwrap_or_default();
        }
    }
}

/// The same entries, however they are kept.
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

/// The entries of a [`Screen`], from somewhere on.
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    screen: &'a Screen,
    /// Of the next entry.
    index: usize,
    rest: &'a [u8],
    /// When the entry before was shown.
    last: u64,
}

impl Entries<'_> {
    /// Passes over the entries before an index; further than to the next mark, it jumps.
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

    /// Reads what the next entry says.
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

/// Tells in which of `len` buckets a line is looked for.
fn bucket(line: &Line, len: usize) -> usize {
    let highest = digest(&line.text) >> (u64::BITS - BUCKETS_LOG_MAX);
    usize::try_from(highest).unwrap_or_default() & len.saturating_sub(1)
}

/// Tells texts apart, mostly, in its highest bits. Texts differ at their beginning or at their
/// end.
pub(super) fn digest(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let number = |part: Option<&[u8; 8]>| part.map_or(0, |part| u64::from_le_bytes(*part));
    let mixed = number(bytes.first_chunk()) ^ number(bytes.last_chunk()).rotate_left(32);
    // Every bit of the factors has a part in the highest bits of a product.
    (mixed ^ bytes.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
