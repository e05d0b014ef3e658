//! The client's own messages whose fate is not known: those that wait here, in their order, and
//! those that the server keeps.
//!
//! The messages to one person, or group, are delivered one after the other, so that they arrive in
//! the order in which they were sent, whether each goes directly or through the server. Each is
//! recorded under its id until it is delivered, so that its delivery continues after a crash.
//!
//! If the server has no room for a receiver, the message stays here. It is tried again each minute,
//! and when the receiver comes online; the author is notified once.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::bounds::Bounds;
use super::effects::Effects;
use super::words::Pending;
use crate::delivery::{Endpoint, Pace, ParcelId, SendError};
use crate::protocol::limits::{AWAITED_MAX, PEER_PATIENCE};
use crate::protocol::sabotage::{self, Bug};
use crate::protocol::{Address, Audience, ClientName, Fate, Receipt, Text, Timestamp, codec};
use crate::records::{ClientKey, ClientRecordRef, State};

/// The messages whose fate is not known, and what was tried to deliver them.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    bounds: Bounds,
    /// Messages that wait here; no queue is empty.
    queues: BTreeMap<Audience, VecDeque<Text>>,
    /// The message that is on its way to a peer.
    attempt: Option<(ParcelId, Attempt)>,
    /// People who did not answer, so that the server has to deliver what waits for them.
    silent: BTreeSet<ClientName>,
    /// The audiences for whom the server had no room, and when it is asked again.
    full: BTreeMap<Audience, Timestamp>,
    /// The numbers of messages that a receiver may have, although none has confirmed it.
    tried: BTreeSet<u64>,
    /// Messages that the server keeps, and for whom; a receipt is to come for each.
    awaited: BTreeMap<u64, (ClientName, Text)>,
    /// The fates of messages that wait here although their receipts have arrived: the server had
    /// kept them, and its answers were lost. It answers again.
    fates: BTreeMap<u64, State>,
    /// The numbers of the waiting messages that the server was asked to keep.
    asked: BTreeSet<u64>,
    /// The numbers of the latest of them that were received nevertheless. If the server keeps a copy,
    /// it means nothing when that expires.
    received: BTreeSet<u64>,
    /// The numbers of the messages that were listed last as pending.
    listed: Vec<u64>,
    /// The memory of a queue that has become empty, for the next one.
    spare: VecDeque<Text>,
}

/// An attempt to deliver the next message to a person directly.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt {
    to: ClientName,
    address: Address,
    /// When the time-out of this peer passes.
    until: Timestamp,
    /// Whether the peer has forgotten the link once: it may have restarted, but not twice.
    is_second: bool,
}

/// A message whose fate is known.
#[derive(Debug)]
pub(super) struct Settled {
    pub(super) to: Audience,
    pub(super) text: Text,
    pub(super) state: State,
}

/// The result of an attempt to take a message back.
#[derive(Debug)]
pub(super) enum Cancel {
    /// It waited here, and is taken back.
    Done(Settled),
    /// The server keeps it and has to be asked.
    Ask { to: ClientName, number: u64 },
    /// A receiver may have it.
    UnderWay,
    /// A receiver has it.
    TooLate,
    /// No such message was listed.
    NotListed,
}

impl Attempt {
    /// Makes the first attempt to reach a person.
    pub(super) fn new(to: ClientName, address: Address, now: Timestamp) -> Self {
        Self { to, address, until: now + PEER_PATIENCE, is_second: false }
    }

    /// Returns the attempt that follows after the peer has lost the link; `None` if this was the
    /// second one, or the time-out has passed.
    pub(super) fn again(self, now: Timestamp) -> Option<Self> {
        (self.until > now && !self.is_second).then_some(Self { is_second: true, ..self })
    }

    /// Returns the person that the attempt is to reach.
    pub(super) fn to(self) -> ClientName {
        self.to
    }

    /// Returns the address of that person in the register table.
    pub(super) fn address(self) -> Address {
        self.address
    }
}

impl Outbox {
    /// Sets the bounds, before anything waits here.
    pub(super) fn set_bounds(&mut self, bounds: Bounds) {
        self.bounds = bounds;
    }

    /// Restores a message of an earlier session, which may have tried to deliver it.
    pub(super) fn restore(&mut self, to: Audience, text: Text) {
        self.tried.insert(text.number);
        self.enqueue(to, text);
    }

    /// Restores a message that the server keeps.
    pub(super) fn restore_awaited(&mut self, to: ClientName, text: Text) {
        self.awaited.insert(text.number, (to, text));
    }

    /// Records a message and lets it wait. If the server had no room for these receivers, it is
    /// asked again at once.
    pub(super) fn push(&mut self, to: Audience, text: Text, effects: &mut Effects) {
        effects.put(ClientRecordRef::Outgoing { to: &to, text: &text });
        self.full.remove(&to);
        self.enqueue(to, text);
    }

