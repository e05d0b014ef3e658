//! Promises 9 and 10: everything is bounded, and strangers gain nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::Evidence;
use super::finding::Finding;
use super::past::{Seen, Sight};
use super::per_sender;
use crate::protocol::limits::{
    DATAGRAM_LEN_MAX, HELD_MESSAGES_MAX, MAILBOX_MESSAGES_MAX, OUTBOX_MESSAGES_MAX, WINDOW_SEGMENTS,
};
use crate::protocol::{Fact, Session};
use crate::sim::roles::CLIENT;
use chatsim::scenario::ActorName;
use chatsim::stage::Change;

/// Datagrams, windows and queues stay within their bounds, and a sender is notified of the fate of
/// each message that is not waiting any more.
pub(super) fn bounded(evidence: &Evidence<'_>) -> Result<(), Finding> {
    datagrams_are_bounded(evidence)?;
    queues_are_bounded(evidence)?;
    per_sender::mailboxes_are_shared(evidence)?;
    for (&id, written) in &evidence.written {
        let waits = evidence.is_with_author(id);
        if evidence.author_goes_on(written) && !waits && !evidence.is_stated(id, Fact::settles) {
            let (author, message) = (written.by, evidence.name(id));
            let reason = format!("`{author}` was never notified of the fate of {message}");
            return Err(Finding::about(id, reason));
        }
    }
    Ok(())
}

/// The numbers of segments that one end of a link has sent, and of those acknowledged to it.
#[derive(Default)]
struct Window {
    sent: u64,
    acknowledged: u64,
}

fn datagrams_are_bounded(evidence: &Evidence<'_>) -> Result<(), Finding> {
    let mut windows: BTreeMap<(ActorName, Session), Window> = BTreeMap::new();
    for sight in &evidence.sights {
        match sight {
            Sight::Sent(sent) => {
                let Seen { number, from, len, .. } = sent;
                if *len > DATAGRAM_LEN_MAX {
                    let reason = format!(
                        "datagram #{number} of `{from}` has {len} bytes, more than {DATAGRAM_LEN_MAX}"
                    );
                    return Err(Finding::general(reason));
                }
                let Some(source) = sent.source else { continue };
                let window = windows.entry((*from, source)).or_default();
                window.sent = window.sent.max(sent.last);
                if window.sent > window.acknowledged + WINDOW_SEGMENTS {
                    let reason =
                        format!("`{from}` has more than {WINDOW_SEGMENTS} segments under way");
                    return Err(Finding::general(reason));
                }
            }
            Sight::Arrived { sent, by } => {
                let sent = evidence.sent(*sent);
                let of = sent.and_then(|sent| sent.destination.zip(sent.acknowledged));
                if let Some((session, acknowledged)) = of {
                    let window = windows.entry((*by, session)).or_default();
                    window.acknowledged = window.acknowledged.max(acknowledged);
                }
            }
            Sight::Program(..) | Sight::Fact(..) => {}
        }
    }
    Ok(())
}

fn queues_are_bounded(evidence: &Evidence<'_>) -> Result<(), Finding> {
    let refuse = |queue: String, max: usize| {
        Err(Finding::general(format!("more than {max} messages wait {queue}")))
    };
    for (actor, holdings) in &evidence.holdings {
        let outbox = holdings.outbox.iter().map(|(_, to)| *to);
        let mailboxes = holdings.mailboxes.iter().map(|(to, _)| *to);
        if let Some(to) = longest(outbox, OUTBOX_MESSAGES_MAX) {
            return refuse(format!("at `{actor}` for {to}"), OUTBOX_MESSAGES_MAX);
        }
        if let Some(to) = longest(mailboxes, MAILBOX_MESSAGES_MAX) {
            return refuse(format!("at the server for {to}"), MAILBOX_MESSAGES_MAX);
        }
        if holdings.unshown.len() > HELD_MESSAGES_MAX {
            return refuse(format!("to be shown at `{actor}`"), HELD_MESSAGES_MAX);
        }
    }
    Ok(())
}

