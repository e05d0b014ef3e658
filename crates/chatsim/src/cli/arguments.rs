//! What can be said to `chatsim`.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use crate::scenario::StageName;
use clap::{
    Args, ColorChoice, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum,
};
use clap_complete::Shell;

use super::fuzz::{FuzzArguments, ShrinkArguments};
use super::play::{PlayArguments, RecordArguments};
use super::programs::{self, ProgramArguments};
use super::reports::{Format, ReportFile};
use super::selection::Selection;
use crate::Guest;
use crate::runner::Seeds;

const EXIT_CODES: &str = "\
Exit codes:
    0  everything passed
    1  a scenario failed
    2  the command line or a scenario file is invalid; nothing was played
    3  the environment refused (e.g. a port is taken or the disk is full)
    4  no scenario was found, none matches, or none has a pending snapshot
    5  unknown: a run did not settle
  130  interrupted
If several apply, 1 takes precedence over 3, and 3 over 5.";

const PLAY_EXIT_CODES: &str = "\
Exit codes:
    0  the prompt was left
    1  a step from a pipe failed, or the recorded scenario does not pass
    2  the command line is invalid, or a line from a pipe is not a step
    3  the environment refused (e.g. a port is taken or the disk is full)
    5  unknown: a step from a pipe did not settle";

const SHRINK_EXIT_CODES: &str = "\
Exit codes:
    0  the shrunk scenario was written
    2  the command line or the scenario file is invalid
    3  the environment refused (e.g. the disk is full)
    4  the scenario does not fail";

/// Play scenarios and compare what every screen shows with a snapshot.
#[derive(Clone, Debug, Parser)]
#[command(name = "chatsim", version, after_help = EXIT_CODES)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
    /// Whether to use colors; `auto` uses them on a terminal, unless `NO_COLOR` is set.
    #[arg(long, global = true, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    pub(super) color: ColorChoice,
}

/// Describes the command line for the programs of a guest.
pub(super) fn command(guest: &dyn Guest) -> clap::Command {
    let mut command = Arguments::command();
    command = command.mut_subcommand("run", |run| run.args(programs::arguments(guest)));
    let many = guest.roles().iter().find(|role| !role.is_single);
    for verb in ["play", "record"] {
        command = command.mut_subcommand(verb, |verb| match many {
            Some(role) => verb.mut_arg("names", |names| {
                let initial: String = role.title.chars().take(1).collect();
                let default = [1, 2, 3].map(|number| format!("{initial}{number}")).join(",");
                let help = format!("The names of the {}", role.key);
                names.long(role.key).help(help).default_value(default)
            }),
            None => verb,
        });
    }
    command
}

impl Arguments {
    /// Parses the words of a command line, the program's own name first.
    ///
    /// # Errors
    ///
    /// They are wrong, or ask for help.
    pub(super) fn parse_for<W: Into<OsString> + Clone>(
        guest: &dyn Guest,
        words: impl IntoIterator<Item = W>,
    ) -> Result<Self, clap::Error> {
        let matches = command(guest).try_get_matches_from(words)?;
        let mut arguments = Self::from_arg_matches(&matches)?;
        if let (Command::Run(run), Some(("run", matches))) =
            (&mut arguments.command, matches.subcommand())
        {
            run.programs.take_commands(matches, guest);
        }
        Ok(arguments)
    }
}

