//! Keeps a campaign from ending without a seed.
//!
//! A program that overflows its stack, aborts, takes all memory or never ends takes a whole process
//! with it. So `fuzz` runs in a child process, which notes in a file which seeds are being run. If
//! it dies or a run takes too long, the parent runs the seeds in question again, each by itself, and
//! reports the one that is to blame.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus as Ended, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;
use tempfile::NamedTempFile;

use super::exit_status::ExitStatus;
use super::interruption::Interruption;
use super::problem::Problem;
use super::run::stopwatch;

/// The variable that names the file of the seeds, for the child process.
const SEEDS: &str = "CHATSIM_FUZZ_SEEDS";

/// The variable that sets how many seconds one run may take, instead of [`RUN_MAX`].
const RUN_SECONDS: &str = "CHATSIM_FUZZ_RUN_SECONDS";

/// How long one run may take: most take a few milliseconds.
const RUN_MAX: Duration = Duration::from_mins(2);

/// How much memory a campaign may take.
const MEMORY_MAX: u64 = 8 * 1024 * 1024 * 1024;

/// How often the parent looks after its child.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The length of a note: whether a run is under way, and its seed.
const NOTE_LEN: usize = 16;

/// Returns whether this process runs a campaign itself.
pub(super) fn is_child() -> bool {
    env::var_os(SEEDS).is_some()
}

/// The notes of which seeds are being run.
pub(super) struct Notes {
    file: Option<File>,
    slots: AtomicUsize,
}

thread_local! {
    /// The place of this thread's notes.
    static SLOT: std::cell::Cell<Option<usize>> = const { std::cell::Cell::new(None) };
}

impl Notes {
    /// Opens the file that the parent has named, if there is a parent.
    pub(super) fn open() -> Self {
        #[cfg(target_os = "linux")]
        if is_child() {
            // If the parent is gone already, the child ends by itself.
            nix::sys::prctl::set_pdeathsig(Signal::SIGKILL).ok();
        }
        let file =
            env::var_os(SEEDS).and_then(|path| OpenOptions::new().write(true).open(path).ok());
        Self { file, slots: AtomicUsize::new(0) }
    }

    /// Notes that this thread begins or has ended a run.
    pub(super) fn note(&self, seed: u64, begins: bool) {
        let Some(file) = &self.file else { return };
        let slot = SLOT.get().unwrap_or_else(|| self.slots.fetch_add(1, Ordering::Relaxed));
        SLOT.set(Some(slot));
        let note = [u64::from(begins).to_le_bytes(), seed.to_le_bytes()].concat();
        // Without the notes, a failure is only harder to find.
        file.write_all_at(&note, (slot * NOTE_LEN) as u64).ok();
    }
}

/// Returns the seeds that are being run.
fn under_way(notes: &Path) -> Vec<u64> {
    let bytes = fs::read(notes).unwrap_or_default();
    let number = |bytes: &[u8]| bytes.try_into().map(u64::from_le_bytes).unwrap_or_default();
    let notes = bytes.chunks_exact(NOTE_LEN).map(|note| note.split_at(NOTE_LEN / 2));
    notes.filter(|(begins, _)| number(begins) != 0).map(|(_, seed)| number(seed)).collect()
}

/// Why a child process did not end by itself.
enum Trouble {
    Signal(i32),
    Slow,
    Memory,
}

impl Trouble {
    fn sentence(&self) -> String {
        match self {
            Self::Signal(signal) => {
                let name = Signal::try_from(*signal);
                let name = name.map_or_else(|_| signal.to_string(), |signal| signal.to_string());
                format!("a run ended the process with {name}")
            }
            Self::Slow => format!("a run took longer than {:?}", run_max()),
            Self::Memory => format!("a run took more than {} GiB of memory", MEMORY_MAX >> 30),
        }
    }
}

fn run_max() -> Duration {
    let seconds = env::var(RUN_SECONDS).ok().and_then(|text| text.parse().ok());
    seconds.map_or(RUN_MAX, Duration::from_secs)
}

/// How a campaign in a child process ended.
pub(super) enum Supervised {
    /// By itself, and it has reported everything.
    Reported(ExitStatus),
    /// It died, or had to be ended.
    Died {
        /// The seeds that were being run, or the one that is to blame.
        seeds: Vec<u64>,
        /// What happened, in a sentence about a seed.
        reason: String,
    },
}

