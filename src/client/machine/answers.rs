//! The server's answers to requests, and the consequences when there is none.
//!
//! Two exhaustive matches cover this. `on_answer_to` pairs each answer with the request that it
//! answers. `conclude` has an arm for each request: it ends a request with an answer that many
//! requests share, or that belongs to another request.

use super::{Activity, Client};
use crate::client::requests::Silence;
use crate::client::words::{Failure, Notice};
use crate::delivery::{Event, ParcelId};
use crate::protocol::sabotage::{self, Bug};
use crate::protocol::{
    Answer, Audience, Bound, ClientName, Fact, Fate, GroupName, Initiative, MessageId, NameStatus,
    Receipt, Request, RequestId, Row,
};
use crate::records::State;

/// What an answer means that is not paired with its request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Conclusion {
    /// The request is over: whether it was done or refused follows from the request. An answer to
    /// another request means the same.
    Over,
    /// The client is not a member of the group.
    NotMember,
    /// A bound was reached.
    Full(Bound),
}

impl Client {
    /// Takes what happened to the link to the server.
    pub(super) fn on_server_event(&mut self, event: &Event) {
        match *event {
            Event::Acknowledged(parcel) => self.server.taken(parcel, self.now),
            Event::Retried(parcel, n) => self.on_retried(parcel, n),
            Event::Expired(_) => self.on_server_silent(),
            Event::Lost(_) => self.on_server_restarted(),
            Event::Misunderstood(version) => self.on_server_of_other_version(version),
            // The endpoint has answered it, and its sender may be forged.
            Event::OtherVersion(_) | Event::Received(_) => {}
        }
    }

    fn on_retried(&mut self, parcel: ParcelId, n: u32) {
        if self.server.requests().is_command(parcel) {
            self.tell(Notice::Retrying(n));
        }
    }

    fn on_server_restarted(&mut self) {
        if sabotage::has(Bug::RestartIsIgnored) {
            return;
        }
        if self.server.is_leaving() {
            self.end(Ok(()));
            return;
        }
        let connect = self.connect_request(Initiative::Program);
        self.server.restarted(connect, &mut self.endpoint, self.now);
    }

    /// The server does not answer: the user learns of it if a command waits for the answer.
    pub(super) fn on_server_silent(&mut self) {
        let silence = self.server.went_silent(&mut self.endpoint, self.now);
        self.give_up(silence, Notice::ServerSilent, Failure::ServerSilent);
    }

    /// The server cannot read requests, which is the same as silence. The user learns why, once.
    fn on_server_of_other_version(&mut self, server: u8) {
        let is_news = self.server.learn_other_version();
        let notice = if is_news { Notice::OtherVersion { server } } else { Notice::ServerSilent };
        let silence = self.server.went_silent(&mut self.endpoint, self.now);
        if is_news && silence == Silence::Unnoticed {
            self.tell_unrelated(notice);
        } else {
            self.give_up(silence, notice, Failure::OtherVersion(server));
        }
    }

    /// Gives up what waits for the server, and shows why if it is a command.
    fn give_up(&mut self, silence: Silence, why: Notice, failure: Failure) {
        match silence {
            Silence::Unnoticed => {}
            Silence::Unanswered => {
                self.tell(why);
                self.activity = None;
            }
            Silence::Fatal => {
                self.tell(why);
                self.tell(Notice::Exiting);
                self.end(Err(failure));
            }
            Silence::Left => self.end(Ok(())),
        }
    }

    /// Takes an answer of the server. An answer that is not awaited any more is ignored.
    pub(super) fn on_answer(&mut self, id: RequestId, answer: Answer) {
        let Some(request) = self.server.answered(id) else {
            return;
        };
        if self.activity == Some(Activity::Request(id)) {
            self.activity = None;
        }
        self.on_answer_to(request, answer);
    }

