//! What the server has acknowledged about clients and groups outlives its program.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::Evidence;
use super::finding::Finding;
use crate::protocol::{Audience, ClientName, Fact, GroupName};
use crate::sim::roles::server;

/// What the server knows, or its disk stores while it is down.
struct Known {
    names: BTreeSet<ClientName>,
    groups: BTreeSet<GroupName>,
    members: BTreeMap<ClientName, GroupName>,
}

impl Known {
    fn of(evidence: &Evidence<'_>) -> Option<Self> {
        if let Some(server) = evidence.server() {
            return Some(Self {
                names: server.table.iter().map(|row| row.name).collect(),
                groups: server.groups.iter().copied().collect(),
                members: server.members.iter().copied().collect(),
            });
        }
        let kept = evidence.kept_by_server()?;
        let (names, groups) = (kept.names.clone(), kept.groups.clone());
        Some(Self { names, groups, members: kept.members.clone() })
    }

    fn has_members(&self, members: &BTreeMap<ClientName, GroupName>) -> Result<(), Finding> {
        let unknown = members.iter().find(|(login, group)| self.members.get(login) != Some(*group));
        unknown.map_or(Ok(()), |(login, group)| {
            Err(Finding::general(format!(
                "`{login}` was told that it is in group `{group}`, but the server does not know that"
            )))
        })
    }
}

/// Once registered, a client is known for ever, and so is each group that was reported to any
/// client; a client that was told that it is a member is one, until it leaves or is removed for its
/// silence.
pub(super) fn outlives(evidence: &Evidence<'_>) -> Result<(), Finding> {
    let Some(known) = Known::of(evidence) else {
        return Ok(());
    };
    let refuse = |reason: String| Err(Finding::general(reason));
    let mut members: BTreeMap<ClientName, GroupName> = BTreeMap::new();
    let mut expelled: BTreeSet<ClientName> = BTreeSet::new();
    let mut visits = Visits::default();
    for stated in &evidence.facts {
        let login = evidence.login(stated.actor);
        visits.hear(evidence, login, stated.fact);
        match stated.fact {
            Fact::Online => {
                if let Some(login) = login.filter(|login| !known.names.contains(login)) {
                    return refuse(format!(
                        "`{login}` was registered, but the server does not know it"
                    ));
                }
            }
            Fact::GroupTold(group) | Fact::Member(group) if !known.groups.contains(&group) => {
                return refuse(format!(
                    "`{}` was told of group `{group}`, but the server does not know it",
                    stated.actor
                ));
            }
            // A report of a membership may arrive after its end.
            Fact::Member(group) => {
                let login = login.filter(|login| !expelled.contains(login));
                members.extend(login.map(|login| (login, group)));
            }
            Fact::Leaves => drop(login.and_then(|login| members.remove(&login))),
            Fact::Expelled(login) => {
                if let Some(group) = visits.left_without_reason(evidence, login) {
                    return refuse(format!(
                        "`{login}` was removed from group `{group}`, of which it has missed nothing"
                    ));
                }
                expelled.insert(login);
                members.remove(&login);
            }
            Fact::GroupTold(_)
            | Fact::Offline
            | Fact::Written { .. }
            | Fact::Taken(_)
            | Fact::Shown(_)
            | Fact::Confirmed { .. }
            | Fact::FellBack { .. }
            | Fact::Saved { .. }
            | Fact::Accepted(_)
            | Fact::Refused(_)
            | Fact::Receipted { .. }
            | Fact::Expired { .. }
            | Fact::Addressed { .. }
            | Fact::Kept { .. }
            | Fact::Joins(_)
            | Fact::Left
            | Fact::Returns
            | Fact::Kicked(_) => {}
        }
    }
    known.has_members(&members)
}

/// The groups that clients are in, and those of which messages were sent to them.
#[derive(Default)]
struct Visits {
    /// The group that each client has asked to join last.
    asked: BTreeMap<ClientName, GroupName>,
    /// The group that each client was told last that it is in.
    told: BTreeMap<ClientName, GroupName>,
    addressed: BTreeSet<(ClientName, GroupName)>,
}

impl Visits {
    fn hear(&mut self, evidence: &Evidence<'_>, login: Option<ClientName>, fact: Fact) {
        if let Fact::Joins(group) = fact {
            self.asked.extend(login.map(|login| (login, group)));
        } else if fact == Fact::Leaves {
            login.and_then(|login| self.asked.remove(&login));
        } else if let Fact::Member(group) = fact {
            self.told.extend(login.map(|login| (login, group)));
        } else if let Fact::Addressed { id, to } = fact
            && let Some(Audience::Group(group)) = evidence.written.get(&id).map(|it| it.to)
        {
            self.addressed.insert((to, group));
        }
    }

    /// Returns the group that a client was removed from though it has missed no message to it, and
    /// was not kicked. A server that ended at the wrong moment has not stated that it delivers one.
    fn left_without_reason(&self, evidence: &Evidence<'_>, login: ClientName) -> Option<GroupName> {
        let group = *self.told.get(&login)?;
        let is_in_it = self.asked.get(&login) == Some(&group);
        let is_excused = self.addressed.contains(&(login, group))
            || evidence.ends.contains_key(&server())
            || evidence.goodbyes.kicks_of(login) > 0;
        (is_in_it && !is_excused).then_some(group)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Holdings;
    use crate::sim::promises::testing::{Holding as _, check, client, scenario};
    use crate::sim::server;
    use chatsim::scenario::ActorName;
    use chatsim::stage::{Recorded, TraceEvent};

    fn group() -> GroupName {
        "g".parse().unwrap()
    }

    fn name() -> ClientName {
        "c1".parse().unwrap()
    }

    /// Checks these facts of c1, while the server knows the group and no clients.
    fn said(facts: impl IntoIterator<Item = (ActorName, Fact)>) -> String {
        let events = facts.into_iter().map(|(actor, fact)| TraceEvent::Fact(actor, fact.encode()));
        let known = Holdings { groups: vec![group()], ..Holdings::default() };
        let stage = Recorded::default()
            .with_events(events)
            .holding(server(), known)
            .holding(client("c1"), Holdings::default());
        let checked = check("nothing_lost", &scenario(), &stage);
        checked.err().map(|broken| broken.reason).unwrap_or_default()
    }

    #[test]
    fn a_group_that_somebody_was_told_of_is_there_for_ever() {
        let other = "h".parse().unwrap();
        let told = |group| (client("c1"), Fact::GroupTold(group));
        assert_eq!(said([told(group())]), "");
        let reason = "`c1` was told of group `h`, but the server does not know it";
        assert_eq!(said([told(other)]), reason);
    }

    #[test]
    fn a_member_is_one_until_it_leaves_or_is_taken_out() {
        let member = || (client("c1"), Fact::Member(group()));
        let reason = "`c1` was told that it is in group `g`, but the server does not know that";
        assert_eq!(said([member()]), reason);
        let leaves = (client("c1"), Fact::Leaves);
        assert_eq!(said([member(), leaves]), "");
        assert_eq!(said([member(), leaves, member()]), reason);
        let expelled = (server(), Fact::Expelled(name()));
        let joined = [(client("c1"), Fact::Joins(group())), member(), expelled];
        let reason = "`c1` was removed from group `g`, of which it has missed nothing";
        assert_eq!(said(joined), reason);
        assert_eq!(said([member(), expelled]), "");
        assert_eq!(said([expelled, member()]), "", "told before, heard later");
    }
}
