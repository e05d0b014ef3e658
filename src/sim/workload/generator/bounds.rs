//! Steps that reach the bounds of programs: more messages than there is room for.

use super::Generator;
use super::floods::repeated;
use crate::protocol::limits::{HELD_MESSAGES_MAX, OUTBOX_MESSAGES_MAX, TEXT_LEN_MAX};
use chatsim::scenario::Item;

/// How many messages more than there is room for are sent at most.
const MORE_MAX: u64 = 3;

/// The promises that are checked at a bound.
const AT_A_BOUND: [&str; 2] = ["bounded", "nothing_lost"];

/// The lengths of texts of which a few fill a mailbox, or a link.
const LONG: (u64, u64) = (7_000, 12_000);

/// How many of the longest texts are more than waits on a link with a small bound.
const MORE_THAN_A_LINK: u64 = 6;

/// What can be filled.
#[derive(Clone, Copy)]
enum Target {
    Mailbox,
    Outbox,
    Group,
    Visit,
    Bytes,
    Link,
    Age,
}

impl Generator<'_> {
    /// A bound of a program is reached. Where bounds are not small, that takes too many messages:
    /// somebody just writes.
    pub(super) fn reach_bound(&mut self) -> Vec<Item> {
        let from = self.person();
        let to = self.other(&from);
        let small = self.small_targets(&from, &to);
        if small.is_empty() {
            return vec![self.talk()];
        }
        let mut steps = match self.dice.pick(&small) {
            Target::Mailbox => self.fill_mailbox(&from, &to),
            Target::Outbox => self.fill_outbox(&from, &to),
            Target::Group => self.fill_group(&from, &to),
            Target::Visit => self.fill_visit(&from, &to),
            Target::Bytes => self.fill_bytes(&from, &to),
            Target::Link => self.fill_link(&from, &to),
            Target::Age => return self.outlive(&from, &to),
        };
        steps.push(Item::step("check", Item::texts(AT_A_BOUND)));
        steps
    }

    fn small_targets(&self, from: &str, to: &str) -> Vec<Target> {
        let bounds = &self.bounds;
        let has_small_mail = ["mail_per_sender", "mail_per_person", "receipts", "page"];
        let has_small_mail = has_small_mail.iter().any(|key| bounds.has(key));
        let has_small_store = bounds.has("mail_bytes_per_person") || bounds.has("mail_bytes");
        let has_small_outbox = bounds.of_client(from).outbox_max < OUTBOX_MESSAGES_MAX;
        let has_small_visit = bounds.of_client(to).held_max < HELD_MESSAGES_MAX;
        let all = [
            (Target::Mailbox, has_small_mail),
            (Target::Group, has_small_mail || has_small_store),
            (Target::Outbox, has_small_outbox),
            (Target::Visit, has_small_visit),
            (Target::Bytes, has_small_store),
            (Target::Link, bounds.has("link_queue")),
            (Target::Age, bounds.has("mail_age")),
        ];
        all.into_iter().filter(|(_, is_small)| *is_small).map(|(target, _)| target).collect()
    }

    fn goes_away(&mut self, from: &str, to: &str) -> Vec<Item> {
        vec![Item::step(from, Item::text("leave_group")), self.leave(to)]
    }

    fn more(&mut self) -> u64 {
        self.dice.between(1, MORE_MAX)
    }

    /// A client that is away gets more messages than the server takes for it: of one author, and
    /// of another one.
    fn fill_mailbox(&mut self, from: &str, to: &str) -> Vec<Item> {
        let mut steps = self.goes_away(from, to);
        // The bound of receipts may be reached at several receivers only.
        let count = self.bounds.mail_max().min(20) + self.more();
        let line = format!("send {to} {}", self.long_text(0));
        steps.push(sends(from, &line, count));
        let other = self.other(to);
        if other != from {
            let (line, count) = (format!("send {to} {}", self.long_text(0)), self.more() + 2);
            steps.push(sends(&other, &line, count));
        }
        steps
    }

    /// More messages wait at a client than may, since neither their receiver nor the server is
    /// there.
    fn fill_outbox(&mut self, from: &str, to: &str) -> Vec<Item> {
        let count = self.bounds.of_client(from).outbox_max as u64 + self.more();
        let line = format!("send {to} {}", self.long_text(0));
        let leaves = Item::step(from, Item::text("leave_group"));
        let say = Item::map([(from, Item::Text(line)), ("settle", Item::text("none"))]);
        let gone = Item::step("pause", Item::texts(["server", to]));
        vec![
            leaves,
            gone,
            repeated(count, say),
            Item::step("advance", Item::text("25s")),
            Item::step("check", Item::texts(AT_A_BOUND)),
            Item::step("resume", Item::texts(["server", to])),
        ]
    }

    /// A group has a member for whom there is no room.
    fn fill_group(&mut self, from: &str, to: &str) -> Vec<Item> {
        let chars = if self.bounds.has("mail_bytes") { LONG.0 } else { 0 };
        let count = self.bounds.mail_max().min(8) + self.more();
        let line = format!("send_all {}", self.long_text(chars));
        let join = |name: &str| Item::step(name, Item::text("join_group g"));
        let mut steps = vec![join(from), join(to), self.leave(to)];
        steps.push(sends(from, &line, count));
        steps
    }

    /// More messages wait for the end of a group visit than may.
    fn fill_visit(&mut self, from: &str, to: &str) -> Vec<Item> {
        let count = self.bounds.of_client(to).held_max as u64 + self.more();
        let line = format!("send {to} {}", self.long_text(0));
        let join = Item::step(to, Item::text("join_group g"));
        let leave = Item::step(from, Item::text("leave_group"));
        vec![join, leave, sends(from, &line, count)]
    }

    /// A client that is away gets more bytes than the server takes for it.
    fn fill_bytes(&mut self, from: &str, to: &str) -> Vec<Item> {
        let mut steps = self.goes_away(from, to);
        let chars = self.dice.between(LONG.0, LONG.1);
        let line = format!("send {to} {}", self.long_text(chars));
        let count = self.bounds.settings().mail_bytes_in_all_max.min(48 << 10) / chars + 1;
        steps.push(sends(from, &line, count));
        steps
    }

    /// A member of a group takes nothing, until more waits for it than may.
    fn fill_link(&mut self, from: &str, to: &str) -> Vec<Item> {
        let line = format!("send_all {}", self.long_text(TEXT_LEN_MAX as u64 - 8));
        let say = Item::map([(from, Item::Text(line)), ("settle", Item::text("none"))]);
        let join = |name: &str| Item::step(name, Item::text("join_group g"));
        vec![
            join(from),
            join(to),
            Item::step("pause", Item::text(to)),
            repeated(MORE_THAN_A_LINK, say),
            Item::step("advance", Item::text("300ms")),
            Item::step("check", Item::texts(AT_A_BOUND)),
            Item::step("resume", Item::text(to)),
        ]
    }

    /// A message waits until it expires.
    fn outlive(&mut self, from: &str, to: &str) -> Vec<Item> {
        let mut steps = self.goes_away(from, to);
        let line = format!("send {to} {}", self.long_text(0));
        steps.push(Item::step(from, Item::Text(line)));
        steps.push(Item::step("advance", Item::text(self.dice.pick(&["70m", "130m", "4h"]))));
        steps.push(Item::step("check", Item::texts(AT_A_BOUND)));
        steps
    }
}

fn sends(from: &str, line: &str, times: u64) -> Item {
    repeated(times, Item::step(from, Item::text(line)))
}
