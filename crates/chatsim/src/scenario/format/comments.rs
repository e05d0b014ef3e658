//! Keeps comments in their places while a text is formatted.
//!
//! Comments on lines of their own are taken out before, and put back afterwards, except for those
//! between brackets. A comment on a line of its own belongs to one of the blocks that are open where it is written: block lists and
//! mappings that go on after it, or end before the next entry does. If the next entry is the first
//! one of its block, or has the column of the comment, this is the block of the next entry.
//! Otherwise it is the innermost of the blocks from that of the next entry (at the end of the file,
//! from the outermost block) to that of the entry before whose column is at most the column of the
//! comment, and the block of the next entry if there is none. An entry without a value counts as
//! the start of a block that all columns after its own belong to. The column of a block is that of
//! its entries.

use std::iter::repeat_n;
use std::ops::Range;

use placed_yaml::{Token, TokenKind};

use super::INDENT;

/// What formatting must preserve besides the values of a text: the kinds of its tokens, and where
/// its comments are.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Layout {
    code: Vec<TokenKind>,
    comments: Vec<Comment>,
}

#[derive(PartialEq, Eq, Debug)]
struct Comment {
    text: String,
    /// The number of other tokens before it.
    after: usize,
    place: Place,
}

#[derive(PartialEq, Eq, Debug)]
enum Place {
    /// At the end of a line.
    LineEnd,
    /// On a line of its own, in a block.
    Block(Block),
    /// On a line of its own, between brackets.
    Brackets,
}

/// A block of a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Block {
    /// The whole text, if it has no other block.
    Whole,
    /// The list or mapping with this index, in the order in which they start.
    Entries(usize),
    /// What could follow the entry before, which has no value yet.
    Empty,
}

/// Lines without code between two tokens, with a comment at least.
pub(super) struct Gap {
    /// The number of tokens before it.
    after: usize,
    lines: Vec<Line>,
}

enum Line {
    Blank,
    Comment(String, Block),
}

impl Layout {
    /// Returns the layout of a text; `None` if it is not YAML.
    pub(super) fn of(text: &str) -> Option<Self> {
        let tokens = Tokens::new(text)?;
        let mut open = Open::default();
        let mut comments = Vec::new();
        for (after, next) in tokens.code_and_end() {
            for comment in tokens.comments_at(after) {
                let place = if !tokens.is_first_on_line(comment.start) {
                    Place::LineEnd
                } else if open.brackets > 0 {
                    Place::Brackets
                } else {
                    Place::Block(open.room(next).block_of(tokens.column(comment.start)))
                };
                let text = text.get(comment.clone())?.trim_end().to_owned();
                comments.push(Comment { text, after, place });
            }
            open.pass(next);
        }
        let code = tokens.code.iter().map(|token| token.kind).collect();
        Some(Self { code, comments })
    }
}

/// Moves comments that the formatter has put on lines of their own back to the ends of the lines
/// before. `written` is the text before it was formatted. Returns `None` if the comments differ.
pub(super) fn rejoin(formatted: &str, written: &str) -> Option<String> {
    let (written, tokens) = (Tokens::new(written)?, Tokens::new(formatted)?);
    let mut out = String::with_capacity(formatted.len());
    let mut done = 0;
    if written.comments.len() != tokens.comments.len() {
        return None;
    }
    for ((_, before), (_, comment)) in written.comments.iter().zip(&tokens.comments) {
        if tokens.is_first_on_line(comment.start) && !written.is_first_on_line(before.start) {
            out.extend([formatted.get(done..comment.start)?.trim_end(), " "]);
            done = comment.start;
        }
    }
    out.push_str(formatted.get(done..)?);
    Some(out)
}

/// Takes the comments on lines of their own out of a text, and the blank lines around them, but not
/// those between brackets. Returns `None` if the text is not YAML.
pub(super) fn take(text: &str) -> Option<(String, Vec<Gap>)> {
    let tokens = Tokens::new(text)?;
    let mut open = Open::default();
    let mut gaps = Vec::new();
    let mut code = String::with_capacity(text.len());
    let mut done = 0;
    for (after, next) in tokens.code_and_end() {
        let mut comments = tokens.comments_at(after).map(|comment| comment.start);
        let own_line = comments.find(|start| tokens.is_first_on_line(*start));
        if open.brackets == 0
            && let Some(first) = own_line
        {
            let start = tokens.gap_start(first);
            let end = next.map_or(text.len(), |next| tokens.line_start(next.start));
            let room = open.room(next);
            let lines = text.get(start..end)?.lines().map(|line| Line::of(line, &room));
            gaps.push(Gap { after, lines: lines.collect() });
            code.push_str(text.get(done..start)?);
            done = end;
        }
        open.pass(next);
    }
    code.push_str(text.get(done..)?);
    Some((code, gaps))
}

