//! Promises 9 and 10: everything is bounded, and strangers gain nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use super::evidence::Evidence;
use crate::protocol::limits::{
    DATAGRAM_LEN_MAX, HELD_MESSAGES_MAX, MAILBOX_MESSAGES_MAX, OUTBOX_MESSAGES_MAX, WINDOW_SEGMENTS,
};
use crate::protocol::{Datagram, Fact, LinkDatagram, PacketKind, Session, codec, packet_kinds};
use crate::scenario::ActorName;
use crate::stage::{Change, TraceEvent};

/// Datagrams, windows and queues keep to their bounds, and an author is told what becomes of each
/// message that is not waiting any more.
pub(super) fn bounded(evidence: &Evidence<'_>) -> Result<(), Finding> {
    datagrams_are_bounded(evidence)?;
    queues_are_bounded(evidence)?;
    for (&id, written) in &evidence.written {
        let is_told = |fact| {
            let is_refused = matches!(fact, Fact::Refused(_));
            is_refused || fact.acknowledges()
        };
        let waits = evidence.is_with_author(id);
        if evidence.author_goes_on(written) && !waits && !evidence.is_stated(id, is_told) {
            let (author, message) = (written.by, evidence.name(id));
            let reason = format!("`{author}` was never told what became of {message}");
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
    let mut acknowledging: BTreeMap<u64, (Session, u64)> = BTreeMap::new();
    for entry in evidence.trace {
        match &entry.event {
            TraceEvent::Sent { number, from, bytes, .. } => {
                if bytes.len() > DATAGRAM_LEN_MAX {
                    let len = bytes.len();
                    let reason = format!(
                        "datagram #{number} of `{from}` has {len} bytes, more than {DATAGRAM_LEN_MAX}"
                    );
                    return Err(Finding::general(reason));
                }
                let Ok(Datagram::Link(link)) = codec::decode_datagram(bytes) else { continue };
                let window = windows.entry((*from, link.source)).or_default();
                let last = link.segments.iter().map(|segment| segment.number).max();
                window.sent = window.sent.max(last.unwrap_or_default());
                if window.sent > window.acknowledged + WINDOW_SEGMENTS {
                    let reason =
                        format!("`{from}` has more than {WINDOW_SEGMENTS} segments under way");
                    return Err(Finding::general(reason));
                }
                let acknowledged = link.acknowledgement.map(|acked| acked.next.saturating_sub(1));
                if let Some(of) = link.destination.zip(acknowledged) {
                    acknowledging.insert(*number, of);
                }
            }
            TraceEvent::Arrived { number, by } => {
                if let Some((session, acknowledged)) = acknowledging.get(number) {
                    let window = windows.entry((*by, *session)).or_default();
                    window.acknowledged = window.acknowledged.max(*acknowledged);
                }
            }
            _ => {}
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

/// Finds something that occurs more often than it may.
fn longest<T: Ord + Copy>(items: impl Iterator<Item = T>, max: usize) -> Option<T> {
    let mut counts: BTreeMap<T, usize> = BTreeMap::new();
    items.for_each(|item| *counts.entry(item).or_default() += 1);
    counts.into_iter().find(|(_, count)| *count > max).map(|(item, _)| item)
}

/// What went to and fro between a program and somebody who spoke first.
#[derive(Default)]
struct Exchange {
    received: usize,
    answered: usize,
    /// It has repeated what was sent to it, or the program has written to it of its own accord.
    is_known: bool,
}

impl Exchange {
    /// Counts what went to and fro elsewhere.
    const fn add(&mut self, other: &Self) {
        self.received += other.received;
        self.answered += other.answered;
        self.is_known |= other.is_known;
    }
}

/// Until somebody who spoke first has repeated a token of ours, its address may be forged: no
/// more bytes go there than came from there.
pub(super) fn strangers(evidence: &Evidence<'_>) -> Result<(), Finding> {
    let mut exchanges: BTreeMap<(ActorName, Option<ActorName>), Exchange> = BTreeMap::new();
    let mut tokens: BTreeSet<(ActorName, Session)> = BTreeSet::new();
    let mut moved: BTreeSet<Option<ActorName>> = BTreeSet::new();
    // Who sent which datagram; nobody, if it lives there no more.
    let mut senders: BTreeMap<u64, (Option<ActorName>, Vec<u8>)> = BTreeMap::new();
    for entry in evidence.trace {
        match &entry.event {
            TraceEvent::Sent { number, from, to, bytes, .. } => {
                senders.insert(*number, (Some(*from), bytes.clone()));
                if let Ok(Datagram::Link(link)) = codec::decode_datagram(bytes) {
                    tokens.insert((*from, link.source));
                }
                let exchange = exchanges.entry((*from, *to)).or_default();
                exchange.answered += bytes.len();
                exchange.is_known |= *from != ActorName::Server && speaks_first(bytes);
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
            TraceEvent::Arrived { number, by } => {
                let Some((from, bytes)) = senders.get(number) else { continue };
                let exchange = exchanges.entry((*by, *from)).or_default();
                exchange.received += bytes.len();
                exchange.is_known |= repeats_token(bytes, *by, &tokens);
            }
            // Who was known lives there no more, but may still be written to; and somebody else
            // may have been known where the newcomer lives.
            TraceEvent::Program(actor, Change::Moved(_)) => {
                let with_it = exchanges.extract_if(.., |(_, other), _| *other == Some(*actor));
                let with_it: Vec<_> = with_it.map(|((by, _), exchange)| (by, exchange)).collect();
                for (by, exchange) in with_it {
                    exchanges.entry((by, None)).or_default().add(&exchange);
                }
                let sent = senders.values_mut().filter(|(from, _)| *from == Some(*actor));
                sent.for_each(|(from, _)| *from = None);
                moved.insert(Some(*actor));
            }
            TraceEvent::Program(actor, Change::Started) => {
                exchanges.retain(|(by, _), _| by != actor);
                tokens.retain(|(by, _)| by != actor);
            }
            _ => {}
        }
    }
    Ok(())
}

/// Tells whether a client sends this of its own accord.
fn speaks_first(bytes: &[u8]) -> bool {
    let is_answer =
        |kind| matches!(kind, PacketKind::Ack | PacketKind::Reset | PacketKind::Recovered);
    !packet_kinds(bytes).into_iter().all(is_answer)
}

fn repeats_token(bytes: &[u8], of: ActorName, tokens: &BTreeSet<(ActorName, Session)>) -> bool {
    match codec::decode_datagram(bytes) {
        Ok(Datagram::Link(LinkDatagram { destination: Some(session), .. })) => {
            tokens.contains(&(of, session))
        }
        _ => false,
    }
}
