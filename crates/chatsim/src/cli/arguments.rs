//! The command line of `chatsim`: its verbs, and what all of them share. The arguments of a verb
//! are defined in the file that implements it.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ColorChoice, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use clap_complete::Shell;

use super::files::PathArguments;
use super::format::FormatArguments;
use super::fuzz::{self, FuzzArguments, ShrinkArguments};
use super::list::ListArguments;
use super::play::{self, PlayArguments, RecordArguments};
use super::programs;
use super::review::PendingArguments;
use super::run::RunArguments;
use crate::Guest;

const EXIT_CODES: &str = "\
Exit codes:
    0  everything passed
    1  a scenario failed
    2  the command line or a scenario file is invalid; nothing was run
    3  the environment refused (e.g. a port is taken or the disk is full)
    4  no scenario was found, none matches, or none has a pending snapshot
    5  unknown: a run did not settle
  130  interrupted
If several apply, 1 takes precedence over 3, and 3 over 5.";

/// Run scenarios and compare what every screen shows with a snapshot.
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
    for verb in ["play", "record"] {
        command = command.mut_subcommand(verb, |verb| play::named_for(guest, verb));
    }
    command
}

impl Arguments {
    /// Parses the words of a command line, the program's own name first.
    ///
    /// # Errors
    ///
    /// They are invalid, or ask for help.
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
    /// Run scenarios and compare their screens with their snapshots.
    ///
    /// The snapshot of `scenarios/NAME.yaml` is `snapshots/NAME.snap`, in the format of insta.
    /// Screens that differ from it are written next to it as `NAME.snap.new`, for `cargo insta
    /// review`; `INSTA_UPDATE` works as in insta, and in CI nothing is written.
    #[command(after_help = EXIT_CODES)]
    Run(Box<RunArguments>),
    /// Check scenarios and report every error without running them.
    Check(PathArguments),
    /// Format scenario files; comments and meaning are preserved.
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
    #[command(after_help = play::EXIT_CODES)]
    Play(PlayArguments),
    /// Write a scenario at a prompt as `play` does, on real UDP sockets.
    ///
    /// The scenario is written when the prompt is left.
    #[command(after_help = play::EXIT_CODES)]
    Record(RecordArguments),
    /// Generate scenarios from seeds, run them, and check all promises.
    ///
    /// A scenario is a random workload with crashes and faults, then healing, then a check of all
    /// promises. The first one that fails is shrunk and written to a file.
    #[command(after_help = EXIT_CODES)]
    Fuzz(Box<FuzzArguments>),
    /// Reduce a failing scenario to a minimal one that still fails the same way.
    #[command(after_help = fuzz::SHRINK_EXIT_CODES)]
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

    /// Nodes whose command line has a name of its own.
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
    fn command_runs_it_again_in_the_same_way() {
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
