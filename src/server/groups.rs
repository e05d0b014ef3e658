//! Groups, their members in the order in which they joined, and what members ask about them.

use std::collections::{BTreeMap, BTreeSet};

use super::outputs::Effect;
use super::report::Report;
use super::words::{GroupInfo, Notice};
use crate::protocol::limits::{GROUP_MEMBERS_MAX, GROUPS_MAX};
use crate::protocol::{Answer, Bound, ClientName, Fact, GroupName, RequestId};
use crate::records::{Change, ServerKey, ServerRecord};

/// All groups in the order in which they were created. A client is in one group at most.
#[derive(Debug, Default)]
pub(super) struct Groups {
    all: Vec<Group>,
    of_client: BTreeMap<ClientName, GroupName>,
    /// The number of the last join, over all groups.
    last_join: u64,
    /// The last answer to each client, in case it repeats the request.
    answers: BTreeMap<ClientName, (RequestId, Answer)>,
}

#[derive(Debug)]
struct Group {
    number: u64,
    name: GroupName,
    /// Members in the order in which they joined, each with the number of its join.
    members: Vec<(u64, ClientName)>,
}

/// The result of a request: the answer, and the effects that come before it, in this order.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) answer: Answer,
    pub(super) effects: Vec<Effect>,
}

impl Group {
    fn members(&self) -> Vec<ClientName> {
        self.members.iter().map(|(_, member)| *member).collect()
    }
}

impl Outcome {
    /// Only the operator is shown that the request was answered.
    fn answered(answer: Answer) -> Self {
        Self { answer, effects: vec![Effect::Notice(Notice::Answered)] }
    }
}

impl Groups {
    /// Adds a group, unless there is one of this name. Numbers must increase.
    pub(super) fn restore(&mut self, number: u64, name: GroupName) {
        if self.find(name).is_none() {
            self.all.push(Group { number, name, members: Vec::new() });
        }
    }

    /// Adds a client to a group, if it exists, and removes it from any other.
    pub(super) fn restore_member(&mut self, client: ClientName, group: GroupName, join: u64) {
        self.remove(client);
        if let Some(found) = self.find_mut(group) {
            let place = found.members.partition_point(|(earlier, _)| *earlier < join);
            found.members.insert(place, (join, client));
            self.of_client.insert(client, group);
            self.last_join = self.last_join.max(join);
        }
    }

    /// Removes a client from its group. Returns the group, and what is to be stored.
    fn remove(&mut self, client: ClientName) -> Option<(GroupName, Change)> {
        let name = self.of_client.remove(&client)?;
        if let Some(group) = self.find_mut(name) {
            group.members.retain(|(_, member)| *member != client);
        }
        Some((name, ServerKey::Member(client).remove()))
    }

    /// Returns the answer to a request that was answered before.
    pub(super) fn answer_before(&self, client: ClientName, request: RequestId) -> Option<&Answer> {
        let (answered, answer) = self.answers.get(&client)?;
        (*answered == request).then_some(answer)
    }

    /// Notes the answer to a request, which is the same if it is repeated.
    pub(super) fn note_answer(&mut self, client: ClientName, request: RequestId, answer: Answer) {
        self.answers.insert(client, (request, answer));
    }

    pub(super) fn create(&mut self, client: ClientName, group: GroupName) -> Outcome {
        if self.find(group).is_some() {
            return Outcome::answered(Answer::GroupExists);
        }
        if self.all.len() >= GROUPS_MAX {
            return Outcome::answered(Answer::Full(Bound::Groups));
        }
        let number = self.all.last().map_or(1, |last| last.number + 1);
        self.restore(number, group);
        let effects = vec![
            Effect::Change(ServerRecord::Group { number, group }.put()),
            Effect::Report(Report::GroupCreated { client, group }),
            Effect::Notice(Notice::Answered),
        ];
        Outcome { answer: Answer::GroupCreated, effects }
    }

    pub(super) fn list(&self, by: ClientName) -> Outcome {
        let groups = self.names();
        let requested = Notice::GroupsRequested { by, groups: groups.clone() };
        let effects = vec![Effect::Notice(requested), Effect::Notice(Notice::Answered)];
        Outcome { answer: Answer::Groups(groups), effects }
    }

