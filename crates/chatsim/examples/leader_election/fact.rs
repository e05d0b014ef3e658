//! The facts that nodes state for the checker of promises.

use std::fmt;

use chatsim::machine::{self, Name};

/// A fact of a node, in a term.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Fact {
    pub(crate) what: What,
    pub(crate) term: u64,
}

/// The kind of fact.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum What {
    /// It stands for election.
    Stands,
    /// It has voted for a candidate, possibly itself, and stored that.
    Votes(Name),
    /// It is elected.
    Leads,
    /// It follows a leader.
    Follows(Name),
}

impl Fact {
    pub(crate) fn encode(self) -> machine::Fact {
        machine::Fact::new(self.to_string().as_bytes())
    }

    /// Decodes a fact; `None` if it is not one of this protocol.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let words: Vec<_> = str::from_utf8(bytes).ok()?.split(' ').collect();
        let (what, term) = match *words.as_slice() {
            ["stands", "in", "term", term] => (What::Stands, term),
            ["votes", "for", name, "in", "term", term] => (What::Votes(name.parse().ok()?), term),
            ["leads", "in", "term", term] => (What::Leads, term),
            ["follows", name, "in", "term", term] => (What::Follows(name.parse().ok()?), term),
            _ => return None,
        };
        Some(Self { what, term: term.parse().ok()? })
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.what {
            What::Stands => f.write_str("stands")?,
            What::Votes(name) => write!(f, "votes for {name}")?,
            What::Leads => f.write_str("leads")?,
            What::Follows(name) => write!(f, "follows {name}")?,
        }
        write!(f, " in term {}", self.term)
    }
}
