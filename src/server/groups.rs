//! Groups: who is in them, and what is said in them.

use std::collections::BTreeMap;

use super::machine::{Awaited, Caller, Server};
use super::mailboxes::Letter;
use super::postings::TO_CLIENT;
use super::register::Standpoint;
use super::report::Report;
use super::words::{GroupInfo, Notice};
use crate::protocol::limits::{GROUP_MEMBERS_MAX, GROUPS_MAX};
use crate::protocol::sabotage::{self, Bug};
use crate::protocol::{
    Address, Answer, Bound, ClientName, Fact, GroupName, GroupText, KeptText, MessageId, Packet,
    Request, Text, codec,
};
use crate::records::{Key, Record};

/// All groups in the order of their making. A client is in one group at most.
#[derive(Debug, Default)]
pub(super) struct Groups {
    all: Vec<Group>,
    of_client: BTreeMap<ClientName, GroupName>,
    /// The number of the last coming of anybody to any group.
    last_coming: u64,
}

#[derive(Debug)]
struct Group {
    number: u64,
    name: GroupName,
    /// Members in the order of their coming, each with the number of that.
    members: Vec<(u64, ClientName)>,
}

impl Group {
    fn members(&self) -> Vec<ClientName> {
        self.members.iter().map(|(_, member)| *member).collect()
    }
}

impl Groups {
    pub(super) fn create(&mut self, number: u64, name: GroupName) {
        if self.find(name).is_none() {
            self.all.push(Group { number, name, members: Vec::new() });
        }
    }

    pub(super) fn join(&mut self, client: ClientName, group: GroupName, coming: u64) {
        self.leave(client);
        if let Some(group) = self.all.iter_mut().find(|it| it.name == group) {
            let place = group.members.partition_point(|(earlier, _)| *earlier < coming);
            group.members.insert(place, (coming, client));
            self.of_client.insert(client, group.name);
            self.last_coming = self.last_coming.max(coming);
        }
    }

    pub(super) fn leave(&mut self, client: ClientName) {
        if let Some(group) = self.of_client.remove(&client)
            && let Some(group) = self.all.iter_mut().find(|it| it.name == group)
        {
            group.members.retain(|(_, member)| *member != client);
        }
    }

    /// Tells all groups, as an operator sees them.
    pub(super) fn infos(&self) -> Vec<GroupInfo> {
        let info = |it: &Group| GroupInfo { group: it.name, members: it.members() };
        self.all.iter().map(info).collect()
    }

    /// Finds the group that a client is in.
    pub(super) fn of(&self, client: ClientName) -> Option<GroupName> {
        self.of_client.get(&client).copied()
    }

    fn find(&self, name: GroupName) -> Option<&Group> {
        self.all.iter().find(|group| group.name == name)
    }

