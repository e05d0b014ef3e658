//! Promises 6 and 7: the register tables agree, and peers communicate without the server.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::evidence::Evidence;
use super::finding::Finding;
use super::past::Sight;
use crate::protocol::{ClientName, Fact, MessageId, Presence, Row};
use crate::sim::roles::CLIENT;
use chatsim::scenario::ActorName;

/// How much longer than allowed a client may be silent until it is offline: a packet to it may be
/// under way.
const NOTICED_WITHIN: Duration = Duration::from_secs(5);

/// A registered client holds the server's own table, unless that is too large to be broadcast, and
/// clients and server agree on who is online. Without a server there is nothing to agree with.
pub(super) fn tables_agree(evidence: &Evidence<'_>) -> Result<(), Finding> {
    let Some(server) = evidence.server() else {
        return Ok(());
    };
    let clients = || evidence.holdings.iter().filter(|(actor, _)| actor.role() == CLIENT);
    for (actor, holdings) in clients() {
        let own = server.table.iter().find(|row| Some(row.name) == evidence.login(*actor));
        if let Some(row) =
            own.filter(|row| (row.presence == Presence::Online) != holdings.is_online)
        {
            let believed = if holdings.is_online { "online" } else { "offline" };
            let reason = format!(
                "`{actor}` believes that it is {believed} itself, the server knows `{row}`"
            );
            return Err(Finding::general(reason));
        }
    }
    for (actor, holdings) in clients().filter(|(_, holdings)| holdings.is_online) {
        let known: BTreeMap<_, _> = holdings.table.iter().map(|row| (row.name, row)).collect();
        let is_told = server.table.len() <= evidence.settings.rows_broadcast_max;
        if is_told == holdings.is_excerpt {
            let count = server.table.len();
            let believed = if holdings.is_excerpt { "not broadcast" } else { "complete" };
            let reason =
                format!("`{actor}` believes that a register table of {count} rows is {believed}");
            return Err(Finding::general(reason));
        }
        for row in server.table.iter().filter(|_| is_told) {
            match known.get(&row.name) {
                Some(theirs) if *theirs == row => {}
                Some(theirs) => {
                    let reason = format!("`{actor}` knows `{theirs}`, the server knows `{row}`");
                    return Err(Finding::general(reason));
                }
                None => {
                    let reason = format!("`{actor}` does not know `{row}`");
                    return Err(Finding::general(reason));
                }
            }
        }
        let told: BTreeSet<_> = server.table.iter().map(|row| row.name).collect();
        if let Some(row) = holdings.table.iter().find(|row| !told.contains(&row.name)) {
            let reason = format!("`{actor}` knows `{row}`, which the server does not");
            return Err(Finding::general(reason));
        }
    }
    Ok(())
}

/// A message that reaches its receiver's program is taken there, whether there is a server or not;
/// and a client that did not answer, so that the server stores a message, is offline until it comes
/// back.
pub(super) fn peers_talk(evidence: &Evidence<'_>) -> Result<(), Finding> {
    let mut online: BTreeSet<ActorName> = BTreeSet::new();
    let mut taken: BTreeSet<(ActorName, MessageId)> = BTreeSet::new();
    let mut brought: BTreeSet<(ActorName, MessageId)> = BTreeSet::new();
    for sight in &evidence.sights {
        match sight {
            Sight::Arrived { sent, by } if online.contains(by) => {
                let sent = evidence.sent(*sent).filter(|sent| !sent.is_hit);
                let messages = sent.into_iter().flat_map(|sent| &sent.direct);
                let own = messages.filter(|(_, to)| evidence.login(*by) == Some(*to));
                let new = own.map(|(id, _)| (*by, *id)).filter(|it| !taken.contains(it));
                brought.extend(new);
            }
            Sight::Program(actor, _) => {
                // A paused program does not take anything yet, and one that ends need not take it
                // any more.
                online.remove(actor);
                brought.retain(|(by, _)| by != actor);
            }
            Sight::Fact(actor, Fact::Online) => drop(online.insert(*actor)),
            Sight::Fact(actor, Fact::Offline) => {
                online.remove(actor);
                // What arrives while a client leaves waits at the server.
                brought.retain(|(by, _)| by != actor);
            }
            Sight::Fact(actor, fact) => {
                if let Some(id) = fact.arrived() {
                    taken.insert((*actor, id));
                    brought.remove(&(*actor, id));
                }
            }
            Sight::Arrived { .. } | Sight::Sent(_) => {}
        }
    }
    if let Some((actor, id)) = brought.pop_first() {
        let message = evidence.name(id);
        let reason = format!("{message} has reached `{actor}`, which did not take it");
        return Err(Finding::about(id, reason));
    }
    vanished_are_offline(evidence)
}

