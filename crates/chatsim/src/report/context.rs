//! What a reader needs besides the failure itself.

use crate::Guest;
use crate::runner::Recording;
use crate::scenario::Scenario;

/// What a reader needs besides the failure itself.
pub(super) struct Context<'a> {
    /// What was played.
    pub(super) scenario: &'a Scenario,
    /// What the play left behind.
    pub(super) recording: &'a Recording,
    /// The last note before the failure.
    pub(super) note: Option<&'a str>,
    /// The snapshot as the user would name it.
    pub(super) snapshot: String,
}

impl Context<'_> {
    /// Returns the guest whose programs were played.
    pub(super) fn guest(&self) -> &'static dyn Guest {
        self.scenario.guest
    }
}
