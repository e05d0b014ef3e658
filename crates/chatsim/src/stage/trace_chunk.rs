//! Entries of a trace in their encoded form.

use std::collections::BTreeMap;

use super::trace::{Change, TraceEntry, TraceEvent};
use super::varint::{Few, NUMBER_LEN_MAX, Sink, apply, difference, read, write};
use crate::network::FaultId;
use crate::scenario::ActorName;
use machine::{Fact, Timestamp};

/// The id of an actor within a trace.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ActorId(u32);

impl ActorId {
    pub(super) fn new(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }
}

/// An event of a trace, borrowed from its encoded form. See [`TraceEvent`] for the meaning of each.
#[derive(Clone, Copy, Debug)]
pub enum EventView<'a, A = ActorId> {
    /// A datagram was sent.
    Sent {
        /// The number of the datagram in its run, from 1.
        number: u64,
        /// The sender.
        from: A,
        /// The receiver; `None` if no actor has that address.
        to: Option<A>,
        /// The contents.
        bytes: &'a [u8],
    },
    /// A datagram arrived.
    Arrived {
        /// The number of its sending.
        number: u64,
        /// The receiver.
        by: A,
    },
    /// A datagram arrived where no program ran.
    Missed {
        /// The number of its sending.
        number: u64,
    },
    /// A program's timer fired.
    Timer(A),
    /// A program changed.
    Program(A, Change),
    /// The bytes of a fact.
    Fact(A, &'a [u8]),
}

/// An entry of a trace, borrowed from it.
#[derive(Clone, Copy, Debug)]
pub struct EntryView<'a> {
    /// When, in the stage's time.
    pub at: Timestamp,
    /// What happened.
    pub event: EventView<'a, ActorName>,
    /// The faults that hit its datagram.
    pub hit_by: &'a [FaultId],
}

impl EntryView<'_> {
    fn entry(self) -> TraceEntry {
        let event = match self.event {
            EventView::Sent { number, from, to, bytes } => {
                let (bytes, hit_by) = (bytes.to_vec(), self.hit_by.to_vec());
                TraceEvent::Sent { number, from, to, bytes, hit_by }
            }
            EventView::Arrived { number, by } => TraceEvent::Arrived { number, by },
            EventView::Missed { number } => TraceEvent::Missed { number },
            EventView::Timer(actor) => TraceEvent::Timer(actor),
            EventView::Program(actor, change) => TraceEvent::Program(actor, change),
            EventView::Fact(actor, fact) => TraceEvent::Fact(actor, Fact::new(fact)),
        };
        TraceEntry { at: self.at, event }
    }
}

/// A number of successive entries.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Chunk {
    len: usize,
    len_max: usize,
    bytes: Vec<u8>,
    /// The faults that hit an entry's datagram; most are hit by none.
    hits: BTreeMap<usize, Vec<FaultId>>,
    /// The contents of the entries, in order.
    changes: Vec<Change>,
    last: Reference,
}

/// The values from which the next entry is encoded as a difference.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
struct Reference {
    at: u64,
    number: u64,
}

/// The first byte of an entry.
mod kind {
    pub(super) const SENT: u8 = 0;
    pub(super) const SENT_TO_NOBODY: u8 = 1;
    pub(super) const ARRIVED: u8 = 2;
    pub(super) const MISSED: u8 = 3;
    pub(super) const TIMER: u8 = 4;
    pub(super) const PROGRAM: u8 = 5;
    pub(super) const FACT: u8 = 6;
}

const fn kind_of(event: &EventView<'_>) -> u8 {
    match event {
        EventView::Sent { to: Some(_), .. } => kind::SENT,
        EventView::Sent { to: None, .. } => kind::SENT_TO_NOBODY,
        EventView::Arrived { .. } => kind::ARRIVED,
        EventView::Missed { .. } => kind::MISSED,
        EventView::Timer(_) => kind::TIMER,
        EventView::Program(..) => kind::PROGRAM,
        EventView::Fact(..) => kind::FACT,
    }
}

/// The maximum size of an entry in bytes, without its content: its kind, its time, its number, two
/// actors and the length of the content.
const ENTRY_LEN_MAX: usize = 1 + 5 * NUMBER_LEN_MAX;