/// A client that has ended without a word is offline for the server once it was silent for too
/// long, as long as nothing disturbs the server.
pub(super) fn noticed(evidence: &Evidence<'_>) -> Result<(), Finding> {
    let (Some(server), Some(since)) = (evidence.server(), evidence.server_undisturbed_since) else {
        return Ok(());
    };
    let silence = evidence.settings.silence_max;
    for row in server.table.iter().filter(|row| row.presence == Presence::Online) {
        let mut programs = evidence.actors_of(row.name).peekable();
        if programs.peek().is_none() || programs.any(|actor| evidence.running.contains(&actor)) {
            continue;
        }
        let heard = evidence.actors_of(row.name);
        let heard = heard.filter_map(|actor| evidence.heard_by_server.get(&actor)).max();
        let silent_since = heard.map_or(since, |heard| since.max(*heard));
        let silent_for = evidence.now.since(silent_since);
        if silent_for > silence + NOTICED_WITHIN {
            let reason = format!(
                "the server knows `{row}`, from which it has heard nothing for {silent_for:?}"
            );
            return Err(Finding::general(reason));
        }
    }
    Ok(())
}

fn vanished_are_offline(evidence: &Evidence<'_>) -> Result<(), Finding> {
    let Some(server) = evidence.server() else {
        return Ok(());
    };
    let mut silent: BTreeMap<ClientName, MessageId> = BTreeMap::new();
    let mut vanished: BTreeMap<ClientName, MessageId> = BTreeMap::new();
    for stated in &evidence.facts {
        // Who takes the stored message is back, at a new address maybe, without registering again.
        let login = evidence.login(stated.actor);
        if let Some((login, id)) = login.zip(stated.fact.arrived())
            && vanished.get(&login) == Some(&id)
        {
            vanished.remove(&login);
        }
        match stated.fact {
            Fact::FellBack { id, to } => drop(silent.insert(to, id)),
            Fact::Saved { id, to } => {
                if silent.get(&to) == Some(&id) {
                    vanished.insert(to, id);
                }
            }
            Fact::Online => {
                if let Some(login) = login {
                    silent.remove(&login);
                    vanished.remove(&login);
                }
            }
            Fact::Offline
            | Fact::Written { .. }
            | Fact::Taken(_)
            | Fact::Shown(_)
            | Fact::Confirmed { .. }
            | Fact::Accepted(_)
            | Fact::Refused(_)
            | Fact::Receipted { .. }
            | Fact::Expired { .. }
            | Fact::Addressed { .. }
            | Fact::Kept { .. }
            | Fact::GroupTold(_)
            | Fact::Member(_)
            | Fact::Joins(_)
            | Fact::Leaves
            | Fact::Left
            | Fact::Returns
            | Fact::Kicked(_)
            | Fact::Expelled(_) => {}
        }
    }
    for (name, id) in vanished {
        let is_online = |row: &&Row| row.name == name && row.presence == Presence::Online;
        if server.table.iter().any(|row| is_online(&row)) {
            let message = evidence.name(id);
            let reason =
                format!("`{name}` did not answer to {message}, and still counts as online");
            return Err(Finding::about(id, reason));
        }
    }
    Ok(())
}
