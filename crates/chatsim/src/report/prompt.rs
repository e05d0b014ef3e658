//! The output of the prompt of a session.

use std::io::{self, Write};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use jiff::tz::TimeZone;

use super::context::Context;
use super::failure::write_verdict;
use super::words::{BOLD, DIM, GREEN, RED, YELLOW, escaped, printable, quoted};
use crate::Guest;
use crate::runner::{Proof, Recording, Refusal, Reply, Saved, Seen, Sight, Verdict, requests};
use crate::scenario::{ActorName, Scenario};
use crate::stage::Shown;
use machine::Outcome;
use machine::Timestamp;

/// The colors of the clients, in the order of their declaration, repeated.
const COLORS: [AnsiColor; 5] =
    [AnsiColor::Cyan, AnsiColor::Magenta, AnsiColor::Green, AnsiColor::Yellow, AnsiColor::Blue];

/// Examples of the steps that can be typed.
const EXAMPLES: [(&str, &str); 9] = [
    ("start server c1", "starts programs; also: stop, kill, restart, pause, resume"),
    ("c1: send c2 hi", "types a line at c1's prompt"),
    ("advance 2s", "lets the stage's time pass"),
    ("fault drop c1 -> c2", "injects a fault; may be followed by: packet=send nth=2 as=NAME"),
    ("heal", "ends all faults, or those of a name"),
    ("expect c2: c1: hi", "requires a line since the last one matched, or a /pattern/"),
    ("never c2: /secret/", "forbids a line"),
    ("check nothing_lost", "checks whether a promise was kept so far"),
    ("VERB { ... }", "any step of the language, as a file has it"),
];

/// Writes the reply to a line. `actors` are in the order of their declaration. The text carries
/// styles; a plain reader needs a writer that strips them.
///
/// # Errors
///
/// The writer refuses.
pub fn write_reply(
    out: &mut dyn Write,
    reply: &Reply,
    actors: &[ActorName],
    guest: &dyn Guest,
) -> io::Result<()> {
    match reply {
        Reply::Nothing | Reply::Quit => Ok(()),
        Reply::Ran(seen) => write_seen(out, seen, actors),
        Reply::Undone { step, after } => {
            let (step, after) = (printable(step), after.as_secs_f64());
            writeln!(
                out,
                "{YELLOW}undone{YELLOW:#} {step} {DIM}(the clock is back at {after:.3} s){DIM:#}"
            )
        }
        Reply::Redone { step, seen } => {
            writeln!(out, "{YELLOW}redone{YELLOW:#} {}", printable(step))?;
            write_seen(out, seen, actors)
        }
        Reply::Declared(actor) => writeln!(out, "{DIM}start it with `start {actor}`{DIM:#}"),
        Reply::Steps(steps) => {
            let mut numbered = (1..).zip(steps);
            numbered
                .try_for_each(|(n, step)| writeln!(out, "{DIM}{n:>3}{DIM:#}  {}", printable(step)))
        }
        Reply::Screen(screen) => {
            screen.lines().try_for_each(|line| writeln!(out, "{}", printable(line)))
        }
        Reply::Time { now, after } => {
            let after = after.as_secs_f64();
            writeln!(out, "{} {DIM}({after:.3} s after the start){DIM:#}", clock(*now))
        }
        Reply::Tracing(true) => writeln!(out, "{DIM}datagrams and timers are shown{DIM:#}"),
        Reply::Tracing(false) => writeln!(out, "{DIM}only screens are shown{DIM:#}"),
        Reply::Saved(saved) => write_saved(out, saved, guest),
        Reply::Help => write_help(out, guest),
    }
}

/// Writes what happened, one line each: when, on whose screen, and what.
///
/// # Errors
///
/// The writer refuses.
pub fn write_seen(out: &mut dyn Write, seen: &[Seen], actors: &[ActorName]) -> io::Result<()> {
    let width = actors.iter().map(|actor| actor.to_string().chars().count()).max();
    let width = width.unwrap_or_default();
    for Seen { after, what } in seen {
        match what {
            Sight::Shown(actor, shown) => {
                let style = style_of(*actor, actors);
                write!(out, "{DIM}{:>9}{DIM:#}  {style}{actor:>width$} │{style:#} ", at(*after))?;
                write_shown(out, shown)?;
            }
            Sight::Traced(event) => {
                let event = printable(event);
                writeln!(out, "{DIM}{:>9}  {:>width$} · {event}{DIM:#}", at(*after), "")?;
            }
        }
    }
    Ok(())
}

