//! Steps as short texts.

use chatsim::scenario::{Action, ActorName, Expectation, Form, Matcher, Occurrence, Step};

/// Formats a step as short as is unambiguous.
pub(crate) fn drawn(step: &Step) -> String {
    let names = |actors: &[ActorName]| {
        let names: Vec<String> = actors.iter().map(ToString::to_string).collect();
        names.join("+")
    };
    let action = match &step.action {
        Action::Start(actors) => format!("start {}", names(actors)),
        Action::Stop(actors) => format!("stop {}", names(actors)),
        Action::Kill(actors) => format!("kill {}", names(actors)),
        Action::Restart { actors, after } => format!("restart {} {after:?}", names(actors)),
        Action::Pause(actors) => format!("pause {}", names(actors)),
        Action::Resume(actors) => format!("resume {}", names(actors)),
        Action::Move(moves) => format!("move {moves:?}"),
        Action::Clock(jumps) => format!("clock {jumps:?}"),
        Action::Disk(disks) => format!("disk {disks:?}"),
        Action::Crash(points) => format!("crash {points:?}"),
        Action::Type { actor, lines } => format!("{actor} types {lines:?}"),
        Action::Expect(expectations) => format!("expect {}", expected_lines(expectations)),
        Action::Never { forbidden, watch } => {
            format!("never {} for {watch:?}", expected_lines(forbidden))
        }
        Action::Sometimes(wanted) => format!("sometimes {}", occurrences(wanted)),
        Action::Advance(duration) => format!("advance {duration:?}"),
        Action::Settle => "settle".to_owned(),
        Action::Fault { name, fault } => format!("fault {name:?} {fault:?}"),
        Action::Heal(names) => format!("heal {names:?}"),
        Action::Check(promises) => {
            let names: Vec<_> = promises.iter().map(|promise| promise.name).collect();
            format!("check {}", names.join("+"))
        }
        Action::Note(text) => format!("note {text:?}"),
        Action::Snapshot(name) => format!("snapshot {name:?}"),
        Action::Repeat { times, steps } => format!("repeat {times} times ({})", listed(steps)),
        Action::Parallel(branches) => {
            let branches: Vec<String> = branches.iter().map(|steps| listed(steps)).collect();
            format!("parallel ({})", branches.join(") ("))
        }
        Action::Include(steps) => format!("include ({})", listed(steps)),
    };
    let race = if step.settles { "" } else { ", no settling" };
    format!("{}: {action}{race}", step.place.line)
}

fn listed(steps: &[Step]) -> String {
    steps.iter().map(drawn).collect::<Vec<String>>().join(", ")
}

fn occurrences(wanted: &[Occurrence]) -> String {
    let drawn = wanted.iter().map(|occurrence| match occurrence {
        Occurrence::Shown { actor, line } => format!("{actor} [{}]", matcher(&line.matcher)),
        Occurrence::Sent { link, aims } => format!("{link} {aims:?}"),
    });
    drawn.collect::<Vec<String>>().join("; ")
}

fn matcher(matcher: &Matcher) -> String {
    match matcher {
        Matcher::Exact(text) => format!("{text:?}"),
        Matcher::Regex(regex) => format!("/{regex}/"),
    }
}

fn expected_lines(expectations: &[Expectation]) -> String {
    let drawn = expectations.iter().map(|expectation| {
        let lines = expectation.lines.iter().map(|line| matcher(&line.matcher));
        let lines: Vec<String> = lines.collect();
        let within = match expectation.within {
            Some(within) => format!(" within {within:?}"),
            None => String::new(),
        };
        let form = match expectation.form {
            Form::InOrder => String::new(),
            Form::AnyOrder => " in any order".to_owned(),
            Form::Exactly(count) => format!(" exactly {count} times"),
        };
        format!("{} [{}]{form}{within}", expectation.actor, lines.join(", "))
    });
    drawn.collect::<Vec<String>>().join("; ")
}
