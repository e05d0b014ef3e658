//! What the server answers to requests, and what it means that it does not.
//!
//! Answers are sorted by one match over all of them, and each is checked against its request. A
//! request that is answered with something else is concluded by one match over all requests. So
//! neither a new answer nor a new request can be forgotten.

use super::{Activity, Client};
use crate::client::server_link::Silence;
use crate::client::words::{Failure, Notice};
use crate::delivery::{Event, ParcelId};
use crate::protocol::sabotage::{self, Bug};
use crate::protocol::{
    Answer, Audience, Bound, ClientName, Fact, GroupName, Initiative, Request, RequestId, Row,
    Standing,
};
use crate::records::State;

impl Client {
    /// Takes what happened to the link to the server.
    pub(super) fn on_server_event(&mut self, event: &Event) {
        match *event {
            Event::Acknowledged(parcel) => self.server.taken(parcel, self.now),
            Event::Retried(parcel, n) => self.on_retried(parcel, n),
            Event::Expired(_) => self.on_server_silent(),
            Event::Lost(_) => self.on_server_restarted(),
            Event::Misunderstood(version) => self.on_server_of_other_version(version),
            // The endpoint has answered, and anybody may have sent it.
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

    /// The server cannot read what it is asked, so it is as good as silent. The user learns why,
    /// once.
    fn on_server_of_other_version(&mut self, server: u8) {
        let is_news = self.server.learn_other_version();
        let notice = if is_news { Notice::OtherVersion { server } } else { Notice::ServerSilent };
        let silence = self.server.went_silent(&mut self.endpoint, self.now);
        if is_news && silence == Silence::Unnoticed {
            self.tell_apart(notice);
        } else {
            self.give_up(silence, notice, Failure::OtherVersion(server));
        }
    }

    /// Gives up what waits for the server, and tells why if a command does.
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

    /// Takes an answer of the server. One that nobody waits for any more is ignored.
    pub(super) fn on_answer(&mut self, id: RequestId, answer: Answer) {
        let Some(request) = self.server.answered(id) else {
            return;
        };
        if self.activity == Some(Activity::Request(id)) {
            self.activity = None;
        }
        match answer {
            Answer::Registered { epoch: _, standing, group } => {
                self.on_registered(&request, standing, group);
            }
            Answer::NameInUse => self.on_name_in_use(&request),
            Answer::Kicked => self.on_return_refused(&request),
            Answer::GroupCreated => self.on_group_made(&request, Notice::GroupCreated),
            Answer::GroupExists => self.on_group_made(&request, Notice::GroupExists),
            Answer::Groups(groups) => self.on_groups(&request, groups),
            Answer::GroupJoined => self.on_group_joined(&request),
            Answer::NoSuchGroup => self.on_no_such_group(&request),
            Answer::AlreadyMember(group) => self.on_already_member(&request, group),
            Answer::Members(members) => self.on_members(&request, members),
            Answer::GroupLeft => self.on_group_left(&request),
            Answer::GroupMessageTaken => self.on_group_message_taken(&request),
            Answer::Saved => self.on_saved(&request),
            Answer::Exists(row) => self.on_exists(&request, row),
            Answer::Withdrawn => self.on_withdrawn(&request),
            Answer::NotMember => self.on_not_member(&request),
            Answer::Full(bound) => self.on_full(&request, bound),
            Answer::Deregistered | Answer::NoSuchUser | Answer::NotKept | Answer::Refreshed => {
                self.conclude(&request);
            }
        }
    }

    /// Ends a request whose answer says no more than that it is over: it has done all that it can
    /// do, or it was refused, or the server has answered something else than was asked.
    fn conclude(&mut self, request: &Request) {
        match *request {
            Request::Leave => self.end(Ok(())),
            Request::Dereg => {
                self.server.deregistered();
                self.table.mark_away(self.name, self.now);
                self.state(Fact::Offline);
                self.tell(Notice::Deregistered);
            }
            Request::Save { to, text: _ } => {
                self.state_of_next(Audience::Person(to), Fact::Refused);
                self.tell(Notice::NoSuchUser);
                self.deliver_next(Audience::Person(to), State::Refused);
            }
            Request::SendAll { group, text: _ } => self.on_group_message_refused(group),
            Request::Withdraw { to: _, number } => {
                let n = self.outbox.place(number).unwrap_or_default();
                self.tell(Notice::TooLate(n));
            }
            Request::Refresh { known: _ } => {}
            Request::Connect { .. } => self.commands.refuse(),
            Request::CreateGroup(_)
            | Request::ListGroups
            | Request::JoinGroup(_)
            | Request::ListMembers
            | Request::LeaveGroup => {
                self.commands.refuse();
                self.endpoint.count_malformed();
            }
        }
    }

    fn on_registered(&mut self, request: &Request, standing: Standing, group: Option<GroupName>) {
        let Request::Connect { initiative, .. } = *request else {
            return self.conclude(request);
        };
        match (initiative, standing) {
            (Initiative::Person, Standing::Known) => self.tell(Notice::WelcomeBack),
            (Initiative::Person, Standing::New) => self.tell(Notice::Welcome),
            (Initiative::Program, Standing::Known | Standing::New) => {}
        }
        self.state(Fact::Online);
        self.server.registered(self.table.version().is_some(), self.now);
        self.on_membership(group);
        if self.server.send_waiting(&mut self.endpoint, self.now) {
            self.state(Fact::Leaves);
        }
    }

    /// The server says which group the client is a member of. That may be news: an earlier session
    /// may have been in it, or the client was away for so long that it was taken out.
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

    fn on_name_in_use(&mut self, request: &Request) {
        let Request::Connect { .. } = *request else {
            return self.conclude(request);
        };
        self.tell(Notice::AlreadyLoggedIn);
        self.end(Err(Failure::NameInUse));
    }

    fn on_return_refused(&mut self, request: &Request) {
        let Request::Connect { .. } = *request else {
            return self.conclude(request);
        };
        self.on_kicked();
    }

    /// The server has kicked the client: it answers nothing that was asked of it any more, and the
    /// client is offline until its user returns.
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

    fn on_group_made(&mut self, request: &Request, notice: fn(GroupName) -> Notice) {
        let Request::CreateGroup(group) = *request else {
            return self.conclude(request);
        };
        self.hear_of(group);
        self.tell(notice(group));
    }

    fn on_groups(&mut self, request: &Request, groups: Vec<GroupName>) {
        let Request::ListGroups = *request else {
            return self.conclude(request);
        };
        for group in &groups {
            self.hear_of(*group);
        }
        self.tell(Notice::Groups(groups));
    }

    fn on_group_joined(&mut self, request: &Request) {
        let Request::JoinGroup(group) = *request else {
            return self.conclude(request);
        };
        self.hear_of(group);
        self.tell(Notice::GroupEntered(group));
        self.enter(group);
    }

    fn on_already_member(&mut self, request: &Request, group: GroupName) {
        let Request::JoinGroup(_) = *request else {
            return self.conclude(request);
        };
        self.tell(Notice::AlreadyInGroup);
        self.enter(group);
    }

    fn enter(&mut self, group: GroupName) {
        self.membership.replace(Some(group));
        self.state(Fact::Member(group));
    }

    fn on_no_such_group(&mut self, request: &Request) {
        let Request::JoinGroup(group) = *request else {
            return self.conclude(request);
        };
        self.tell(Notice::NoSuchGroup(group));
    }

    fn on_members(&mut self, request: &Request, members: Vec<ClientName>) {
        let Request::ListMembers = *request else {
            return self.conclude(request);
        };
        match self.group() {
            Some(group) => self.tell(Notice::Members { group, members }),
            None => self.commands.refuse(),
        }
    }

    fn on_group_left(&mut self, request: &Request) {
        let Request::LeaveGroup = *request else {
            return self.conclude(request);
        };
        if let Some(group) = self.group() {
            self.tell(Notice::GroupLeft(group));
        }
        self.membership.replace(None);
        self.release_held();
    }

    fn on_not_member(&mut self, request: &Request) {
        match *request {
            Request::CreateGroup(_)
            | Request::ListGroups
            | Request::JoinGroup(_)
            | Request::ListMembers
            | Request::LeaveGroup => self.on_membership_lost(),
            Request::SendAll { .. }
            | Request::Connect { .. }
            | Request::Dereg
            | Request::Leave
            | Request::Save { .. }
            | Request::Refresh { .. }
            | Request::Withdraw { .. } => self.conclude(request),
        }
    }

    fn on_membership_lost(&mut self) {
        self.membership.replace(None);
        self.tell(Notice::NotInGroup);
        self.release_held();
    }

    fn on_full(&mut self, request: &Request, bound: Bound) {
        match *request {
            Request::Connect { .. } => {
                self.tell(Notice::Full(bound));
                self.end(Err(Failure::ServerFull));
            }
            Request::Save { to, .. } => self.wait_for_room(Audience::Person(to), bound),
            Request::SendAll { group, .. } => self.wait_for_room(Audience::Group(group), bound),
            Request::CreateGroup(_)
            | Request::ListGroups
            | Request::JoinGroup(_)
            | Request::ListMembers
            | Request::LeaveGroup => self.tell(Notice::Full(bound)),
            Request::Dereg
            | Request::Leave
            | Request::Refresh { .. }
            | Request::Withdraw { .. } => self.conclude(request),
        }
    }

    fn on_group_message_taken(&mut self, request: &Request) {
        let Request::SendAll { group, .. } = *request else {
            return self.conclude(request);
        };
        self.state_of_next(Audience::Group(group), Fact::Accepted);
        self.tell(Notice::GroupMessageTaken);
        self.deliver_next(Audience::Group(group), State::Taken);
    }

    fn on_group_message_refused(&mut self, group: GroupName) {
        self.state_of_next(Audience::Group(group), Fact::Refused);
        if self.group() == Some(group) {
            self.on_membership_lost();
        } else {
            self.tell(Notice::Undelivered(group));
        }
        self.deliver_next(Audience::Group(group), State::Refused);
    }

    fn on_saved(&mut self, request: &Request) {
        let Request::Save { to, .. } = *request else {
            return self.conclude(request);
        };
        let audience = Audience::Person(to);
        self.state_of_next(audience, |id| Fact::Saved { id, to });
        // The next one must not overtake it on the direct way.
        if sabotage::has(Bug::SavedIsNotAway) {
            self.outbox.expect_answer(to);
        } else {
            self.table.mark_away(to, self.now);
        }
        if let Some(at) = self.outbox.front(audience).map(|text| text.at) {
            self.tell(Notice::Saved { at });
        }
        self.deliver_next(audience, State::Saved);
    }

    fn on_exists(&mut self, request: &Request, row: Row) {
        let Request::Save { to, .. } = *request else {
            return self.conclude(request);
        };
        let audience = Audience::Person(to);
        self.state_of_next(audience, |id| Fact::Confirmed { id, by: to });
        // An excerpt is not expected to know everybody.
        if self.table.row(to).is_some() || !self.table.is_excerpt() {
            self.tell(Notice::Exists(to));
            self.tell(Notice::TableUpdated);
        }
        self.table.correct(row, self.now);
        self.tell(Notice::Received { by: to });
        self.deliver_next(audience, State::Delivered);
    }

    fn on_withdrawn(&mut self, request: &Request) {
        let Request::Withdraw { to, number } = *request else {
            return self.conclude(request);
        };
        let n = self.outbox.place(number).unwrap_or_default();
        self.tell(Notice::Cancelled { n, to: Audience::Person(to) });
    }

    fn hear_of(&mut self, group: GroupName) {
        self.state(Fact::GroupTold(group));
        self.membership.hear_of(group);
    }
}
