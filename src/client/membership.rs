//! The group that the client is in, and the groups that it knows of.
//!
//! Being offline does not end a membership: a client that restarts is still a member, and its
//! prompt shows that.

use crate::protocol::GroupName;

/// What the client knows of groups. A client is a member of one group at most.
#[derive(Debug, Default)]
pub(super) struct Membership {
    group: Option<GroupName>,
    heard: Vec<GroupName>,
}

impl Membership {
    /// Returns the group that the client is in.
    pub(super) fn group(&self) -> Option<GroupName> {
        self.group
    }

    /// Returns the groups that the client knows, in the order in which it learned of them.
    pub(super) fn heard(&self) -> &[GroupName] {
        &self.heard
    }

    /// Learns which group the client is in, and returns the one before.
    pub(super) fn replace(&mut self, group: Option<GroupName>) -> Option<GroupName> {
        std::mem::replace(&mut self.group, group)
    }

    /// Learns that there is a group.
    pub(super) fn hear_of(&mut self, group: GroupName) {
        if !self.heard.contains(&group) {
            self.heard.push(group);
        }
    }

    /// Asserts that each group is listed once: the list completes what is typed.
    pub(super) fn assert_invariants(&self) {
        for (at, group) in self.heard.iter().enumerate() {
            let is_repeated = self.heard.iter().take(at).any(|earlier| earlier == group);
            assert!(!is_repeated, "group {group} is listed twice");
        }
    }
}
