//! What a checker finds.

use crate::protocol::MessageId;

/// The finding of a checker: a sentence, and the message in question if there is one.
#[derive(Clone)]
pub(super) struct Finding {
    pub(super) reason: String,
    pub(super) message: Option<MessageId>,
}

impl Finding {
    pub(super) const fn general(reason: String) -> Self {
        Self { reason, message: None }
    }

    pub(super) const fn about(id: MessageId, reason: String) -> Self {
        Self { reason, message: Some(id) }
    }
}

/// Reports what was found while the trace was read.
pub(super) fn found(breach: Option<&Finding>) -> Result<(), Finding> {
    breach.map_or(Ok(()), |finding| Err(finding.clone()))
}