/// What to do.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum Command {
    /// Play scenarios and compare their screens with their snapshots.
    ///
    /// The snapshot of `scenarios/NAME.yaml` is `snapshots/NAME.snap`, in the format of insta.
    /// Screens that differ from it are written next to it as `NAME.snap.new`, for `cargo insta
    /// review`; `INSTA_UPDATE` works as in insta, and in CI nothing is written.
    #[command(after_help = EXIT_CODES)]
    Run(Box<RunArguments>),
    /// Check scenarios and report every error without running them.
    Check(PathArguments),
    /// Format scenarios and the files that they include; comments and meaning are preserved.
    Fmt(FormatArguments),
    /// List scenarios with their titles.
    List(ListArguments),
    /// Write a scenario to start from, with comments, and its snapshot.
    New {
        /// The file, which must not exist.
        file: PathBuf,
    },
    /// Write a scenario at a prompt, step by step, on a simulated network in virtual time.
    ///
    /// A line is a step (`c1: send c2 hi`, `kill server`, `advance 2s`, `fault drop c1 -> c2`), and
    /// what the screens show is printed at once. `undo` takes back the last step, `save FILE`
    /// writes a scenario that expects what was shown. `help` lists all commands, Tab completes.
    #[command(after_help = PLAY_EXIT_CODES)]
    Play(PlayArguments),
    /// Write a scenario at a prompt as `play` does, on real UDP sockets.
    ///
    /// The scenario is written when the prompt is left.
    #[command(after_help = PLAY_EXIT_CODES)]
    Record(RecordArguments),
    /// Generate scenarios from seeds, play them, and check all promises.
    ///
    /// A scenario is a random workload with crashes and faults, then healing, then a check of all
    /// promises. The first one that fails is shrunk and written to a file.
    #[command(after_help = EXIT_CODES)]
    Fuzz(Box<FuzzArguments>),
    /// Reduce a failing scenario to a minimal one that still fails the same way.
    #[command(after_help = SHRINK_EXIT_CODES)]
    Shrink(ShrinkArguments),
    /// Show all pending snapshots (`*.snap.new`), and ask whether to accept each one.
    ///
    /// Without a terminal, they are listed.
    Review(PendingArguments),
    /// Accept all pending snapshots (`*.snap.new`).
    Accept(PendingArguments),
    /// Discard all pending snapshots.
    Reject(PendingArguments),
    /// Write the JSON Schema of scenario files, for editors.
    Schema,
    /// Write the completions for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Write the man page of the program, or of one verb, as roff.
    Man {
        /// The verb.
        verb: Option<String>,
    },
}

/// What to play and how.
#[derive(Clone, Debug, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(super) struct RunArguments {
    #[command(flatten)]
    pub(super) paths: PathArguments,
    #[command(flatten)]
    pub(super) selection: Selection,
    /// Where the scenarios play.
    #[arg(long, value_enum, default_value_t = StageKind::Simulated)]
    pub(super) stage: StageKind,
    /// Play with this seed instead of the scenarios' own (0 where a scenario has none).
    #[arg(long, value_name = "N", conflicts_with = "repeat")]
    pub(super) seed: Option<u64>,
    /// Play each scenario N times with consecutive seeds; the snapshot is compared for the
    /// scenario's own seed only.
    #[arg(long, value_name = "N")]
    pub(super) repeat: Option<NonZeroUsize>,
    /// The first seed of `--repeat`, instead of the scenario's own.
    #[arg(long, value_name = "SEED", requires = "repeat")]
    pub(super) seed_from: Option<u64>,
    /// Stop before the first step after this line of the file, and compare no snapshot.
    #[arg(long, value_name = "LINE")]
    pub(super) until: Option<usize>,
    /// Number of scenarios to run in parallel [default: one per core, or four per core for real
    /// programs, which mostly wait].
    #[arg(long, short, value_name = "N")]
    pub(super) jobs: Option<NonZeroUsize>,
    /// Stop after the first scenario that does not pass.
    #[arg(long)]
    pub(super) fail_fast: bool,
    /// Play each scenario twice with the same seed, and fail if the two traces or screens differ.
    #[arg(long)]
    pub(super) verify_determinism: bool,
    /// Report every datagram, timer and program event as well.
    #[arg(long)]
    pub(super) trace: bool,
    /// The format of standard output.
    #[arg(long, value_enum, default_value_t = Format::Pretty)]
    pub(super) format: Format,
    /// Also write a report; missing parent folders are created. May be repeated: pretty=FILE,
    /// json=FILE, junit=FILE, tap=FILE, html=DIR, svg=DIR, mermaid=DIR.
    #[arg(long = "report", value_name = "FORMAT=PATH")]
    pub(super) reports: Vec<ReportFile>,
    /// Write each screen, as its actor saw it, to `DIR/<scenario>/<actor>.txt`.
    #[arg(long, value_name = "DIR", conflicts_with = "repeat")]
    pub(super) transcripts: Option<PathBuf>,
    /// Accept what the screens show as the new snapshots.
    #[arg(long, conflicts_with_all = ["seed", "repeat", "until"])]
    pub(super) accept: bool,
    /// Re-run scenarios when their files change, until Ctrl-C (exit code 0).
    #[arg(long)]
    pub(super) watch: bool,
    /// Multiply the time to wait for expected lines by FACTOR, on stages in real time.
    #[arg(long, value_name = "FACTOR", value_parser = parse_factor)]
    pub(super) timeout_factor: Option<f64>,
    #[command(flatten)]
    pub(super) programs: ProgramArguments,
}

