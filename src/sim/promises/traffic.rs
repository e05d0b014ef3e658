//! What travels costs no more than it has to, and what is lost is replaced in time.
//!
//! A message that fits into a datagram takes two of them on each way where nothing is lost: one that
//! carries it, and one that acknowledges it. A longer one takes two for each of its parts. So its
//! cost is bounded by three rules for each link, which need no assumption about the network:
//!
//! - nothing is sent again before the shortest time in which it could have been acknowledged;
//! - a datagram that only acknowledges follows one that carries something;
//! - a direct message has one number on its link.
//!
//! A client that has nothing to say sends no more than a probe for each time of silence.
//!
//! A part that is lost is sent again within [`RESEND_MAX`], as long as anything is sent on its link. So a message that loses one datagram is
//! shown within that time and [`TRIPS_MAX`] trips: to the server, to its receiver, and back once
//! each, in case that its author has to give up the direct way.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::acknowledging::Acknowledgements;
use super::evidence::Evidence;
use super::finding::{Finding, found};
use super::past::{Cargo, Seen};
use crate::protocol::limits::{
    KEEPALIVE_AFTER, RECONNECT_EVERY_MAX, RESEND_MAX, RESEND_MIN, SILENCE_MAX,
};
use crate::protocol::{
    Audience, ClientName, Fact, LinkDatagram, MessageId, PacketTag, Session, Timestamp,
};
use crate::sim::roles::{CLIENT, SERVER};
use chatsim::scenario::{ActorName, Disk};
use chatsim::stage::Change;

/// How long after a program was changed its datagrams count again: what its disk, its clock or its
/// pause has held back has left by then.
const STEADY_AFTER: Duration = Duration::from_secs(5);

/// How long nothing may have gone wrong anywhere until the network counts as healed: a client that
/// was lost has found its server by then, and one that is gone was noticed.
const HEALED_AFTER: Duration =
    Duration::from_secs(RECONNECT_EVERY_MAX.as_secs() + SILENCE_MAX.as_secs() + 30);

/// How much later than [`RESEND_MAX`] a part may be sent again that waits for another timer.
const TIMER_SLACK: Duration = RESEND_MIN;

/// The maximum number of trips of a message and its acknowledgements until it is shown.
const TRIPS_MAX: u32 = 4;

/// Nothing is sent without need.
pub(super) fn thrifty(evidence: &Evidence<'_>) -> Result<(), Finding> {
    found(evidence.traffic.waste.as_ref())
}

/// What was lost is sent again in time, and a message that lost one datagram on a healed network is
/// shown in time.
pub(super) fn resent_in_time(evidence: &Evidence<'_>) -> Result<(), Finding> {
    found(evidence.traffic.delay.as_ref())?;
    found(evidence.traffic.acknowledgements.overdue(evidence.now).as_ref())?;
    let overdue = evidence.traffic.due.iter().find(|(_, due)| due.is_over(evidence.now));
    match overdue {
        Some((id, due)) => Err(due.finding(*id, None)),
        None => Ok(()),
    }
}

/// What was sent so far, as far as later datagrams are judged by it.
#[derive(Default)]
pub(super) struct Traffic {
    ends: BTreeMap<(ActorName, Session), End>,
    /// How many datagrams that carry something a program has received on each link of a peer, less
    /// those that it has acknowledged.
    unacknowledged: BTreeMap<(ActorName, Session), u64>,
    /// From when on each program's datagrams count.
    steady_at: BTreeMap<ActorName, Timestamp>,
    slow: BTreeSet<ActorName>,
    paused: BTreeSet<ActorName>,
    /// The programs whose address has changed: somebody may know only the former one.
    moved: BTreeSet<ActorName>,
    /// The clients that were sent the register table.
    informed: BTreeSet<ActorName>,
    network: Network,
    acknowledgements: Acknowledgements,
    /// The messages that are to be shown in time.
    due: BTreeMap<MessageId, Due>,
    waste: Option<Finding>,
    delay: Option<Finding>,
}

/// What is known of the program that sends a datagram.
#[derive(Clone, Copy)]
struct Sender {
    /// From when on its datagrams count; `None` if this one does not.
    steady_at: Option<Timestamp>,
    /// Whether it has the register table.
    is_informed: bool,
}

/// One end of a link.
#[derive(Default)]
struct End {
    /// The other end, once this one has written to it.
    peer: Option<Session>,
    /// When each part was last sent that is not acknowledged yet.
    sent: BTreeMap<u64, Timestamp>,
    /// Those of them that were acknowledged by a datagram which a fault has hit: it may be whole.
    perhaps_acknowledged: BTreeSet<u64>,
    /// The parts that carry direct messages.
    carriers: BTreeMap<MessageId, u64>,
    /// Since when the other end may be sent anything.
    proven_at: Option<Timestamp>,
    heard_at: Option<Timestamp>,
    /// The part that has brought the register table: the program has it once it acknowledges that.
    table_part: Option<u64>,
}