    /// Takes the answer to a request.
    fn on_answer_to(&mut self, request: Request, answer: Answer) {
        match (answer, request) {
            (
                Answer::Registered { epoch: _, status, group },
                Request::Connect { initiative, .. },
            ) => self.on_registered(initiative, status, group),
            (Answer::NameInUse, Request::Connect { .. }) => self.on_name_in_use(),
            (Answer::Kicked, Request::Connect { .. }) => self.on_kicked(),
            (Answer::GroupCreated, Request::CreateGroup(group)) => {
                self.hear_of(group);
                self.tell(Notice::GroupCreated(group));
            }
            (Answer::GroupExists, Request::CreateGroup(group)) => {
                self.hear_of(group);
                self.tell(Notice::GroupExists(group));
            }
            (Answer::Groups(groups), Request::ListGroups) => self.on_groups(groups),
            (Answer::GroupJoined, Request::JoinGroup(group)) => self.on_group_joined(group),
            (Answer::NoSuchGroup, Request::JoinGroup(group)) => {
                self.tell(Notice::NoSuchGroup(group));
            }
            (Answer::AlreadyMember(group), Request::JoinGroup(_)) => self.on_already_member(group),
            (Answer::Members(members), Request::ListMembers) => self.on_members(members),
            (Answer::GroupLeft, Request::LeaveGroup) => self.on_group_left(),
            (Answer::GroupMessageTaken, Request::SendAll { group, .. }) => {
                self.on_group_message_taken(group);
            }
            (Answer::Saved, Request::Save { to, .. }) => self.on_saved(to),
            (Answer::Exists(row), Request::Save { to, .. }) => self.on_exists(to, row),
            (Answer::Withdrawn, Request::Withdraw { to, number }) => self.on_withdrawn(to, number),
            (Answer::Full(bound), request) => self.conclude(&request, Conclusion::Full(bound)),
            (Answer::NotMember, request) => self.conclude(&request, Conclusion::NotMember),
            (
                Answer::Registered { .. }
                | Answer::NameInUse
                | Answer::Kicked
                | Answer::Deregistered
                | Answer::GroupCreated
                | Answer::GroupExists
                | Answer::Groups(_)
                | Answer::GroupJoined
                | Answer::NoSuchGroup
                | Answer::AlreadyMember(_)
                | Answer::Members(_)
                | Answer::GroupLeft
                | Answer::GroupMessageTaken
                | Answer::Saved
                | Answer::Exists(_)
                | Answer::NoSuchUser
                | Answer::Withdrawn
                | Answer::NotKept
                | Answer::Refreshed,
                request,
            ) => self.conclude(&request, Conclusion::Over),
        }
    }

    /// Ends a request with an answer that is not paired with it.
    fn conclude(&mut self, request: &Request, conclusion: Conclusion) {
        match *request {
            Request::Connect { .. } => self.on_not_registered(conclusion),
            Request::Dereg => self.on_deregistered(),
            Request::Leave => self.end(Ok(())),
            Request::CreateGroup(_)
            | Request::ListGroups
            | Request::JoinGroup(_)
            | Request::ListMembers
            | Request::LeaveGroup => self.on_group_command_refused(conclusion),
            Request::SendAll { group, text: _ } => {
                self.on_message_refused(Audience::Group(group), conclusion);
            }
            Request::Save { to, text: _ } => {
                self.on_message_refused(Audience::Person(to), conclusion);
            }
            Request::Refresh { known: _ } => {}
            Request::Withdraw { to: _, number } => {
                let n = self.outbox.place(number).unwrap_or_default();
                self.tell(Notice::TooLate(n));
            }
        }
    }

    fn on_not_registered(&mut self, conclusion: Conclusion) {
        match conclusion {
            Conclusion::Full(bound) => {
                self.tell(Notice::Full(bound));
                self.end(Err(Failure::ServerFull));
            }
            Conclusion::NotMember | Conclusion::Over => self.commands.refuse(),
        }
    }

    fn on_deregistered(&mut self) {
        self.server.deregistered();
        self.table.mark_away(self.name, self.now);
        self.state(Fact::Offline);
        self.tell(Notice::Deregistered);
    }

    fn on_group_command_refused(&mut self, conclusion: Conclusion) {
        match conclusion {
            Conclusion::Full(bound) => self.tell(Notice::Full(bound)),
            Conclusion::NotMember => self.on_membership_lost(),
            Conclusion::Over => {
                self.commands.refuse();
                self.endpoint.count_malformed();
            }
        }
    }

    /// The server has not taken the next message to an audience.
    fn on_message_refused(&mut self, to: Audience, conclusion: Conclusion) {
        match conclusion {
            Conclusion::Full(bound) => return self.wait_for_room(to, bound),
            Conclusion::NotMember | Conclusion::Over => {}
        }
        self.state_of_next(to, Fact::Refused);
        match to {
            Audience::Person(_) => self.tell(Notice::NoSuchUser),
            Audience::Group(group) if self.group() == Some(group) => self.on_membership_lost(),
            Audience::Group(group) => self.tell(Notice::Undelivered(group)),
        }
        self.deliver_next(to, State::Refused);
    }

    fn on_registered(
        &mut self,
        initiative: Initiative,
        status: NameStatus,
        group: Option<GroupName>,
    ) {
        match (initiative, status) {
            (Initiative::Person, NameStatus::Known) => self.tell(Notice::WelcomeBack),
            (Initiative::Person, NameStatus::New) => self.tell(Notice::Welcome),
            (Initiative::Program, NameStatus::Known | NameStatus::New) => {}
        }
        self.state(Fact::Online);
        self.server.registered(self.table.version().is_some(), self.now);
        self.on_membership(group);
        if self.server.send_waiting(&mut self.endpoint, self.now) {
            self.state(Fact::Leaves);
        }
    }

    /// The server reports which group the client is a member of. That may be news: an earlier
    /// session may have joined it, or the client was removed because it was offline for too long.
    fn on_membership(&mut self, group: Option<GroupName>) {
        if let Some(lost) = self.group().filter(|_| group.is_none()) {
            self.tell(Notice::GroupLost(lost));
        }
        self.membership.replace(group);
        let is_leaving = self.server.requests().contains_equal(&Request::LeaveGroup);
        if let Some(group) = group.filter(|_| !is_leaving) {
            self.state(Fact::Member(group));
        }
        if group.is_none() && !sabotage::has(Bug::HeldForEver) {
            self.release_held();
        }
    }