/// Puts the lines that were taken out of a text into its formatted form, at most one blank line
/// in a row. Returns `None` if there is no place for them.
pub(super) fn put_back(formatted: &str, gaps: Vec<Gap>) -> Option<String> {
    let tokens = Tokens::new(formatted)?;
    let mut open = Open::default();
    let mut gaps = gaps.into_iter().peekable();
    let mut out = String::with_capacity(2 * formatted.len());
    let mut done = 0;
    for (after, next) in tokens.code_and_end() {
        if let Some(gap) = gaps.next_if(|gap| gap.after == after) {
            let room = open.room(next);
            let start = next.map_or(formatted.len(), |next| next.start);
            let before = formatted.get(done..start)?;
            match before {
                _ if after == 0 => {}
                before if tokens.is_first_on_line(start) => {
                    out.push_str(before.trim_end_matches(' '));
                }
                // The token gets a line of its own.
                before => out.extend([before.trim_end(), "\n"]),
            }
            gap.write(&room, next.is_none(), &mut out)?;
            let indent = match next {
                Some(next) if next.starts_entry() || next.kind == TokenKind::Value => next.column,
                Some(_) => room.outermost.indent,
                None => 0,
            };
            out.extend(repeat_n(' ', indent));
            done = start;
        }
        open.pass(next);
    }
    out.push_str(formatted.get(done..)?);
    gaps.next().is_none().then_some(out)
}

impl Line {
    fn of(line: &str, room: &Room) -> Self {
        match line.trim() {
            "" => Self::Blank,
            comment => {
                let column = line.chars().take_while(|c| c.is_whitespace()).count();
                Self::Comment(comment.to_owned(), room.block_of(column))
            }
        }
    }
}

impl Gap {
    /// Writes its lines in a formatted text. Returns `None` if a block is not there.
    fn write(self, room: &Room, is_last: bool, out: &mut String) -> Option<()> {
        let mut is_blank_due = false;
        let mut is_first = self.after == 0;
        for line in self.lines {
            match line {
                Line::Blank => is_blank_due = !is_first,
                Line::Comment(text, block) => {
                    out.push_str(if is_blank_due { "\n" } else { "" });
                    out.extend(repeat_n(' ', room.indent_of(block)?));
                    out.extend([text.as_str(), "\n"]);
                    (is_blank_due, is_first) = (false, false);
                }
            }
        }
        out.push_str(if is_blank_due && !is_last { "\n" } else { "" });
        Some(())
    }
}

/// The tokens of a text.
struct Tokens<'t> {
    text: &'t str,
    code: Vec<Next>,
    /// Comments, each with the number of other tokens before it.
    comments: Vec<(usize, Range<usize>)>,
}

/// A token other than a comment.
#[derive(Clone, Copy)]
struct Next {
    kind: TokenKind,
    start: usize,
    column: usize,
}

impl<'t> Tokens<'t> {
    fn new(text: &'t str) -> Option<Self> {
        let (mut code, mut comments) = (Vec::new(), Vec::new());
        let (mut at, mut column) = (0, 0);
        for Token { kind, range } in placed_yaml::tokens(text)? {
            for c in text.get(at..range.start)?.chars() {
                column = if c == '\n' { 0 } else { column + 1 };
            }
            at = range.start;
            if kind == TokenKind::Comment {
                comments.push((code.len(), range));
            } else {
                code.push(Next { kind, start: range.start, column });
            }
        }
        Some(Self { text, code, comments })
    }

    /// Returns the tokens other than comments, each with the number of those before it, and the
    /// end of the text.
    fn code_and_end(&self) -> impl Iterator<Item = (usize, Option<Next>)> {
        self.code.iter().copied().map(Some).chain([None]).enumerate()
    }

