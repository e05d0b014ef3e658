//! Promises 1 and 2: nothing is lost, and nothing is shown twice.

use std::collections::BTreeSet;

use super::evidence::Evidence;
use super::{Finding, acknowledged};
use crate::protocol::{Fact, MessageId};
use chatsim::scenario::ActorName;

/// Each message that its author's program has taken is shown, or waits somewhere to be: in the
/// server's mailbox, with its author, or in its receiver's program until the end of a group visit;
/// unless its author was told that it is not delivered. Who is down has it on disk. And the server
/// knows who was registered, which groups there are and who is in them.
pub(super) fn nothing_lost(evidence: &Evidence<'_>) -> Result<(), Finding> {
    acknowledged::outlives(evidence)?;
    for &(id, to) in &evidence.owed {
        let is_somewhere = evidence.is_shown(id, to)
            || evidence.is_with_receiver(id, to)
            || evidence.is_at_server(id, to)
            || evidence.is_with_author(id)
            || evidence.is_refusal_waiting(id, to)
            || evidence.is_stated(id, |fact| fact == Fact::Refused(id));
        if !is_somewhere {
            let message = evidence.name(id);
            let reason = format!("`{to}` has not shown {message}, and it waits nowhere");
            return Err(Finding::about(id, reason));
        }
    }
    Ok(())
}

/// No screen shows a message twice, or one that nobody wrote.
pub(super) fn shown_once(evidence: &Evidence<'_>) -> Result<(), Finding> {
    let mut shown: BTreeSet<(ActorName, MessageId)> = BTreeSet::new();
    for stated in &evidence.facts {
        let Fact::Shown(id) = stated.fact else {
            continue;
        };
        let (actor, message) = (stated.actor, || evidence.name(id));
        if !shown.insert((actor, id)) {
            return Err(Finding::about(id, format!("`{actor}` has shown {} twice", message())));
        }
        if !evidence.written.contains_key(&id) {
            let reason = format!("`{actor}` has shown {}, which nobody wrote", message());
            return Err(Finding::about(id, reason));
        }
    }
    Ok(())
}
