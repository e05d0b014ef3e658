//! Requests to the server: sending, retrying, answers, and a server that does not answer.

use super::machine::{Activity, Client, Presence};
use super::words::{Failure, Notice};
use crate::delivery::{Pace, ParcelId};
use crate::protocol::limits::{ANSWER_PATIENCE, LEAVE_PATIENCE, LOOKOUT_AFTER};
use crate::protocol::sabotage::{self, Bug};
use crate::protocol::{
    Answer, Fact, GroupName, Initiative, Request, RequestId, Standing, Timestamp, codec,
};

/// Why a request was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Purpose {
    /// A person waits for the answer.
    Command,
    /// The server is to know us again, after it restarted or was silent.
    Rejoin,
    /// The register table has a gap.
    Refresh,
}

/// A request without an answer so far.
#[derive(Clone, Debug)]
pub(super) struct PendingRequest {
    pub(super) request: Request,
    pub(super) purpose: Purpose,
    pace: Pace,
    /// How the link names it.
    parcel: Option<ParcelId>,
    /// The server has it and must answer until then.
    pub(super) answer_until: Option<Timestamp>,
}

impl Client {
    /// Asks the server what a person waits for.
    pub(super) fn command_request(&mut self, request: Request) {
        let pace = match request {
            Request::Leave => Pace::Quiet { patience: LEAVE_PATIENCE },
            _ => Pace::Announced,
        };
        let id = self.request(request, Purpose::Command, pace);
        self.activity = Some(Activity::Request(id));
    }

    /// Asks the server.
    pub(super) fn request(&mut self, request: Request, purpose: Purpose, pace: Pace) -> RequestId {
        let id = self.enqueue(request, purpose, pace);
        self.send_request(id);
        id
    }

    fn enqueue(&mut self, request: Request, purpose: Purpose, pace: Pace) -> RequestId {
        let id = self.next_request_id();
        let pending = PendingRequest { request, purpose, pace, parcel: None, answer_until: None };
        self.requests.insert(id, pending);
        id
    }

    fn send_request(&mut self, id: RequestId) {
        if self.requests.get(&id).is_some_and(|it| it.request == Request::LeaveGroup) {
            self.state(Fact::Leaves);
        }
        let Some(pending) = self.requests.get_mut(&id) else {
            return;
        };
        let packet = codec::encode_request(id, &pending.request);
        let sent = self.endpoint.send(self.server, packet, pending.pace, self.now);
        pending.parcel = sent.ok();
        // A link that is full was never drained: the server is as good as silent.
        pending.answer_until = pending.parcel.is_none().then_some(self.now);
    }

    fn request_of(&mut self, parcel: ParcelId) -> Option<&mut PendingRequest> {
        self.requests.values_mut().find(|pending| pending.parcel == Some(parcel))
    }

    /// The server has a request; its answer follows.
    pub(super) fn on_taken(&mut self, parcel: ParcelId) {
        let answer_until = self.now + ANSWER_PATIENCE;
        if let Some(pending) = self.request_of(parcel) {
            pending.answer_until = Some(answer_until);
        }
    }

    /// A request was sent once more.
    pub(super) fn on_retried(&mut self, parcel: ParcelId, n: u32) {
        if self.request_of(parcel).is_some_and(|pending| pending.purpose == Purpose::Command) {
            self.tell(Notice::Retrying(n));
        }
    }

    /// Gives up requests that the server has taken and never answered.
    pub(super) fn expire_answers(&mut self) {
        let now = self.now;
        let is_late = |pending: &PendingRequest| pending.answer_until.is_some_and(|at| at <= now);
        if self.requests.values().any(is_late) {
            self.on_server_silent();
        }
    }

    /// The server knows nothing of us any more: registers again; what else was asked waits for
    /// that, because the server refuses whoever is not registered.
    pub(super) fn on_server_restarted(&mut self) {
        if sabotage::has(Bug::RestartIsIgnored) {
            return;
        }
        if self.presence == Presence::Leaving {
            self.end(Ok(()));
            return;
        }
        for pending in self.requests.values_mut() {
            (pending.parcel, pending.answer_until) = (None, None);
        }
        let is_connect =
            |pending: &PendingRequest| matches!(pending.request, Request::Connect { .. });
        // A person's wish to return counts more than the client's own.
        let connects = self.requests.iter().filter(|(_, pending)| is_connect(pending));
        let connect = connects.max_by_key(|(_, pending)| pending.request.is_return());
        if let Some((&id, _)) = connect {
            self.send_request(id);
        } else if self.presence == Presence::Online {
            let request = self.connect_request(Initiative::Program);
            self.request(request, Purpose::Rejoin, Pace::Announced);
        }
    }

    /// The server knows us again: asks what has waited for that.
    fn send_waiting_requests(&mut self) {
        let waits =
            |pending: &PendingRequest| pending.parcel.is_none() && pending.answer_until.is_none();
        let waiting = self.requests.iter().filter(|(_, pending)| waits(pending));
        let ids: Vec<_> = waiting.map(|(id, _)| *id).collect();
        for id in ids {
            self.send_request(id);
        }
    }

    /// The server does not answer: whoever waits is told, and a look-out begins.
    pub(super) fn on_server_silent(&mut self) {
        self.endpoint.close(self.server);
        self.requests.retain(|_, pending| pending.purpose == Purpose::Command);
        let Some((_, pending)) = self.requests.pop_first() else {
            return self.begin_lookout();
        };
        match pending.request {
            Request::Leave => self.end(Ok(())),
            Request::Dereg => self.give_up(),
            Request::Connect { .. } if self.presence == Presence::Joining => self.give_up(),
            _ => {
                self.tell(Notice::ServerSilent);
                self.activity = None;
                self.begin_lookout();
            }
        }
    }

