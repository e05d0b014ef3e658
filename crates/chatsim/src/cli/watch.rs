//! `run --watch`: runs scenarios, and runs them again when they change.
//!
//! The operating system wakes the watch; whether a scenario has changed since it was run is decided
//! by the size and time of all files that it consists of.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, SystemTime};

use anstream::AutoStream;
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};

use super::exit_status::ExitStatus;
use super::files::{self, no_scenario};
use super::interruption::{Ending, Interruption, until_interrupted};
use super::problem::Problem;
use super::reports::Format;
use super::run::{self, RunArguments};
use super::setup::Cli;
use crate::report::{escaped, printable};
use crate::runner::{Case, Event};

/// How long nothing must change before a file is run: editors write a file in several steps.
const QUIET: Duration = Duration::from_millis(50);

/// Changes in a row to wait for, so that a folder that never rests is run too.
const CHANGES_MAX: usize = 100;

/// Clears a terminal and its scrollback.
const EMPTY_SCREEN: &str = "\u{1b}[2J\u{1b}[3J\u{1b}[H";

/// Runs the scenarios that the arguments name, and again when they change, until Ctrl-C. That is
/// how a watch ends, so it is not a failure.
pub(super) fn watch(arguments: RunArguments, cli: Cli) -> Result<ExitStatus, Problem> {
    let ending = until_interrupted(move |interruption| {
        let mut watch = Watch::start(&arguments, cli)?;
        watch.run_until_asked(interruption)
    });
    match ending.map_err(|error| Problem::environment(files::describe(&error)))? {
        Ending::Done(Err(problem)) => Err(problem),
        Ending::Done(Ok(())) | Ending::Interrupted => Ok(ExitStatus::Passed),
    }
}

/// A state of a file that changes whenever the file does; `None` if there is no file.
type Mark = Option<(u64, Option<SystemTime>)>;

fn mark(path: &Path) -> Mark {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.len(), metadata.modified().ok()))
}

/// The state of a scenario file when it was last run.
struct Seen {
    /// The file itself, those that it includes, and its snapshots.
    marks: BTreeMap<PathBuf, Mark>,
    /// The errors that were shown for an invalid file.
    mistakes: Option<String>,
    /// Whether one of its scenarios did not pass.
    has_failed: bool,
}

struct Watch<'a> {
    arguments: &'a RunArguments,
    cli: Cli,
    seen: BTreeMap<PathBuf, Seen>,
    watcher: RecommendedWatcher,
    /// The folders that are watched so far.
    folders: BTreeSet<PathBuf>,
    changes: Receiver<()>,
}