/// What is known of everybody.
#[derive(Default)]
struct Network {
    /// Whether the server runs.
    is_server_there: bool,
    /// When something went wrong last.
    disturbed_at: Timestamp,
    /// The longest trip of a datagram since.
    trip_max: Duration,
    /// Since when clients are online.
    online: BTreeMap<ActorName, Timestamp>,
    /// The clients that may be in a group, which holds back what is sent to them.
    visitors: BTreeSet<ActorName>,
    /// The messages whose authors do not know yet what becomes of them.
    unsettled: BTreeMap<ActorName, BTreeSet<MessageId>>,
}

/// A message that is to be shown in time.
struct Due {
    author: ActorName,
    receiver: ActorName,
    written_at: Timestamp,
    /// The datagram that was lost.
    lost: Option<u64>,
    time_max: Duration,
}

impl Due {
    fn is_over(&self, now: Timestamp) -> bool {
        now.since(self.written_at) > self.time_max
    }

    fn finding(&self, id: MessageId, shown_at: Option<Timestamp>) -> Finding {
        let (author, receiver, max) = (self.author, self.receiver, self.time_max);
        let when = shown_at.map_or_else(
            || format!("did not show it within {max:?}"),
            |at| format!("showed it after {:?}, not within {max:?}", at.since(self.written_at)),
        );
        let lost = usize::from(self.lost.is_some());
        let reason = format!(
            "`{author}` wrote message {id} on a healed network with {lost} datagrams lost, and \
             `{receiver}` {when}"
        );
        Finding::about(id, reason)
    }
}

impl Traffic {
    /// Takes a datagram that is sent.
    pub(super) fn on_sent(&mut self, seen: &Seen, link: Option<&LinkDatagram<'_>>) {
        if seen.is_hit {
            self.on_hit(seen.number, seen.at);
        }
        self.acknowledgements.on_sent(seen);
        let Some(link) = link else { return };
        let steady_at = self.steady_at(seen.from, seen.at);
        let end = self.ends.entry((seen.from, link.source)).or_default();
        end.peer = link.destination.or(end.peer);
        if link.destination.is_none() {
            end.proven_at.get_or_insert(seen.at);
        }
        if end.table_part.zip(seen.acknowledged).is_some_and(|(part, taken)| part <= taken) {
            self.informed.insert(seen.from);
        }
        let breach = if let (true, Some(peer)) = (link.segments.is_empty(), link.destination) {
            let owed = self.unacknowledged.entry((seen.from, peer)).or_default();
            let is_owed = *owed > 0;
            *owed = owed.saturating_sub(1);
            end.look_for_stuck(seen, steady_at, &mut self.delay);
            (!is_owed).then(|| "acknowledges nothing that it has received".to_owned())
        } else {
            let is_informed = self.informed.contains(&seen.from);
            end.send(seen, link, Sender { steady_at, is_informed }, &mut self.delay)
        };
        if let Some(what) = breach {
            let reason = format!("datagram #{} of `{}` {what}", seen.number, seen.from);
            self.waste.get_or_insert_with(|| Finding::general(reason));
        }
    }

    /// Takes a datagram that has arrived.
    pub(super) fn on_arrived(&mut self, seen: &Seen, by: ActorName, at: Timestamp) {
        let listens = by.role() == SERVER || self.network.online.contains_key(&by);
        if listens && !self.slow.contains(&by) && !self.paused.contains(&by) {
            self.acknowledgements.on_arrived(seen, by, at);
        }
        let Some(source) = seen.source else { return };
        if !seen.is_hit {
            self.network.trip_max = self.network.trip_max.max(at.since(seen.at));
        }
        // What arrives after all was not lost.
        self.due.retain(|_, due| due.lost != Some(seen.number));
        if seen.cargo != Cargo::Nothing {
            *self.unacknowledged.entry((by, source)).or_default() += 1;
        }
        let Some(end) = seen.destination.and_then(|own| self.ends.get_mut(&(by, own))) else {
            return;
        };
        // Another run of the peer's program is not heard.
        if end.peer.is_some_and(|peer| peer != source) {
            return;
        }
        end.acknowledge(seen);
        // What was damaged is not taken.
        if seen.is_hit {
            return;
        }
        end.proven_at.get_or_insert(at);
        end.heard_at = Some(at);
        if seen.cargo == Cargo::Table {
            end.table_part = Some(seen.last);
        }
    }

