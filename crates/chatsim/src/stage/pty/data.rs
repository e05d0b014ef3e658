//! The data folders of programs in a run: they are deleted with the stage. Programs have one only in
//! scenarios that start a program again.

use std::path::PathBuf;

use tempfile::TempDir;

use crate::scenario::{Action, ActorName, Scenario, Step};
use crate::stage::StageError;

/// A folder for each actor, if any program is started again: then it has to find its data.
/// Otherwise data end with the programs, which is faster. The folders are deleted with the stage.
pub(super) struct Data(Option<TempDir>);

impl Data {
    pub(super) fn for_scenario(scenario: &Scenario) -> Result<Self, StageError> {
        if !starts_again(&scenario.steps, &mut Vec::new()) {
            return Ok(Self(None));
        }
        let folder = TempDir::with_prefix("chatsim-").map_err(|error| {
            StageError::Environment(format!(
                "no folder can be created for the data of the programs ({error})"
            ))
        })?;
        Ok(Self(Some(folder)))
    }

    /// Returns the folder of an actor, which the program creates itself.
    pub(super) fn folder_of(&self, actor: ActorName) -> Option<PathBuf> {
        self.0.as_ref().map(|folder| folder.path().join(actor.to_string()))
    }
}

/// Returns whether steps start an actor twice, or one that was started before.
fn starts_again(steps: &[Step], started: &mut Vec<ActorName>) -> bool {
    let start = |actor: &ActorName, started: &mut Vec<ActorName>| {
        let is_again = started.contains(actor);
        started.push(*actor);
        is_again
    };
    steps.iter().any(|step| match &step.action {
        Action::Start(actors) => actors.iter().any(|actor| start(actor, started)),
        Action::Restart { .. } => true,
        Action::Repeat { .. } | Action::Include(_) | Action::Parallel(_) => {
            step.action.nested().is_some_and(|nested| {
                let mut lists = (0..nested.times().min(2)).flat_map(|_| nested.lists());
                lists.any(|steps| starts_again(steps, started))
            })
        }
        Action::Stop(_)
        | Action::Kill(_)
        | Action::Pause(_)
        | Action::Resume(_)
        | Action::Type { .. }
        | Action::Move(_)
        | Action::Clock(_)
        | Action::Disk(_)
        | Action::Crash(_)
        | Action::Expect(_)
        | Action::Never { .. }
        | Action::Sometimes(_)
        | Action::Fault { .. }
        | Action::Heal(_)
        | Action::Advance(_)
        | Action::Settle
        | Action::Check(_)
        | Action::Note(_)
        | Action::Snapshot(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Source;
    use crate::testing::{parse, server};

    fn data(steps: &str) -> Option<PathBuf> {
        let text = format!("chatsim: 1\nclients: [c1]\nsteps:\n  - start: [server]\n{steps}");
        let scenario = parse(&Source::new("x.yaml".into(), text.into())).unwrap().remove(0);
        Data::for_scenario(&scenario).unwrap().folder_of(server())
    }

    #[test]
    fn only_who_starts_again_needs_a_folder() {
        assert_eq!(data("  - start: [c1]\n  - kill: server\n"), None);
        assert_eq!(data("  - repeat: { times: 1, steps: [start: c1, kill: c1] }\n"), None);
        for steps in [
            "  - kill: server\n  - start: server\n",
            "  - restart: server\n",
            "  - repeat: { times: 2, steps: [start: c1, kill: c1] }\n",
        ] {
            let folder = data(steps).unwrap();
            assert!(folder.ends_with("server"), "{steps}");
            assert!(!folder.parent().unwrap().exists(), "it ends with the stage");
        }
    }
}
