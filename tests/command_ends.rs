//! Each typed line is reported as done or failed once, after all of its output.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::collections::VecDeque;
use std::time::Duration;

use chatapp::console::{ClientConsole, ServerConsole};
use chatapp::protocol::{Address, Timestamp};
use chatapp::records::Found;
use chatapp::server::Server;
use jiff::tz::TimeZone;
use machine::{Actor, CleanText, Effect, Machine};

/// An event of a typed line.
#[derive(PartialEq, Debug)]
enum Seen {
    /// The screen shows this line.
    Line(String),
    Done(Result<(), String>),
}

/// A server and clients without a network between them: everything that is sent arrives.
struct Chat {
    actors: Vec<(Address, Option<Box<dyn Actor>>)>,
    under_way: VecDeque<(Address, Address, Vec<u8>)>,
    now: Timestamp,
    /// The events of the first client.
    seen: Vec<Seen>,
}

const SERVER: usize = 0;
const C1: usize = 1;

fn address(number: usize) -> Address {
    Address::new(format!("127.0.0.1:{}", 2475 + number).parse().unwrap())
}

impl Chat {
    /// A server and this many registered clients.
    fn with(clients: usize) -> Self {
        let now = Timestamp::from_micros(1_698_244_800_000_000);
        let server = ServerConsole::new(Server::new(1, now), address(SERVER), TimeZone::UTC);
        let mut chat = Self {
            actors: vec![(address(SERVER), Some(Box::new(server)))],
            under_way: VecDeque::new(),
            now,
            seen: Vec::new(),
        };
        for number in 1..=clients {
            let (name, seed) = (format!("c{number}").parse().unwrap(), number as u64 + 1);
            let client = ClientConsole::new(name, address(SERVER), seed, TimeZone::UTC);
            chat.actors.push((address(number), Some(Box::new(client))));
        }
        for number in 0..=clients {
            chat.with_actor(number, |actor, now| actor.start(now));
            chat.settle();
        }
        chat.seen.clear();
        chat
    }

    fn with_actor(&mut self, number: usize, input: impl FnOnce(&mut dyn Actor, Timestamp)) {
        let (own, actor) = &mut self.actors[number];
        let (own, Some(running)) = (*own, actor.as_deref_mut()) else { return };
        input(running, self.now);
        let mut has_ended = false;
        while let Some(effect) = running.poll_output() {
            match effect {
                Effect::Transmit { to, bytes } => self.under_way.push_back((own, to, bytes)),
                Effect::Store { ticket, .. } => running.handle_stored(ticket, self.now),
                Effect::Ask(_) => running.handle_answer(Found::default().encode(), self.now),
                Effect::Show(line) if number == C1 => {
                    self.seen.push(Seen::Line(line.text.into_string()));
                }
                Effect::Done(done) if number == C1 => {
                    self.seen.push(Seen::Done(done.map_err(CleanText::into_string)));
                }
                Effect::Exit(_) => has_ended = true,
                Effect::Show(_) | Effect::Done(_) | Effect::Mark(_) | Effect::Fact(_) => {}
            }
        }
        if has_ended {
            *actor = None;
        }
    }

    /// Delivers everything, and lets time pass while any client waits.
    fn settle(&mut self) {
        loop {
            while let Some((from, to, bytes)) = self.under_way.pop_front() {
                if let Some(number) = self.actors.iter().position(|(own, _)| *own == to) {
                    self.with_actor(number, |actor, now| actor.handle_datagram(from, &bytes, now));
                }
            }
            let running = || self.actors.iter().filter_map(|(_, actor)| actor.as_deref());
            if !running().any(Machine::is_busy) {
                return;
            }
            let next = running().filter_map(Machine::poll_timeout).min();
            self.now = next.unwrap().max(self.now + Duration::from_millis(1));
            for number in 0..self.actors.len() {
                self.with_actor(number, |actor, now| actor.handle_timeout(now));
            }
        }
    }

    /// Returns the events of c1 for lines that are typed at once.
    #[track_caller]
    fn types(&mut self, lines: &[&str]) -> Vec<Seen> {
        for line in lines {
            self.with_actor(C1, |actor, now| actor.handle_line(line, now));
        }
        self.settle();
        std::mem::take(&mut self.seen)
    }
}

