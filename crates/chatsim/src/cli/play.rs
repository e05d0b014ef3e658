//! The verbs `play` and `record`.

use std::cell::RefCell;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anstream::AutoStream;
use clap::Args;

use super::exit_status::ExitStatus;
use super::files;
use super::problem::{Problem, unless_closed};
use super::prompt::Typed;
use super::setup::Cli;
use super::stages::{StageKind, build_stage};
use crate::Guest;
use crate::report::{write_refusal, write_reply, write_seen};
use crate::runner::{
    Location, Patience, Proof, Refusal, Reply, Saved, Session, StageBuilder, Stages, Verdict,
};
use crate::scenario::{Includes, Scenario};

/// The prompt in front of a typed line.
const PROMPT: &str = "chatsim> ";

pub(super) const EXIT_CODES: &str = "\
Exit codes:
    0  the prompt was left
    1  a step from a pipe failed, or the recorded scenario does not pass
    2  the command line is invalid, or a line from a pipe is not a step
    3  the environment refused (e.g. a port is taken or the disk is full)
    5  unknown: a step from a pipe did not settle";

/// The actors, and the seed.
#[derive(Clone, Debug, Args)]
struct Cast {
    /// The names of the actors.
    #[arg(long, value_name = "NAMES", value_delimiter = ',', default_value = "c1,c2,c3")]
    names: Vec<String>,
    /// The seed of all random choices.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Keep the lines that were typed in this file [default:
    /// `$XDG_STATE_HOME/chatsim/history`].
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,
}

/// What to start from.
#[derive(Clone, Debug, Args)]
pub(super) struct PlayArguments {
    /// A scenario to continue.
    #[arg(conflicts_with_all = ["names", "seed"])]
    file: Option<PathBuf>,
    #[command(flatten)]
    cast: Cast,
}

/// What to write.
#[derive(Clone, Debug, Args)]
pub(super) struct RecordArguments {
    /// The scenario file, written when the prompt is left.
    file: PathBuf,
    /// Overwrite an existing file and its snapshot.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    cast: Cast,
}

/// Names the actors in the description of `play` or `record` as the guest does: those of its first
/// role with many of them.
pub(super) fn named_for(guest: &dyn Guest, verb: clap::Command) -> clap::Command {
    let Some(role) = guest.roles().iter().find(|role| !role.is_single) else {
        return verb;
    };
    verb.mut_arg("names", |names| {
        let initial: String = role.title.chars().take(1).collect();
        let default = [1, 2, 3].map(|number| format!("{initial}{number}")).join(",");
        let help = format!("The names of the {}", role.key);
        names.long(role.key).help(help).default_value(default)
    })
}

/// Runs typed steps on the simulated stage.
pub(super) fn play(arguments: &PlayArguments, cli: Cli) -> Result<ExitStatus, Problem> {
    let PlayArguments { file, cast } = arguments;
    let stage = |scenario: &Scenario, seed| build_stage(StageKind::Simulated, scenario, seed);
    let stages = Stages { stage: &stage, patience: Patience::SIMULATED, proof: &stage };
    let voice = Voice { cli };
    let session = match file {
        None => Session::blank(cli.guest, &cast.names, cast.seed, stages),
        Some(file) => {
            Session::open(only_scenario(file, voice)?, stages).map(|(session, seen)| {
                let actors: Vec<_> = session.actors().collect();
                // Printing is best effort.
                write_seen(&mut voice.stdout(), &seen, &actors).ok();
                session
            })
        }
    };
    let session = RefCell::new(session.map_err(|refusal| voice.problem(&refusal))?);
    voice.converse(&session, cast.history.clone())
}

/// Runs typed steps on real sockets, and writes the scenario at the end.
pub(super) fn record(arguments: &RecordArguments, cli: Cli) -> Result<ExitStatus, Problem> {
    let RecordArguments { file, force, cast } = arguments;
    let voice = Voice { cli };
    let is_free = |location: Location| !file.exists() && !location.snapshot.exists();
    if !force && !Location::of_new(file).is_ok_and(is_free) {
        let file = files::shown(file);
        let text =
            format!("error: `{file}` or its snapshot exists already; `--force` overwrites it\n");
        return Err(Problem::usage(text));
    }
    let stage = |scenario: &Scenario, seed| build_stage(StageKind::Udp, scenario, seed);
    let proof = |scenario: &Scenario, seed| build_stage(StageKind::Simulated, scenario, seed);
    let (stage, proof): (&StageBuilder<'_>, &StageBuilder<'_>) = (&stage, &proof);
    let stages = Stages { stage, patience: Patience::real(1.0), proof };
    let session = Session::blank(cli.guest, &cast.names, cast.seed, stages);
    let session = RefCell::new(session.map_err(|refusal| voice.problem(&refusal))?);
    let status = voice.converse(&session, cast.history.clone())?;
    let session = session.into_inner();
    if !session.has_steps() {
        unless_closed(writeln!(voice.stdout(), "nothing was recorded"))?;
        return Ok(status);
    }
    let saved = session.save(file, true).map_err(|refusal| voice.problem(&refusal))?;
    let passes = matches!(saved, Saved { proof: Proof::Passed { .. }, .. });
    unless_closed(write_reply(&mut voice.stdout(), &Reply::Saved(saved), &[], cli.guest))?;
    Ok(if passes { status } else { ExitStatus::Failed })
}

