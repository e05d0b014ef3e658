//! Which scenarios can run on a stage.

use std::time::Duration;

use crate::scenario::{Action, Scenario, StageName, Step};

/// The maximum time that a scenario may let pass on a stage in real time.
const REAL_TIME_MAX: Duration = Duration::from_mins(1);

const NO_FAULTS: &str = "faults cannot be injected between real programs";

const NO_DISKS: &str = "only simulated disks can be made to fail";

/// What a step needs from a stage, and why a stage that lacks it cannot run the step.
enum Demand {
    /// Any stage.
    Anything,
    /// A stage that controls the network, clocks and programs: simulated, or on UDP sockets.
    Network(&'static str),
    /// The simulated stage.
    Simulated(&'static str),
}

/// Returns what a step itself needs, without nested steps.
const fn demand(action: &Action) -> Demand {
    match action {
        Action::Disk(_) | Action::Crash(_) => Demand::Simulated(NO_DISKS),
        Action::Fault { .. } => Demand::Network(NO_FAULTS),
        Action::Move(_) => Demand::Network("real programs stay at their ports"),
        Action::Clock(_) => Demand::Network("real programs share the clock of the machine"),
        Action::Start(_)
        | Action::Stop(_)
        | Action::Kill(_)
        | Action::Restart { .. }
        | Action::Pause(_)
        | Action::Resume(_)
        | Action::Type { .. }
        | Action::Expect(_)
        | Action::Never { .. }
        | Action::Sometimes(_)
        | Action::Heal(_)
        | Action::Advance(_)
        | Action::Settle
        // At terminals it is passed over.
        | Action::Check(_)
        | Action::Note(_)
        | Action::Snapshot(_)
        | Action::Repeat { .. }
        | Action::Parallel(_)
        | Action::Include(_) => Demand::Anything,
    }
}

/// Returns why a scenario cannot run on a stage; `None` if it can.
pub(super) fn misfit(scenario: &Scenario, stage: StageName) -> Option<String> {
    let terms = &scenario.terms;
    if !terms.allow(stage) {
        let only: Vec<_> = terms.only.iter().map(|stage| stage.name()).collect();
        return Some(format!("only on {}", only.join(", ")));
    }
    if stage == StageName::Simulated {
        return None;
    }
    let mut demands = Step::all_in(&scenario.steps).map(|step| demand(&step.action));
    let obstacle = demands.find_map(|demand| match demand {
        Demand::Simulated(obstacle) => Some(obstacle),
        Demand::Network(_) | Demand::Anything => None,
    });
    if let Some(obstacle) = obstacle {
        return Some(obstacle.to_owned());
    }
    if stage != StageName::Pty {
        return None;
    }
    let mut demands = Step::all_in(&scenario.steps).map(|step| demand(&step.action));
    let network = (!scenario.network.is_empty()).then_some(NO_FAULTS);
    let obstacle = network.or_else(|| {
        demands.find_map(|demand| match demand {
            Demand::Simulated(obstacle) | Demand::Network(obstacle) => Some(obstacle),
            Demand::Anything => None,
        })
    });
    if let Some(obstacle) = obstacle {
        return Some(obstacle.to_owned());
    }
    let passing = passing(&scenario.steps);
    (passing > REAL_TIME_MAX).then(|| {
        format!("{passing:?} would pass in real time, at most {REAL_TIME_MAX:?} are allowed")
    })
}

/// Returns how much time steps let pass, without the time that they wait for lines.
fn passing(steps: &[Step]) -> Duration {
    let passing = steps.iter().map(|step| match &step.action {
        Action::Advance(duration) => *duration,
        Action::Restart { after, .. } => *after,
        Action::Never { watch, .. } => *watch,
        Action::Repeat { .. } | Action::Include(_) | Action::Parallel(_) => {
            let nested = step.action.nested().into_iter();
            let each = nested.flat_map(|nested| {
                nested.lists().map(move |steps| passing(steps).saturating_mul(nested.times()))
            });
            each.fold(Duration::ZERO, Duration::saturating_add)
        }
        Action::Start(_)
        | Action::Stop(_)
        | Action::Kill(_)
        | Action::Pause(_)
        | Action::Resume(_)
        | Action::Type { .. }
        | Action::Move(_)
        | Action::Clock(_)
        | Action::Disk(_)
        | Action::Crash(_)
        | Action::Expect(_)
        | Action::Sometimes(_)
        | Action::Fault { .. }
        | Action::Heal(_)
        | Action::Settle
        | Action::Check(_)
        | Action::Note(_)
        | Action::Snapshot(_) => Duration::ZERO,
    });
    passing.fold(Duration::ZERO, Duration::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Source;
    use crate::testing::parse;

    const FAULT: &str = "- fault: { drop: c1 -> server }";

    fn misfit(stage: StageName, only: &str, steps: &str) -> Option<String> {
        let text = format!("chatsim: 1\nonly: [{only}]\nclients: [c1]\nsteps:\n{steps}\n");
        let scenarios = parse(&Source::new("x.yaml".into(), text.into())).unwrap();
        super::misfit(&scenarios[0], stage)
    }

    #[test]
    fn a_scenario_runs_only_where_it_says() {
        assert_eq!(misfit(StageName::Udp, "simulated, udp", FAULT), None);
        assert_eq!(
            misfit(StageName::Pty, "simulated, udp", FAULT).as_deref(),
            Some("only on simulated, udp")
        );
    }

    #[test]
    fn what_real_programs_cannot_be_made_to_do_is_told() {
        for (steps, expected) in [
            (FAULT, "faults cannot be injected between real programs"),
            ("- move: c1", "real programs stay at their ports"),
            ("- clock: { c1: +1h }", "real programs share the clock of the machine"),
            (
                "- repeat: { times: 2, steps: [{ parallel: [[settle], [move: c1]] }] }",
                "real programs stay at their ports",
            ),
        ] {
            assert_eq!(misfit(StageName::Udp, "udp", steps), None);
            assert_eq!(misfit(StageName::Pty, "pty", steps).as_deref(), Some(expected));
        }
        // A check is passed over.
        assert_eq!(misfit(StageName::Pty, "pty", "- check: answered"), None);
        let network = "- settle\nnetwork: { loss: 5% }";
        assert_eq!(misfit(StageName::Pty, "pty", network).as_deref(), Some(NO_FAULTS));
    }

    #[test]
    fn disks_fail_only_where_they_are_simulated() {
        for steps in ["- disk: { server: full }", "- crash: { c1: before 1 }"] {
            assert_eq!(misfit(StageName::Simulated, "simulated", steps), None);
            for (stage, name) in [(StageName::Udp, "udp"), (StageName::Pty, "pty")] {
                assert_eq!(misfit(stage, name, steps).as_deref(), Some(NO_DISKS));
            }
        }
    }

    #[test]
    fn little_time_passes_where_it_is_real() {
        let minute = "- advance: 20s\n- restart: { actor: c1, after: 10s }\n\
                      - never: { c1: x, for: 10s }\n- repeat: { times: 2, steps: [advance: 10s] }";
        assert_eq!(misfit(StageName::Pty, "pty", minute), None);
        let more = format!("{minute}\n- advance: 1ms");
        assert_eq!(misfit(StageName::Simulated, "simulated", &more), None);
        assert_eq!(
            misfit(StageName::Pty, "pty", &more).as_deref(),
            Some("60.001s would pass in real time, at most 60s are allowed")
        );
    }
}
