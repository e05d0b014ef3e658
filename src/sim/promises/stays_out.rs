//! Clients that were kicked stay out.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::Evidence;
use super::finding::Finding;
use crate::protocol::{ClientName, Fact, Presence};

/// A client that was kicked is offline for the server until its user asks to be registered again,
/// or has started its program again, also after a restart of the server.
pub(super) fn stays_out(evidence: &Evidence<'_>) -> Result<(), Finding> {
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