    fn enqueue(&mut self, to: Audience, text: Text) {
        let spare = &mut self.spare;
        let queue = self.queues.entry(to).or_insert_with(|| std::mem::take(spare));
        if sabotage::has(Bug::NewestFirst) && queue.len() > 1 {
            queue.insert(1, text);
        } else {
            queue.push_back(text);
        }
    }

    /// Returns all messages that wait here, with their audiences.
    pub(super) fn waiting(&self) -> impl Iterator<Item = (Audience, &Text)> {
        self.queues.iter().flat_map(|(to, queue)| queue.iter().map(|text| (*to, text)))
    }

    /// Returns the messages that wait here and whose fate is not known.
    pub(super) fn undecided(&self) -> impl Iterator<Item = (Audience, &Text)> {
        self.waiting().filter(|(_, text)| !self.fates.contains_key(&text.number))
    }

    /// Returns what became of a message that still waits here, if its receipt has arrived.
    pub(super) fn fate(&self, number: u64) -> Option<State> {
        self.fates.get(&number).copied()
    }

    /// Restores what became of a message, if that still waits here.
    pub(super) fn restore_fate(&mut self, to: Audience, number: u64, state: State) {
        if self.text_to(to, number).is_some() {
            self.fates.insert(number, state);
        }
    }

    fn text_to(&self, to: Audience, number: u64) -> Option<&Text> {
        self.queues.get(&to)?.iter().find(|text| text.number == number)
    }

    /// Returns the next message to each audience.
    pub(super) fn fronts(&self) -> impl Iterator<Item = (Audience, &Text)> {
        self.queues.iter().filter_map(|(to, queue)| Some((*to, queue.front()?)))
    }

    /// Returns the next message to an audience.
    pub(super) fn front(&self, to: Audience) -> Option<&Text> {
        self.queues.get(&to)?.front()
    }

    /// Returns whether no further message to an audience may wait.
    pub(super) fn is_full(&self, to: Audience) -> bool {
        let max = self.bounds.outbox_max;
        self.queues.get(&to).is_some_and(|queue| queue.len() >= max)
            && !sabotage::has(Bug::OutboxBoundIsIgnored)
    }

    /// Returns an audience with messages that can be tried now.
    pub(super) fn next_recipient(&self, now: Timestamp) -> Option<Audience> {
        let is_again = |at: &Timestamp| *at <= now && !sabotage::has(Bug::NoRoomForEver);
        if sabotage::has(Bug::FullHoldsUpOthers) && !self.full.is_empty() {
            return None;
        }
        let may_try = |to: &Audience| self.full.get(to).is_none_or(is_again);
        self.queues.keys().copied().find(may_try)
    }

    /// Returns when the server is to be asked for room again.
    pub(super) fn room_again_at(&self) -> Option<Timestamp> {
        self.full.values().min().copied()
    }

    /// Marks the people that are online as answering, and as having room in their mailboxes.
    pub(super) fn expect_room(&mut self, is_online: impl Fn(ClientName) -> bool) {
        self.silent.retain(|name| !is_online(*name));
        if sabotage::has(Bug::NoRoomForEver) {
            return;
        }
        self.full.retain(|to, _| !matches!(to, Audience::Person(name) if is_online(*name)));
    }

    /// Returns whether a person did not answer, so that the server has to deliver what waits.
    pub(super) fn is_silent(&self, name: ClientName) -> bool {
        self.silent.contains(&name)
    }

    /// Marks a person as answering.
    pub(super) fn expect_answer(&mut self, name: ClientName) {
        self.silent.remove(&name);
    }

    /// Returns the next message to an audience, which may have it from now on.
    pub(super) fn try_next(&mut self, to: Audience) -> Option<&Text> {
        let text = self.queues.get(&to)?.front()?;
        self.tried.insert(text.number);
        Some(text)
    }

    /// Returns the next message to a person, which the server is asked to keep.
    pub(super) fn try_through_server(&mut self, to: ClientName) -> Option<&Text> {
        let number = self.front(Audience::Person(to))?.number;
        self.asked.insert(number);
        self.try_next(Audience::Person(to))
    }

    /// Returns whether a receipt says that a copy has expired of a message that was received.
    pub(super) fn is_of_copy(&self, receipt: Receipt) -> bool {
        receipt.fate == Fate::Expired && self.received.contains(&receipt.number)
    }