impl Chunk {
    /// Returns the number of entries.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn is_full(&self) -> bool {
        self.len >= self.len_max
    }

    pub(super) fn bytes_len(&self) -> usize {
        self.bytes.len()
    }

    /// Reserves space for this many entries, and this many bytes of content.
    pub(super) fn begin(&mut self, len_max: usize, bytes: usize) {
        self.bytes.clear();
        self.bytes.reserve(bytes);
        self.hits.clear();
        self.changes.clear();
        (self.len, self.len_max, self.last) = (0, len_max, Reference::default());
    }

    /// Adds faults that hit the datagram of the last entry.
    pub(super) fn hit(&mut self, by: Vec<FaultId>) {
        self.hits.insert(self.len - 1, by);
    }

    /// Adds an entry.
    #[inline]
    pub(super) fn push(&mut self, at: Timestamp, event: EventView<'_>) {
        self.len += 1;
        let at_delta = difference(at.as_micros(), &mut self.last.at);
        let (mut entry, mut content) = (Few::<ENTRY_LEN_MAX>::new(), [].as_slice());
        entry.put(kind_of(&event));
        write(&mut entry, at_delta);
        match event {
            EventView::Sent { number, from, to, bytes } => {
                write(&mut entry, difference(number, &mut self.last.number));
                write(&mut entry, from.0.into());
                write(&mut entry, to.map_or(0, |to| to.0).into());
                write(&mut entry, bytes.len() as u64);
                content = bytes;
            }
            EventView::Arrived { number, by } => {
                write(&mut entry, difference(number, &mut self.last.number));
                write(&mut entry, by.0.into());
            }
            EventView::Missed { number } => {
                write(&mut entry, difference(number, &mut self.last.number));
            }
            EventView::Timer(actor) => write(&mut entry, actor.0.into()),
            EventView::Program(actor, change) => {
                write(&mut entry, actor.0.into());
                self.changes.push(change);
            }
            EventView::Fact(actor, fact) => {
                write(&mut entry, actor.0.into());
                write(&mut entry, fact.len() as u64);
                content = fact;
            }
        }
        self.bytes.extend_from_slice(entry.written());
        self.bytes.extend_from_slice(content);
    }

    /// Returns all entries, in their order.
    pub(super) fn iter<'a>(
        &'a self,
        actors: &'a [ActorName],
    ) -> impl Iterator<Item = TraceEntry> + 'a {
        self.views(actors).map(EntryView::entry)
    }

    /// Calls a function with each entry, in order.
    pub(super) fn views<'a>(
        &'a self,
        actors: &'a [ActorName],
    ) -> impl Iterator<Item = EntryView<'a>> + 'a {
        let mut changes = self.changes.iter();
        let mut rest = self.bytes.as_slice();
        let mut last = Reference::default();
        (0..self.len).filter_map(move |index| {
            let (kind, body) = rest.split_first()?;
            rest = body;
            last.at = apply(last.at, read(&mut rest)?);
            if matches!(*kind, kind::SENT | kind::SENT_TO_NOBODY | kind::ARRIVED | kind::MISSED) {
                last.number = apply(last.number, read(&mut rest)?);
            }
            let number = last.number;
            let mut hit_by: &[FaultId] = &[];
            let mut name = || actors.get(usize::try_from(read(&mut rest)?).ok()?).copied();
            let event = match *kind {
                kind::SENT | kind::SENT_TO_NOBODY => {
                    let (from, to) = (name()?, name().filter(|_| *kind == kind::SENT));
                    let len = usize::try_from(read(&mut rest)?).ok()?;
                    let (bytes, others) = rest.split_at_checked(len)?;
                    rest = others;
                    hit_by = self.hits.get(&index).map(Vec::as_slice).unwrap_or_default();
                    EventView::Sent { number, from, to, bytes }
                }
                kind::ARRIVED => EventView::Arrived { number, by: name()? },
                kind::MISSED => EventView::Missed { number },
                kind::TIMER => EventView::Timer(name()?),
                kind::PROGRAM => EventView::Program(name()?, *changes.next()?),
                kind::FACT => {
                    let actor = name()?;
                    let len = usize::try_from(read(&mut rest)?).ok()?;
                    let (fact, others) = rest.split_at_checked(len)?;
                    rest = others;
                    EventView::Fact(actor, fact)
                }
                _ => return None,
            };
            Some(EntryView { at: Timestamp::from_micros(last.at), event, hit_by })
        })
    }
}