    fn members(&self, name: GroupName) -> Vec<ClientName> {
        self.find(name).map(Group::members).unwrap_or_default()
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn names(&self) -> Vec<GroupName> {
        self.all.iter().map(|group| group.name).collect()
    }

    /// Tells who is in which group.
    pub(super) fn memberships(&self) -> impl Iterator<Item = (ClientName, GroupName)> {
        self.of_client.iter().map(|(client, group)| (*client, *group))
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
            Request::CreateGroup(group) => self.create_group(client, group),
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

    fn create_group(&mut self, client: ClientName, group: GroupName) -> Answer {
        let answer = if self.groups.find(group).is_some() {
            Answer::GroupExists
        } else if self.groups.all.len() >= GROUPS_MAX {
            Answer::Full(Bound::Groups)
        } else {
            let number = self.groups.all.last().map_or(1, |last| last.number + 1);
            self.put(Record::Group { number, group });
            self.report(Report::GroupCreated { client, group });
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
        self.put(Record::Member { client, group, number: self.groups.last_coming + 1 });
        self.report(Report::Joined { client, group });
        self.tell(Notice::Joined { client, group, groups: self.groups.infos() });
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
                self.remove(Key::Member(client));
                self.report(Report::Left { client, group });
                self.tell(Notice::Left { client, group, groups: self.groups.infos() });
                Answer::GroupLeft
            }
            None => Answer::NotMember,
        };
        self.tell(Notice::Answered);
        answer
    }

    /// Gives a message to all members but its author: now, or later to those who are away. It is
    /// kept for each of them until they have it. One that was taken before, and is brought again,
    /// is not taken twice.
    fn send_all(&mut self, from: ClientName, group: GroupName, text: Text) -> Answer {
        let kept = KeptText { from, group: Some(group), text };
        if self.handled.contains(kept.id()) {
            return Answer::GroupMessageTaken;
        }
        if self.groups.of(from) != Some(group) {
            self.tell(Notice::Answered);
            return Answer::NotMember;
        }
        let mut members = self.groups.members(group);
        members.retain(|member| *member != from);
        let room = |to: &ClientName| self.mail.room_for(*to, &kept, &self.settings);
        if let Err(bound) = members.iter().try_for_each(room) {
            self.report(Report::NoRoom { id: kept.id(), bound });
            return Answer::Full(bound);
        }
        self.report(Report::GroupMessage { id: kept.id(), group });
        self.tell(Notice::GroupMessage { from, group, body: kept.text.body.clone() });
        let (online, away): (Vec<_>, Vec<_>) =
            members.into_iter().partition(|member| self.online_address(*member).is_some());
        let members = away.iter().chain(&online);
        let numbers: Vec<_> = members.map(|to| (*to, self.keep(*to, kept.clone()))).collect();
        for (to, _) in &numbers {
            self.state(Fact::Addressed { id: kept.id(), to: *to });
        }
        for to in &away {
            self.state_kept(kept.id(), *to);
        }
        let id = kept.id();
        let packet = Packet::Group(GroupText { from, group, text: kept.text });
        let packet = codec::encode_packet(&packet);
        for (member, number) in numbers.into_iter().skip(away.len()) {
            self.send_to_member(member, number, id, &packet);
        }
        Answer::GroupMessageTaken
    }

    /// Sends an encoded message to a member, for whom it is kept under a number.
    fn send_to_member(&mut self, member: ClientName, number: u64, id: MessageId, packet: &[u8]) {
        self.tell_updates(member);
        let Some(to) = self.online_address(member) else {
            return self.state_kept(id, member);
        };
        self.mail.set_under_way(member, number, true);
        if sabotage::has(Bug::GroupMailNotKept) {
            self.drop_letter(member, number);
        }
        let awaited = Some(Awaited::Group { member, number, life: self.life_of(member) });
        self.post_encoded(to, packet.to_vec(), TO_CLIENT, awaited);
    }

    /// A member has a group message, which is kept no longer.
    pub(super) fn on_member_has(&mut self, member: ClientName, number: u64) {
        self.messages.direct += 1;
        if let Some(id) = self.mail.letter(member, number).map(Letter::id) {
            self.report(Report::Direct { id, to: member });
        }
        self.drop_letter(member, number);
    }

    /// A member has not taken a group message, and finds it when it returns.
    pub(super) fn on_member_missed(&mut self, client: ClientName, number: u64) {
        if let Some(id) = self.mail.letter(client, number).map(Letter::id) {
            if sabotage::has(Bug::MissedIsDropped) {
                return self.drop_letter(client, number);
            }
            self.mail.set_under_way(client, number, false);
            self.state_kept(id, client);
            self.deliver_to_whoever_is_there(client);
        }
    }

    /// A member does not answer any more: it is out.
    pub(super) fn on_member_silent(&mut self, client: ClientName, number: u64) {
        let group = self.mail.letter(client, number).and_then(|letter| letter.text().group);
        if let Some(group) = group.filter(|group| self.groups.of(client) == Some(*group)) {
            // Said at once: after a crash nobody could tell whether that was stored.
            self.facts.push_back(Fact::Expelled(client));
            self.remove(Key::Member(client));
            self.report(Report::Left { client, group });
            self.tell(Notice::MemberRemoved { client, group });
        }
    }

    /// Tells where a client can be reached, if it is online.
    pub(super) fn online_address(&self, name: ClientName) -> Option<Address> {
        let registration = self.clients.get(&name)?;
        (registration.standpoint == Standpoint::Online).then_some(registration.address)
    }
}
