//! What holds once everything is healed and quiet: nothing is waiting.

use super::bounds::is_full;
use super::evidence::Evidence;
use super::finding::Finding;
use crate::protocol::{Audience, ClientName, Holdings, MessageId};
use crate::sim::roles::CLIENT;
use chatsim::scenario::ActorName;

/// Nothing is waiting for a client that is online: not at the client, and not at the server. A
/// client's own messages wait only for somebody for whom the server has no room.
pub(super) fn all_delivered(evidence: &Evidence<'_>) -> Result<(), Finding> {
    let is_client = |actor: &ActorName| actor.role() == CLIENT;
    let is_online = |it: &(&ActorName, &Holdings)| is_client(it.0) && it.1.is_online;
    for (actor, holdings) in evidence.holdings.iter().filter(is_online) {
        let waits = |(id, to): &&(MessageId, Audience)| !is_blocked(evidence, holdings, *id, *to);
        if let Some((id, to)) = holdings.outbox.iter().find(waits) {
            let message = evidence.name(*id);
            let reason = format!("{message} for {to} waits at `{actor}`, which is online");
            return Err(Finding::about(*id, reason));
        }
        if let Some(id) = holdings.unshown.first() {
            let reason = format!("{} waits to be shown at `{actor}`", evidence.name(*id));
            return Err(Finding::about(*id, reason));
        }
    }
    let Some(server) = evidence.server() else {
        return Ok(());
    };
    let is_there = |login: ClientName| {
        let holdings = evidence.actors_of(login).filter_map(|actor| evidence.holdings.get(&actor));
        holdings.into_iter().any(|holdings| holdings.is_online)
    };
    if let Some((to, id)) = server.mailboxes.iter().find(|(to, _)| is_there(*to)) {
        let message = evidence.name(*id);
        let reason = format!("{message} waits at the server for `{to}`, which is online");
        return Err(Finding::about(*id, reason));
    }
    if let Some((author, receipt)) = server.receipts.iter().find(|(author, _)| is_there(*author)) {
        let by = receipt.by;
        let reason =
            format!("a receipt from {by} waits at the server for `{author}`, which is online");
        return Err(Finding::general(reason));
    }
    Ok(())
}

/// Returns whether the server has no room for a message, or for one of the same author to the same
/// receiver that is to be delivered first.
fn is_blocked(evidence: &Evidence<'_>, holdings: &Holdings, id: MessageId, to: Audience) -> bool {
    let Audience::Person(receiver) = to else { return false };
    let next = holdings.next_bytes.iter().find(|(audience, _)| *audience == to);
    next.is_some_and(|(_, bytes)| is_full(evidence, id, receiver, *bytes))
}
