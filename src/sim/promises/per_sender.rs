//! No sender fills a mailbox alone.

use std::collections::BTreeMap;

use super::evidence::Evidence;
use super::finding::Finding;
use crate::protocol::ClientName;
use crate::protocol::limits::MAILBOX_SENDER_MESSAGES_MAX;

/// The server stores no more messages from one sender for one receiver than its bound allows.
pub(super) fn mailboxes_are_shared(evidence: &Evidence<'_>) -> Result<(), Finding> {
    let max = messages_max();
    let mut counts: BTreeMap<(ClientName, ClientName), usize> = BTreeMap::new();
    for (to, id) in evidence.server().into_iter().flat_map(|server| &server.mailboxes) {
        let count = counts.entry((*to, id.from)).or_default();
        *count += 1;
        if *count > max {
            let from = id.from;
            let reason =
                format!("more than {max} messages from `{from}` wait at the server for `{to}`");
            return Err(Finding::general(reason));
        }
    }
    Ok(())
}

/// Returns the maximum number of messages that the server stores from one sender for one receiver.
const fn messages_max() -> usize {
    MAILBOX_SENDER_MESSAGES_MAX
}