/// Returns an item that occurs more often than `max`.
fn longest<T: Ord + Copy>(items: impl Iterator<Item = T>, max: usize) -> Option<T> {
    let mut counts: BTreeMap<T, usize> = BTreeMap::new();
    items.for_each(|item| *counts.entry(item).or_default() += 1);
    counts.into_iter().find(|(_, count)| *count > max).map(|(item, _)| item)
}

/// The traffic between a program and a peer that spoke first.
#[derive(Default)]
struct Exchange {
    received: usize,
    answered: usize,
    /// The peer has echoed a token, or the program has written to it of its own accord.
    is_known: bool,
}

impl Exchange {
    /// Adds the traffic with the peer elsewhere.
    const fn add(&mut self, other: &Self) {
        self.received += other.received;
        self.answered += other.answered;
        self.is_known |= other.is_known;
    }
}

/// Until a peer that spoke first has echoed a token of ours, its address may be forged: no more
/// bytes are sent there than came from there.
pub(super) fn strangers(evidence: &Evidence<'_>) -> Result<(), Finding> {
    let mut exchanges: BTreeMap<(ActorName, Option<ActorName>), Exchange> = BTreeMap::new();
    let mut tokens: BTreeSet<(ActorName, Session)> = BTreeSet::new();
    let mut moved: BTreeSet<Option<ActorName>> = BTreeSet::new();
    // For each actor, since when it has sent from its current address (an index into the sights).
    let mut lives_since: BTreeMap<ActorName, usize> = BTreeMap::new();
    for (place, sight) in evidence.sights.iter().enumerate() {
        match sight {
            Sight::Sent(sent) => {
                let Seen { from, to, .. } = sent;
                tokens.extend(sent.source.map(|source| (*from, source)));
                let exchange = exchanges.entry((*from, *to)).or_default();
                exchange.answered += sent.len;
                exchange.is_known |= from.role() == CLIENT && sent.speaks_first;
                if !exchange.is_known
                    && exchange.answered > exchange.received
                    && !moved.contains(to)
                {
                    let Exchange { received, answered, .. } = exchange;
                    let to = to.map_or_else(|| "a stranger".to_owned(), |to| format!("`{to}`"));
                    let reason = format!(
                        "`{from}` has sent {answered} bytes to {to}, which has sent {received} and \
                         may be forged"
                    );
                    return Err(Finding::general(reason));
                }
            }
            Sight::Arrived { sent: of, by } => {
                let Some(sent) = evidence.sent(*of) else { continue };
                let is_there = lives_since.get(&sent.from).is_none_or(|since| of > since);
                let exchange = exchanges.entry((*by, is_there.then_some(sent.from))).or_default();
                exchange.received += sent.len;
                let repeated = sent.destination.map(|session| (*by, session));
                exchange.is_known |= repeated.is_some_and(|token| tokens.contains(&token));
            }
            // A known peer is not there any more, but may still be written to; and another peer may
            // be known at the new address.
            Sight::Program(actor, Change::Moved(_)) => {
                let with_it = exchanges.extract_if(.., |(_, other), _| *other == Some(*actor));
                let with_it: Vec<_> = with_it.map(|((by, _), exchange)| (by, exchange)).collect();
                for (by, exchange) in with_it {
                    exchanges.entry((by, None)).or_default().add(&exchange);
                }
                lives_since.insert(*actor, place);
                moved.insert(Some(*actor));
            }
            Sight::Program(actor, Change::Started) => {
                exchanges.retain(|(by, _), _| by != actor);
                tokens.retain(|(by, _)| by != actor);
            }
            Sight::Program(
                _,
                Change::Ended
                | Change::Killed
                | Change::Paused
                | Change::Resumed
                | Change::ClockJumped(_)
                | Change::Disk(_),
            )
            | Sight::Fact(..) => {}
        }
    }
    Ok(())
}
