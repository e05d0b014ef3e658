//! A message reaches only those to whom it was written.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::Evidence;
use super::finding::Finding;
use crate::protocol::{Audience, ClientName, Fact, GroupName, MessageId};

/// A message to a person is shown and stored only for that person. A message to a group is
/// delivered only to clients that may be members of the group at that moment, and not to its
/// author.
pub(super) fn addressed(evidence: &Evidence<'_>) -> Result<(), Finding> {
    let mut members = Members::default();
    let mut delivered: BTreeSet<(MessageId, ClientName)> = BTreeSet::new();
    let audience = |id| evidence.written.get(&id).map(|written| written.to);
    for stated in &evidence.facts {
        let actor = stated.actor;
        let login = evidence.login(actor);
        if let Some(login) = login {
            members.hear(login, stated.fact);
        }
        let (id, to, what) = match stated.fact {
            Fact::Addressed { id, to } => {
                delivered.insert((id, to));
                match audience(id) {
                    Some(Audience::Group(group)) if to == id.from || !members.may_be(to, group) => {
                        return Err(stray(evidence, id, &format!("`{actor}` delivers"), to));
                    }
                    Some(Audience::Group(_)) | None => continue,
                    Some(Audience::Person(_)) => (id, to, format!("`{actor}` delivers")),
                }
            }
            Fact::Kept { id, to } => (id, to, format!("`{actor}` stores")),
            Fact::Shown(id) | Fact::Taken(id) => match login {
                Some(login) => (id, login, "a screen shows".to_owned()),
                None => continue,
            },
            Fact::Online
            | Fact::Offline
            | Fact::Written { .. }
            | Fact::Confirmed { .. }
            | Fact::FellBack { .. }
            | Fact::Saved { .. }
            | Fact::Accepted(_)
            | Fact::Refused(_)
            | Fact::Receipted { .. }
            | Fact::Expired { .. }
            | Fact::GroupTold(_)
            | Fact::Member(_)
            | Fact::Joins(_)
            | Fact::Leaves
            | Fact::Left
            | Fact::Returns
            | Fact::Kicked(_)
            // It is stated before what happened earlier and waits for the server's disk.
            | Fact::Expelled(_) => continue,
        };
        let is_addressee = match audience(id) {
            Some(Audience::Person(person)) => person == to,
            // A server that ended at the wrong moment has not stated that it delivers a message.
            Some(Audience::Group(group)) => {
                delivered.contains(&(id, to)) || to != id.from && members.was(to, group)
            }
            None => true,
        };
        if !is_addressee {
            return Err(stray(evidence, id, &what, to));
        }
    }
    Ok(())
}

/// Reports a message that has reached somebody to whom it was not written.
fn stray(evidence: &Evidence<'_>, id: MessageId, what: &str, to: ClientName) -> Finding {
    let audience = evidence.written.get(&id).map(|written| written.to);
    let to_whom = audience.map_or_else(|| "nobody".to_owned(), |audience| audience.to_string());
    let reason = format!("{what} {} for `{to}`, but it is for {to_whom}", evidence.name(id));
    Finding::about(id, reason)
}

/// The groups that clients may be members of, by what their programs stated.
#[derive(Default)]
struct Members {
    of: BTreeMap<ClientName, Membership>,
    /// All groups that each client may have been a member of.
    ever: BTreeSet<(ClientName, GroupName)>,
}

/// The groups that a client may be a member of.
#[derive(Default)]
struct Membership {
    /// The group that it was told it is in.
    told: Option<GroupName>,
    /// The groups that it has asked to join, in order, since it was told of one that it has joined or
    /// left. The server handles them in this order.
    asked: Vec<GroupName>,
    /// How many of them it had asked for when it asked to leave.
    asked_before_leaving: usize,
}

impl Membership {
    /// The first requests to join are handled.
    fn handle(&mut self, count: usize) {
        self.asked.drain(..count.min(self.asked.len()));
        self.asked_before_leaving = self.asked_before_leaving.saturating_sub(count);
    }
}

impl Members {
    /// Takes what a client's program stated.
    fn hear(&mut self, client: ClientName, fact: Fact) {
        let of = self.of.entry(client).or_default();
        if let Fact::Joins(group) = fact {
            of.asked.push(group);
            self.ever.insert((client, group));
        } else if let Fact::Member(group) = fact {
            of.told = Some(group);
            let handled = of.asked.iter().position(|asked| *asked == group);
            of.handle(handled.map_or(0, |index| index + 1));
            self.ever.insert((client, group));
        } else if fact == Fact::Leaves {
            of.asked_before_leaving = of.asked.len();
        } else if fact == Fact::Left {
            // Its earlier requests were handled before that one.
            of.told = None;
            of.handle(of.asked_before_leaving);
        }
    }

    fn may_be(&self, client: ClientName, group: GroupName) -> bool {
        let of = self.of.get(&client);
        of.is_some_and(|of| of.told == Some(group) || of.asked.contains(&group))
    }

    fn was(&self, client: ClientName, group: GroupName) -> bool {
        self.ever.contains(&(client, group))
    }
}