/// What to format and how.
#[derive(Clone, PartialEq, Eq, Debug, Args)]
pub(super) struct FormatArguments {
    /// Files, and folders with `.yaml` and `.yml` files at any depth; `-` formats standard input.
    #[arg(default_value = "scenarios", value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// Change nothing: list the files that are not formatted, and exit with 1 if there are any.
    #[arg(long)]
    pub(super) check: bool,
}

/// What to list and how.
#[derive(Clone, Debug, Args)]
pub(super) struct ListArguments {
    #[command(flatten)]
    pub(super) paths: PathArguments,
    #[command(flatten)]
    pub(super) selection: Selection,
    /// The format of standard output.
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    pub(super) format: ListFormat,
}

/// How a list looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum ListFormat {
    /// For people.
    Text,
    /// A line of JSON for each scenario.
    Json,
}

/// Whose screens are meant.
#[derive(Clone, PartialEq, Eq, Debug, Args)]
pub(super) struct PendingArguments {
    /// Scenario files, and folders with `.yaml` and `.yml` files at any depth.
    #[arg(default_value = "scenarios", value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
}

/// What to read.
#[derive(Clone, PartialEq, Eq, Debug, Default, Args)]
pub(super) struct PathArguments {
    /// Scenario files, and folders with `.yaml` and `.yml` files at any depth.
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
}

/// Where scenarios play.
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
    /// Returns the name that the command line has for it.
    pub const fn name(self) -> &'static str {
        self.stage_name().name()
    }

    /// Returns how many scenarios a core can play at the same time.
    pub(super) const fn plays_per_core(self) -> NonZeroUsize {
        match self {
            Self::Simulated | Self::Udp => NonZeroUsize::MIN,
            // Real programs mostly wait.
            Self::Pty => NonZeroUsize::MIN.saturating_add(3),
        }
    }

    /// Returns how scenarios know it.
    pub const fn stage_name(self) -> StageName {
        match self {
            Self::Simulated => StageName::Simulated,
            Self::Udp => StageName::Udp,
            Self::Pty => StageName::Pty,
        }
    }
}

impl RunArguments {
    /// Accepts what one scenario shows.
    pub(super) fn accepting(file: PathBuf) -> Self {
        Self { paths: PathArguments { paths: vec![file] }, accept: true, ..Self::default() }
    }

    /// Writes the command that plays a scenario of a guest in the same way, without its seed and
    /// path.
    pub(super) fn command(&self, guest: &dyn Guest) -> String {
        let verified = if self.verify_determinism { " --verify-determinism" } else { "" };
        let mut command = format!("{} run{verified}", guest.hints().command());
        let mut push = |option: &str, value: &dyn std::fmt::Display| {
            write!(command, " --{option} {value}").unwrap_or_default();
        };
        if self.stage != StageKind::Simulated {
            push("stage", &self.stage.name());
        }
        for (option, value) in self.programs.options() {
            push(&option, &value);
        }
        if let Some(line) = self.until {
            push("until", &line);
        }
        if let Some(factor) = self.timeout_factor {
            push("timeout-factor", &factor);
        }
        command
    }

