use std::num::NonZeroUsize;

use super::{changes, message, name};
use crate::client::effects::Effects;
use crate::client::history::History;
use crate::client::numbers::Numbers;
use crate::protocol::Timestamp;
use crate::records::ClientKey;

/// Notes an arrival. Returns the keys of the entries that are removed for it.
fn note(history: &mut History, numbers: &mut Numbers) -> usize {
    let mut effects = Effects::default();
    history.note_arrival(&mut message("c2", 1), numbers, &mut effects, Timestamp::from_micros(1));
    changes(&mut effects).len() - 1
}

#[test]
fn a_limited_history_removes_its_oldest_entry_for_each_one_more() {
    let (mut history, mut numbers) = (History::new(name("c1")), Numbers::default());
    history.limit(NonZeroUsize::new(2).unwrap());
    history.restore(7);
    numbers.note_entry(7);
    assert_eq!(note(&mut history, &mut numbers), 0);
    let mut effects = Effects::default();
    history.note_arrival(
        &mut message("c2", 2),
        &mut numbers,
        &mut effects,
        Timestamp::from_micros(2),
    );
    let changes = changes(&mut effects);
    assert_eq!(changes[1..], [ClientKey::Said(7).remove()]);
}

#[test]
fn a_history_without_a_limit_keeps_everything() {
    let (mut history, mut numbers) = (History::new(name("c1")), Numbers::default());
    for _ in 0..1_500 {
        assert_eq!(note(&mut history, &mut numbers), 0);
    }
}
