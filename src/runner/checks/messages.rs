//! Promises 1 and 2: nothing is lost, and nothing is shown twice.

use std::collections::BTreeSet;

use super::Finding;
use super::evidence::Evidence;
use crate::protocol::{ClientName, Fact, MessageId};
use crate::scenario::ActorName;

/// Each message is shown, or waits somewhere to be: in the server's mailbox, with its author, or
/// in its receiver's program until the end of a group visit. Only what was never acknowledged may
/// have ended with its author's program.
pub(super) fn nothing_lost(evidence: &Evidence<'_>) -> Result<(), Finding> {
    for &(id, to) in &evidence.owed {
        if !is_shown_or_waits(evidence, id, to) && !was_given_up(evidence, id) {
            let message = evidence.name(id);
            let reason = format!("`{to}` has not shown {message}, and it waits nowhere");
            return Err(Finding::about(id, reason));
        }
    }
    Ok(())
}

fn is_shown_or_waits(evidence: &Evidence<'_>, id: MessageId, to: ClientName) -> bool {
    if evidence.is_shown(id, to) {
        return true;
    }
    let waits_at_receiver = evidence.actors_of(to).any(|actor| {
        let cannot_be_asked =
            evidence.running.contains(&actor) && !evidence.holdings.contains_key(&actor);
        let holdings = evidence.holdings.get(&actor);
        cannot_be_asked || holdings.is_some_and(|holdings| holdings.unshown.contains(&id))
    });
    let waits_at_server = match evidence.server() {
        Some(server) => server.mailboxes.contains(&(to, id)),
        // What the server was to deliver waits in its storage.
        None => evidence.is_stated(id, |fact| {
            fact == Fact::Kept { id, to } || fact == Fact::Addressed { id, to }
        }),
    };
    waits_at_receiver || waits_at_server || evidence.is_with_author(id)
}

/// Tells whether the author knows that a message is not delivered, or was never told that it is.
fn was_given_up(evidence: &Evidence<'_>, id: MessageId) -> bool {
    let was_refused = evidence.is_stated(id, |fact| fact == Fact::Refused(id));
    let was_acknowledged = evidence.is_stated(id, Fact::acknowledges);
    let author = evidence.written.get(&id);
    let author_goes_on = author.is_some_and(|written| evidence.author_goes_on(written));
    was_refused || (!was_acknowledged && !author_goes_on)
}

/// No screen shows a message twice.
pub(super) fn shown_once(evidence: &Evidence<'_>) -> Result<(), Finding> {
    let mut shown: BTreeSet<(ActorName, MessageId)> = BTreeSet::new();
    for stated in &evidence.facts {
        if let Fact::Shown(id) = stated.fact
            && !shown.insert((stated.actor, id))
        {
            let (actor, message) = (stated.actor, evidence.name(id));
            return Err(Finding::about(id, format!("`{actor}` has shown {message} twice")));
        }
    }
    Ok(())
}