fn write_shown(out: &mut dyn Write, shown: &Shown) -> io::Result<()> {
    let news = match shown {
        Shown::Typed(line) => {
            return writeln!(out, "{BOLD}{}{BOLD:#}", printable(&line.to_string()));
        }
        Shown::Line(line) => return writeln!(out, "{}", printable(&line.text)),
        Shown::Started => "started",
        Shown::Interrupted => "^C",
        Shown::Exited(Outcome::Left) => "left",
        Shown::Exited(Outcome::Failed) => "gave up",
        Shown::Killed => "killed",
    };
    writeln!(out, "{DIM}({news}){DIM:#}")
}

/// Writes why a line was refused. `color` adds styles to the errors of a step.
///
/// # Errors
///
/// The writer refuses.
pub fn write_refusal(
    out: &mut dyn Write,
    refusal: &Refusal,
    guest: &dyn Guest,
    color: bool,
) -> io::Result<()> {
    match refusal {
        Refusal::Mistakes { mistakes, is_unknown } => {
            out.write_all(mistakes.render(color).as_bytes())?;
            if *is_unknown {
                let words: Vec<_> =
                    requests(guest).iter().map(|spec| format!("`{}`", spec.word)).collect();
                writeln!(out, "  = help: at the prompt there are also {}", words.join(", "))?;
            }
            Ok(())
        }
        Refusal::Step { scenario, verdict } => write_failure(out, scenario, verdict),
        Refusal::Request(_) | Refusal::Environment(_) => {
            let red = RED.bold();
            writeln!(out, "{red}error{red:#}: {}", escaped(&refusal.to_string()))
        }
    }
}

fn write_failure(out: &mut dyn Write, scenario: &Scenario, verdict: &Verdict) -> io::Result<()> {
    // At the prompt, the trace is shown on request only.
    let recording = &Recording::default();
    let context = Context { scenario, recording, note: None, snapshot: String::new() };
    write_verdict(out, &context, verdict)
}

fn write_saved(out: &mut dyn Write, saved: &Saved, guest: &dyn Guest) -> io::Result<()> {
    let Saved { path, steps, lines, proof } = saved;
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    let (path, shown) = (quoted(path), path.display().to_string());
    write!(out, "{GREEN}saved{GREEN:#} {}: ", escaped(&shown))?;
    writeln!(out, "{steps} step{}, {lines} expected line{}", plural(*steps), plural(*lines))?;
    match proof {
        Proof::Passed { .. } => {
            let command = guest.hints().command();
            writeln!(out, "  run it: {BOLD}{command} run {path}{BOLD:#}")
        }
        Proof::Failed { scenario, verdict } => {
            writeln!(
                out,
                "{YELLOW}it does not pass on the simulated stage{YELLOW:#}, so it has no snapshot:\n"
            )?;
            write_failure(out, scenario, verdict)
        }
    }
}

fn write_help(out: &mut dyn Write, guest: &dyn Guest) -> io::Result<()> {
    let requests = requests(guest);
    let mut rows: Vec<(String, &str)> =
        EXAMPLES.iter().map(|(step, help)| ((*step).to_owned(), *help)).collect();
    rows.extend(requests.iter().map(|spec| {
        let usage = format!("{} {}", spec.word, spec.argument).trim_end().to_owned();
        (usage, &*spec.help)
    }));
    for (index, (usage, help)) in rows.into_iter().enumerate() {
        if index == EXAMPLES.len() {
            writeln!(out)?;
        }
        writeln!(out, "  {BOLD}{usage:<20}{BOLD:#} {help}")?;
    }
    Ok(())
}

fn style_of(actor: ActorName, actors: &[ActorName]) -> Style {
    let index = actors.iter().position(|known| *known == actor).unwrap_or_default();
    // The server comes first and is plain.
    let color = index.checked_sub(1).and_then(|index| COLORS.get(index % COLORS.len()));
    color.map_or(BOLD, |color| color.on_default())
}

fn at(after: Duration) -> String {
    format!("{:.3} s", after.as_secs_f64())
}

fn clock(now: Timestamp) -> String {
    let micros = i64::try_from(now.as_micros()).unwrap_or(i64::MAX);
    let time = jiff::Timestamp::from_microsecond(micros).unwrap_or(jiff::Timestamp::MAX);
    time.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S").to_string()
}
