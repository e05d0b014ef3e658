//! The client: it sends each request again until it is answered.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use chatsim::machine::{
    Actor, Address, CleanText, Effect, Line, Machine, Name, Outcome, SteadyClock, Timestamp,
};

use crate::fact::Fact;
use crate::packet::{Packet, RequestId, Versioned, read};

/// How long to wait for an answer before the request is sent again.
const RESEND_AFTER: Duration = Duration::from_millis(500);

/// After this many sends the user is told that there is no answer, and need not wait for it.
const SENDS_PATIENT: u32 = 5;

const HELP: &str = "[Type `put KEY VALUE` or `get KEY`.]";

/// Asks the server, one request after the other.
#[derive(Debug)]
pub(crate) struct Client {
    name: Name,
    server: Address,
    /// The number of the last request. A mark stores it for the next start.
    number: u64,
    waiting: VecDeque<Request>,
    asked: Option<Asked>,
    clock: SteadyClock,
    effects: VecDeque<Effect>,
}

/// The requests that the user has typed.
#[derive(Clone, Copy, Debug)]
enum Request {
    Put { key: Name, value: Name },
    Get { key: Name },
}

/// A request that was sent and not answered yet.
#[derive(Clone, Copy, Debug)]
struct Asked {
    id: RequestId,
    request: Request,
    sends: u32,
    resend_at: Timestamp,
}

impl Client {
    pub(crate) fn new(name: Name, server: Address) -> Self {
        Self {
            name,
            server,
            number: 0,
            waiting: VecDeque::new(),
            asked: None,
            clock: SteadyClock::default(),
            effects: VecDeque::new(),
        }
    }

    fn show(&mut self, text: impl Into<Cow<'static, str>>) {
        let text = CleanText::one_line(text);
        self.effects.push_back(Effect::Show(Line::new("".into(), text)));
    }

    fn state(&mut self, fact: Fact) {
        self.effects.push_back(Effect::Fact(fact.encode()));
    }

    /// Begins with the next request, unless one is under way.
    fn ask_next(&mut self, now: Timestamp) {
        if self.asked.is_some() {
            return;
        }
        let Some(request) = self.waiting.pop_front() else { return };
        self.number += 1;
        // Remembered before anything is sent: no later start uses the number again.
        self.effects.push_back(Effect::Mark(self.number));
        let id = RequestId { client: self.name, number: self.number };
        if let Request::Get { key } = request {
            self.state(Fact::Asks { id, key });
        }
        self.send(Asked { id, request, sends: 0, resend_at: now });
    }

    /// Sends a request once more.
    fn send(&mut self, asked: Asked) {
        let Asked { id, request, sends, resend_at } = asked;
        let packet = match request {
            Request::Put { key, value } => Packet::Put { id, key, value },
            Request::Get { key } => Packet::Get { id, key },
        };
        self.effects.push_back(Effect::Transmit { to: self.server, bytes: packet.encode() });
        let (sends, resend_at) = (sends + 1, resend_at + RESEND_AFTER);
        self.asked = Some(Asked { id, request, sends, resend_at });
    }

    fn on_stored(&mut self, key: Name, value: Versioned) {
        self.state(Fact::Acknowledged { key, value });
        self.show(format!("[{key} is stored, version {}.]", value.version));
    }

    fn on_value(&mut self, id: RequestId, key: Name, value: Option<Versioned>) {
        self.state(Fact::Reads { id, key, value });
        self.show(match value {
            Some(Versioned { version, value }) => format!("{key} = {value}, version {version}"),
            None => format!("[{key} has no value.]"),
        });
    }
}

impl Machine for Client {
    type Output = Effect;

    fn handle_datagram(&mut self, _from: Address, bytes: &[u8], now: Timestamp) {
        let Some(asked) = self.asked else { return };
        // Anything else is an answer to an earlier request, which was answered before.
        match (Packet::decode(bytes), asked.request) {
            (Some(Packet::Stored { id, version }), Request::Put { key, value })
                if id == asked.id =>
            {
                self.on_stored(key, Versioned { version, value });
            }
            (Some(Packet::Value { id, value }), Request::Get { key }) if id == asked.id => {
                self.on_value(id, key, value);
            }
            _ => return,
        }
        self.asked = None;
        self.effects.push_back(Effect::Done(Ok(())));
        let now = self.clock.read(now);
        self.ask_next(now);
    }

    fn handle_timeout(&mut self, now: Timestamp) {
        let now = self.clock.read(now);
        let Some(asked) = self.asked.filter(|asked| asked.resend_at <= now) else { return };
        if asked.sends == SENDS_PATIENT {
            self.show("[No answer yet. Still trying...]");
        }
        self.send(Asked { resend_at: now, ..asked });
    }

    fn poll_output(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    fn poll_timeout(&self) -> Option<Timestamp> {
        self.asked.map(|asked| self.clock.shown(asked.resend_at))
    }

    fn is_busy(&self) -> bool {
        self.asked.is_some_and(|asked| asked.sends <= SENDS_PATIENT)
    }

    fn assert_invariants(&self) {
        assert!(self.asked.is_some() || self.waiting.is_empty(), "no request waits for nothing");
    }
}

impl Actor for Client {
    fn restore_mark(&mut self, mark: u64) {
        self.number = mark;
    }

    fn handle_line(&mut self, line: &str, now: Timestamp) {
        let words: Vec<_> = line.split_whitespace().collect();
        let request = match *words.as_slice() {
            [] => return,
            ["put", key, value] => {
                read(key).zip(read(value)).map(|(key, value)| Request::Put { key, value })
            }
            ["get", key] => read(key).map(|key| Request::Get { key }),
            _ => None,
        };
        if let Some(request) = request {
            self.waiting.push_back(request);
            let now = self.clock.read(now);
            self.ask_next(now);
        } else {
            self.show(HELP);
            self.effects.push_back(Effect::Done(Err("not a request".into())));
        }
    }

    fn handle_interrupt(&mut self, _now: Timestamp) {
        self.effects.push_back(Effect::Exit(Outcome::Left));
    }

    fn prompt(&self) -> Arc<str> {
        "> ".into()
    }

    /// Returns the request that is not answered yet, if there is one.
    fn holdings(&self) -> Vec<u8> {
        self.asked.map(|asked| asked.id.to_string().into_bytes()).unwrap_or_default()
    }
}