    /// Waits for the server to be back, and asks nothing of it meanwhile unless it is told to.
    pub(super) fn begin_lookout(&mut self) {
        if self.presence == Presence::Online && self.lookout_at.is_none() {
            self.lookout_wait = LOOKOUT_AFTER;
            self.lookout_at = Some(self.now + LOOKOUT_AFTER);
        }
    }

    fn give_up(&mut self) {
        self.tell(Notice::ServerSilent);
        self.tell(Notice::Exiting);
        self.end(Err(Failure::ServerSilent));
    }

    /// The server has answered.
    pub(super) fn on_answer(&mut self, id: RequestId, answer: Answer) {
        let Some(PendingRequest { request, purpose, .. }) = self.requests.remove(&id) else {
            return; // An answer that nobody waits for any more.
        };
        self.lookout_at = None;
        match purpose {
            Purpose::Command => {
                if self.activity == Some(Activity::Request(id)) {
                    self.activity = None;
                }
                self.on_command_answer(request, answer);
            }
            Purpose::Rejoin => self.on_registered(&answer),
            Purpose::Refresh => {}
        }
    }

    fn on_command_answer(&mut self, request: Request, answer: Answer) {
        match (request, answer) {
            (Request::Connect { .. }, answer) => {
                if let Answer::Registered { standing, .. } = answer {
                    let known = standing == Standing::Known;
                    self.tell(if known { Notice::WelcomeBack } else { Notice::Welcome });
                }
                self.on_registered(&answer);
            }
            (Request::Leave, _) => self.end(Ok(())),
            (Request::Dereg, _) => {
                self.presence = Presence::Offline;
                self.table.mark_away(self.name, self.now);
                self.state(Fact::Offline);
                self.tell(Notice::Deregistered);
            }
            (Request::Save { to, .. }, answer) => self.on_save_answer(to, &answer),
            (Request::Withdraw { to, number }, answer) => {
                self.on_withdraw_answer(to, number, &answer);
            }
            (Request::SendAll { group, .. }, answer) => self.on_send_all_answer(group, &answer),
            (request, answer) => self.on_group_answer(request, answer),
        }
    }

    fn on_registered(&mut self, answer: &Answer) {
        match answer {
            Answer::Registered { group, .. } => {
                self.state(Fact::Online);
                self.presence = Presence::Online;
                self.keepalive_at = self.now + self.keepalive_after();
                self.on_membership(*group);
                self.send_waiting_requests();
            }
            Answer::NameInUse => {
                self.tell(Notice::AlreadyLoggedIn);
                self.end(Err(Failure::NameInUse));
            }
            Answer::Full(bound) => {
                self.tell(Notice::Full(*bound));
                self.end(Err(Failure::ServerFull));
            }
            Answer::Kicked => self.on_kicked(),
            _ => self.refuse(),
        }
    }

    /// The server tells which group the client is a member of, which may be news: it may have been
    /// away in an earlier run, or for so long that it was taken out.
    fn on_membership(&mut self, group: Option<GroupName>) {
        if let Some(lost) = self.group.filter(|_| group.is_none()) {
            self.tell(Notice::GroupLost(lost));
        }
        self.group = group;
        let is_leaving = self.requests.values().any(|it| it.request == Request::LeaveGroup);
        if let Some(group) = group.filter(|_| !is_leaving) {
            self.state(Fact::Member(group));
        }
        if self.group.is_none() && !sabotage::has(Bug::HeldForEver) {
            self.release_held();
        }
    }

    fn on_group_answer(&mut self, request: Request, answer: Answer) {
        match (request, answer) {
            (Request::CreateGroup(group), Answer::GroupCreated) => {
                self.hear_of(&[group]);
                self.tell(Notice::GroupCreated(group));
            }
            (Request::CreateGroup(group), Answer::GroupExists) => {
                self.hear_of(&[group]);
                self.tell(Notice::GroupExists(group));
            }
            (Request::ListGroups, Answer::Groups(groups)) => {
                self.hear_of(&groups);
                self.tell(Notice::Groups(groups));
            }
            (Request::JoinGroup(group), Answer::GroupJoined) => {
                self.hear_of(&[group]);
                self.tell(Notice::GroupEntered(group));
                self.group = Some(group);
                self.state(Fact::Member(group));
            }
            (Request::JoinGroup(_), Answer::AlreadyMember(group)) => {
                self.tell(Notice::AlreadyInGroup);
                self.group = Some(group);
                self.state(Fact::Member(group));
            }
            (Request::JoinGroup(group), Answer::NoSuchGroup) => {
                self.tell(Notice::NoSuchGroup(group));
            }
            (Request::ListMembers, Answer::Members(members)) => match self.group {
                Some(group) => self.tell(Notice::Members { group, members }),
                None => self.refuse(),
            },
            (Request::LeaveGroup, Answer::GroupLeft) => {
                if let Some(group) = self.group {
                    self.tell(Notice::GroupLeft(group));
                }
                self.group = None;
                self.release_held();
            }
            (_, Answer::NotMember) => {
                self.group = None;
                self.tell(Notice::NotInGroup);
                self.release_held();
            }
            (_, Answer::Full(bound)) => self.tell(Notice::Full(bound)),
            // The server answered something else than was asked: nothing can follow from it.
            _ => {
                self.refuse();
                self.endpoint.count_malformed();
            }
        }
    }

    fn hear_of(&mut self, groups: &[GroupName]) {
        for group in groups {
            self.state(Fact::GroupTold(*group));
            if !self.groups_heard.contains(group) {
                self.groups_heard.push(*group);
            }
        }
    }
}