    pub(super) fn join(&mut self, client: ClientName, group: GroupName) -> Outcome {
        if let Some(present) = self.of(client) {
            return Outcome::answered(Answer::AlreadyMember(present));
        }
        let Some(found) = self.find(group) else {
            let mut outcome = Outcome::answered(Answer::NoSuchGroup);
            outcome.effects.push(Effect::Notice(Notice::JoinFailed { client, group }));
            return outcome;
        };
        if found.members.len() >= GROUP_MEMBERS_MAX {
            return Outcome::answered(Answer::Full(Bound::Members));
        }
        let number = self.last_join + 1;
        self.restore_member(client, group, number);
        let effects = vec![
            Effect::Notice(Notice::Answered),
            Effect::Change(ServerRecord::Member { client, group, number }.put()),
            Effect::Report(Report::Joined { client, group }),
            Effect::Notice(Notice::Joined { client, group, groups: self.infos() }),
        ];
        Outcome { answer: Answer::GroupJoined, effects }
    }

    pub(super) fn list_members(&self, by: ClientName) -> Outcome {
        let Some(group) = self.of(by) else { return Outcome::answered(Answer::NotMember) };
        let members = self.members(group);
        let requested = Notice::MembersRequested { by, group, members: members.clone() };
        let effects = vec![Effect::Notice(requested), Effect::Notice(Notice::Answered)];
        Outcome { answer: Answer::Members(members), effects }
    }

    pub(super) fn leave(&mut self, client: ClientName) -> Outcome {
        let Some((group, change)) = self.remove(client) else {
            return Outcome::answered(Answer::NotMember);
        };
        let effects = vec![
            Effect::Change(change),
            Effect::Report(Report::Left { client, group }),
            Effect::Notice(Notice::Left { client, group, groups: self.infos() }),
            Effect::Notice(Notice::Answered),
        ];
        Outcome { answer: Answer::GroupLeft, effects }
    }

    /// Removes a client from its group without its own request.
    pub(super) fn expel(&mut self, client: ClientName) -> Option<[Effect; 2]> {
        let (_, change) = self.remove(client)?;
        Some([Effect::FactAtOnce(Fact::Expelled(client)), Effect::Change(change)])
    }

    /// Removes a client from a group, if it is a member, because it did not take one of the group's
    /// messages.
    pub(super) fn expel_silent(&mut self, client: ClientName, group: GroupName) -> Vec<Effect> {
        if self.of(client) != Some(group) {
            return Vec::new();
        }
        let left = Effect::Report(Report::Left { client, group });
        let removed = Effect::Notice(Notice::MemberRemoved { client, group });
        self.expel(client).into_iter().flatten().chain([left, removed]).collect()
    }

    /// Returns all groups as an operator sees them.
    pub(super) fn infos(&self) -> Vec<GroupInfo> {
        let info = |it: &Group| GroupInfo { group: it.name, members: it.members() };
        self.all.iter().map(info).collect()
    }

    /// Returns the group that a client is in.
    pub(super) fn of(&self, client: ClientName) -> Option<GroupName> {
        self.of_client.get(&client).copied()
    }

    fn find(&self, name: GroupName) -> Option<&Group> {
        self.all.iter().find(|group| group.name == name)
    }

    fn find_mut(&mut self, name: GroupName) -> Option<&mut Group> {
        self.all.iter_mut().find(|group| group.name == name)
    }

    /// Returns the members of a group in the order in which they joined.
    pub(super) fn members(&self, name: GroupName) -> Vec<ClientName> {
        self.find(name).map(Group::members).unwrap_or_default()
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn names(&self) -> Vec<GroupName> {
        self.all.iter().map(|group| group.name).collect()
    }

    /// Returns the memberships of all clients.
    pub(super) fn memberships(&self) -> impl Iterator<Item = (ClientName, GroupName)> {
        self.of_client.iter().map(|(client, group)| (*client, *group))
    }

    /// Panics unless groups and memberships agree: otherwise a client would get messages of a group
    /// that it has left, or none of the one it is in. The numbers of joins must increase, since a
    /// restart restores the members in that order.
    pub(super) fn assert_invariants(&self) {
        assert!(
            self.all.iter().is_sorted_by(|a, b| a.number < b.number),
            "the numbers of groups increase"
        );
        let names: BTreeSet<_> = self.names().into_iter().collect();
        assert_eq!(names.len(), self.all.len(), "each name is that of one group");
        let mut members = BTreeMap::new();
        for group in &self.all {
            assert!(
                group.members.is_sorted_by(|(a, _), (b, _)| a < b),
                "the joins of group {} increase",
                group.name
            );
            assert!(
                group.members.last().is_none_or(|(join, _)| *join <= self.last_join),
                "no join was later than the last one"
            );
            for (_, member) in &group.members {
                let other = members.insert(*member, group.name);
                assert_eq!(other, None, "{member} is in one group");
            }
        }
        assert_eq!(self.of_client, members, "clients are in the groups that list them");
    }
}