impl<'a> Watch<'a> {
    fn start(arguments: &'a RunArguments, cli: Cli) -> Result<Self, Problem> {
        let found = files::find(&arguments.paths.paths).map_err(|errors| {
            Problem::usage(errors.iter().map(files::describe).collect::<Vec<_>>().join("\n"))
        })?;
        if found.is_empty() {
            return Err(no_scenario());
        }
        let (change, changes) = channel();
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Lost and unknown events count as changes as well; only reading a file is not a
            // change.
            if !event.is_ok_and(|event| event.kind.is_access()) {
                // After the end, the receiver is gone.
                change.send(()).ok();
            }
        });
        let watcher = watcher.map_err(|error| refusal(&error))?;
        let (seen, folders) = (BTreeMap::new(), BTreeSet::new());
        let mut watch = Self { arguments, cli, seen, watcher, folders, changes };
        for path in &arguments.paths.paths {
            if path.is_dir() {
                watch.add_folder(path, RecursiveMode::Recursive)?;
            }
        }
        Ok(watch)
    }

    /// Watches a folder, unless it is watched already.
    fn add_folder(&mut self, folder: &Path, mode: RecursiveMode) -> Result<(), Problem> {
        let folder = if folder == Path::new("") { Path::new(".") } else { folder };
        if folder.is_dir() && self.folders.insert(folder.to_owned()) {
            self.watcher.watch(folder, mode).map_err(|error| refusal(&error))?;
        }
        Ok(())
    }

    /// Watches the folders of all files that were seen.
    fn add_folders(&mut self) -> Result<(), Problem> {
        let files = self.seen.values().flat_map(|seen| seen.marks.keys());
        let folders: BTreeSet<_> = files.filter_map(|file| file.parent()).collect();
        let folders: Vec<_> = folders.into_iter().map(Path::to_owned).collect();
        folders.iter().try_for_each(|folder| self.add_folder(folder, RecursiveMode::NonRecursive))
    }

    fn run_until_asked(&mut self, interruption: &Interruption) -> Result<(), Problem> {
        while !interruption.is_asked() {
            let changed = self.changed();
            let others = self.failing_besides(&changed);
            if changed.is_empty() {
                if interruption.wait(|| self.wait()).is_none() {
                    break;
                }
                continue;
            }
            self.clear_screen();
            if let Err(problem) = self.run(changed, interruption) {
                tell(&problem.text, self.cli);
            }
            // What changed in the meantime is found by the next check.
            self.add_folders()?;
            if !others.is_empty() {
                let text = format!("\nstill failing, not run again: {}\n", others.join(", "));
                tell(&text, self.cli);
            }
            tell("\nwaiting for changes; Ctrl-C ends\n", self.cli);
        }
        Ok(())
    }

    /// Waits for a change, and until nothing has changed for a while.
    fn wait(&self) {
        if self.changes.recv().is_ok() {
            for _ in 0..CHANGES_MAX {
                if self.changes.recv_timeout(QUIET).is_err() {
                    break;
                }
            }
        }
    }

    /// Finds the files that have changed since they were run.
    fn changed(&mut self) -> Vec<PathBuf> {
        // A folder that is gone may come back.
        let found = files::find(&self.arguments.paths.paths).unwrap_or_default();
        self.seen.retain(|path, _| found.contains(path));
        let is_changed = |path: &PathBuf| match self.seen.get(path) {
            None => true,
            Some(Seen { marks, mistakes, .. }) => {
                let is_other = |(path, seen): (&PathBuf, &Mark)| mark(path) != *seen;
                marks.iter().any(is_other) || mistakes.is_some() && *mistakes != self.mistakes(path)
            }
        };
        found.into_iter().filter(is_changed).collect()
    }

    /// Returns the files that did not pass when they were last run, besides these.
    fn failing_besides(&self, changed: &[PathBuf]) -> Vec<String> {
        let failing = self.seen.iter().filter(|(_, seen)| seen.has_failed);
        let others = failing.filter(|(path, _)| !changed.contains(path));
        others.map(|(path, _)| printable(&path.display().to_string()).into_owned()).collect()
    }

    fn mistakes(&self, path: &Path) -> Option<String> {
        files::load(path, self.arguments.paths.includes(), self.cli).err()
    }

    /// Runs those of the files that are valid, and shows the errors of the others.
    fn run(&mut self, paths: Vec<PathBuf>, interruption: &Interruption) -> Result<(), Problem> {
        let mut cases = Vec::new();
        let mut inputs = BTreeMap::new();
        for path in paths {
            let mut marks = BTreeMap::from([(path.clone(), mark(&path))]);
            match files::load(&path, self.arguments.paths.includes(), self.cli) {
                Ok(loaded) => {
                    let included = loaded.iter().flat_map(|case| &case.scenario.included);
                    marks.extend(included.map(|source| (source.path.clone(), mark(&source.path))));
                    inputs.insert(path, (marks, snapshots(&loaded)));
                    cases.extend(loaded);
                }
                Err(mistakes) => {
                    tell(&mistakes, self.cli);
                    let seen = Seen { marks, mistakes: Some(mistakes), has_failed: true };
                    self.seen.insert(path, seen);
                }
            }
        }
        let mut failed = BTreeSet::new();
        let done = match cases.len() {
            0 => Ok(()),
            _ => run::run_some(self.arguments, &cases, self.cli, interruption, &mut |event| {
                if let Event::ScenarioFinished { run, verdict, .. } = event
                    && !verdict.is_good()
                {
                    failed.insert(run.case.scenario.source.path.clone());
                }
            }),
        };
        for (path, (mut marks, snapshots)) in inputs {
            // The run itself may write them.
            marks.extend(snapshots.into_iter().map(|path| (path.clone(), mark(&path))));
            let has_failed = failed.contains(&path);
            self.seen.insert(path, Seen { marks, mistakes: None, has_failed });
        }
        done
    }

    /// Clears the terminal, if it shows a report for people.
    fn clear_screen(&self) {
        let mut stdout = io::stdout();
        if stdout.is_terminal() && self.arguments.format == Format::Pretty {
            // If the terminal is gone, there is nothing to clear.
            stdout.write_all(EMPTY_SCREEN.as_bytes()).and_then(|()| stdout.flush()).ok();
        }
    }
}

fn snapshots(cases: &[Case]) -> BTreeSet<PathBuf> {
    cases.iter().map(|case| case.location.snapshot.clone()).collect()
}

fn refusal(error: &notify::Error) -> Problem {
    let error = error.to_string();
    Problem::environment(format!("error: cannot watch for changes: {}\n", escaped(&error)))
}

fn tell(text: &str, cli: Cli) {
    // There is nowhere left to report this.
    AutoStream::new(io::stderr(), cli.color).write_all(text.as_bytes()).ok();
}
