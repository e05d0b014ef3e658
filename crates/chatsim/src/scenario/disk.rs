//! `disk` and `crash`: the state of disks, and crash points.

use super::model::{Action, ActorName, CrashPoint, Disk, Moment};
use super::steps::Reader;
use placed_yaml::{Mistake, Node, Value, duration, expected, offer, quoted};

/// The words for the state of a disk, as help texts list them.
const DISKS: [&str; 4] = ["healthy", "slow 20ms", "full", "fails"];

const DISK_HELP: &str = "write it like `disk: { server: full }` or `disk: { server: slow 20ms }`";

const CRASH_HELP: &str =
    "write it like `crash: { server: before 3 }`: its third write from now on is lost";

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
