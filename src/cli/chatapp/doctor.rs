//! `chatapp doctor`: checks whether a server could run here, and whether another one can be
//! reached.

use std::fmt;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;

use clap::Args;

use super::chat::own_address;
use super::exit::Exit;
use super::flags::{ArgumentsError, DEFAULT_SERVER_PORT, check_server};
use super::program::seed;
use super::serve::{self, ServerArguments};
use super::trouble::Trouble;
use crate::console::other_version;
use crate::host::{HostPort, resolve};
use crate::protocol::{
    Address, Datagram, LinkDatagram, Segment, Session, Timestamp, VersionNotice, codec,
};
use crate::repl::{Editor, PlainError};
use crate::storage::StoreError;
use crate::storage::disk::Reader;
use driver::{Clock as _, RealClock};
use driver::{DATAGRAM_ROOM, UdpChannel};
use machine::clean_lines;

/// How long a server may take to answer.
const ANSWER_PATIENCE: Duration = Duration::from_secs(3);

/// How long to wait for an answer before the question is sent again.
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(500);

/// The length of a question in bytes, so that the answer may be as long.
const ROOM_FOR_ANSWER: usize = 100;

/// The first second of 2025, in microseconds: no correct clock shows an earlier time.
const CLOCK_MIN: Timestamp = Timestamp::from_micros(1_735_689_600_000_000);

/// The first second of 2100.
const CLOCK_MAX: Timestamp = Timestamp::from_micros(4_102_444_800_000_000);

/// How far two clocks may differ before the times of messages look wrong.
const CLOCKS_APART_MAX: Duration = Duration::from_secs(2);

/// The free bytes below which a disk counts as full.
const ROOM_MIN: u64 = 16 << 20;

/// The free bytes below which a disk counts as almost full.
const ROOM_FOR_A_WHILE: u64 = 256 << 20;

/// The arguments as written.
#[derive(Args, Debug)]
#[group(skip)]
pub(super) struct Written {
    /// A server to reach; the default port is 2475.
    #[arg(value_name = "SERVER[:PORT]")]
    server: Option<String>,

    #[command(flatten)]
    own: serve::Written,
}

/// The arguments.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct DoctorArguments {
    /// A server to reach.
    server: Option<(String, u16)>,
    /// The settings of a server that is to run here.
    own: ServerArguments,
}

impl Written {
    pub(super) fn check(self) -> Result<DoctorArguments, ArgumentsError> {
        let server = self.server.as_deref().map(check_server).transpose()?;
        let place = |HostPort { host, port }| (host, port.unwrap_or(DEFAULT_SERVER_PORT));
        let own = self.own.check_with(Some(DEFAULT_SERVER_PORT))?;
        Ok(DoctorArguments { server: server.map(place), own })
    }
}

/// The severity of a finding.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Level {
    Ok,
    Warning,
    Problem,
}

/// A finding, and the remedy.
#[derive(Debug)]
struct Finding {
    level: Level,
    about: &'static str,
    text: String,
}

