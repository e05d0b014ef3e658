//! A node: it follows a leader, stands for election, or leads.
//!
//! This is the election of Raft without its log: D. Ongaro and J. Ousterhout, "In Search of an
//! Understandable Consensus Algorithm", 2014, section 5.2.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use chatsim::machine::{
    Actor, Address, Change, CleanText, Effect, Line, Machine, Name, Outcome, RestoreError,
    SteadyClock, Ticket, Timestamp,
};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

use crate::fact::{Fact, What};
use crate::journal::Journal;
use crate::packet::{Kind, Packet};

/// How often a leader sends heartbeats.
const HEARTBEAT_EVERY: Duration = Duration::from_millis(500);

/// How long a node waits for a leader before it stands for election, in milliseconds: drawn again
/// each time, so that nodes seldom stand at the same time. Longer than in the paper, for networks
/// that are slower.
const ELECTION_AFTER_MILLIS: (u64, u64) = (1_500, 3_000);

/// The key of the one record.
const TERM: &[u8] = b"term";

/// The index of the node, and the others.
#[derive(Clone, Debug)]
pub(crate) struct Peers {
    pub(crate) own_name: Name,
    pub(crate) others: BTreeMap<Address, Name>,
}

/// A node of a cluster in which all are equal.
#[derive(Debug)]
pub(crate) struct Node {
    peers: Peers,
    /// The bug that the tests plant: it answers first, and stores its vote later.
    votes_before_storing: bool,
    term: u64,
    /// The candidate that it has voted for in this term.
    vote: Option<Name>,
    state: State,
    /// When it stands for election, or sends the next heartbeat as the leader.
    due: Timestamp,
    random: ChaCha8Rng,
    clock: SteadyClock,
    /// No node learns of a term or a vote that is not stored: a node that forgot its vote in a
    /// restart could vote twice.
    journal: Journal,
}

/// The role of a node in its term.
#[derive(Debug)]
enum State {
    Follower {
        leader: Option<Name>,
    },
    /// The votes for it, its own included.
    Candidate {
        votes: BTreeSet<Name>,
    },
    Leader,
}

impl Node {
    pub(crate) fn new(peers: Peers, seed: u64, votes_before_storing: bool) -> Self {
        Self {
            peers,
            votes_before_storing,
            term: 0,
            vote: None,
            state: State::Follower { leader: None },
            due: Timestamp::default(),
            random: ChaCha8Rng::seed_from_u64(seed),
            clock: SteadyClock::default(),
            journal: Journal::default(),
        }
    }

    /// Returns the leader of its term, if it is known.
    fn leader(&self) -> Option<Name> {
        match self.state {
            State::Follower { leader } => leader,
            State::Candidate { .. } => None,
            State::Leader => Some(self.peers.own_name),
        }
    }

    fn store(&mut self) {
        let vote = self.vote.map(|name| format!(" {name}")).unwrap_or_default();
        let record = format!("{}{vote}", self.term).into_bytes();
        self.journal.store(vec![Change::put(TERM, record)]);
    }

    fn state(&mut self, what: What) {
        let fact = Fact { what, term: self.term };
        self.journal.once_stored(Effect::Fact(fact.encode()));
    }

    fn show(&mut self, text: String) {
        self.journal.once_stored(Effect::Show(Line::new("".into(), CleanText::one_line(text))));
    }

    fn packet(&self, to: Address, kind: Kind) -> Effect {
        Effect::Transmit { to, bytes: Packet { kind, term: self.term }.encode() }
    }

    fn send(&mut self, to: Address, kind: Kind) {
        let packet = self.packet(to, kind);
        self.journal.once_stored(packet);
    }

    fn send_all(&mut self, kind: Kind) {
        let addresses: Vec<_> = self.peers.others.keys().copied().collect();
        for to in addresses {
            self.send(to, kind);
        }
    }

    /// Waits for a leader, for a random time.
    fn wait(&mut self, now: Timestamp) {
        let (min, max) = ELECTION_AFTER_MILLIS;
        let millis = min + self.random.next_u64() % (max - min + 1);
        self.due = now + Duration::from_millis(millis);
    }

    fn stand(&mut self, now: Timestamp) {
        self.term = self.term.saturating_add(1);
        self.vote = Some(self.peers.own_name);
        self.state = State::Candidate { votes: BTreeSet::from([self.peers.own_name]) };
        self.store();
        self.wait(now);
        self.show(format!("[Standing for election in term {}.]", self.term));
        self.state(What::Stands);
        self.state(What::Votes(self.peers.own_name));
        self.send_all(Kind::RequestVote);
    }

    /// Moves to a later term, which another node has reported, as a follower without a leader.
    fn enter(&mut self, term: u64, now: Timestamp) {
        if matches!(self.state, State::Leader) {
            // A leader does not wait for one.
            self.wait(now);
        }
        (self.term, self.vote) = (term, None);
        self.state = State::Follower { leader: None };
    }

    /// Handles a packet of its own term or an earlier one, and returns the answer.
    fn answer(&mut self, from: Name, packet: Packet, now: Timestamp) -> Option<Kind> {
        let is_over = packet.term < self.term;
        match packet.kind {
            Kind::RequestVote | Kind::Heartbeat if is_over => Some(Kind::Refusal),
            Kind::RequestVote => Some(self.on_request(from, now)),
            Kind::Heartbeat => {
                self.wait(now);
                self.state = State::Follower { leader: Some(from) };
                Some(Kind::HeartbeatReply)
            }
            Kind::Vote if !is_over => {
                self.on_vote(from, now);
                None
            }
            Kind::Vote | Kind::Refusal | Kind::HeartbeatReply => None,
        }
    }

