//! How a step ends a scenario.

use super::{Failure, Trouble, Verdict, What};
use crate::scenario::Place;
use crate::stage::StageError;

/// Why a step was the last one.
pub(super) enum Ending {
    Unmet(Box<Failure>),
    Refused(StageError),
}

impl Ending {
    pub(super) fn verdict(self, place: Place) -> Verdict {
        let place = Some(place);
        match self {
            Self::Unmet(failure) => Verdict::Failed(failure),
            Self::Refused(StageError::Environment(reason)) => {
                Verdict::Environment(Trouble { place, reason })
            }
            Self::Refused(error @ StageError::Unsettled(_)) => {
                Verdict::Unknown(Trouble { place, reason: error.to_string() })
            }
            Self::Refused(error) => {
                let reason = error.to_string();
                let what = What::StepRefused { reason };
                Verdict::Failed(Box::new(Failure { place, what }))
            }
        }
    }

    pub(super) fn unmet(place: Place, what: What) -> Self {
        let place = Some(place);
        Self::Unmet(Box::new(Failure { place, what }))
    }
}

impl From<StageError> for Ending {
    fn from(error: StageError) -> Self {
        Self::Refused(error)
    }
}
