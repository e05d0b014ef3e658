//! Clients that were kicked stay out, and nobody else is put out.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::Evidence;
use super::finding::Finding;
use crate::protocol::{ClientName, Fact, Presence};
use chatsim::scenario::ActorName;

/// A client that was kicked is offline for the server until its user asks to be registered again,
/// or has started its program again, also after a restart of the server.
pub(super) fn stays_out(evidence: &Evidence<'_>) -> Result<(), Finding> {
    has_left_by_itself(evidence)?;
    is_in_no_group(evidence)?;
    let Some(server) = evidence.server() else {
        return Ok(());
    };
    // The clients that ask to be registered, and those that are out.
    let mut asking: BTreeMap<ClientName, bool> = BTreeMap::new();
    let mut out: BTreeSet<ClientName> = BTreeSet::new();
    for stated in &evidence.facts {
        let login = evidence.login(stated.actor);
        if let Fact::Kicked(client) = stated.fact {
            // One that asks at this moment may have been kicked before.
            if asking.get(&client) != Some(&true) {
                out.insert(client);
            }
        } else if let Some(login) = login
            && stated.fact == Fact::Returns
        {
            asking.insert(login, true);
            out.remove(&login);
        } else if let Some(login) = login
            && stated.fact == Fact::Online
        {
            asking.insert(login, false);
        }
    }
    if let Some((name, group)) = server.members.iter().find(|(name, _)| out.contains(name)) {
        let reason = format!("`{name}` was kicked, and the server has it in group `{group}`");
        return Err(Finding::general(reason));
    }
    let row =
        server.table.iter().find(|row| row.presence == Presence::Online && out.contains(&row.name));
    match row {
        Some(row) => {
            let name = row.name;
            let reason = format!(
                "`{name}` was kicked and has not asked to return, the server knows `{row}`"
            );
            Err(Finding::general(reason))
        }
        None => Ok(()),
    }
}

/// A client is told that it is offline only if its user has asked for that, or it was kicked.
fn has_left_by_itself(evidence: &Evidence<'_>) -> Result<(), Finding> {
    let mut times: BTreeMap<ActorName, usize> = BTreeMap::new();
    for stated in &evidence.facts {
        if stated.fact == Fact::Offline {
            *times.entry(stated.actor).or_default() += 1;
        }
    }
    for (actor, times) in times {
        let Some(login) = evidence.login(actor) else { continue };
        let asked = evidence.goodbyes.of.get(&actor).copied().unwrap_or_default();
        let kicks = evidence.goodbyes.kicks_of(login);
        if evidence.actors_of(login).count() == 1 && times > asked + kicks {
            let reason = format!(
                "`{actor}` went offline {times} times, though its user has asked for it {asked} \
                 times, and it was kicked {kicks} times"
            );
            return Err(Finding::general(reason));
        }
    }
    Ok(())
}

/// A client that was kicked, and was not restarted since, is in no group.
fn is_in_no_group(evidence: &Evidence<'_>) -> Result<(), Finding> {
    let mut kicked: BTreeSet<ActorName> = BTreeSet::new();
    let mut was_kicked: BTreeSet<ClientName> = BTreeSet::new();
    for stated in &evidence.facts {
        let login = evidence.login(stated.actor);
        if let Fact::Kicked(client) = stated.fact {
            was_kicked.insert(client);
        } else if stated.fact == Fact::Offline {
            let is_kicked = login.is_some_and(|login| was_kicked.remove(&login));
            kicked.extend(is_kicked.then_some(stated.actor));
        } else if matches!(stated.fact, Fact::Online | Fact::Returns) {
            kicked.remove(&stated.actor);
            if let Some(login) = login {
                was_kicked.remove(&login);
            }
        }
    }
    for actor in kicked {
        let members = evidence.holdings.get(&actor).map(|holdings| holdings.members.as_slice());
        let held = evidence.holdings.get(&actor).and_then(|holdings| holdings.held.first());
        if let Some(id) = held {
            let message = evidence.name(*id);
            let reason = format!("`{actor}` was kicked and still holds back {message}");
            return Err(Finding::about(*id, reason));
        }
        if let Some([(_, group), ..]) = members {
            let reason = format!("`{actor}` was kicked and believes that it is in group `{group}`");
            return Err(Finding::general(reason));
        }
    }
    Ok(())
}

/// How often each user has typed `dereg`, and the operator `kick`.
#[derive(Default)]
pub(super) struct Goodbyes {
    of: BTreeMap<ActorName, usize>,
    kicks: BTreeMap<String, usize>,
}

impl Goodbyes {
    /// Returns how often the operator has typed that a client is kicked.
    pub(super) fn kicks_of(&self, login: ClientName) -> usize {
        self.kicks.get(login.as_str()).copied().unwrap_or_default()
    }

    /// Takes a typed line.
    pub(super) fn take(&mut self, actor: ActorName, line: &str) {
        if let Some(name) = line.strip_prefix("kick ") {
            *self.kicks.entry(name.to_owned()).or_default() += 1;
        } else if line.starts_with("dereg") {
            *self.of.entry(actor).or_default() += 1;
        }
    }
}