    fn on_name_in_use(&mut self) {
        self.tell(Notice::AlreadyLoggedIn);
        self.end(Err(Failure::NameInUse));
    }

    /// The server has kicked the client: no pending request is answered any more, and the client is
    /// offline until its user returns.
    pub(super) fn on_kicked(&mut self) {
        if !self.server.kicked() {
            return;
        }
        let is_under_way = |activity| match activity {
            Activity::Request(id) => self.server.requests().contains(id),
            Activity::Deliver(_) => false,
        };
        if !self.activity.is_none_or(is_under_way) {
            self.activity = None;
            self.commands.refuse();
        }
        self.outbox.stop_attempt(&mut self.endpoint);
        self.table.mark_away(self.name, self.now);
        self.state(Fact::Offline);
        self.tell(Notice::Kicked);
        if self.membership.replace(None).is_some() {
            self.state(Fact::Leaves);
        }
        self.release_held();
    }

    fn on_groups(&mut self, groups: Vec<GroupName>) {
        for group in &groups {
            self.hear_of(*group);
        }
        self.tell(Notice::Groups(groups));
    }

    fn on_group_joined(&mut self, group: GroupName) {
        self.hear_of(group);
        self.tell(Notice::GroupEntered(group));
        self.enter(group);
    }

    fn on_already_member(&mut self, group: GroupName) {
        self.tell(Notice::AlreadyInGroup);
        self.enter(group);
    }

    fn enter(&mut self, group: GroupName) {
        self.membership.replace(Some(group));
        self.state(Fact::Member(group));
    }

    fn on_members(&mut self, members: Vec<ClientName>) {
        match self.group() {
            Some(group) => self.tell(Notice::Members { group, members }),
            None => self.commands.refuse(),
        }
    }

    fn on_group_left(&mut self) {
        self.state(Fact::Left);
        if let Some(group) = self.group() {
            self.tell(Notice::GroupLeft(group));
        }
        if !sabotage::has(Bug::GroupStays) {
            self.membership.replace(None);
        }
        self.release_held();
    }

    fn on_membership_lost(&mut self) {
        self.membership.replace(None);
        self.tell(Notice::NotInGroup);
        self.release_held();
    }

    fn on_group_message_taken(&mut self, group: GroupName) {
        self.state_of_next(Audience::Group(group), Fact::Accepted);
        self.tell(Notice::GroupMessageTaken);
        self.deliver_next(Audience::Group(group), State::Taken);
    }

    fn on_saved(&mut self, to: ClientName) {
        let audience = Audience::Person(to);
        self.state_of_next(audience, |id| Fact::Saved { id, to });
        // The answer to a repeated request may come after the receipt, when the receiver is back.
        let number = self.outbox.front(audience).map(|text| text.number);
        let is_received = number.is_some_and(|number| self.inbox.has_receipt(to, number));
        // The next one must not overtake it on the direct way.
        if sabotage::has(Bug::SavedIsNotAway) {
            self.outbox.expect_answer(to);
        } else if !is_received {
            self.table.mark_away(to, self.now);
        }
        if let Some(mut at) = self.outbox.front(audience).map(|text| text.at) {
            if sabotage::has(Bug::SavedIsDatedLate) {
                at = self.clock.shown(self.now);
            }
            self.tell(Notice::Saved { at });
        }
        // No further receipt will come. Without a history, its fate is forgotten with the program.
        let fate = number.and_then(|number| self.outbox.fate(number));
        let received = fate.unwrap_or(State::Delivered);
        self.deliver_next(audience, if is_received { received } else { State::Saved });
    }

    fn on_exists(&mut self, to: ClientName, row: Row) {
        let audience = Audience::Person(to);
        self.state_of_next(audience, |id| Fact::Confirmed { id, by: to });
        // An excerpt need not contain every client.
        if self.table.row(to).is_some() || !self.table.is_excerpt() {
            self.tell(Notice::Exists(to));
            self.tell(Notice::TableUpdated);
        }
        self.table.correct(row, self.now);
        self.tell(Notice::Received { by: to });
        self.deliver_next(audience, State::Delivered);
    }

    fn on_withdrawn(&mut self, to: ClientName, number: u64) {
        self.take_back(to, number);
        let n = self.outbox.place(number).unwrap_or_default();
        self.tell(Notice::Cancelled { n, to: Audience::Person(to) });
    }

    /// Takes the answer for the receipt, which may come later and says the same.
    fn take_back(&mut self, by: ClientName, number: u64) {
        let Some(at) = self.outbox.awaited_since(number) else { return };
        let receipt = Receipt { number, at, by, fate: Fate::Withdrawn };
        let id = MessageId { from: by, number };
        if self.inbox.is_new_receipt(id, &mut self.effects)
            && let Some(settled) = self.outbox.learn_fate(receipt, &mut self.effects)
        {
            self.state(Fact::Refused(self.own(number)));
            self.note_fate(settled);
        }
    }

    fn hear_of(&mut self, group: GroupName) {
        self.state(Fact::GroupTold(group));
        self.membership.hear_of(group);
    }
}
