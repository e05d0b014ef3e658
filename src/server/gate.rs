//! The gate between storage and the outside: what depends on a record waits for it.

use std::collections::VecDeque;

use super::machine::Posting;
use super::record::Record;
use super::words::Notice;

/// Names a request to store a record; tickets rise by one from 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Ticket(pub u64);

/// What waits for storage.
#[derive(Debug)]
pub(super) enum Held {
    Posting(Posting),
    Notice(Notice),
}

/// Holds back whatever the server says after a record, until storage has the record.
#[derive(Debug, Default)]
pub(super) struct Gate {
    issued: Ticket,
    stored: Ticket,
    records: VecDeque<(Ticket, Record)>,
    held: VecDeque<(Ticket, Held)>,
}

impl Gate {
    /// Issues a record.
    pub(super) fn record(&mut self, record: Record) {
        self.issued.0 += 1;
        self.records.push_back((self.issued, record));
    }

    /// Gives the next record to store.
    pub(super) fn poll_record(&mut self) -> Option<(Ticket, Record)> {
        self.records.pop_front()
    }

    /// Holds something back if a record before it is not stored; gives it back otherwise.
    pub(super) fn pass(&mut self, item: Held) -> Option<Held> {
        if self.stored >= self.issued && self.held.is_empty() {
            return Some(item);
        }
        self.held.push_back((self.issued, item));
        None
    }

    /// Learns that a record and all before it are stored.
    pub(super) fn stored(&mut self, ticket: Ticket) {
        self.stored = self.stored.max(ticket);
    }

    /// Gives the next thing whose records are all stored.
    pub(super) fn release(&mut self) -> Option<Held> {
        let stored = self.stored;
        self.held.pop_front_if(|(ticket, _)| *ticket <= stored).map(|(_, item)| item)
    }

    /// Tells whether something is held back.
    pub(super) fn is_holding(&self) -> bool {
        !self.held.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::GroupName;
    use crate::server::words::Notice;

    fn record(gate: &mut Gate, name: &str) -> Ticket {
        gate.record(Record::GroupCreated(GroupName::new(name).unwrap()));
        gate.poll_record().unwrap().0
    }

    fn notice(n: usize) -> Held {
        Held::Notice(Notice::GroupMessage {
            from: crate::protocol::ClientName::new("c").unwrap(),
            group: GroupName::new("g").unwrap(),
            body: n.to_string(),
        })
    }

    fn told(held: Option<Held>) -> Option<String> {
        match held? {
            Held::Notice(Notice::GroupMessage { body, .. }) => Some(body),
            _ => None,
        }
    }

    fn released(gate: &mut Gate) -> Vec<String> {
        std::iter::from_fn(|| told(gate.release())).collect()
    }

    #[test]
    fn what_depends_on_no_record_leaves_at_once() {
        let mut gate = Gate::default();
        assert_eq!(told(gate.pass(notice(1))).as_deref(), Some("1"));
        assert!(!gate.is_holding());
    }

    #[test]
    fn nothing_leaves_before_its_record_is_stored() {
        let mut gate = Gate::default();
        let first = record(&mut gate, "a");
        assert!(gate.pass(notice(1)).is_none());
        let second = record(&mut gate, "b");
        assert!(gate.pass(notice(2)).is_none());
        assert_eq!(released(&mut gate), [""; 0]);
        gate.stored(first);
        assert_eq!(released(&mut gate), ["1"]);
        assert!(gate.is_holding());
        gate.stored(second);
        assert_eq!(released(&mut gate), ["2"]);
        assert!(!gate.is_holding());
    }

    #[test]
    fn a_later_ticket_stands_for_all_before_it() {
        let mut gate = Gate::default();
        let first = record(&mut gate, "a");
        assert!(gate.pass(notice(1)).is_none());
        let second = record(&mut gate, "b");
        assert!(gate.pass(notice(2)).is_none());
        gate.stored(second);
        gate.stored(first);
        assert_eq!(released(&mut gate), ["1", "2"]);
        assert_eq!(told(gate.pass(notice(3))).as_deref(), Some("3"));
    }

    #[test]
    fn nothing_overtakes_what_is_about_to_leave() {
        let mut gate = Gate::default();
        let ticket = record(&mut gate, "a");
        assert!(gate.pass(notice(1)).is_none());
        assert!(gate.pass(notice(2)).is_none());
        gate.stored(ticket);
        assert_eq!(told(gate.release()).as_deref(), Some("1"));
        assert!(gate.pass(notice(3)).is_none(), "it would overtake the second one");
        assert_eq!(released(&mut gate), ["2", "3"]);
    }

    #[test]
    fn tickets_and_records_keep_their_order() {
        let mut gate = Gate::default();
        let names = ["a", "b", "c"].map(|name| GroupName::new(name).unwrap());
        for name in names {
            gate.record(Record::GroupCreated(name));
        }
        let polled: Vec<_> = std::iter::from_fn(|| gate.poll_record()).collect();
        let expected = (1..).map(Ticket).zip(names.map(Record::GroupCreated));
        assert_eq!(polled, expected.collect::<Vec<_>>());
    }
}