/// Reads the one scenario of a file.
fn only_scenario(file: &Path, voice: Voice) -> Result<Scenario, Problem> {
    let cases = files::load(file, Includes::Project, voice.cli).map_err(Problem::usage)?;
    let mut scenarios = cases.into_iter().map(|case| case.scenario);
    if let (Some(scenario), None) = (scenarios.next(), scenarios.next()) {
        return Ok(scenario);
    }
    let file = files::shown(file);
    let text = format!("error: `{file}` has a `matrix`: it is many scenarios, not one\n");
    Err(Problem::usage(text))
}

/// How output is written.
#[derive(Clone, Copy)]
struct Voice {
    cli: Cli,
}

impl Voice {
    fn stdout(self) -> AutoStream<io::Stdout> {
        AutoStream::new(io::stdout(), self.cli.color)
    }

    fn problem(self, refusal: &Refusal) -> Problem {
        let mut text = Vec::new();
        // Writing to memory cannot fail.
        write_refusal(&mut text, refusal, self.cli.guest, self.cli.is_colored()).ok();
        let text = String::from_utf8_lossy(&text).into_owned();
        Problem { status: status(refusal), text }
    }

    /// Handles typed lines until the end. With piped input, returns the first error; at a terminal,
    /// errors were shown already.
    fn converse(
        self,
        session: &RefCell<Session<'_>>,
        history: Option<PathBuf>,
    ) -> Result<ExitStatus, Problem> {
        let complete = |typed: &str| session.borrow_mut().complete(typed);
        let unreadable = |error: io::Error| Problem::environment(format!("error: {error}\n"));
        let mut prompt = (self.cli.open_prompt)(&complete, history).map_err(unreadable)?;
        if prompt.is_terminal() {
            let hint = "`start server c1` starts programs, `help` lists all commands, Tab \
                        completes.";
            unless_closed(writeln!(self.stdout(), "{hint}"))?;
        }
        let mut worst = ExitStatus::Passed;
        for number in 1_u64.. {
            let done = match prompt.ask(PROMPT).map_err(unreadable)? {
                Typed::Interrupted => continue,
                Typed::End => break,
                Typed::Refused(why) => Err(Refusal::Request(why.to_owned())),
                Typed::Line(line) => session.borrow_mut().line(&line),
            };
            let refused = match done {
                Ok(Reply::Quit) => break,
                Ok(reply) => {
                    let actors: Vec<_> = session.borrow().actors().collect();
                    unless_closed(write_reply(
                        &mut self.stdout(),
                        &reply,
                        &actors,
                        self.cli.guest,
                    ))?;
                    continue;
                }
                Err(refused) => refused,
            };
            let Problem { status, text } = self.problem(&refused);
            let mut stderr = AutoStream::new(io::stderr(), self.cli.color);
            if !prompt.is_terminal() {
                writeln!(stderr, "line {number} of standard input:").ok();
                worst = if worst == ExitStatus::Passed { status } else { worst };
            }
            // If standard error is gone, there is nowhere to report this.
            stderr.write_all(text.as_bytes()).ok();
        }
        Ok(worst)
    }
}

/// Returns the exit code of a program for which a line was refused.
const fn status(refusal: &Refusal) -> ExitStatus {
    match refusal {
        Refusal::Mistakes { .. } | Refusal::Request(_) => ExitStatus::Usage,
        Refusal::Environment(_) | Refusal::Step { verdict: Verdict::Environment(_), .. } => {
            ExitStatus::Environment
        }
        Refusal::Step { verdict: Verdict::Unknown(_), .. } => ExitStatus::Unknown,
        Refusal::Step { .. } => ExitStatus::Failed,
    }
}
