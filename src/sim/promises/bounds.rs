//! What programs keep stays within the bounds that the scenario has set for them, and a message
//! waits only where a bound is reached.

use std::collections::BTreeMap;
use std::time::Duration;

use super::evidence::Evidence;
use super::finding::Finding;
use crate::client;
use crate::protocol::limits::{MAIL_AGE_CHECK_EVERY, MAIL_OVERHEAD_BYTES};
use crate::protocol::{ClientName, Holdings, MessageId};
use chatsim::scenario::ActorName;

/// How much later than the check that was due a message may expire: a receiver that is back for the
/// moment of a check is not away, and a disk may be slow.
const EXPIRY_SLACK: Duration = Duration::from_mins(MAIL_AGE_CHECK_EVERY.as_secs() / 60 + 5);

/// How long a slow disk may delay a fact.
const FACT_DELAY_MAX: Duration = Duration::from_mins(1);

/// Every queue, mailbox and link is within its bound.
pub(super) fn keeps_to_bounds(evidence: &Evidence<'_>) -> Result<(), Finding> {
    for (actor, bounds) in &evidence.clients {
        if let Some(holdings) = evidence.holdings.get(actor) {
            client_keeps_to(*actor, holdings, *bounds)?;
        }
    }
    let Some(server) = evidence.server() else {
        return Ok(());
    };
    mailboxes_keep_to(evidence, server)?;
    store_keeps_to(evidence, server)?;
    expires_in_time(evidence, server)
}

fn too_many(what: &str, max: usize) -> Result<(), Finding> {
    Err(Finding::general(format!("more than {max} {what}")))
}

fn client_keeps_to(
    actor: ActorName,
    holdings: &Holdings,
    bounds: client::Bounds,
) -> Result<(), Finding> {
    let client::Bounds { outbox_max, held_max } = bounds;
    if let Some(to) = longest(holdings.outbox.iter().map(|(_, to)| *to), outbox_max) {
        return too_many(&format!("messages wait at `{actor}` for {to}"), outbox_max);
    }
    // The message that reaches the bound has all of them shown.
    if held_max > 0 && holdings.held.len() >= held_max {
        let held = format!("messages wait at `{actor}` for the end of a group visit");
        return too_many(&held, held_max - 1);
    }
    Ok(())
}

fn mailboxes_keep_to(evidence: &Evidence<'_>, server: &Holdings) -> Result<(), Finding> {
    let settings = &evidence.settings;
    let receivers = server.mailboxes.iter().map(|(to, _)| *to);
    if let Some(to) = longest(receivers, settings.mail_per_receiver_max) {
        let what = format!("messages wait at the server for {to}");
        return too_many(&what, settings.mail_per_receiver_max);
    }
    let pairs = server.mailboxes.iter().map(|(to, id)| (*to, id.from));
    if let Some((to, from)) = longest(pairs, settings.mail_per_sender_max) {
        let what = format!("messages from {from} wait at the server for {to}");
        return too_many(&what, settings.mail_per_sender_max);
    }
    let bytes_max = settings.mail_bytes_per_receiver_max;
    let large = server.mail_bytes.iter().find(|(_, bytes)| *bytes > bytes_max as u64);
    if let Some((to, _)) = large {
        return too_many(&format!("bytes wait at the server for {to}"), bytes_max);
    }
    Ok(())
}

fn store_keeps_to(evidence: &Evidence<'_>, server: &Holdings) -> Result<(), Finding> {
    let settings = &evidence.settings;
    if bytes_in_all(server) > settings.mail_bytes_in_all_max {
        let max = usize::try_from(settings.mail_bytes_in_all_max).unwrap_or(usize::MAX);
        return too_many("bytes wait at the server", max);
    }
    let owed = owed(server).find(|(_, count)| *count > settings.receipts_max);
    if let Some((author, _)) = owed {
        let what = format!("receipts are or will be owed to {author}");
        return too_many(&what, settings.receipts_max);
    }
    if server.link_bytes > settings.link_queue_bytes_max as u64 {
        return too_many("bytes wait on a link of the server", settings.link_queue_bytes_max);
    }
    Ok(())
}

/// A message for a client that stays away expires, as long as nothing disturbs the server: it is
/// neither started nor paused in the meantime, and its clock is not set.
fn expires_in_time(evidence: &Evidence<'_>, server: &Holdings) -> Result<(), Finding> {
    let Some(undisturbed_since) = evidence.server_undisturbed_since else {
        return Ok(());
    };
    let max = evidence.settings.mail_age_max;
    let is_away = |to: ClientName| {
        let clients = evidence.actors_of(to).filter_map(|actor| evidence.holdings.get(&actor));
        clients.into_iter().all(|holdings| !holdings.is_online)
    };
    for (to, id) in server.mailboxes.iter().filter(|(to, _)| is_away(*to)) {
        let Some(kept_at) = evidence.kept_at.get(&(*id, *to)) else { continue };
        // Its age is counted by the server's clock. A slow disk delays the fact that it is kept.
        if *kept_at < evidence.server_clock_set_at + FACT_DELAY_MAX {
            continue;
        }
        let since = undisturbed_since.max(*kept_at);
        if evidence.now > since + max + MAIL_AGE_CHECK_EVERY + EXPIRY_SLACK {
            let message = evidence.name(*id);
            let reason = format!("{message} waits for {to} at the server for longer than {max:?}");
            return Err(Finding::about(*id, reason));
        }
    }
    Ok(())
}

/// Returns whether the server has no room for a message to a client, whose text has `bytes` bytes.
pub(super) fn is_full(evidence: &Evidence<'_>, id: MessageId, to: ClientName, bytes: u64) -> bool {
    let Some(server) = evidence.server() else {
        return false;
    };
    let settings = &evidence.settings;
    let kept = || server.mailboxes.iter().filter(|(receiver, _)| *receiver == to);
    let own = kept().filter(|(_, kept)| kept.from == id.from).count();
    let there = server.mail_bytes.iter().find(|(receiver, _)| *receiver == to);
    let there = there.map_or(0, |(_, bytes)| *bytes);
    let owed = owed(server).find(|(author, _)| *author == id.from).map_or(0, |(_, count)| count);
    own >= settings.mail_per_sender_max
        || kept().count() >= settings.mail_per_receiver_max
        || there + bytes > settings.mail_bytes_per_receiver_max as u64
        || bytes_in_all(server) + bytes + MAIL_OVERHEAD_BYTES as u64
            > settings.mail_bytes_in_all_max
        || owed >= settings.receipts_max
}

fn bytes_in_all(server: &Holdings) -> u64 {
    let texts: u64 = server.mail_bytes.iter().map(|(_, bytes)| *bytes).sum();
    texts + (server.mailboxes.len() * MAIL_OVERHEAD_BYTES) as u64
}

/// Returns for each author the number of its kept messages, and of receipts for it.
fn owed(server: &Holdings) -> impl Iterator<Item = (ClientName, usize)> {
    let authors = server.mailboxes.iter().map(|(_, id)| id.from);
    counts(authors.chain(server.receipts.iter().map(|(author, _)| *author))).into_iter()
}

fn counts<T: Ord>(items: impl Iterator<Item = T>) -> BTreeMap<T, usize> {
    let mut counts = BTreeMap::new();
    items.for_each(|item| *counts.entry(item).or_default() += 1);
    counts
}

/// Returns an item that occurs more often than `max`.
fn longest<T: Ord>(items: impl Iterator<Item = T>, max: usize) -> Option<T> {
    counts(items).into_iter().find(|(_, count)| *count > max).map(|(item, _)| item)
}