    /// Returns the seeds to play with.
    pub(super) fn seeds(&self) -> Seeds {
        match (self.seed, self.repeat) {
            (Some(seed), _) => Seeds::Same(seed),
            (None, Some(count)) => Seeds::Many { from: self.seed_from, count },
            (None, None) => Seeds::Own,
        }
    }
}

fn parse_factor(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(factor) if factor > 0.0 && factor <= 1000.0 => Ok(factor),
        Ok(_) | Err(_) => Err("write a number above 0, at most 1000".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use machine::Actor;

    use super::*;
    use crate::testing::Fakes;
    use crate::{Hints, Part, Role};

    fn run(words: &str) -> Result<RunArguments, String> {
        parsed(&words.split(' ').collect::<Vec<_>>())
    }

    fn parsed(words: &[&str]) -> Result<RunArguments, String> {
        let words = ["chatsim", "run"].iter().chain(words).copied();
        match Arguments::parse_for(&Fakes, words) {
            Ok(Arguments { command: Command::Run(run), .. }) => Ok(*run),
            Ok(arguments) => panic!("{arguments:?}"),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Nodes that are played by a program of another name.
    #[derive(Debug)]
    struct Nodes;

    static NODES: [Role; 1] = [Role::many("nodes", "node", 4000)];

    impl Guest for Nodes {
        fn roles(&self) -> &'static [Role] {
            &NODES
        }

        fn build(&self, part: &Part<'_>) -> Box<dyn Actor> {
            Fakes.build(part)
        }

        fn hints(&self) -> Hints {
            Hints { command: Some("./nodes"), ..Hints::default() }
        }
    }

    #[test]
    fn guests_name_their_actors_and_their_command_line() {
        let run = RunArguments { verify_determinism: true, ..RunArguments::default() };
        assert_eq!(run.command(&Nodes), "./nodes run --verify-determinism");
        let command = command(&Nodes);
        let play = command.find_subcommand("play").unwrap();
        let names = play.get_arguments().find(|argument| argument.get_long() == Some("nodes"));
        assert_eq!(names.unwrap().get_default_values(), ["n1,n2,n3"]);
    }

    #[test]
    fn command_plays_it_again_in_the_same_way() {
        let again = |words| run(words).unwrap().command(&Fakes);
        assert_eq!(again("a.yaml"), "chatsim run");
        assert_eq!(
            again("a.yaml --stage udp --timeout-factor 2.5 --until 7"),
            "chatsim run --stage udp --until 7 --timeout-factor 2.5"
        );
        assert_eq!(again("a.yaml --verify-determinism"), "chatsim run --verify-determinism");
        let run = parsed(&[
            "a.yaml",
            "--stage=pty",
            "--program=it",
            "--client-command=other {name}",
            "--prompt=it's> ",
        ]);
        assert_eq!(
            run.unwrap().command(&Fakes),
            "chatsim run --stage pty --program it --client-command 'other {name}' \
             --prompt 'it'\\''s> '"
        );
    }

    #[test]
    fn snapshots_are_those_of_the_scenarios_own_seed() {
        for other in ["--seed <N>", "--repeat <N>", "--until <LINE>"] {
            let option = other.split(' ').next().unwrap_or_default();
            let error = run(&format!("a.yaml --accept {option} 7")).unwrap_err();
            let expected = format!("'--accept' cannot be used with '{other}'");
            assert!(error.contains(&expected), "{error}");
        }
    }

    #[test]
    fn factor_is_a_positive_number() {
        assert!(run("a.yaml --timeout-factor 0.5").is_ok());
        for factor in ["0", "-1", "nan", "inf", "1001", "two"] {
            let error = run(&format!("a.yaml --timeout-factor={factor}")).unwrap_err();
            assert!(error.contains("write a number above 0, at most 1000"), "{error}");
        }
    }
}