    /// Takes a change of a program.
    pub(super) fn on_change(&mut self, actor: ActorName, change: Change, at: Timestamp) {
        self.steady_at.insert(actor, at + STEADY_AFTER);
        self.acknowledgements.forget(actor);
        self.network.disturb(at);
        self.due.clear();
        match change {
            Change::Disk(Disk::Healthy) => drop(self.slow.remove(&actor)),
            Change::Disk(Disk::Slow(_) | Disk::Full | Disk::Fails) => {
                self.slow.insert(actor);
            }
            Change::Started => {
                self.paused.remove(&actor);
                self.informed.remove(&actor);
                self.network.is_server_there |= actor.role() == SERVER;
            }
            Change::Ended | Change::Killed => {
                self.network.leave(actor);
                self.network.is_server_there &= actor.role() != SERVER;
            }
            Change::Paused => drop(self.paused.insert(actor)),
            Change::Resumed => drop(self.paused.remove(&actor)),
            Change::Moved(_) => drop(self.moved.insert(actor)),
            Change::ClockJumped(_) => {}
        }
    }

    /// Takes a fact.
    pub(super) fn on_fact(
        &mut self,
        actor: ActorName,
        fact: Fact,
        at: Timestamp,
        logins: &BTreeMap<ActorName, ClientName>,
    ) {
        if let Fact::Written { id, to: Audience::Person(to), .. } = fact {
            let mut receivers = logins.iter().filter(|(_, login)| **login == to);
            if let (Some((&receiver, _)), None) = (receivers.next(), receivers.next()) {
                self.on_written(id, actor, receiver, at);
            }
        } else if let Fact::Shown(id) = fact
            && let Some(due) = self.due.remove(&id)
            && due.is_over(at)
        {
            self.delay.get_or_insert_with(|| due.finding(id, Some(at)));
        }
        if let Fact::FellBack { id, to } = fact {
            let mut receivers = logins.iter().filter(|(_, login)| **login == to);
            if let (Some((&receiver, _)), None) = (receivers.next(), receivers.next())
                && self.is_ready(actor, receiver, at)
                && !self.moved.contains(&receiver)
            {
                let reason = format!(
                    "`{actor}` was notified on a healed network that `{receiver}` does not answer"
                );
                self.delay.get_or_insert_with(|| Finding::about(id, reason));
            }
        }
        if fact == Fact::Offline {
            self.acknowledgements.forget(actor);
        }
        if self.network.hear(actor, fact, at) {
            self.due.retain(|_, due| due.author != actor && due.receiver != actor);
        }
    }

    /// Expects a message to be shown in time, if its author and its receiver are online on a healed
    /// network, and nothing of its author's waits.
    fn on_written(
        &mut self,
        id: MessageId,
        author: ActorName,
        receiver: ActorName,
        written_at: Timestamp,
    ) {
        let is_idle = self.network.unsettled.get(&author).is_none_or(BTreeSet::is_empty);
        if is_idle && self.is_ready(author, receiver, written_at) {
            let time_max = RESEND_MAX + self.network.trip_max * TRIPS_MAX;
            self.due.insert(id, Due { author, receiver, written_at, lost: None, time_max });
        }
    }

    /// Returns whether a message reaches its receiver directly: both are online on a healed network.
    fn is_ready(&self, author: ActorName, receiver: ActorName, at: Timestamp) -> bool {
        let network = &self.network;
        // Without the server, a message to a client that is not in an incomplete table waits.
        network.is_healed(at)
            && network.is_server_there
            && network.is_settled(author, at)
            && network.is_settled(receiver, at)
            && !network.visitors.contains(&receiver)
            && self.slow.is_empty()
            && self.paused.is_empty()
    }

    /// A fault hits a datagram. A message may lose one.
    fn on_hit(&mut self, number: u64, at: Timestamp) {
        self.network.disturbed_at = at;
        self.due.retain(|_, due| due.lost.replace(number).is_none());
    }

    /// Returns from when on a program's datagrams count; `None` if this one does not.
    fn steady_at(&self, actor: ActorName, at: Timestamp) -> Option<Timestamp> {
        let since = self.steady_at.get(&actor).copied().unwrap_or_default();
        (!self.slow.contains(&actor) && at >= since).then_some(since)
    }
}

impl End {
    /// Takes an acknowledgement.
    fn acknowledge(&mut self, seen: &Seen) {
        let Some(last) = seen.acknowledged else { return };
        // The bits are for the numbers after the next one.
        let has_come = |number: u64| {
            let bit = number.checked_sub(last + 2).filter(|bit| *bit < u64::from(u64::BITS));
            number <= last || bit.is_some_and(|bit| seen.early >> bit & 1 == 1)
        };
        if seen.is_hit {
            let numbers = self.sent.keys().copied().filter(|number| has_come(*number));
            self.perhaps_acknowledged.extend(numbers);
        } else {
            self.sent.retain(|number, _| !has_come(*number));
            self.perhaps_acknowledged.retain(|number| !has_come(*number));
        }
    }

