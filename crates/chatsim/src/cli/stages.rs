//! The stages that `--stage` names.

use std::num::NonZeroUsize;

use clap::ValueEnum;

use crate::scenario::{Scenario, StageName};
use crate::stage::pty::Pty;
use crate::stage::simulated::Simulated;
use crate::stage::udp::Udp;
use crate::stage::{Stage, StageError};

/// Where scenarios run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub enum StageKind {
    #[default]
    /// A simulated network in virtual time.
    Simulated,
    /// Real UDP sockets on this machine.
    Udp,
    /// Real programs in real time, each at a terminal of its own.
    Pty,
}

impl StageKind {
    /// Returns its name on the command line.
    pub const fn name(self) -> &'static str {
        self.stage_name().name()
    }

    /// Returns how many scenarios to run at the same time on each core.
    pub(super) const fn runs_per_core(self) -> NonZeroUsize {
        match self {
            Self::Simulated | Self::Udp => NonZeroUsize::MIN,
            // Real programs mostly wait.
            Self::Pty => NonZeroUsize::MIN.saturating_add(3),
        }
    }

    /// Returns its name in scenarios.
    pub const fn stage_name(self) -> StageName {
        match self {
            Self::Simulated => StageName::Simulated,
            Self::Udp => StageName::Udp,
            Self::Pty => StageName::Pty,
        }
    }
}

/// Builds the stage for a scenario, with the guest's own programs.
///
/// # Errors
///
/// The environment refuses.
pub fn build_stage(
    kind: StageKind,
    scenario: &Scenario,
    seed: u64,
) -> Result<Box<dyn Stage>, StageError> {
    Ok(match kind {
        StageKind::Simulated => Box::new(Simulated::new(scenario, seed)),
        StageKind::Udp => Box::new(Udp::new(scenario, seed)?),
        StageKind::Pty => {
            let programs = scenario.guest.programs(None).map_err(StageError::Environment)?;
            Box::new(Pty::new(scenario, programs, 1.0)?)
        }
    })
}
