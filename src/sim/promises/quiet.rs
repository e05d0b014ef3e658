//! What holds once everything is healed and quiet: nothing is waiting.

use super::evidence::Evidence;
use super::finding::Finding;
use crate::protocol::limits::{MAILBOX_MESSAGES_MAX, MAILBOX_SENDER_MESSAGES_MAX};
use crate::protocol::{Audience, ClientName, Holdings, MessageId};
use crate::sim::roles::CLIENT;
use chatsim::scenario::ActorName;

/// Nothing is waiting for a client that is online: not at the client, and not at the server. A
/// client's own messages wait only for somebody whose mailbox is full.
pub(super) fn all_delivered(evidence: &Evidence<'_>) -> Result<(), Finding> {
    let is_client = |actor: &ActorName| actor.role() == CLIENT;
    let is_online = |it: &(&ActorName, &Holdings)| is_client(it.0) && it.1.is_online;
    for (actor, holdings) in evidence.holdings.iter().filter(is_online) {
        let waits = |(id, to): &&(MessageId, Audience)| !is_mailbox_full(evidence, *id, *to);
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

/// Returns whether the server has no room for a message, as far as the number of messages goes.
fn is_mailbox_full(evidence: &Evidence<'_>, id: MessageId, to: Audience) -> bool {
    let Audience::Person(to) = to else { return false };
    let mailboxes = evidence.server().map(|server| server.mailboxes.as_slice());
    let kept = mailboxes.unwrap_or_default().iter().filter(|(receiver, _)| *receiver == to);
    let (all, own) = kept
        .fold((0, 0), |(all, own), (_, kept)| (all + 1, own + usize::from(kept.from == id.from)));
    all >= MAILBOX_MESSAGES_MAX || own >= MAILBOX_SENDER_MESSAGES_MAX
}