    /// Returns the comments after this number of other tokens.
    fn comments_at(&self, after: usize) -> impl Iterator<Item = &Range<usize>> {
        let first = self.comments.partition_point(|(at, _)| *at < after);
        let comments = self.comments.iter().skip(first);
        comments.take_while(move |(at, _)| *at == after).map(|(_, comment)| comment)
    }

    fn line_start(&self, at: usize) -> usize {
        let before = self.text.get(..at).unwrap_or_default();
        before.rfind('\n').map_or(0, |line_break| line_break + 1)
    }

    /// Returns the text of a line before a place in it.
    fn line_before(&self, at: usize) -> &'t str {
        self.text.get(self.line_start(at)..at).unwrap_or_default()
    }

    fn column(&self, at: usize) -> usize {
        self.line_before(at).chars().count()
    }

    fn is_first_on_line(&self, at: usize) -> bool {
        self.line_before(at).trim().is_empty()
    }

    /// Returns the start of a line of its own that a comment has, or of the blank lines before it.
    fn gap_start(&self, comment: usize) -> usize {
        let mut start = self.line_start(comment);
        while start > 0 && self.is_first_on_line(start - 1) {
            start = self.line_start(start - 1);
        }
        start
    }
}

impl Next {
    /// Returns whether it starts an entry of a block, unless it is between brackets.
    const fn starts_entry(self) -> bool {
        matches!(self.kind, TokenKind::Item | TokenKind::Key)
    }
}

/// What is open after a token.
#[derive(Clone, Default)]
struct Open {
    /// The outermost first.
    blocks: Vec<OpenBlock>,
    /// The number of blocks so far.
    count: usize,
    /// The number of open brackets.
    brackets: usize,
    /// Whether the innermost block ends with an entry without a value.
    lacks_value: bool,
}

#[derive(Clone, Copy)]
struct OpenBlock {
    index: usize,
    column: usize,
    is_list: bool,
}

/// The blocks that a comment between two tokens can belong to.
struct Room {
    outermost: Candidate,
    /// Others within it, the innermost last.
    inner: Vec<Candidate>,
    /// The column of the entry that the second token starts.
    next_column: Option<usize>,
}

#[derive(Clone, Copy)]
struct Candidate {
    block: Block,
    /// The first column that belongs to it.
    column_min: usize,
    /// The column of its comments in a formatted text.
    indent: usize,
}

impl Open {
    /// Passes a token, or the end of the text.
    fn pass(&mut self, next: Option<Next>) {
        let Some(next) = next else {
            return;
        };
        self.lacks_value = match next.kind {
            TokenKind::Item | TokenKind::Key => {
                if self.brackets == 0 {
                    self.enter(next);
                }
                true
            }
            TokenKind::Value | TokenKind::Anchor | TokenKind::Tag => true,
            TokenKind::Opening => {
                self.brackets += 1;
                false
            }
            TokenKind::Closing => {
                self.brackets = self.brackets.saturating_sub(1);
                false
            }
            TokenKind::Document => {
                self.blocks.clear();
                false
            }
            TokenKind::Comment | TokenKind::Scalar | TokenKind::Alias => false,
        };
    }

    /// Enters the block of an entry; returns whether it is the first one there.
    fn enter(&mut self, entry: Next) -> bool {
        let (column, is_list) = (entry.column, entry.kind == TokenKind::Item);
        // The items of a list may have the column of the key that it belongs to.
        let is_over = |block: &mut OpenBlock| {
            block.column > column || (block.column == column && block.is_list && !is_list)
        };
        while self.blocks.pop_if(is_over).is_some() {}
        let is_inside = |block: &OpenBlock| block.column == column && block.is_list == is_list;
        if self.blocks.last().is_some_and(is_inside) {
            return false;
        }
        self.blocks.push(OpenBlock { index: self.count, column, is_list });
        self.count += 1;
        true
    }

