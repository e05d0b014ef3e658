//! What the server knows of clients is true.

use super::evidence::Evidence;
use super::finding::Finding;
use crate::protocol::{Presence, Row};
use crate::sim::roles::CLIENT;

/// The server knows the address of each client that is online, and the group that it is in.
pub(super) fn server_knows(evidence: &Evidence<'_>) -> Result<(), Finding> {
    let Some(server) = evidence.server() else {
        return Ok(());
    };
    for (actor, holdings) in &evidence.holdings {
        let Some(login) = evidence.login(*actor) else { continue };
        if actor.role() != CLIENT || !holdings.is_online {
            continue;
        }
        let is_own = |row: &&Row| row.name == login && row.presence == Presence::Online;
        if let Some(row) = server.table.iter().find(is_own)
            && let Some(address) = evidence.addresses.get(actor)
            && row.address != *address
        {
            let reason = format!("`{actor}` is at `{address}`, the server knows `{row}`");
            return Err(Finding::general(reason));
        }
        let own = |(member, _): &&(_, _)| *member == login;
        let believed = holdings.members.iter().find(own).map(|(_, group)| *group);
        let known = server.members.iter().find(own).map(|(_, group)| *group);
        if believed != known {
            let group = |group: Option<_>| {
                group.map_or_else(|| "no group".to_owned(), |group| format!("group `{group}`"))
            };
            let (believed, known) = (group(believed), group(known));
            let reason = format!(
                "`{actor}` believes that it is in {believed}, the server knows that it is in {known}"
            );
            return Err(Finding::general(reason));
        }
    }
    Ok(())
}