    /// Sends the next message to a person directly.
    ///
    /// # Errors
    ///
    /// The link is full.
    pub(super) fn send_directly(
        &mut self,
        attempt: Attempt,
        from: ClientName,
        endpoint: &mut Endpoint,
        now: Timestamp,
    ) -> Result<(), SendError> {
        let Attempt { to, address, until, .. } = attempt;
        let Some(text) = self.try_next(Audience::Person(to)) else {
            return Ok(());
        };
        let packet = codec::encode_direct(to, from, text);
        let pace = Pace::Quiet { patience: until.since(now) };
        let parcel = endpoint.send(address, packet, pace, now)?;
        self.attempt = Some((parcel, attempt));
        Ok(())
    }

    /// Takes the direct attempt, if it was one of these parcels: it has come to an end.
    pub(super) fn take_attempt(&mut self, parcels: &[ParcelId]) -> Option<Attempt> {
        let ended = self.attempt.take_if(|(parcel, _)| parcels.contains(parcel));
        ended.map(|(_, attempt)| attempt)
    }

    /// Gives up the direct attempt. Its message still waits.
    pub(super) fn stop_attempt(&mut self, endpoint: &mut Endpoint) {
        if let Some((_, attempt)) = self.attempt.take() {
            endpoint.close(attempt.address);
        }
    }

    /// Learns that a person does not answer: until they are seen to be online again, the server has
    /// to deliver what waits for them.
    pub(super) fn went_silent(&mut self, name: ClientName) {
        self.silent.insert(name);
    }

    /// Learns that the server has no room for the next message to an audience: it waits until
    /// `again_at`, and no receiver has it. Returns whether this is news.
    pub(super) fn wait_for_room(&mut self, to: Audience, again_at: Timestamp) -> bool {
        if let Some(number) = self.front(to).map(|text| text.number) {
            self.tried.remove(&number);
        }
        self.full.insert(to, again_at).is_none()
    }

    /// Learns the fate of the next message to an audience, and takes it out. If the server keeps
    /// it, a receipt is to come.
    pub(super) fn settle(
        &mut self,
        to: Audience,
        state: State,
        effects: &mut Effects,
    ) -> Option<Settled> {
        let is_asked = self.front(to).is_some_and(|text| self.asked.contains(&text.number));
        let text = self.take_next(to, effects)?;
        if is_asked && state == State::Delivered {
            self.received.insert(text.number);
            if self.received.len() > AWAITED_MAX {
                self.received.pop_first();
            }
        }
        if let (State::Saved, Audience::Person(name)) = (state, to) {
            self.await_receipt(name, text.clone(), effects);
        }
        Some(Settled { to, text, state })
    }

    /// Takes out the next message to an audience.
    pub(super) fn take_next(&mut self, to: Audience, effects: &mut Effects) -> Option<Text> {
        let text = self.pop(to)?;
        effects.remove(ClientKey::Outgoing(text.number));
        Some(text)
    }

    fn pop(&mut self, to: Audience) -> Option<Text> {
        self.full.remove(&to);
        let queue = self.queues.get_mut(&to)?;
        let text = queue.pop_front();
        self.tried.remove(&text.as_ref()?.number);
        self.fates.remove(&text.as_ref()?.number);
        self.asked.remove(&text.as_ref()?.number);
        if queue.is_empty() {
            self.spare = self.queues.remove(&to).unwrap_or_default();
            if let Audience::Person(name) = to {
                self.silent.remove(&name);
            }
        }
        text
    }

    /// The maximum number of receipts is awaited: the oldest is forgotten.
    fn await_receipt(&mut self, to: ClientName, text: Text, effects: &mut Effects) {
        if self.awaited.len() >= AWAITED_MAX
            && let Some((number, _)) = self.awaited.pop_first()
        {
            effects.remove(ClientKey::Awaited(number));
        }
        effects.put(ClientRecordRef::Awaited { to: &to, text: &text });
        self.awaited.insert(text.number, (to, text));
    }

    /// Learns by its receipt what became of a message that the server has kept. If the server's
    /// answer was lost, the message goes on waiting for it. Returns `None` if its fate was known:
    /// members of a group send receipts, too.
    pub(super) fn learn_fate(
        &mut self,
        receipt: Receipt,
        effects: &mut Effects,
    ) -> Option<Settled> {
        let state = match receipt.fate {
            Fate::Delivered => State::Delivered,
            Fate::Expired => State::Expired,
            Fate::Withdrawn => State::Cancelled,
        };
        if let Some((to, text)) = self.awaited.remove(&receipt.number) {
            effects.remove(ClientKey::Awaited(receipt.number));
            return Some(Settled { to: Audience::Person(to), text, state });
        }
        let to = Audience::Person(receipt.by);
        let text = self.text_to(to, receipt.number)?.clone();
        self.fates.insert(receipt.number, state);
        Some(Settled { to, text, state })
    }

    /// Returns when a message was written, if the server keeps it.
    pub(super) fn awaited_since(&self, number: u64) -> Option<Timestamp> {
        self.awaited.get(&number).map(|(_, text)| text.at)
    }

