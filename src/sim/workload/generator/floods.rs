//! Floods that reach the limits, and crashes between sending and storing.

use super::{Generator, PORTS};
use crate::protocol::limits::TEXT_LEN_MAX;
use chatsim::scenario::{Item, written_duration};

/// The maximum number of messages above what a mailbox takes from one sender.
const MORE_MAX: u64 = 4;

/// Long messages that are more than one page of a mailbox.
const LONG: (u64, u64) = (10, 14);

/// The longest messages that are more than a window of a link.
const LONGEST: (u64, u64) = (6, 8);

/// Durations of a write, in milliseconds.
const SLOW_MILLIS: [u64; 4] = [5, 50, 300, 1_000];

impl Generator<'_> {
    /// A client gets more messages than there is space for.
    pub(super) fn flood(&mut self) -> Vec<Item> {
        let from = self.person();
        let to = self.other(&from);
        let count_and_chars = match self.dice.below(3) {
            0 => {
                let more = self.dice.between(1, MORE_MAX);
                (self.bounds.mail_max() + more, 0)
            }
            1 => (self.dice.between(LONG.0, LONG.1), 4_000),
            _ => return self.flood_group(&from, &to),
        };
        let (count, chars) = count_and_chars;
        let line = format!("send {to} {}", self.long_text(chars));
        vec![
            Item::step(&from, Item::text("leave_group")),
            self.leave(&to),
            repeated(count, Item::step(from, Item::Text(line))),
        ]
    }

    /// A member of a group does not acknowledge messages.
    fn flood_group(&mut self, from: &str, to: &str) -> Vec<Item> {
        let count = self.dice.between(LONGEST.0, LONGEST.1);
        let line = format!("send_all {}", self.long_text(TEXT_LEN_MAX as u64 - 8));
        let say = Item::map([(from, Item::Text(line)), ("settle", Item::text("none"))]);
        vec![
            Item::step(from, Item::text("join_group g")),
            Item::step(to, Item::text("join_group g")),
            Item::step("pause", Item::text(to)),
            repeated(count, say),
            Item::step("advance", Item::text("1s")),
            Item::step("resume", Item::text(to)),
        ]
    }

    /// A client does not notice that it is kicked, and the server restarts in the meantime.
    pub(super) fn kick_unheard(&mut self) -> Vec<Item> {
        let name = self.person();
        self.traces.leavers.insert(name.clone());
        self.named += 1;
        let fault = format!("f{}", self.named);
        let cut = [("drop", format!("server -> {name}")), ("as", fault.clone())];
        let cut = Item::map(cut.map(|(key, value)| (key, Item::Text(value))));
        vec![
            Item::step("fault", cut),
            Item::step("server", Item::Text(format!("kick {name}"))),
            Item::step("restart", Item::text("server")),
            Item::step("heal", Item::Text(fault)),
        ]
    }

    pub(super) fn long_text(&mut self, chars: u64) -> String {
        self.written += 1;
        let filling = "~".repeat(usize::try_from(chars).unwrap_or_default());
        format!("m{}{filling}", self.written)
    }

    /// A program is killed while it has more to store than its disk can store at once.
    pub(super) fn torn(&mut self) -> Vec<Item> {
        let actor = self.actor();
        let millis = self.dice.pick(&SLOW_MILLIS);
        let slow = Item::Text(format!("slow {millis}ms"));
        let mut steps = vec![Item::step("disk", Item::map([(actor.clone(), slow)]))];
        for _ in 0..self.dice.between(1, 3) {
            if let Item::Map(mut pairs) = self.burst() {
                pairs.push(("settle".to_owned(), Item::text("none")));
                steps.push(Item::Map(pairs));
            }
            let micros = millis * self.dice.between(1, 15) * 100;
            steps.push(Item::step("advance", Item::Text(written_duration(micros))));
        }
        steps.push(Item::step("kill", Item::Text(actor)));
        steps
    }

    /// A client takes over the port of one that has moved without notice, and to which others keep
    /// writing there: the sender itself, or the server, which has to store that first.
    pub(super) fn usurp(&mut self) -> Vec<Item> {
        let gone = self.person();
        let (author, heir) = (self.other(&gone), self.other(&gone));
        let port = self.dice.between(PORTS.0, PORTS.1).to_string();
        let types = |name: &String, line: String| Item::step(name, Item::Text(line));
        let moves = |name: &str| {
            Item::step("move", Item::map([(name.to_owned(), Item::text(port.clone()))]))
        };
        let line = self.long_text(0);
        let comes = vec![moves(&gone), types(&gone, "reg".to_owned())];
        let changes = vec![Item::step("move", Item::text(&gone)), moves(&heir)];
        if self.dice.one_in(2) {
            let writes = [
                types(&author, "leave_group".to_owned()),
                types(&author, format!("send {gone} {line}")),
            ];
            return [comes, changes, writes.into()].concat();
        }
        let slow = Item::Text(format!("slow {}ms", self.dice.between(20, 300)));
        let before = [
            types(&gone, "join_group g".to_owned()),
            types(&author, "join_group g".to_owned()),
            Item::step("disk", Item::map([("server", slow)])),
        ];
        let (say, look) = (Item::Text(format!("send_all {line}")), Item::text("list_groups"));
        let writes = [
            Item::map([(author.as_str(), say), ("settle", Item::text("none"))]),
            Item::step(heir, look),
        ];
        [comes, before.into(), changes, writes.into()].concat()
    }
}

pub(super) fn repeated(times: u64, step: Item) -> Item {
    let times = Item::Text(times.to_string());
    Item::step("repeat", Item::map([("times", times), ("steps", Item::List(vec![step]))]))
}