/// Runs this command line in a child process. If that dies or takes too long, it finds out which seed
/// is to blame.
pub(super) fn supervise(interruption: &Interruption) -> Result<Supervised, Problem> {
    let words: Vec<_> = env::args_os().skip(1).collect();
    let notes = NamedTempFile::new().map_err(|error| refusal(&error))?;
    let watched_child = watched(&words, notes.path(), Stdio::inherit, interruption);
    let trouble = match watched_child.map_err(|error| refusal(&error))? {
        Ok(ended) => return Ok(Supervised::Reported(ExitStatus::of_child(ended.code()))),
        Err(_) if interruption.is_asked() => {
            return Ok(Supervised::Reported(ExitStatus::Interrupted));
        }
        Err(trouble) => trouble,
    };
    let seeds = under_way(notes.path());
    let alone = |seed: &u64| {
        let notes = NamedTempFile::new().ok()?;
        let words = alone(&words, *seed);
        watched(&words, notes.path(), Stdio::null, interruption).ok()?.err()
    };
    let blamed = seeds.iter().find_map(|seed| Some((*seed, alone(seed)?)));
    Ok(match blamed {
        Some((seed, trouble)) => Supervised::Died { seeds: vec![seed], reason: trouble.sentence() },
        None => Supervised::Died { seeds, reason: trouble.sentence() },
    })
}

fn refusal(error: &io::Error) -> Problem {
    Problem::environment(format!("error: the campaign cannot be started: {error}\n"))
}

/// Returns the words that run one seed as these run many.
fn alone(words: &[OsString], seed: u64) -> Vec<OsString> {
    let is_crash = words.iter().any(|word| word == "--crash-points");
    let mut alone: Vec<OsString> =
        ["fuzz", "--runs", "1", "--jobs", "1", "--seed-from"].map(OsString::from).to_vec();
    alone.push(seed.to_string().into());
    alone.extend(is_crash.then(|| "--crash-points".into()));
    alone
}

/// Starts this program again with these words.
fn start(words: &[OsString], notes: &Path, output: impl Fn() -> Stdio) -> io::Result<Child> {
    fs::write(notes, [])?;
    Command::new(env::current_exe()?)
        .args(words)
        .env(SEEDS, notes)
        .stdin(Stdio::null())
        .stdout(output())
        .stderr(output())
        // Ctrl-C at the terminal is passed on once, not twice.
        .process_group(0)
        .spawn()
}

/// Runs a child process to its end; the error says why it had to be ended, or died.
fn watched(
    words: &[OsString],
    notes: &Path,
    output: impl Fn() -> Stdio,
    interruption: &Interruption,
) -> io::Result<Result<Ended, Trouble>> {
    let mut child = start(words, notes, output)?;
    let id = child.id();
    let (ended, end) = channel();
    // Ends with the child.
    thread::spawn(move || ended.send(child.wait()));
    let clock = stopwatch();
    let mut is_interrupted = false;
    let mut runs = Runs::default();
    let mut trouble = None;
    loop {
        match end.recv_timeout(LOOK_EVERY) {
            Ok(ended) => {
                let ended = ended?;
                let trouble = trouble.or_else(|| ended.signal().map(Trouble::Signal));
                return Ok(trouble.map_or(Ok(ended), Err));
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(io::Error::other("nobody waits for the child process"));
            }
        }
        if interruption.is_asked() && !std::mem::replace(&mut is_interrupted, true) {
            send(Signal::SIGINT, id);
        }
        runs.update(&under_way(notes), clock());
        if runs.longest(clock()) > run_max() {
            trouble = Some(Trouble::Slow);
        } else if memory_of(id) > MEMORY_MAX {
            trouble = Some(Trouble::Memory);
        }
        if trouble.is_some() {
            send(Signal::SIGKILL, id);
        }
    }
}

/// The seeds that a child process is running, each with the time at which it was first seen.
#[derive(Default)]
struct Runs(Vec<(u64, Duration)>);

impl Runs {
    fn update(&mut self, running: &[u64], now: Duration) {
        self.0.retain(|(seed, _)| running.contains(seed));
        for seed in running {
            if self.0.iter().all(|(known, _)| known != seed) {
                self.0.push((*seed, now));
            }
        }
    }

    /// Returns how long the oldest run has taken so far.
    fn longest(&self, now: Duration) -> Duration {
        let began = self.0.iter().map(|(_, began)| *began).min();
        began.map_or(Duration::ZERO, |began| now.saturating_sub(began))
    }
}

/// Sends a signal to a process. If it has ended, there is nothing to do.
fn send(signal: Signal, id: u32) {
    if let Ok(id) = i32::try_from(id) {
        signal::kill(Pid::from_raw(id), signal).ok();
    }
}

/// Returns how much memory a process takes, as far as the system tells.
fn memory_of(id: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = resident.and_then(|it| it.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.unwrap_or_default() * 1024
}
