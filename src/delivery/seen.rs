//! The memory of what has been taken, so that nothing is taken twice.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::protocol::limits::SEEN_MESSAGES_MAX;
use crate::protocol::{ClientName, MessageId};

/// Remembers the ids of the last [`SEEN_MESSAGES_MAX`] messages, whatever way they came.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    order: VecDeque<MessageId>,
    numbers: BTreeMap<ClientName, BTreeSet<u64>>,
}

impl Seen {
    /// Remembers an id and tells whether it is new.
    pub fn insert(&mut self, id: MessageId) -> bool {
        if !self.numbers.entry(id.from).or_default().insert(id.number) {
            return false;
        }
        self.order.push_back(id);
        if self.order.len() > SEEN_MESSAGES_MAX
            && let Some(oldest) = self.order.pop_front()
            && let Some(numbers) = self.numbers.get_mut(&oldest.from)
        {
            numbers.remove(&oldest.number);
            if numbers.is_empty() {
                self.numbers.remove(&oldest.from);
            }
        }
        true
    }

    /// Tells whether an id is remembered.
    pub fn contains(&self, id: MessageId) -> bool {
        self.numbers.get(&id.from).is_some_and(|numbers| numbers.contains(&id.number))
    }
}
