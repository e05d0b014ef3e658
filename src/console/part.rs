//! The parts of a line that are coloured.

/// What a part of a typed line is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// The word of a command, or the beginning of one.
    Command,
    /// The name of a client.
    Name,
    /// Nothing that is valid there.
    Wrong,
}
