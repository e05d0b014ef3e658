//! Promises 1 and 2: nothing is lost, and nothing is shown twice.

use std::collections::BTreeSet;

use super::acknowledged;
use super::evidence::Evidence;
use super::finding::Finding;
use super::history;
use crate::protocol::{Fact, MessageId};
use chatsim::scenario::ActorName;

/// Each message that its sender's program has accepted is shown, or is waiting: in the server's
/// mailbox, at its sender, or in its receiver's program until the end of a group visit; unless its
/// sender was notified that it is not delivered, or has it in the history like that. Programs that are down have it on disk. And the
/// server knows all registered clients, all groups and their members.
pub(super) fn nothing_lost(evidence: &Evidence<'_>) -> Result<(), Finding> {
    acknowledged::outlives(evidence)?;
    for &(id, to) in &evidence.owed {
        let is_somewhere = evidence.is_shown(id, to)
            || evidence.is_with_receiver(id, to)
            || evidence.is_at_server(id, to)
            || evidence.is_with_author(id)
            || evidence.is_refusal_waiting(id, to)
            || evidence.is_stated(id, |fact| {
                fact == Fact::Refused(id) || fact == Fact::Expired { id, by: to }
            })
            || history::is_refused(evidence, id);
        if !is_somewhere {
            let message = evidence.name(id);
            let reason = format!("`{to}` did not show {message}, and it is not waiting anywhere");
            return Err(Finding::about(id, reason));
        }
    }
    Ok(())
}

/// No screen shows a message twice, or one that no client has written.
pub(super) fn shown_once(evidence: &Evidence<'_>) -> Result<(), Finding> {
    let mut shown: BTreeSet<(ActorName, MessageId)> = BTreeSet::new();
    for stated in &evidence.facts {
        let Fact::Shown(id) = stated.fact else {
            continue;
        };
        let (actor, message) = (stated.actor, || evidence.name(id));
        if !shown.insert((actor, id)) {
            return Err(Finding::about(id, format!("`{actor}` showed {} twice", message())));
        }
        if !evidence.written.contains_key(&id) {
            let reason = format!("`{actor}` showed {}, which no client wrote", message());
            return Err(Finding::about(id, reason));
        }
    }
    Ok(())
}
