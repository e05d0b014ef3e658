//! The components by themselves.

mod commands;
mod history;
mod inbox;
mod outbox;
mod server_link;

use super::effects::Effects;
use super::output::Output;
use crate::delivery::Endpoint;
use crate::protocol::{ClientName, KeptText, Text, Timestamp};
use crate::records::Change;

fn name(name: &str) -> ClientName {
    ClientName::new(name).unwrap()
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

fn text(number: u64) -> Text {
    Text { number, at: at(number), body: format!("text {number}") }
}

fn message(from: &str, number: u64) -> KeptText {
    KeptText { from: name(from), group: None, text: text(number) }
}

/// Takes out the changes of the records so far.
fn changes(effects: &mut Effects) -> Vec<Change> {
    let mut endpoint = Endpoint::new(0);
    let outputs = std::iter::from_fn(|| effects.poll(&mut endpoint));
    let batches = outputs.filter_map(|output| {
        if let Output::Store { changes, .. } = output { Some(changes) } else { None }
    });
    batches.flatten().collect()
}
