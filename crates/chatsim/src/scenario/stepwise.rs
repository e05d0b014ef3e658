//! Scenarios that grow while they run.

use super::cast::Cast;
use super::faults::FaultReader;
use super::interpolate::{self, Values};
use super::model::{Scenario, Step};
use super::source::Includes;
use super::steps::Reader;
use super::{shorthand, step_count};
use placed_yaml::{self as yaml, Findings, Mistakes, Source};

impl Scenario {
    /// Adds a step as it is typed at a prompt, in the short form or in YAML. Returns the step as a
    /// file contains it, on one line and without the `- ` before it.
    ///
    /// The step is a source of its own, called `step 7` by its number, in the scenario's folder,
    /// from which included files are searched.
    ///
    /// # Errors
    ///
    /// All errors of the step; the scenario has not changed then.
    pub fn add_step(&mut self, line: &str) -> Result<String, Mistakes> {
        let text = shorthand::step(line);
        let name = format!("step {}", self.steps.len() + 1);
        let source = Source::new(self.source.path.with_file_name(name), text.as_str().into());
        let included_before = self.included.len();
        let mut findings = Findings::new(self.source.clone());
        findings.sources.append(&mut self.included);
        findings.sources.push(source);
        let step = self.step(&text, &mut findings);
        let Findings { mut sources, mistakes, .. } = findings;
        match step {
            Some(step) if mistakes.is_empty() => {
                self.included = sources.split_off(1);
                self.steps.push(step);
                Ok(text)
            }
            _ => {
                self.included = sources.get(1..=included_before).unwrap_or_default().to_vec();
                Err(Mistakes::new(sources, mistakes))
            }
        }
    }

    /// Removes the last step, and what it includes.
    pub fn remove_last_step(&mut self) -> Option<Step> {
        let step = self.steps.pop()?;
        self.included.truncate(step.place.file.saturating_sub(1));
        Some(step)
    }

    fn step(&self, text: &str, findings: &mut Findings) -> Option<Step> {
        let file = findings.sources.len() - 1;
        let root = yaml::read(text, file);
        let root = findings.check(root)?;
        let root = interpolate::node(&root, &Values::new(), findings);
        let cast = Cast::of(self.guest, &self.actors);
        let faults = FaultReader::after(&self.steps);
        let step =
            Reader { cast: &cast, includes: Includes::Project, findings, faults }.step(&root)?;
        let before = step_count::step_count(&self.steps);
        let count = before.saturating_add(step_count::step_count(std::slice::from_ref(&step)));
        if count > step_count::STEPS_MAX {
            findings.add(step_count::too_many(step.place));
        }
        Some(step)
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::scenario::Action;
    use crate::testing::parse;

    fn scenario() -> Scenario {
        let text = "chatsim: 1\nclients: [c1, c2]\nsteps: [start: server]\n";
        parse(&Source::new(PathBuf::from("a/b.yaml"), text.into())).unwrap().remove(0)
    }

    #[test]
    fn a_step_is_added_and_taken_away() {
        let mut scenario = scenario();
        assert_eq!(scenario.add_step("kill server").unwrap(), "kill: server");
        assert_eq!(scenario.steps.len(), 2);
        let place = scenario.steps[1].place;
        assert_eq!((place.file, place.line, place.column), (1, 1, 1));
        assert_eq!(scenario.source_of(place).path, PathBuf::from("a/step 2"));
        assert!(matches!(scenario.remove_last_step().unwrap().action, Action::Kill(_)));
        assert_eq!((scenario.steps.len(), scenario.included.len()), (1, 0));
    }

    #[test]
    fn mistakes_are_shown_as_those_of_a_file_and_change_nothing() {
        let mut scenario = scenario();
        scenario.add_step("c1: reg").unwrap();
        let mistakes = scenario.add_step("kill servre").unwrap_err();
        assert_eq!(
            mistakes.to_string(),
            "error: unknown actor `servre`\n --> a/step 3:1:7\n  |\n1 | kill: servre\n  |       ^^^^^^\n  |\n  \
             = help: did you mean `server`? actors: `server`, `c1`, `c2`"
        );
        assert_eq!((scenario.steps.len(), scenario.included.len()), (2, 1));
        for line in ["}", "kill: [", "&", "? x", "%YAML", "--- a", "${x} y"] {
            scenario.add_step(line).unwrap_err();
        }
        assert_eq!((scenario.steps.len(), scenario.included.len()), (2, 1));
    }

    #[test]
    fn faults_of_all_earlier_steps_can_be_healed_by_name() {
        let mut scenario = scenario();
        scenario.add_step("repeat { times: 1, steps: [fault: { drop: all, as: gap }] }").unwrap();
        scenario.add_step("heal gap").unwrap();
        assert!(scenario.add_step("heal gab").is_err());
    }

    #[test]
    fn steps_that_would_run_for_ever_are_refused() {
        let mut scenario = scenario();
        let inner = "{ times: 1000, steps: [settle: ] }";
        let many = format!("repeat {{ times: 999, steps: [repeat: {inner}] }}");
        scenario.add_step(&many).unwrap();
        let mistakes = scenario.add_step(&many).unwrap_err();
        assert!(mistakes.to_string().contains("more than 1000000 steps would be run"));
    }
}
