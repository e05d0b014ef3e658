//! The server: it stores before it answers.

use std::collections::BTreeMap;

use chatsim::machine::{
    Actor, Address, Change, CleanText, Effect, Line, Machine, Name, Outcome, Records, RestoreError,
    Ticket, Timestamp,
};

use crate::fact::Fact;
use crate::journal::Journal;
use crate::packet::{Packet, RequestId, Versioned, read};

/// The first byte of the key of a record that holds a value.
const VALUE: &str = "value/";

/// The first byte of the key of a record that holds the last answer to a client.
const CLIENT: &str = "client/";

/// Stores values, each under its key.
///
/// Everything that it sends is true of its storage: an answer waits until everything is stored that
/// it depends on. Datagrams arrive late, twice or not at all, so each client's last `put` is stored
/// with the value: the same request again gets the same answer, and an earlier one is out of date.
#[derive(Debug, Default)]
pub(crate) struct Server {
    /// The bug that the tests plant: it answers a `put` first, and stores later.
    answers_before_storing: bool,
    values: BTreeMap<Name, Versioned>,
    /// The last `put` of each client, and the resulting version.
    answered: BTreeMap<Name, Answered>,
    journal: Journal,
}

#[derive(Clone, Copy, Debug)]
struct Answered {
    number: u64,
    version: u64,
}

impl Server {
    pub(crate) fn new(answers_before_storing: bool) -> Self {
        Self { answers_before_storing, ..Self::default() }
    }

    fn put(&mut self, from: Address, id: RequestId, key: Name, value: Name) {
        let RequestId { client, number } = id;
        match self.answered.get(&client) {
            Some(answered) if answered.number > number => return,
            Some(answered) if answered.number == number => {
                let version = answered.version;
                return self.journal.once_stored(answer(from, &Packet::Stored { id, version }));
            }
            Some(_) | None => {}
        }
        let version = self.values.get(&key).map_or(0, |value| value.version) + 1;
        let value = Versioned { version, value };
        self.values.insert(key, value);
        self.answered.insert(client, Answered { number, version });
        let changes = vec![
            record(VALUE, key, &value.to_string()),
            record(CLIENT, client, &format!("{number} {version}")),
        ];
        let answer = answer(from, &Packet::Stored { id, version });
        if self.answers_before_storing {
            self.journal.at_once(answer);
            self.journal.store(changes);
        } else {
            self.journal.store(changes);
            self.journal.once_stored(answer);
        }
        self.journal.once_stored(Effect::Fact(Fact::Stores { key, value }.encode()));
    }
}

fn record(prefix: &str, name: Name, value: &str) -> Change {
    Change::put(format!("{prefix}{name}").into_bytes(), value.as_bytes())
}

fn answer(to: Address, packet: &Packet) -> Effect {
    Effect::Transmit { to, bytes: packet.encode() }
}

impl Machine for Server {
    type Output = Effect;

    fn handle_datagram(&mut self, from: Address, bytes: &[u8], _now: Timestamp) {
        match Packet::decode(bytes) {
            Some(Packet::Put { id, key, value }) => self.put(from, id, key, value),
            Some(Packet::Get { id, key }) => {
                let value = self.values.get(&key).copied();
                self.journal.once_stored(answer(from, &Packet::Value { id, value }));
            }
            Some(Packet::Stored { .. } | Packet::Value { .. }) | None => {}
        }
    }

    fn poll_output(&mut self) -> Option<Effect> {
        self.journal.poll()
    }

    fn assert_invariants(&self) {
        self.journal.assert_invariants();
    }
}

impl Actor for Server {
    fn restore(&mut self, key: &[u8], value: &[u8]) -> Result<(), RestoreError> {
        let unreadable = || RestoreError(format!("unreadable record {}", key.escape_ascii()));
        if let Some((key, value)) = value_in(key, value) {
            self.values.insert(key, value);
        } else {
            let (client, answered) = answered_in(key, value).ok_or_else(unreadable)?;
            self.answered.insert(client, answered);
        }
        Ok(())
    }

    fn start(&mut self, _now: Timestamp) {
        let text = CleanText::one_line(format!("[Keys with a value: {}.]", self.values.len()));
        self.journal.at_once(Effect::Show(Line::new("".into(), text)));
    }

    fn handle_interrupt(&mut self, _now: Timestamp) {
        self.journal.at_once(Effect::Exit(Outcome::Left));
    }

    fn handle_stored(&mut self, ticket: Ticket, _now: Timestamp) {
        self.journal.handle_stored(ticket);
    }

    /// Returns its values in lines: `color 3 blue`.
    fn holdings(&self) -> Vec<u8> {
        let lines = self.values.iter().map(|(key, value)| format!("{key} {value}\n"));
        lines.collect::<String>().into_bytes()
    }
}

/// Decodes the holdings of a server.
pub(crate) fn held(holdings: &[u8]) -> BTreeMap<Name, Versioned> {
    let text = String::from_utf8_lossy(holdings);
    let value = |line: &str| {
        let (key, value) = line.split_once(' ')?;
        Some((read(key)?, versioned(value)?))
    };
    text.lines().filter_map(value).collect()
}

/// Decodes the stored data of a server.
pub(crate) fn stored(records: &Records) -> BTreeMap<Name, Versioned> {
    records.iter().filter_map(|(key, value)| value_in(key, value)).collect()
}

/// Decodes the record of a value: its key, and the value.
fn value_in(key: &[u8], value: &[u8]) -> Option<(Name, Versioned)> {
    let key = str::from_utf8(key).ok()?.strip_prefix(VALUE)?;
    Some((read(key)?, versioned(str::from_utf8(value).ok()?)?))
}

/// Decodes the record of a client: its name, and the last answer to it.
fn answered_in(key: &[u8], value: &[u8]) -> Option<(Name, Answered)> {
    let client = str::from_utf8(key).ok()?.strip_prefix(CLIENT)?;
    let (number, version) = str::from_utf8(value).ok()?.split_once(' ')?;
    Some((read(client)?, Answered { number: read(number)?, version: read(version)? }))
}

fn versioned(text: &str) -> Option<Versioned> {
    let (version, value) = text.split_once(' ')?;
    Some(Versioned { version: read(version)?, value: read(value)? })
}
