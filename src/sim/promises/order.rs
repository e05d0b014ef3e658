//! Promises 3 and 8: messages are shown in their order, and all members see the same one.

use std::collections::BTreeMap;

use super::evidence::Evidence;
use super::finding::Finding;
use crate::protocol::{Audience, Fact, GroupName, MessageId};
use chatsim::scenario::ActorName;

/// Messages of one program to one person or group are shown in the order in which they were sent.
pub(super) fn in_order(evidence: &Evidence<'_>) -> Result<(), Finding> {
    let mut latest: BTreeMap<(ActorName, ActorName, Audience), MessageId> = BTreeMap::new();
    let sent_at = |id| evidence.written.get(&id).map(|written| written.index);
    for (actor, id, to) in shown(evidence) {
        let Some(written) = evidence.written.get(&id).filter(|it| !it.is_refused) else { continue };
        match latest.insert((actor, written.by, to), id) {
            Some(before) if sent_at(before) > sent_at(id) => {
                let (first, second) = (evidence.name(before), evidence.name(id));
                let reason = format!("`{actor}` showed {second} after {first}");
                return Err(Finding::about(id, reason));
            }
            Some(_) | None => {}
        }
    }
    Ok(())
}

/// Messages that two members of a group have both shown were shown in the same order.
pub(super) fn same_order(evidence: &Evidence<'_>) -> Result<(), Finding> {
    let mut screens: BTreeMap<GroupName, BTreeMap<ActorName, Vec<MessageId>>> = BTreeMap::new();
    for (actor, id, to) in shown(evidence) {
        if let Audience::Group(group) = to {
            screens.entry(group).or_default().entry(actor).or_default().push(id);
        }
    }
    for (group, members) in &screens {
        let mut members = members.iter();
        while let Some((actor, messages)) = members.next() {
            for (other, theirs) in members.clone() {
                if let Some((first, second)) = crossed(messages, theirs) {
                    let reason = format!(
                        "in group {group} `{actor}` showed {} before {}, and `{other}` after it",
                        evidence.name(first),
                        evidence.name(second),
                    );
                    return Err(Finding::about(first, reason));
                }
            }
        }
    }
    Ok(())
}

/// Finds two messages that are in different orders in the two lists.
fn crossed(here: &[MessageId], there: &[MessageId]) -> Option<(MessageId, MessageId)> {
    let mut places = BTreeMap::new();
    for (place, id) in there.iter().enumerate() {
        places.entry(*id).or_insert(place);
    }
    let common = here.iter().filter_map(|id| Some((*id, *places.get(id)?)));
    let common: Vec<_> = common.collect();
    let neighbours = common.iter().zip(common.iter().skip(1));
    neighbours.filter(|(first, second)| first.1 > second.1).map(|(a, b)| (a.0, b.0)).next()
}

/// Returns all shown messages whose audience is known: on whose screen, which one, and for whom.
fn shown(evidence: &Evidence<'_>) -> impl Iterator<Item = (ActorName, MessageId, Audience)> {
    evidence.facts.iter().filter_map(|stated| {
        let Fact::Shown(id) = stated.fact else { return None };
        Some((stated.actor, id, evidence.written.get(&id)?.to))
    })
}