    /// Returns the blocks that a comment before a token, or before the end, can belong to.
    fn room(&self, next: Option<Next>) -> Room {
        let innermost = self.blocks.last();
        let empty = innermost.filter(|_| self.lacks_value).map(Candidate::empty);
        let blocks = self.blocks.iter().map(Candidate::entries);
        let candidates: Vec<_> = match next {
            Some(next) if next.starts_entry() => {
                let mut after = self.clone();
                if after.enter(next) {
                    after.blocks.last().map(Candidate::entries).into_iter().collect()
                } else {
                    blocks.skip(after.blocks.len() - 1).chain(empty).collect()
                }
            }
            Some(next) if next.kind != TokenKind::Document => {
                empty.or_else(|| innermost.map(Candidate::entries)).into_iter().collect()
            }
            Some(_) | None => blocks.chain(empty).collect(),
        };
        let whole = Candidate { block: Block::Whole, column_min: 0, indent: 0 };
        let mut candidates = candidates.into_iter();
        let outermost = candidates.next().unwrap_or(whole);
        let next_column = next.filter(|next| next.starts_entry()).map(|next| next.column);
        Room { outermost, inner: candidates.collect(), next_column }
    }
}

impl Candidate {
    const fn entries(block: &OpenBlock) -> Self {
        let OpenBlock { index, column, .. } = *block;
        Self { block: Block::Entries(index), column_min: column, indent: column }
    }

    /// The block that could follow the last entry of a block.
    const fn empty(outer: &OpenBlock) -> Self {
        let column = outer.column;
        Self { block: Block::Empty, column_min: column + 1, indent: column + INDENT }
    }
}

impl Room {
    fn block_of(&self, column: usize) -> Block {
        let has_column = |candidate: &&Candidate| candidate.column_min <= column;
        let innermost = self.inner.iter().rev().find(has_column);
        let innermost = innermost.filter(|_| self.next_column != Some(column));
        innermost.unwrap_or(&self.outermost).block
    }

    /// Returns the column of the comments of a block; `None` if the block is not open.
    fn indent_of(&self, block: Block) -> Option<usize> {
        let mut candidates = self.inner.iter().chain([&self.outermost]);
        candidates.find(|candidate| candidate.block == block).map(|candidate| candidate.indent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(text: &str) -> Layout {
        Layout::of(text).unwrap()
    }

    #[test]
    fn a_layout_has_the_place_of_each_comment() {
        let text = "a:\n  - b: 1 # c\n  # d\ne: 2\n";
        assert_eq!(layout(text), layout("a:\n- b:   '1'   # c\n\n # d\n\ne: 2"));
        let others = [
            "a:\n  - b: 1\n    # c\n  # d\ne: 2\n",
            "a:\n  - b: 1 # c # d\ne: 2\n",
            "a:\n  - b: 1 # c\n    # d\ne: 2\n",
            "a:\n  - b: 1 # c\n# d\ne: 2\n",
            "a:\n  # d\n  - b: 1 # c\ne: 2\n",
            "a:\n  - b: 1 # c\ne: 2 # d\n",
            "a:\n  - b: 1 # c\ne: 2\n# d\n",
            "a:\n  - b: 1 # d\n  # c\ne: 2\n",
            "a:\n  - b: 1 # c\ne: 2\n",
            "a:\n  - b: [1] # c\n  # d\ne: 2\n",
        ];
        for other in others {
            assert_ne!(layout(text), layout(other), "{other}");
        }
    }

    #[test]
    fn comments_belong_to_blocks() {
        let blocks = |text: &str| {
            let places = layout(text).comments.into_iter().map(|comment| comment.place);
            places.collect::<Vec<_>>()
        };
        let entries = |index| Place::Block(Block::Entries(index));
        let (empty, whole) = (Place::Block(Block::Empty), Place::Block(Block::Whole));
        assert_eq!(blocks("# a\n---\n# b\n"), [whole, Place::Block(Block::Whole)]);
        assert_eq!(blocks("# a\na:\n    # b\n# c\n"), [entries(0), empty, entries(0)]);
        let nested = "# a\na:\n# b\n  - c: 1\n       # d\n    # e\n   # f\n # g\n  - h\n";
        assert_eq!(
            blocks(nested),
            [entries(0), entries(1), entries(2), entries(2), entries(1), entries(1)]
        );
        // A list may have the column of its key.
        let flat = "a:\n- b\n# c\n- d\n # e\n# f\ng:\n- h\n# i\n";
        assert_eq!(blocks(flat), [entries(1), entries(1), entries(0), entries(2)]);
        assert_eq!(blocks("[ # a\n# b\n]\n# c\n")[..2], [Place::LineEnd, Place::Brackets]);
    }
}