fn shows(text: &str) -> Seen {
    Seen::Line(text.to_owned())
}

fn succeeds() -> Seen {
    Seen::Done(Ok(()))
}

fn fails(problem: &str) -> Seen {
    Seen::Done(Err(problem.to_owned()))
}

#[test]
fn what_was_done_succeeds() {
    let mut chat = Chat::with(2);
    assert_eq!(chat.types(&["send c2 hi"]), [shows("[Message received by c2.]"), succeeds()]);
    let to_oneself = [shows("c1: hi"), shows("[Message received by c1.]"), succeeds()];
    assert_eq!(chat.types(&["send c1 hi"]), to_oneself);
    let group = chat.types(&["create_group g", "join_group g", "send_all hi", "leave_group"]);
    assert_eq!(group.iter().filter(|seen| **seen == succeeds()).count(), 4, "{group:?}");
    for line in ["help send", "history", "search hi", "pending", "mute c2", "unmute c2"] {
        assert_eq!(chat.types(&[line]).last(), Some(&succeeds()), "{line}");
    }
    assert_eq!(chat.types(&["", "  "]), []);
    let left = chat.types(&["exit"]);
    assert_eq!(left, [shows("[Exiting...]"), succeeds()]);
}

#[test]
fn what_the_server_keeps_has_got_where_it_was_to_go() {
    let mut chat = Chat::with(2);
    chat.actors[2].1 = None;
    assert_eq!(
        chat.types(&["send c2 hi"]),
        [
            shows("[No ACK from c2, message sent to server.]"),
            shows("[Client table updated.]"),
            shows(
                "[Offline message sent at 2023-10-25 14:40:00 received by the server and saved.]"
            ),
            succeeds()
        ]
    );
}

#[test]
fn what_was_not_done_fails_with_its_reason() {
    let mut chat = Chat::with(1);
    for (line, problem) in [
        ("send nobody hi", "User does not exist."),
        ("whois nobody", "User does not exist."),
        ("join_group g", "g does not exist."),
        ("leave_group", "You have not joined a group yet."),
        ("list_members", "You are not in a group."),
        ("dereg c2", "Incorrect username!"),
        ("cancel 1", "No message 1. Type `pending` to list what can be cancelled."),
        ("unmute c2", "c2 is not muted."),
        ("nonsense", "`nonsense` is not a command"),
        ("send c1", "the message is missing; usage: `send <client-name> <message>`"),
    ] {
        assert_eq!(chat.types(&[line]).last(), Some(&fails(problem)), "{line}");
    }
    chat.types(&["create_group g"]);
    let twice = [shows("[Group g already exists.]"), fails("Group g already exists.")];
    assert_eq!(chat.types(&["create_group g"]), twice);
    chat.types(&["dereg c1"]);
    let problem = "You are offline. Please register first.";
    assert_eq!(chat.types(&["list_groups"]), [shows(&format!("[{problem}]")), fails(problem)]);
}

#[test]
fn a_silent_server_fails_what_needs_it_and_nothing_else() {
    let mut chat = Chat::with(2);
    chat.actors[SERVER].1 = None;
    let seen = chat.types(&["list_groups", "send c2 hi", "whois c2"]);
    assert_eq!(seen.iter().filter(|seen| matches!(seen, Seen::Done(_))).count(), 3);
    // Lines that need no server do not wait.
    assert_eq!(seen[1], succeeds());
    let behind = &seen[seen.len() - 4..];
    assert_eq!(
        behind,
        [
            shows("[Server not responding.]"),
            fails("Server not responding."),
            shows("[Message received by c2.]"),
            succeeds()
        ]
    );
}

#[test]
fn what_is_left_behind_fails() {
    let mut chat = Chat::with(1);
    assert_eq!(
        chat.types(&["list_groups", "create_group g", "exit", "exit"]),
        [
            fails("it was not answered"),
            fails("it was not answered"),
            shows("[Exiting...]"),
            succeeds(),
            succeeds(),
        ]
    );
}
