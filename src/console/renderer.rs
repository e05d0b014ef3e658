//! Renders the output of a client: as lines for people, or as JSON objects for programs.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::tz::TimeZone;
use machine::{CleanText, Effect, Line, Outcome};

use super::actor::prompt_in;
use super::answers::{complaint, help, help_on, time_of_day};
use super::client_lines::{render, times_shown};
use super::commands::COMMANDS;
use super::json::{Around, Id};
use super::line_text::LineText;
use super::parse_error::ParseError;
use super::spec::CommandSpec;
use crate::client::{Bearing, Ending, Notice};
use crate::protocol::{GroupName, Timestamp};

/// Renders everything that a client shows.
#[derive(Debug)]
pub(super) struct Renderer {
    zone: TimeZone,
    is_json: bool,
    /// Whether lines begin with the time of day.
    times: bool,
    /// The time of the current input.
    pub(super) now: Timestamp,
    /// The group of the last prompt, and that prompt.
    prompt: (Option<GroupName>, Arc<str>),
    effects: VecDeque<Effect>,
}

impl Renderer {
    /// Renders lines, with times in `zone`.
    pub(super) fn new(zone: TimeZone) -> Self {
        Self {
            zone,
            is_json: false,
            times: false,
            now: Timestamp::default(),
            prompt: (None, prompt_in(None)),
            effects: VecDeque::new(),
        }
    }

    /// Sets whether lines begin with the time of day.
    pub(super) fn with_times(self, times: bool) -> Self {
        Self { times, ..self }
    }

    /// Renders JSON objects.
    pub(super) fn in_json(self) -> Self {
        Self { is_json: true, ..self }
    }

    pub(super) fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// Returns the prompt in a group, or outside of any.
    pub(super) fn prompt(&self, group: Option<GroupName>) -> Arc<str> {
        if group == self.prompt.0 { self.prompt.1.clone() } else { prompt_in(group) }
    }

    /// Renders a notice that came up in a group, or outside of any. Returns the text of a refusal.
    pub(super) fn notice(
        &mut self,
        group: Option<GroupName>,
        notice: Notice,
        id: Option<Id>,
    ) -> Option<String> {
        let mut problem = None;
        if notice.bearing() == Bearing::Refusal {
            render(notice.clone(), &self.zone, |text| {
                problem.get_or_insert_with(|| bare(text.text.into_string()));
            });
        }
        if self.is_json {
            self.write(self.around(group, id).notice(notice));
        } else {
            let time = self.times.then(|| time_of_day(self.now, &self.zone));
            let prompt = prompt_for(&mut self.prompt, group);
            let effects = &mut self.effects;
            let show = |text: LineText| {
                let mut line = text.at(prompt);
                if let Some(time) = &time {
                    line.begin_with(time);
                }
                effects.push_back(Effect::Show(line));
            };
            render(notice, &self.zone, show);
        }
        problem
    }

    /// Renders the help on a command, or on all of them.
    pub(super) fn help(
        &mut self,
        group: Option<GroupName>,
        about: Option<&'static CommandSpec>,
        id: Option<Id>,
    ) {
        let in_group = group.is_some();
        if self.is_json {
            let fitting = COMMANDS.iter().filter(|spec| spec.fits(in_group));
            let specs = about.map_or_else(|| fitting.collect(), |spec| vec![spec]);
            self.write(self.around(group, id).help(&specs));
        } else {
            let lines = about.map_or_else(|| help(COMMANDS, in_group), |spec| vec![help_on(spec)]);
            self.show_all(group, lines);
        }
    }

    /// Turns timestamps on if they are off, else off.
    pub(super) fn switch_times(&mut self, group: Option<GroupName>, id: Option<Id>) {
        self.times = !self.times;
        if self.is_json {
            self.write(self.around(group, id).times(self.times));
        } else {
            self.show_all(group, vec![times_shown(self.times).into()]);
        }
    }

    /// Renders what is wrong with a typed line.
    pub(super) fn complaint(
        &mut self,
        group: Option<GroupName>,
        error: ParseError,
        id: Option<Id>,
    ) {
        if self.is_json {
            self.write(self.around(group, id).invalid_line(&error));
        } else {
            self.show_all(group, complaint(error));
        }
    }

    /// Reports the result of a typed line.
    pub(super) fn done(
        &mut self,
        group: Option<GroupName>,
        done: Result<(), String>,
        id: Option<Id>,
    ) {
        if self.is_json {
            self.write(self.around(group, id).done(done.as_ref().copied().map_err(String::as_str)));
        }
        self.effects.push_back(Effect::Done(done.map_err(CleanText::one_line)));
    }

    /// Reports the end of the program.
    pub(super) fn end(&mut self, group: Option<GroupName>, ending: Ending) {
        if self.is_json {
            self.write(self.around(group, None).ended(ending));
        }
        self.effects.push_back(Effect::Exit(outcome(ending)));
    }

    const fn around(&self, group: Option<GroupName>, id: Option<Id>) -> Around {
        Around { now: self.now, group, id }
    }

    fn write(&mut self, object: CleanText<'static>) {
        self.effects.push_back(Effect::Show(Line::new(Arc::default(), object)));
    }

    fn show_all(&mut self, group: Option<GroupName>, lines: Vec<LineText>) {
        let prompt = prompt_for(&mut self.prompt, group);
        self.effects.extend(lines.into_iter().map(|text| Effect::Show(text.at(prompt))));
    }
}

/// Returns the outcome of an ending.
const fn outcome(ending: Ending) -> Outcome {
    match ending {
        Ok(()) => Outcome::Left,
        Err(_) => Outcome::Failed,
    }
}

/// Removes the brackets around a line.
fn bare(text: String) -> String {
    let inside = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    inside.map(str::to_owned).unwrap_or(text)
}

/// Returns the prompt for a group, which is made only if the group has changed.
fn prompt_for(last: &mut (Option<GroupName>, Arc<str>), group: Option<GroupName>) -> &Arc<str> {
    if last.0 != group {
        *last = (group, prompt_in(group));
    }
    &last.1
}
