//! Clients come back without their users.

use std::collections::BTreeSet;

use super::evidence::Evidence;
use super::finding::Finding;
use super::past::Sight;
use crate::protocol::{Fact, Presence};
use chatsim::scenario::ActorName;
use chatsim::stage::Change;

/// A client that runs is online for the server, unless it went offline by choice of its user or of
/// the operator since it was started. Without a server nobody is.
pub(super) fn back_online(evidence: &Evidence<'_>) -> Result<(), Finding> {
    let Some(server) = evidence.server() else {
        return Ok(());
    };
    let mut away: BTreeSet<ActorName> = BTreeSet::new();
    for sight in &evidence.sights {
        match sight {
            Sight::Fact(actor, Fact::Offline) => drop(away.insert(*actor)),
            Sight::Fact(actor, Fact::Online) | Sight::Program(actor, Change::Started) => {
                away.remove(actor);
            }
            Sight::Fact(..) | Sight::Program(..) | Sight::Sent(_) | Sight::Arrived { .. } => {}
        }
    }
    for actor in evidence.holdings.keys().filter(|actor| !away.contains(actor)) {
        let Some(login) = evidence.login(*actor) else { continue };
        let row = server.table.iter().find(|row| row.name == login);
        if row.is_none_or(|row| row.presence != Presence::Online) {
            let known = row.map_or_else(|| "nothing of it".to_owned(), |row| format!("`{row}`"));
            let reason = format!("`{actor}` did not come back online, the server knows {known}");
            return Err(Finding::general(reason));
        }
    }
    Ok(())
}
