//! What a reader needs besides the failure itself.

use crate::Guest;
use crate::runner::Recording;
use crate::scenario::Scenario;

/// What a reader needs besides the failure itself.
pub(super) struct Context<'a> {
    /// What was run.
    pub(super) scenario: &'a Scenario,
    /// The record of the run.
    pub(super) recording: &'a Recording,
    /// The last note before the failure.
    pub(super) note: Option<&'a str>,
    /// The path of the snapshot as the user would write it.
    pub(super) snapshot: String,
}

impl Context<'_> {
    /// Returns the guest whose programs were run.
    pub(super) fn guest(&self) -> &'static dyn Guest {
        self.scenario.guest
    }
}
