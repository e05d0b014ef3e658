//! The requests to the server that have no answer so far, and how the client handles each kind of
//! them: [`Policy::of`] is one match over all requests.

use std::collections::BTreeMap;

use crate::delivery::{Endpoint, Pace, ParcelId};
use crate::protocol::limits::{ANSWER_PATIENCE, LEAVE_PATIENCE};
use crate::protocol::{Address, Audience, Initiative, Request, RequestId, Text, Timestamp, codec};

/// The requests under way, by their ids.
///
/// The endpoint is passed to whatever sends, because links to peers are in it too.
#[derive(Debug)]
pub(super) struct Requests {
    server: Address,
    pending: BTreeMap<RequestId, PendingRequest>,
    last: u64,
}

/// A request without an answer so far.
#[derive(Debug)]
struct PendingRequest {
    request: Request,
    pace: Pace,
    progress: Progress,
}

/// The progress of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Progress {
    /// It waits until the server knows the client again.
    Waiting,
    /// It is on the link, as this parcel.
    Sent(ParcelId),
    /// The server has it and must answer by then. If the link was too full to take it, that is at
    /// once: a link that is never drained means a silent server.
    Due(Timestamp),
}

/// How the client handles a request until it is answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Policy<'a> {
    /// How it is resent until the server has it.
    pace: Pace,
    /// Why it is made.
    pub(super) purpose: Purpose,
    /// What it means for a registered client that the server does not answer it.
    pub(super) silence: Silence,
    /// The message that the server is asked to deliver, and for whom.
    delivery: Option<(Audience, &'a Text)>,
}

/// Why a request is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Purpose {
    /// A command, or the delivery of a message, waits for the answer.
    Command,
    /// The server is to know the client again, after it restarted or was silent.
    Rejoin,
    /// The register table has a gap.
    Refresh,
}

/// What a server that does not answer means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Silence {
    /// No command waited for it.
    Unnoticed,
    /// The command that waited for it is not answered any more.
    Unanswered,
    /// Without the answer the client cannot go on.
    Fatal,
    /// The client was leaving anyway.
    Left,
}

impl<'a> Policy<'a> {
    /// The policy for most commands.
    const COMMAND: Self = Self {
        pace: Pace::Announced,
        purpose: Purpose::Command,
        silence: Silence::Unanswered,
        delivery: None,
    };

    /// The policy for what the program asks on its own initiative.
    const fn unnoticed(purpose: Purpose) -> Self {
        Self { purpose, silence: Silence::Unnoticed, ..Self::COMMAND }
    }

    /// The policy for the delivery of a message through the server.
    const fn delivery(to: Audience, text: &'a Text) -> Self {
        Self { delivery: Some((to, text)), ..Self::COMMAND }
    }

    /// Returns the policy for a request.
    pub(super) const fn of(request: &'a Request) -> Self {
        match request {
            Request::Connect { initiative: Initiative::Program, .. } => {
                Self::unnoticed(Purpose::Rejoin)
            }
            Request::Refresh { .. } => Self::unnoticed(Purpose::Refresh),
            Request::Dereg => Self { silence: Silence::Fatal, ..Self::COMMAND },
            Request::Leave => Self {
                pace: Pace::Quiet { patience: LEAVE_PATIENCE },
                silence: Silence::Left,
                ..Self::COMMAND
            },
            Request::SendAll { group, text } => Self::delivery(Audience::Group(*group), text),
            Request::Save { to, text } => Self::delivery(Audience::Person(*to), text),
            Request::Connect { initiative: Initiative::Person, .. }
            | Request::CreateGroup(_)
            | Request::ListGroups
            | Request::JoinGroup(_)
            | Request::ListMembers
            | Request::LeaveGroup
            | Request::Withdraw { .. } => Self::COMMAND,
        }
    }
}

impl Requests {
    /// Makes an empty set of requests to a server.
    pub(super) fn new(server: Address) -> Self {
        Self { server, pending: BTreeMap::new(), last: 0 }
    }

    /// Continues after the numbers of an earlier session.
    pub(super) fn restore(&mut self, last: u64) {
        self.last = last;
    }

    /// Sends a request at the pace that belongs to it.
    pub(super) fn send(
        &mut self,
        request: Request,
        endpoint: &mut Endpoint,
        now: Timestamp,
    ) -> RequestId {
        let pace = Policy::of(&request).pace;
        self.send_at(pace, request, endpoint, now)
    }

    /// Sends a request at a pace of its own.
    pub(super) fn send_at(
        &mut self,
        pace: Pace,
        request: Request,
        endpoint: &mut Endpoint,
        now: Timestamp,
    ) -> RequestId {
        // Like messages, requests are numbered by the time, over restarts too.
        self.last = now.as_micros().max(self.last + 1);
        let id = RequestId(self.last);
        let mut pending = PendingRequest { request, pace, progress: Progress::Waiting };
        pending.send(id, self.server, endpoint, now);
        self.pending.insert(id, pending);
        id
    }

    /// Takes out a request that is answered, if it was still waiting.
    pub(super) fn answered(&mut self, id: RequestId) -> Option<Request> {
        self.pending.remove(&id).map(|pending| pending.request)
    }

    /// Takes out the first request.
    pub(super) fn pop_first(&mut self) -> Option<Request> {
        self.pending.pop_first().map(|(_, pending)| pending.request)
    }

    /// Drops the requests that are not of this kind.
    pub(super) fn retain(&mut self, is_such: impl Fn(&Request) -> bool) {
        self.pending.retain(|_, pending| is_such(&pending.request));
    }