    /// Takes a datagram with parts of packets. Returns what is wasted.
    fn send(
        &mut self,
        seen: &Seen,
        link: &LinkDatagram<'_>,
        sender: Sender,
        delay: &mut Option<Finding>,
    ) -> Option<String> {
        let Sender { steady_at, is_informed } = sender;
        let counts = |earlier: &Timestamp| steady_at.is_some_and(|since| *earlier >= since);
        let mut waste = None;
        for segment in &link.segments {
            let number = segment.number;
            let before = self.sent.insert(number, seen.at);
            let is_probe = before.is_none() && segment.kind() == PacketTag::Probe.kind();
            if let Some(before) = before.filter(counts) {
                let waited = seen.at.since(before);
                if waited < RESEND_MIN {
                    waste = Some(format!("repeats part {number} after {waited:?}"));
                } else if waited > RESEND_MAX && self.proven_at.is_some_and(|at| before >= at) {
                    delay.get_or_insert_with(|| late(seen.from, number, waited));
                }
            } else if is_probe && is_informed && seen.from.role() == CLIENT {
                let silence = self.heard_at.filter(counts).map(|heard| seen.at.since(heard));
                let early = silence.filter(|silence| *silence < KEEPALIVE_AFTER);
                waste = early.map(|silence| {
                    format!("asks after a silence of {silence:?} whether there is anybody")
                });
            }
        }
        self.look_for_stuck(seen, steady_at, delay);
        waste.or_else(|| self.carry(seen, link))
    }

    /// Looks for a part that should have been sent again before this datagram.
    fn look_for_stuck(
        &self,
        seen: &Seen,
        steady_at: Option<Timestamp>,
        delay: &mut Option<Finding>,
    ) {
        let Some((steady_at, proven_at)) = steady_at.zip(self.proven_at) else { return };
        let since = steady_at.max(proven_at);
        let is_stuck = |(number, sent): &(&u64, &Timestamp)| {
            let is_due = **sent >= since && seen.at.since(**sent) > RESEND_MAX + TIMER_SLACK;
            is_due && !self.perhaps_acknowledged.contains(*number)
        };
        if let Some((number, sent)) = self.sent.iter().find(is_stuck) {
            let waited = seen.at.since(*sent);
            let reason = format!(
                "`{}` has not sent part {number} again after {waited:?}, though datagram #{} has \
                 left on the same link",
                seen.from, seen.number
            );
            delay.get_or_insert_with(|| Finding::general(reason));
        }
    }

    /// Notes which part carries a direct message, if a datagram has just one.
    fn carry(&mut self, seen: &Seen, link: &LinkDatagram<'_>) -> Option<String> {
        let ([(id, _)], [segment]) = (seen.direct.as_slice(), link.segments.as_slice()) else {
            return None;
        };
        let known = *self.carriers.entry(*id).or_insert(segment.number);
        let is_repeated = segment.number != known;
        is_repeated.then(|| format!("carries message {id}, which was sent on this link before"))
    }
}

/// Reports a part that was sent again too late.
fn late(from: ActorName, number: u64, waited: Duration) -> Finding {
    let reason = format!(
        "`{from}` has sent part {number} again after {waited:?}, not within {RESEND_MAX:?}"
    );
    Finding::general(reason)
}

impl Network {
    fn disturb(&mut self, at: Timestamp) {
        (self.disturbed_at, self.trip_max) = (at, Duration::ZERO);
    }

    fn leave(&mut self, actor: ActorName) {
        self.online.remove(&actor);
    }

    fn is_healed(&self, at: Timestamp) -> bool {
        at.since(self.disturbed_at) >= HEALED_AFTER
    }

    /// Returns whether a client is online for long.
    fn is_settled(&self, actor: ActorName, at: Timestamp) -> bool {
        self.online.get(&actor).is_some_and(|since| at.since(*since) >= HEALED_AFTER)
    }

    /// Takes a fact. Returns whether it may delay messages of this client, or to it.
    fn hear(&mut self, actor: ActorName, fact: Fact, at: Timestamp) -> bool {
        if fact == Fact::Online {
            self.online.entry(actor).or_insert(at);
        } else if matches!(fact, Fact::Offline | Fact::Returns) {
            self.online.remove(&actor);
            return true;
        } else if matches!(fact, Fact::Joins(_) | Fact::Member(_)) {
            self.visitors.insert(actor);
            return true;
        } else if fact == Fact::Left {
            self.visitors.remove(&actor);
        } else if let Fact::Written { id, .. } = fact {
            self.unsettled.entry(actor).or_default().insert(id);
        } else if fact.settles()
            && let Some(id) = fact.message()
        {
            self.unsettled.entry(actor).or_default().remove(&id);
        }
        false
    }
}