impl Finding {
    fn new(level: Level, about: &'static str, text: impl Into<String>) -> Self {
        Self { level, about, text: text.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.level {
            Level::Ok => "ok",
            Level::Warning => "warning",
            Level::Problem => "problem",
        };
        write!(f, "{level:<8} {}: {}", self.about, self.text)
    }
}

/// Runs all checks, and prints the findings.
///
/// # Errors
///
/// Standard output cannot be written.
pub(super) async fn run(arguments: DoctorArguments) -> Result<Exit, Trouble> {
    let DoctorArguments { server, own } = arguments;
    let mut findings = vec![port(&own.bind, own.port).await, clock()];
    match own.place.folder_of_server(own.port) {
        Ok(Some(folder)) => findings.extend(data(&folder)),
        Ok(None) => findings.push(Finding::new(Level::Ok, "data", "kept in memory only")),
        Err(error) => findings.push(Finding::new(Level::Problem, "data", error.to_string())),
    }
    findings.push(terminal());
    if let Some((host, port)) = server {
        findings.extend(server_at(&host, port).await);
    }
    let mut out = io::stdout().lock();
    let told = findings
        .iter()
        .try_for_each(|finding| writeln!(out, "{}", clean_lines(&finding.to_string())));
    told.and_then(|()| out.flush()).map_err(PlainError::Output)?;
    let has_problem = findings.iter().any(|finding| finding.level == Level::Problem);
    Ok(if has_problem { Exit::Failure } else { Exit::Success })
}

async fn port(bind: &str, port: u16) -> Finding {
    let about = "port";
    let address = match resolve(bind, port).await {
        Ok(address) => address,
        Err(error) => return Finding::new(Level::Problem, about, error.to_string()),
    };
    match UdpChannel::bind(address) {
        Ok(_) => Finding::new(Level::Ok, about, format!("{address} can be used")),
        Err(error) => Finding::new(Level::Problem, about, error.to_string()),
    }
}

fn clock() -> Finding {
    let now = RealClock::start().now();
    let micros = i64::try_from(now.as_micros()).unwrap_or(i64::MAX);
    let shown = jiff::Timestamp::from_microsecond(micros).unwrap_or(jiff::Timestamp::MAX);
    let text = format!("{shown:.0}");
    if (CLOCK_MIN..CLOCK_MAX).contains(&now) {
        Finding::new(Level::Ok, "clock", text)
    } else {
        let text =
            format!("{text} cannot be right: set the clock, because messages are dated by it");
        Finding::new(Level::Problem, "clock", text)
    }
}

/// Checks a data folder, or the place where it would be created.
fn data(folder: &Path) -> Vec<Finding> {
    let shown = folder.display();
    let Some(there) = folder.ancestors().find(|path| path.exists()) else {
        let text = format!(
            "`{shown}` cannot exist: none of its parent folders does; choose another folder with \
             `--data DIR`"
        );
        return vec![Finding::new(Level::Problem, "data", text)];
    };
    let mut findings = Vec::new();
    if let Err(error) = writable(there) {
        let text = format!(
            "`{}` cannot be written ({error}): change its permissions, or choose another folder \
             with `--data DIR`",
            there.display()
        );
        findings.push(Finding::new(Level::Problem, "data", text));
    } else if there != folder {
        let text = format!("`{shown}` does not exist yet and can be created");
        findings.push(Finding::new(Level::Ok, "data", text));
    }
    if there == folder {
        findings.push(records(folder));
    }
    findings.extend(room(there));
    findings
}

fn records(folder: &Path) -> Finding {
    let about = "data";
    let mut count = 0_u64;
    let read = Reader::open(folder).and_then(|reader| {
        let header = reader.header();
        Ok((header, reader.read(&mut |_| count += 1)?))
    });
    let shown = folder.display();
    match read {
        Ok((header, None)) => {
            let version =
                header.map_or_else(String::new, |it| format!(" (format version {})", it.version));
            let text = format!("`{shown}` is intact: {count} records{version}");
            Finding::new(Level::Ok, about, text)
        }
        Ok((_, Some(_))) => {
            let text = format!(
                "`{shown}` is damaged: `chatapp store check` shows what can be recovered, `chatapp \
                 store export` recovers it"
            );
            Finding::new(Level::Problem, about, text)
        }
        Err(StoreError::Nothing(_)) => {
            Finding::new(Level::Ok, about, format!("`{shown}` holds no data yet"))
        }
        Err(error) => Finding::new(Level::Problem, about, error.to_string()),
    }
}

#[cfg(unix)]
fn writable(folder: &Path) -> io::Result<()> {
    use nix::unistd::{AccessFlags, access};
    Ok(access(folder, AccessFlags::W_OK | AccessFlags::X_OK)?)
}

#[cfg(not(unix))]
fn writable(folder: &Path) -> io::Result<()> {
    tempfile::tempfile_in(folder).map(drop)
}

#[cfg(unix)]
fn room(folder: &Path) -> Option<Finding> {
    let free = nix::sys::statvfs::statvfs(folder).ok()?;
    let bytes = free.blocks_available().saturating_mul(free.fragment_size());
    let (level, cure) = if bytes < ROOM_MIN {
        (Level::Problem, ": free some disk space, soon nothing more can be stored")
    } else if bytes < ROOM_FOR_A_WHILE {
        (Level::Warning, ": free some disk space")
    } else {
        (Level::Ok, "")
    };
    Some(Finding::new(level, "room", format!("{} MiB are left for data{cure}", bytes >> 20)))
}

#[cfg(not(unix))]
fn room(_: &Path) -> Option<Finding> {
    None
}

fn terminal() -> Finding {
    if Editor::is_possible() {
        Finding::new(Level::Ok, "terminal", "lines can be edited here")
    } else {
        let text = "this is not a terminal with a movable cursor, so programs have no prompt here: \
                    at a terminal, set TERM to its type, e.g. `xterm-256color`";
        Finding::new(Level::Warning, "terminal", text)
    }
}

async fn server_at(host: &str, port: u16) -> Vec<Finding> {
    let about = "server";
    let address = match resolve(host, port).await {
        Ok(address) => address,
        Err(error) => return vec![Finding::new(Level::Problem, about, error.to_string())],
    };
    match ask(address).await {
        Some(Reply::Answer(answer)) => {
            let millis = answer.answered_at.since(answer.asked_at).as_secs_f64() * 1000.0;
            let text = format!("{address} answers within {millis:.1} ms");
            return vec![Finding::new(Level::Ok, about, text), answer.clocks()];
        }
        Some(Reply::OtherVersion(version)) => {
            let text = format!("{address} {}", other_version(version));
            return vec![Finding::new(Level::Problem, about, text)];
        }
        None => {}
    }
    let text = format!(
        "{address} did not answer within {} s: is the server running, does it listen there \
         (`--bind 0.0.0.0`), and do firewalls let UDP to port {port} through?",
        ANSWER_PATIENCE.as_secs()
    );
    vec![Finding::new(Level::Problem, about, text)]
}

/// The answer of a server.
enum Reply {
    Answer(Answer),
    /// It speaks this version, but could not read the question.
    OtherVersion(u8),
}

/// An answer of a server.
struct Answer {
    asked_at: Timestamp,
    answered_at: Timestamp,
    /// The server's clock in between, when it opened its end of the link.
    theirs: Timestamp,
}

impl Answer {
    /// Compares the clocks of both ends.
    fn clocks(&self) -> Finding {
        let about = "clock";
        let ahead = self.theirs.since(self.answered_at);
        let behind = self.asked_at.since(self.theirs);
        if ahead.max(behind) <= CLOCKS_APART_MAX {
            return Finding::new(Level::Ok, about, "the server's clock agrees with this one");
        }
        let (apart, way) = if ahead > behind { (ahead, "ahead of") } else { (behind, "behind") };
        let text = format!(
            "the server's clock is {} {way} this one: set the one that is wrong, because messages \
             are dated by both",
            roughly(apart)
        );
        Finding::new(Level::Warning, about, text)
    }
}

/// Formats a duration in the largest unit of which it has several.
fn roughly(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let units = [(86_400, "days"), (3_600, "hours"), (60, "minutes")];
    let fitting = units.into_iter().find(|(len, _)| seconds >= 2 * len);
    let (len, unit) = fitting.unwrap_or((1, "seconds"));
    format!("{} {unit}", seconds / len)
}

/// Opens a link to a server with a message that never ends, which the server acknowledges as far as
/// it has arrived, and closes it. So no client is registered, and no trace is left there.
async fn ask(server: Address) -> Option<Reply> {
    let channel = UdpChannel::bind(own_address(server, 0)).ok()?;
    let clock = RealClock::start();
    let mut asked_at = clock.now();
    let token = u32::try_from(seed() >> 32).unwrap_or_default();
    let own = Session { opened_at: asked_at, token };
    let question = codec::encode_datagram(&question(own), ROOM_FOR_ANSWER);
    let until = asked_at + ANSWER_PATIENCE;
    let mut ask_at = asked_at;
    let mut buffer = vec![0; DATAGRAM_ROOM];
    loop {
        tokio::select! {
            (len, from) = channel.receive(&mut buffer) => {
                let bytes = buffer.get(..len).unwrap_or_default();
                if let Some(notice) = VersionNotice::decode(bytes)
                    && from == server
                    && notice.answers(&question)
                    && notice.version() != codec::WIRE_VERSION
                {
                    return Some(Reply::OtherVersion(notice.version()));
                }
                if let Ok(Datagram::Link(LinkDatagram { source, destination, .. })) =
                    codec::decode_datagram(bytes)
                    && (from, destination) == (server, Some(own))
                {
                    let (answered_at, theirs) = (clock.now(), source.opened_at);
                    let leave = Datagram::Reset { session: source, after: Timestamp::default() };
                    channel.send(server, &codec::encode_datagram(&leave, 0)).await;
                    return Some(Reply::Answer(Answer { asked_at, answered_at, theirs }));
                }
            }
            () = clock.reach(Some(until)) => return None,
            () = clock.reach(Some(ask_at)) => {
                asked_at = clock.now();
                ask_at = asked_at + ASK_AGAIN_AFTER;
                channel.send(server, &question).await;
            }
        }
    }
}

/// Opens a link.
fn question(own: Session) -> Datagram<'static> {
    Datagram::Link(LinkDatagram {
        source: own,
        destination: None,
        acknowledgement: None,
        segments: vec![Segment { number: 1, last: false, bytes: &[0] }],
        padding: &[0; ROOM_FOR_ANSWER],
    })
}
