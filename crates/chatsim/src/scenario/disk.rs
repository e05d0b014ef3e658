//! `disk` and `crash`: what becomes of what a program writes.

use std::fmt;
use std::time::Duration;

use super::model::{Action, ActorName};
use super::steps::Reader;
use placed_yaml::{Mistake, Node, Value, duration, expected, offer, quoted};

/// How the disk is on which a program keeps its records.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Disk {
    /// What is written is kept at once.
    #[default]
    Healthy,
    /// It takes so long to keep what is written; what is written meanwhile is kept together.
    Slow(Duration),
    /// Nothing more can be kept.
    Full,
    /// The next write fails, and none after it.
    Fails,
}

/// A write of a program at which it is killed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct CrashPoint {
    /// On which side of the write.
    pub moment: Moment,
    /// Which one, counted from 1 from now on.
    pub write: u64,
}

/// A side of a write.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Moment {
    /// It is lost, and what was written before it is kept.
    Before,
    /// It is kept, but the program does not learn that.
    After,
}

/// The words for disks, as they are offered.
const DISKS: [&str; 4] = ["healthy", "slow 20ms", "full", "fails"];

const DISK_HELP: &str = "write it like `disk: { server: full }` or `disk: { server: slow 20ms }`";

const CRASH_HELP: &str =
    "write it like `crash: { server: before 3 }`: its third write from now on is lost";

impl fmt::Display for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Healthy => f.write_str("healthy"),
            Self::Slow(by) => write!(f, "slow {}us", by.as_micros()),
            Self::Full => f.write_str("full"),
            Self::Fails => f.write_str("fails"),
        }
    }
}

impl fmt::Display for CrashPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = match self.moment {
            Moment::Before => "before",
            Moment::After => "after",
        };
        write!(f, "{moment} {}", self.write)
    }
}

impl Reader<'_> {
    /// Reads `{ server: full, c1: slow 20ms }`.
    pub(super) fn disks(&mut self, node: &Node) -> Option<Action> {
        let disks: Vec<(ActorName, Disk)> =
            self.said_of_actors(node, "disks and their states", DISK_HELP, Self::disk)?;
        Some(Action::Disk(disks))
    }

    /// Reads `{ server: before 3, c1: after 1 }`.
    pub(super) fn crashes(&mut self, node: &Node) -> Option<Action> {
        let wanted = "programs and the writes at which they are killed";
        let points: Vec<(ActorName, CrashPoint)> =
            self.said_of_actors(node, wanted, CRASH_HELP, Self::crash_point)?;
        Some(Action::Crash(points))
    }

    fn said_of_actors<T>(
        &mut self,
        node: &Node,
        wanted: &str,
        help: &str,
        read: impl Fn(&mut Self, &Node) -> Option<T>,
    ) -> Option<Vec<(ActorName, T)>> {
        if !matches!(node.value, Value::Mapping(_)) {
            self.findings.add(expected(wanted, node).with_help(help));
            return None;
        }
        Some(self.for_each_actor(node, read))
    }

    fn disk(&mut self, node: &Node) -> Option<Disk> {
        let text = self.findings.text(node, "the state of a disk")?;
        match text.split_once(' ').unwrap_or((text, "")) {
            ("healthy", "") => Some(Disk::Healthy),
            ("full", "") => Some(Disk::Full),
            ("fails", "") => Some(Disk::Fails),
            ("slow", by) if !by.is_empty() => {
                let by = Node { place: node.place, value: Value::Scalar(by.to_owned()) };
                duration::read(&by, self.findings).map(Disk::Slow)
            }
            ("slow", _) => {
                let mistake = Mistake::new(node.place, "the delay of each write is missing");
                self.findings.add(mistake.with_help("write it like `slow 20ms`"));
                None
            }
            _ => {
                let message = format!("unknown disk state {}", quoted(text));
                let help = offer("disk states", text, &DISKS);
                self.findings.add(Mistake::new(node.place, message).with_help(help));
                None
            }
        }
    }

    fn crash_point(&mut self, node: &Node) -> Option<CrashPoint> {
        let text = self.findings.text(node, "the write at which the program is killed")?;
        let (moment, number) = text.split_once(' ').unwrap_or((text, ""));
        let moment = match moment {
            "before" => Some(Moment::Before),
            "after" => Some(Moment::After),
            _ => None,
        };
        let write = number.parse().ok().filter(|write| *write > 0);
        let point = moment.zip(write).map(|(moment, write)| CrashPoint { moment, write });
        if point.is_none() {
            let message = format!("expected `before N` or `after N`, found {}", quoted(text));
            self.findings.add(Mistake::new(node.place, message).with_help(CRASH_HELP));
        }
        point
    }
}