    fn on_request(&mut self, candidate: Name, now: Timestamp) -> Kind {
        if self.vote.is_some_and(|vote| vote != candidate) {
            return Kind::Refusal;
        }
        self.vote = Some(candidate);
        self.wait(now);
        Kind::Vote
    }

    fn on_vote(&mut self, from: Name, now: Timestamp) {
        if let State::Candidate { votes } = &mut self.state {
            votes.insert(from);
            self.count_votes(now);
        }
    }

    /// Becomes the leader with the votes of a majority of all nodes.
    fn count_votes(&mut self, now: Timestamp) {
        let State::Candidate { votes } = &self.state else { return };
        let nodes = self.peers.others.len() + 1;
        if self.journal.is_stored() && votes.len() > nodes / 2 {
            self.state = State::Leader;
            self.show(format!("[Leading in term {}.]", self.term));
            self.state(What::Leads);
            self.lead(now);
        }
    }

    fn lead(&mut self, now: Timestamp) {
        self.due = now + HEARTBEAT_EVERY;
        self.send_all(Kind::Heartbeat);
    }

    /// Shows and states what has changed since the last call.
    fn tell_news(&mut self, (term, vote, leader): (u64, Option<Name>, Option<Name>)) {
        let is_new_term = self.term != term;
        if let Some(vote) = self.vote.filter(|own| is_new_term || vote != Some(*own)) {
            self.state(What::Votes(vote));
        }
        if let State::Follower { leader: Some(own) } = self.state
            && (is_new_term || leader != Some(own))
        {
            self.show(format!("[{own} leads in term {}.]", self.term));
            self.state(What::Follows(own));
        }
    }
}

impl Machine for Node {
    type Output = Effect;

    fn handle_datagram(&mut self, from: Address, bytes: &[u8], now: Timestamp) {
        let now = self.clock.read(now);
        let Some(name) = self.peers.others.get(&from).copied() else { return };
        let Some(packet) = Packet::decode(bytes) else { return };
        let before = (self.term, self.vote, self.leader());
        if packet.term > self.term {
            self.enter(packet.term, now);
        }
        let mut answer = self.answer(name, packet, now).map(|kind| self.packet(from, kind));
        if self.votes_before_storing
            && let Some(answer) = answer.take()
        {
            self.journal.at_once(answer);
        }
        if (self.term, self.vote) != (before.0, before.1) {
            self.store();
        }
        if let Some(answer) = answer {
            self.journal.once_stored(answer);
        }
        self.tell_news(before);
    }

    fn handle_timeout(&mut self, now: Timestamp) {
        let now = self.clock.read(now);
        if now < self.due {
            return;
        }
        match self.state {
            State::Leader => self.lead(now),
            // A disk that is slower than elections would only get more writes.
            State::Follower { .. } | State::Candidate { .. } if !self.journal.is_stored() => {
                self.wait(now);
            }
            State::Follower { .. } | State::Candidate { .. } => self.stand(now),
        }
    }

    fn poll_output(&mut self) -> Option<Effect> {
        self.journal.poll()
    }

    fn poll_timeout(&self) -> Option<Timestamp> {
        Some(self.clock.shown(self.due))
    }

    fn assert_invariants(&self) {
        self.journal.assert_invariants();
        match &self.state {
            State::Follower { .. } => {}
            State::Candidate { .. } | State::Leader => {
                assert_eq!(self.vote, Some(self.peers.own_name), "a candidate votes for itself");
            }
        }
    }
}

impl Actor for Node {
    fn restore(&mut self, _key: &[u8], value: &[u8]) -> Result<(), RestoreError> {
        let text = String::from_utf8_lossy(value);
        let (term, vote) =
            text.split_once(' ').map_or((&*text, None), |(term, vote)| (term, Some(vote.parse())));
        match (term.parse(), vote.transpose()) {
            (Ok(term), Ok(vote)) => (self.term, self.vote) = (term, vote),
            _ => return Err(RestoreError(format!("`{text}` is not a term with a vote"))),
        }
        Ok(())
    }

    fn start(&mut self, now: Timestamp) {
        let now = self.clock.read(now);
        self.wait(now);
    }

    /// Any typed line shows what it knows.
    fn handle_line(&mut self, line: &str, _now: Timestamp) {
        if line.trim().is_empty() {
            return;
        }
        let leader = self.leader().map_or_else(|| "nobody".to_owned(), |leader| leader.to_string());
        self.show(format!("term {}, led by {leader}", self.term));
        self.journal.once_stored(Effect::Done(Ok(())));
    }

    fn handle_interrupt(&mut self, _now: Timestamp) {
        self.journal.at_once(Effect::Exit(Outcome::Left));
    }

    fn handle_stored(&mut self, ticket: Ticket, now: Timestamp) {
        let now = self.clock.read(now);
        self.journal.handle_stored(ticket);
        self.count_votes(now);
    }

    fn prompt(&self) -> Arc<str> {
        "> ".into()
    }

    /// Returns its term, and the leader if one is known: `3 n2`.
    fn holdings(&self) -> Vec<u8> {
        let leader = self.leader().map(|name| format!(" {name}")).unwrap_or_default();
        format!("{}{leader}", self.term).into_bytes()
    }
}