    /// Lists all messages whose fate is not known, in the order in which they were written.
    pub(super) fn list(&mut self) -> Vec<Pending> {
        let saved = self.awaited.values();
        let saved = saved.map(|(to, text)| (Audience::Person(*to), text, State::Saved));
        let waiting = self.undecided().map(|(to, text)| (to, text, State::Waiting));
        let all = waiting.chain(saved);
        let mut all: Vec<_> =
            all.map(|(to, text, state)| Pending { to, text: text.clone(), state }).collect();
        all.sort_by_key(|pending| pending.text.number);
        if sabotage::has(Bug::PendingNewestFirst) {
            all.reverse();
        }
        self.listed = all.iter().map(|pending| pending.text.number).collect();
        if sabotage::has(Bug::CancelCountsOtherwise) {
            self.listed.reverse();
        }
        all
    }

    /// Returns the place of a message in the list, counted from 1.
    pub(super) fn place(&self, number: u64) -> Option<usize> {
        self.listed.iter().position(|listed| *listed == number).map(|index| index + 1)
    }

    /// Takes back the message that was listed as the `n`-th, counted from 1, if it waits here and
    /// no receiver can have it.
    pub(super) fn cancel(&mut self, n: usize, effects: &mut Effects) -> Cancel {
        let listed = n.checked_sub(1).and_then(|index| self.listed.get(index)).copied();
        let Some(number) = listed else {
            return Cancel::NotListed;
        };
        if self.tried.contains(&number) {
            Cancel::UnderWay
        } else if let Some((to, text)) = self.take(number) {
            effects.remove(ClientKey::Outgoing(number));
            Cancel::Done(Settled { to, text, state: State::Cancelled })
        } else if let Some((to, _)) = self.awaited.get(&number) {
            Cancel::Ask { to: *to, number }
        } else {
            Cancel::TooLate
        }
    }

    fn take(&mut self, number: u64) -> Option<(Audience, Text)> {
        let place = |queue: &VecDeque<Text>| queue.iter().position(|text| text.number == number);
        let (to, place) = self.queues.iter().find_map(|(to, it)| Some((*to, place(it)?)))?;
        if place == 0 {
            return Some((to, self.pop(to)?));
        }
        Some((to, self.queues.get_mut(&to)?.remove(place)?))
    }

    /// Returns the person to whom a message is being sent directly.
    pub(super) fn attempted(&self) -> Option<ClientName> {
        self.attempt.map(|(_, attempt)| attempt.to)
    }

    /// Returns the numbers of all messages whose fate is not known.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u64> {
        self.waiting().map(|(_, text)| text.number).chain(self.awaited.keys().copied())
    }

    /// Asserts that each message is in one place, in its turn, and will be delivered:
    ///
    /// - no message is in two queues, or waits here and with the server, or it would be delivered
    ///   twice;
    /// - a queue is in the order in which its messages were written, and neither empty nor longer
    ///   than it may be;
    /// - marks are about messages that wait, or they would hinder later ones;
    /// - what is on its way directly is the next message to its receiver, is marked as tried, so
    ///   that it is not taken back, and is on a link, so that its end is noticed.
    pub(super) fn assert_invariants(&self, endpoint: &Endpoint) {
        for (to, queue) in &self.queues {
            assert!(!queue.is_empty(), "an empty queue for {to}");
            assert!(queue.len() <= self.bounds.outbox_max, "too many messages wait for {to}");
            assert!(queue.iter().is_sorted_by_key(|text| text.number), "{to}: out of order");
        }
        let mut numbers: Vec<_> = self.numbers().collect();
        numbers.sort_unstable();
        let repeated = numbers.windows(2).find(|pair| pair[0] == pair[1]);
        assert!(repeated.is_none(), "a message is in two places: {repeated:?}");
        assert!(self.received.len() <= AWAITED_MAX, "too many received messages are remembered");
        for number in self.tried.iter().chain(self.fates.keys()).chain(&self.asked) {
            let waits = self.waiting().any(|(_, text)| text.number == *number);
            assert!(waits, "message {number} was tried, or its fate is known: it does not wait");
        }
        for to in self.full.keys().copied().chain(self.silent.iter().copied().map(Audience::Person))
        {
            assert!(self.queues.contains_key(&to), "nothing waits for {to}, who is full or silent");
        }
        assert!(self.awaited.len() <= AWAITED_MAX, "too many receipts are awaited");
        if let Some((parcel, attempt)) = self.attempt {
            let next = self.front(Audience::Person(attempt.to));
            let is_tried = next.is_some_and(|text| self.tried.contains(&text.number));
            assert!(is_tried, "what is on its way to {} may be taken back", attempt.to);
            assert!(endpoint.link(attempt.address).is_some(), "{parcel:?} is on no link");
        }
    }
}