    /// Learns that the link is lost, with all that was on it: every request waits until it is sent
    /// again. Sends a registration again if there is one; returns whether there is.
    pub(super) fn wait_for_registration(
        &mut self,
        endpoint: &mut Endpoint,
        now: Timestamp,
    ) -> bool {
        for pending in self.pending.values_mut() {
            pending.progress = Progress::Waiting;
        }
        let is_connect =
            |pending: &PendingRequest| matches!(pending.request, Request::Connect { .. });
        let connects = self.pending.iter_mut().filter(|(_, pending)| is_connect(pending));
        // A user who wants to return counts more than the program's own attempt.
        let connect = connects.max_by_key(|(_, pending)| pending.request.is_return());
        let Some((id, pending)) = connect else { return false };
        pending.send(*id, self.server, endpoint, now);
        true
    }

    /// Sends the requests that have waited for the registration. Returns whether one of them
    /// leaves the group.
    pub(super) fn send_waiting(&mut self, endpoint: &mut Endpoint, now: Timestamp) -> bool {
        let mut leaves_group = false;
        for (id, pending) in &mut self.pending {
            if pending.progress == Progress::Waiting {
                leaves_group |= pending.request == Request::LeaveGroup;
                pending.send(*id, self.server, endpoint, now);
            }
        }
        leaves_group
    }

    /// Learns that the server has taken a parcel. If it is a request, the answer follows.
    pub(super) fn taken(&mut self, parcel: ParcelId, now: Timestamp) {
        if let Some(pending) = self.pending.values_mut().find(|it| it.is_sent_as(parcel)) {
            pending.progress = Progress::Due(now + ANSWER_PATIENCE);
        }
    }

    /// Returns whether a command waits for the answer to what was sent as this parcel.
    pub(super) fn is_command(&self, parcel: ParcelId) -> bool {
        let sent = self.pending.values().find(|it| it.is_sent_as(parcel));
        sent.is_some_and(|it| Policy::of(&it.request).purpose == Purpose::Command)
    }

    /// Returns when the first answer is overdue.
    pub(super) fn due_at(&self) -> Option<Timestamp> {
        self.pending.values().filter_map(PendingRequest::due_at).min()
    }

    /// Returns whether a request still waits for its answer.
    pub(super) fn contains(&self, id: RequestId) -> bool {
        self.pending.contains_key(&id)
    }

    /// Returns whether there is a request for this purpose.
    pub(super) fn has(&self, wanted: Purpose) -> bool {
        self.count(wanted) > 0
    }

    /// Returns the number of requests for this purpose.
    pub(super) fn count(&self, wanted: Purpose) -> usize {
        let policies = self.pending.values().map(|pending| Policy::of(&pending.request));
        policies.filter(|policy| policy.purpose == wanted).count()
    }

    /// Returns whether exactly this is being asked.
    pub(super) fn contains_equal(&self, wanted: &Request) -> bool {
        self.pending.values().any(|pending| pending.request == *wanted)
    }

    /// Returns whether the server is being asked to keep this message no longer: its answer has the
    /// same meaning as a receipt.
    pub(super) fn has_withdrawal(&self, message: u64) -> bool {
        let is_it = |request: &Request| matches!(request, Request::Withdraw { number, .. } if *number == message);
        self.pending.values().any(|pending| is_it(&pending.request))
    }

    /// Returns the messages that the server is being asked to deliver, and for whom.
    pub(super) fn deliveries(&self) -> impl Iterator<Item = (Audience, &Text)> {
        self.pending.values().filter_map(|pending| Policy::of(&pending.request).delivery)
    }

    /// Asserts that an answer, a retry or a failure belongs to one request:
    ///
    /// - no id will be given again, so that a late answer is not taken for another one;
    /// - no parcel is two requests, and a parcel is on a link, so that its acknowledgement or its
    ///   loss is noticed;
    /// - the program registers once and asks for the table once, so that answers are not counted
    ///   twice.
    pub(super) fn assert_invariants(&self, endpoint: &Endpoint) {
        let mut parcels = Vec::new();
        for (id, pending) in &self.pending {
            assert!(id.0 <= self.last, "{id:?} can be given once more, the last is {}", self.last);
            match pending.progress {
                Progress::Sent(parcel) => {
                    assert!(!parcels.contains(&parcel), "{parcel:?} is two requests");
                    parcels.push(parcel);
                }
                Progress::Waiting | Progress::Due(_) => {}
            }
        }
        let has_link = endpoint.link(self.server).is_some();
        assert!(has_link || parcels.is_empty(), "{parcels:?} are on no link");
        assert!(self.count(Purpose::Rejoin) <= 1, "the program registers twice");
        assert!(self.count(Purpose::Refresh) <= 1, "the table is asked for twice");
    }
}

impl PendingRequest {
    fn send(&mut self, id: RequestId, to: Address, endpoint: &mut Endpoint, now: Timestamp) {
        let packet = codec::encode_request(id, &self.request);
        let sent = endpoint.send(to, packet, self.pace, now);
        self.progress = sent.map_or(Progress::Due(now), Progress::Sent);
    }

    fn is_sent_as(&self, parcel: ParcelId) -> bool {
        self.progress == Progress::Sent(parcel)
    }

    fn due_at(&self) -> Option<Timestamp> {
        match self.progress {
            Progress::Due(at) => Some(at),
            Progress::Waiting | Progress::Sent(_) => None,
        }
    }
}
