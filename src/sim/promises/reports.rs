//! Promises 4 and 5: reports to senders are true, and receipts arrive once.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::Evidence;
use super::finding::{Finding, found};
use super::name_in_use::note_disk;
use crate::protocol::{Audience, ClientName, Fact, MessageId};
use chatsim::scenario::ActorName;
use chatsim::stage::Change;

/// "Received by" is shown only after the receiver's program has taken the message.
pub(super) fn confirmed(evidence: &Evidence<'_>) -> Result<(), Finding> {
    let mut taken: BTreeSet<(MessageId, ClientName)> = BTreeSet::new();
    for stated in &evidence.facts {
        if let Some(id) = stated.fact.arrived() {
            taken.extend(evidence.login(stated.actor).map(|login| (id, login)));
        }
        let Fact::Confirmed { id, by } = stated.fact else { continue };
        if !taken.contains(&(id, by)) {
            let (author, message) = (stated.actor, evidence.name(id));
            let reason =
                format!("`{author}` was notified that `{by}` has {message}, but it does not");
            return Err(Finding::about(id, reason));
        }
    }
    Ok(())
}

/// Nobody has a message of which its author was notified that it is not delivered, or was taken
/// back: one to a group never, and one to a person unless an acknowledgement may have been lost.
pub(super) fn not_delivered(evidence: &Evidence<'_>) -> Result<(), Finding> {
    found(evidence.fates.breach.as_ref())
}

/// What was decided about messages, and who has them.
#[derive(Default)]
pub(super) struct Fates {
    /// How often something has gone wrong so far.
    troubles: u64,
    /// Whether anything has happened but that programs were started.
    is_disturbed: bool,
    /// The programs whose disks are not healthy: what they acknowledge may come too late.
    slow: BTreeSet<ActorName>,
    /// The audience of each message, and the troubles before it was written.
    written: BTreeMap<MessageId, (Audience, u64)>,
    taken: BTreeMap<MessageId, ActorName>,
    refused: BTreeSet<MessageId>,
    breach: Option<Finding>,
}

impl Fates {
    /// A datagram is hit by a fault.
    pub(super) const fn on_hit(&mut self) {
        self.troubles += 1;
        self.is_disturbed = true;
    }

    /// Returns whether anything has happened but that programs were started.
    pub(super) const fn is_disturbed(&self) -> bool {
        self.is_disturbed
    }

    /// A program changes.
    pub(super) fn on_change(&mut self, actor: ActorName, change: Change) {
        self.troubles += 1;
        self.is_disturbed |= change != Change::Started;
        note_disk(&mut self.slow, actor, change);
    }

    /// Takes a fact.
    pub(super) fn on_fact(&mut self, actor: ActorName, fact: Fact) {
        let Some(id) = fact.message() else { return };
        if fact.arrived().is_some() {
            self.taken.entry(id).or_insert(actor);
        } else if matches!(fact, Fact::FellBack { .. }) {
            // Its receiver has not answered, and may have it.
            self.written.remove(&id);
        } else if let Fact::Refused(id) = fact {
            self.refused.insert(id);
        } else if let Fact::Written { id, to, .. } = fact {
            // It may be written again: its author's program has ended before the decision was stored.
            self.refused.remove(&id);
            self.written.entry(id).or_insert((to, self.troubles));
        }
        let Some((to, troubles)) = self.written.get(&id) else { return };
        let is_certain =
            matches!(to, Audience::Group(_)) || *troubles == self.troubles && self.slow.is_empty();
        if let (true, true, Some(by)) =
            (self.refused.contains(&id), is_certain, self.taken.get(&id))
        {
            let reason = format!(
                "`{}` was notified that message {id} is not delivered, but `{by}` has it",
                id.from
            );
            self.breach.get_or_insert_with(|| Finding::about(id, reason));
        }
    }
}

/// A sender that is online has one receipt for each message that the server stored and delivered,
/// and none for any other.
pub(super) fn receipts(evidence: &Evidence<'_>) -> Result<(), Finding> {
    let mut shown: BTreeSet<(MessageId, ClientName)> = BTreeSet::new();
    let mut receipted: BTreeSet<(MessageId, ClientName)> = BTreeSet::new();
    let mut by_program: BTreeSet<(ActorName, MessageId, ClientName)> = BTreeSet::new();
    for stated in &evidence.facts {
        if let Some(id) = stated.fact.arrived() {
            shown.extend(evidence.login(stated.actor).map(|login| (id, login)));
        }
        let (Fact::Receipted { id, by } | Fact::Expired { id, by }) = stated.fact else { continue };
        let author = stated.actor;
        receipted.insert((id, by));
        // Another program with the author's name does not know what this one was sent.
        if !by_program.insert((author, id, by)) {
            let message = evidence.name(id);
            let reason = format!("`{author}` has two receipts from `{by}` for {message}");
            return Err(Finding::about(id, reason));
        }
        let is_expired = stated.fact == Fact::Expired { id, by };
        if !is_expired && !shown.contains(&(id, by)) {
            let message = evidence.name(id);
            let reason =
                format!("`{author}` has a receipt from `{by}`, which did not show {message}");
            return Err(Finding::about(id, reason));
        }
    }
    for stated in &evidence.facts {
        let Fact::Kept { id, to: by } = stated.fact else { continue };
        // A message that was taken back has no receipt, though an earlier try may have delivered
        // it; and one that was received directly needs none, though the server may keep a copy.
        let needs_none = |fact| fact == Fact::Refused(id) || fact == Fact::Confirmed { id, by };
        let is_delivered = shown.contains(&(id, by)) && !evidence.is_stated(id, needs_none);
        if is_delivered && !receipted.contains(&(id, by)) && is_receipt_due(evidence, id, by) {
            let message = evidence.name(id);
            let reason = format!("`{}` has no receipt from `{by}` for {message}", id.from);
            return Err(Finding::about(id, reason));
        }
    }
    Ok(())
}

/// Returns whether the sender is online and the server has finished with a message.
fn is_receipt_due(evidence: &Evidence<'_>, id: MessageId, by: ClientName) -> bool {
    let is_there =
        |actor: ActorName| evidence.holdings.get(&actor).is_some_and(|holdings| holdings.is_online);
    let Some(server) = evidence.server() else {
        return false;
    };
    let waits = server
        .receipts
        .iter()
        .any(|(author, receipt)| (*author, receipt.number, receipt.by) == (id.from, id.number, by));
    evidence.actors_of(id.from).any(is_there) && !waits && !server.mailboxes.contains(&(by, id))
}
