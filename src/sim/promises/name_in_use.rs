//! A name belongs to one program at a time.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::Evidence;
use super::finding::Finding;
use super::past::Sight;
use crate::protocol::{ClientName, Fact};
use crate::sim::roles::{CLIENT, server};
use chatsim::scenario::{ActorName, Disk};
use chatsim::stage::Change;

/// A second program is registered under a name only if the first one is offline, or may not have
/// answered the server: a datagram to it or from it was hit by a fault, or the program was changed,
/// or its disk is not healthy; or the server has forgotten it in a restart.
pub(super) fn name_in_use(evidence: &Evidence<'_>) -> Result<(), Finding> {
    let mut names = BTreeSet::new();
    if evidence.clients().all(|(_, login)| names.insert(login)) {
        return Ok(());
    }
    let mut holders: BTreeMap<ClientName, ActorName> = BTreeMap::new();
    let mut slow: BTreeSet<ActorName> = BTreeSet::new();
    for sight in &evidence.sights {
        match sight {
            Sight::Sent(sent) if sent.is_hit => {
                holders.retain(|_, holder| *holder != sent.from && Some(*holder) != sent.to);
            }
            Sight::Program(actor, change) => {
                note_disk(&mut slow, *actor, *change);
                let is_server = *actor == server();
                holders.retain(|_, holder| !is_server && holder != actor);
            }
            Sight::Fact(actor, fact) if actor.role() == CLIENT => {
                let Some(login) = evidence.login(*actor) else { continue };
                if *fact == Fact::Online {
                    let before = holders.remove(&login);
                    // What a slow disk holds back may be stated too late.
                    let is_new = !slow.contains(actor);
                    if let Some(holder) = before.filter(|holder| is_new && holder != actor) {
                        let reason = format!(
                            "`{actor}` is registered as `{login}`, which `{holder}` has and did \
                             not give up"
                        );
                        return Err(Finding::general(reason));
                    }
                    if !slow.contains(actor) {
                        holders.insert(login, *actor);
                    }
                } else if *fact == Fact::Offline && holders.get(&login) == Some(actor) {
                    holders.remove(&login);
                }
            }
            Sight::Fact(_, Fact::Kicked(login)) => drop(holders.remove(login)),
            Sight::Sent(_) | Sight::Arrived { .. } | Sight::Fact(..) => {}
        }
    }
    Ok(())
}

pub(super) fn note_disk(slow: &mut BTreeSet<ActorName>, actor: ActorName, change: Change) {
    match change {
        Change::Disk(Disk::Healthy) => drop(slow.remove(&actor)),
        Change::Disk(Disk::Slow(_) | Disk::Full | Disk::Fails) => drop(slow.insert(actor)),
        Change::Started
        | Change::Ended
        | Change::Killed
        | Change::Paused
        | Change::Resumed
        | Change::Moved(_)
        | Change::ClockJumped(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim;
    use crate::sim::promises::testing::{check, client};
    use chatsim::scenario::Source;
    use chatsim::stage::{Recorded, TraceEvent};

    fn registered(between: impl IntoIterator<Item = TraceEvent>) -> String {
        let text = "chatsim: 1\nclients: { c1: null, c2: { login: c1 } }\nsteps: [settle]\n";
        let source = Source::new("short.yaml".into(), text.into());
        let scenario = sim::parse(&source).unwrap().remove(0);
        let online = |name| TraceEvent::Fact(client(name), Fact::Online.encode());
        let events = [online("c1")].into_iter().chain(between).chain([online("c2")]);
        let stage = Recorded::default().with_events(events);
        let checked = check("name_in_use", &scenario, &stage);
        checked.err().map(|broken| broken.reason).unwrap_or_default()
    }

    #[test]
    fn a_name_in_use_is_not_given_to_another_program() {
        let reason = "`c2` is registered as `c1`, which `c1` has and did not give up";
        assert_eq!(registered([]), reason);
        assert_eq!(registered([TraceEvent::Timer(client("c1"))]), reason);
        let leaves = TraceEvent::Fact(client("c1"), Fact::Offline.encode());
        assert_eq!(registered([leaves]), "");
        for actor in [client("c1"), server()] {
            assert_eq!(registered([TraceEvent::Program(actor, Change::Killed)]), "", "{actor}");
        }
        let (from, to) = (server(), Some(client("c1")));
        let hit_by = vec![chatsim::network::FaultId(0)];
        let hit = TraceEvent::Sent { number: 1, from, to, bytes: Vec::new(), hit_by };
        assert_eq!(registered([hit]), "");
    }
}
