//! Groups: who is in them, and what is said in them.

use std::collections::BTreeMap;

use super::machine::{Awaited, Caller, Server};
use super::record::Record;
use super::register::Standpoint;
use super::words::{GroupInfo, Notice};
use crate::protocol::limits::{CLIENT_PATIENCE, GROUP_MEMBERS_MAX, GROUPS_MAX};
use crate::protocol::{
    Address, Answer, Bound, ClientName, Fact, GroupName, GroupText, KeptText, Packet, Request, Text,
};

/// All groups in the order of their making. A client is in one group at most.
#[derive(Debug, Default)]
pub(super) struct Groups {
    all: Vec<GroupInfo>,
    of_client: BTreeMap<ClientName, GroupName>,
}

impl Groups {
    pub(super) fn create(&mut self, group: GroupName) {
        if self.find(group).is_none() {
            self.all.push(GroupInfo { group, members: Vec::new() });
        }
    }

    pub(super) fn join(&mut self, group: GroupName, client: ClientName) {
        if let Some(info) = self.all.iter_mut().find(|info| info.group == group)
            && !info.members.contains(&client)
        {
            info.members.push(client);
            self.of_client.insert(client, group);
        }
    }

    pub(super) fn leave(&mut self, group: GroupName, client: ClientName) {
        if let Some(info) = self.all.iter_mut().find(|info| info.group == group) {
            info.members.retain(|member| *member != client);
            self.of_client.remove(&client);
        }
    }

    /// Finds the group that a client is in.
    pub(super) fn of(&self, client: ClientName) -> Option<GroupName> {
        self.of_client.get(&client).copied()
    }

    fn find(&self, group: GroupName) -> Option<&GroupInfo> {
        self.all.iter().find(|info| info.group == group)
    }

    fn members(&self, group: GroupName) -> Vec<ClientName> {
        self.find(group).map(|info| info.members.clone()).unwrap_or_default()
    }

    fn names(&self) -> Vec<GroupName> {
        self.all.iter().map(|info| info.group).collect()
    }
}

impl Server {
    /// Deals with a request about groups; one that is asked again is answered as before.
    pub(super) fn on_group_request(&mut self, caller: Caller, request: Request) {
        let client = caller.name;
        let repeated = self
            .clients
            .get(&client)
            .and_then(|registration| registration.last_answer.clone())
            .filter(|(answered, _)| *answered == caller.request);
        if let Some((_, answer)) = repeated {
            return self.answer_caller(caller, answer);
        }
        let answer = match request {
            Request::CreateGroup(group) => self.create_group(group),
            Request::ListGroups => self.list_groups(client),
            Request::JoinGroup(group) => self.join_group(client, group),
            Request::ListMembers => self.list_members(client),
            Request::LeaveGroup => self.leave_group(client),
            Request::SendAll { group, text } => self.send_all(client, group, text),
            _ => return,
        };
        if let Some(registration) = self.clients.get_mut(&client) {
            registration.last_answer = Some((caller.request, answer.clone()));
        }
        self.answer_caller(caller, answer);
        self.tell(Notice::Listening);
    }

    fn create_group(&mut self, group: GroupName) -> Answer {
        let answer = if self.groups.find(group).is_some() {
            Answer::GroupExists
        } else if self.groups.all.len() >= GROUPS_MAX {
            Answer::Full(Bound::Groups)
        } else {
            self.record(Record::GroupCreated(group));
            Answer::GroupCreated
        };
        self.tell(Notice::Answered);
        answer
    }

    fn list_groups(&mut self, by: ClientName) -> Answer {
        let groups = self.groups.names();
        self.tell(Notice::GroupsRequested { by, groups: groups.clone() });
        self.tell(Notice::Answered);
        Answer::Groups(groups)
    }

    fn join_group(&mut self, client: ClientName, group: GroupName) -> Answer {
        self.tell(Notice::Answered);
        if let Some(present) = self.groups.of(client) {
            return Answer::AlreadyMember(present);
        }
        let Some(info) = self.groups.find(group) else {
            self.tell(Notice::JoinFailed { client, group });
            return Answer::NoSuchGroup;
        };
        if info.members.len() >= GROUP_MEMBERS_MAX {
            return Answer::Full(Bound::Members);
        }
        self.record(Record::Joined { client, group });
        self.tell(Notice::Joined { client, group, groups: self.groups.all.clone() });
        Answer::GroupJoined
    }

    fn list_members(&mut self, by: ClientName) -> Answer {
        let answer = match self.groups.of(by) {
            Some(group) => {
                let members = self.groups.members(group);
                self.tell(Notice::MembersRequested { by, group, members: members.clone() });
                Answer::Members(members)
            }
            None => Answer::NotMember,
        };
        self.tell(Notice::Answered);
        answer
    }

    fn leave_group(&mut self, client: ClientName) -> Answer {
        let answer = match self.groups.of(client) {
            Some(group) => {
                self.record(Record::Left { client, group });
                self.tell(Notice::Left { client, group, groups: self.groups.all.clone() });
                Answer::GroupLeft
            }
            None => Answer::NotMember,
        };
        self.tell(Notice::Answered);
        answer
    }

    /// Gives a message to all members but its author: now, or kept for those who are away.
    fn send_all(&mut self, from: ClientName, group: GroupName, text: Text) -> Answer {
        if self.groups.of(from) != Some(group) {
            self.tell(Notice::Answered);
            return Answer::NotMember;
        }
        let (online, away): (Vec<_>, Vec<_>) = self
            .groups
            .members(group)
            .into_iter()
            .filter(|member| *member != from)
            .partition(|member| self.online_address(*member).is_some());
        if away.iter().any(|member| !self.has_room_for(*member, &text)) {
            return Answer::Full(Bound::Mailbox);
        }
        self.tell(Notice::GroupMessage { from, group, body: text.body.clone() });
        let kept = KeptText { from, group: Some(group), text };
        for to in away.iter().chain(&online) {
            self.state(Fact::Addressed { id: kept.id(), to: *to });
        }
        for to in away {
            self.keep(to, kept.clone());
        }
        for member in online {
            self.send_to_member(member, group, &kept);
        }
        Answer::GroupMessageTaken
    }

    fn send_to_member(&mut self, member: ClientName, group: GroupName, kept: &KeptText) {
        self.tell_updates(member);
        let Some(to) = self.online_address(member) else {
            return self.keep(member, kept.clone());
        };
        let packet = Packet::Group(GroupText { from: kept.from, group, text: kept.text.clone() });
        let awaited = Awaited::Group { member, text: kept.clone() };
        self.post(to, &packet, CLIENT_PATIENCE.into(), Some(awaited));
    }

    /// A member did not take a group message: it is out, and finds the message when it returns.
    pub(super) fn on_member_silent(&mut self, client: ClientName, text: KeptText) {
        if let Some(group) = text.group.filter(|group| self.groups.of(client) == Some(*group)) {
            self.record(Record::Left { client, group });
            self.tell(Notice::MemberRemoved { client, group });
        }
        self.keep(client, text);
    }

    /// Tells where a client can be reached, if it is online.
    pub(super) fn online_address(&self, name: ClientName) -> Option<Address> {
        let registration = self.clients.get(&name)?;
        (registration.standpoint == Standpoint::Online).then_some(registration.address)
    }
}
