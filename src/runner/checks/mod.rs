//! The promises of the chat, each as a checker over what has happened so far.
//!
//! A checker reads the trace (datagrams, programs, and the facts that programs state) and what
//! the running programs hold now. What cannot be asked now (who is paused, or down) is trusted.

mod acknowledged;
mod evidence;
mod limits;
mod messages;
mod order;
mod past;
mod peers;
mod quiet;
#[cfg(test)]
mod tests;
mod told;

use self::evidence::Evidence;
pub(super) use self::past::Past;
use crate::protocol::MessageId;
use crate::scenario::{Promise, Scenario};
use crate::stage::Stage;

/// A promise that was not kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Broken {
    /// Which promise.
    pub promise: Promise,
    /// What happened instead, in a sentence.
    pub reason: String,
    /// What happened to the message in question, line by line, oldest first.
    pub way: Vec<String>,
}

/// What a checker found: a sentence, and the message in question if there is one.
struct Finding {
    reason: String,
    message: Option<MessageId>,
}

impl Finding {
    const fn general(reason: String) -> Self {
        Self { reason, message: None }
    }

    const fn about(id: MessageId, reason: String) -> Self {
        Self { reason, message: Some(id) }
    }
}

/// Looks whether promises were kept, and keeps what it has seen for the next time.
///
/// # Errors
///
/// The first that was not.
pub(super) fn check(
    past: &mut Past,
    promises: &[Promise],
    scenario: &Scenario,
    stage: &dyn Stage,
) -> Result<(), Broken> {
    let evidence = Evidence::gather(past, scenario, stage);
    for &promise in promises {
        let checker = match promise {
            Promise::NothingLost => messages::nothing_lost,
            Promise::ShownOnce => messages::shown_once,
            Promise::InOrder => order::in_order,
            Promise::Confirmed => told::confirmed,
            Promise::Receipts => told::receipts,
            Promise::TablesAgree => peers::tables_agree,
            Promise::PeersTalk => peers::peers_talk,
            Promise::SameOrder => order::same_order,
            Promise::Bounded => limits::bounded,
            Promise::Strangers => limits::strangers,
            Promise::AllDelivered => quiet::all_delivered,
        };
        checker(&evidence).map_err(|Finding { reason, message }| {
            let way = message.map(|id| evidence.way(id)).unwrap_or_default();
            Broken { promise, reason, way }
        })?;
    }
    Ok(())
}
