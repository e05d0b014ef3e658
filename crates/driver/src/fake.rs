//! A small actor for tests of loops and stages.
#![expect(clippy::unwrap_used, reason = "a test that types a wrong line fails by panicking")]

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use machine::{
    Actor, Address, Change, CleanText, Completion, Completions, Effect, Line, Machine, Outcome,
    Ticket, Timestamp,
};

/// Tries of a question before a client gives up.
const TRIES_MAX: u32 = 3;

/// The server shows each datagram and sends it back. A client sends the typed line to the server,
/// repeatedly until the answer comes or it gives up; a few lines have a special meaning.
pub struct Fake {
    /// The server that a client asks; `None` for a server.
    server: Option<Address>,
    retry_every: Duration,
    effects: VecDeque<Effect>,
    question: Option<(String, u32)>,
    timer_at: Option<Timestamp>,
    prompt: Arc<str>,
}

impl Fake {
    /// Makes a server, or a client of the server at this address, which repeats its question at
    /// this interval.
    pub fn new(server: Option<Address>, retry_every: Duration) -> Self {
        Self {
            server,
            retry_every,
            effects: VecDeque::new(),
            question: None,
            timer_at: None,
            prompt: ">>> ".into(),
        }
    }

    fn show(&mut self, text: impl Into<Cow<'static, str>>) {
        let text = CleanText::one_line(text);
        self.effects.push_back(Effect::Show(Line::new(Arc::clone(&self.prompt), text)));
    }

    fn ask_server(&mut self, text: &str) {
        if let Some(server) = self.server {
            self.transmit(server, text);
        }
    }

    fn transmit(&mut self, to: Address, text: &str) {
        let bytes = text.as_bytes().to_vec();
        self.effects.push_back(Effect::Transmit { to, bytes });
    }
}

impl Machine for Fake {
    type Output = Effect;

    fn handle_datagram(&mut self, from: Address, bytes: &[u8], _now: Timestamp) {
        let text = String::from_utf8_lossy(bytes).into_owned();
        self.show(format!("got {text}"));
        if self.server.is_none() || text == "for ever" {
            self.transmit(from, &text);
        } else if self.question.take().is_some() {
            self.timer_at = None;
        }
    }

    fn handle_timeout(&mut self, now: Timestamp) {
        if self.timer_at.is_none_or(|at| at > now) {
            return;
        }
        self.timer_at = None;
        let Some((text, tries)) = self.question.take() else {
            return self.show("rang");
        };
        if tries == TRIES_MAX {
            self.show("gave up");
            return self.effects.push_back(Effect::Exit(Outcome::Failed));
        }
        self.show(format!("try {tries}"));
        self.ask_server(&text);
        self.question = Some((text, tries + 1));
        self.timer_at = Some(now + self.retry_every);
    }

    fn poll_output(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    fn poll_timeout(&self) -> Option<Timestamp> {
        self.timer_at
    }

    fn is_busy(&self) -> bool {
        self.question.is_some()
    }
}

impl Actor for Fake {
    fn start(&mut self, _now: Timestamp) {
        self.show("ready");
    }

    fn handle_line(&mut self, line: &str, now: Timestamp) {
        match line.split_once(' ') {
            Some(("prompt", prompt)) => self.prompt = prompt.into(),
            Some(("ring", seconds)) => {
                self.timer_at = Some(now + Duration::from_secs(seconds.parse().unwrap()));
            }
            Some(("keep", number)) => self.effects.push_back(Effect::Store {
                ticket: Ticket(number.parse().unwrap()),
                changes: vec![Change::put(*b"key", *b"value")],
            }),
            Some(("stall", _)) => self.question = Some((String::new(), 0)),
            Some(("panic", text)) => panic!("{text}"),
            _ => {
                self.ask_server(line);
                self.question = Some((line.to_owned(), 1));
                self.timer_at = Some(now + self.retry_every);
            }
        }
    }

    fn handle_interrupt(&mut self, _now: Timestamp) {
        self.show("bye");
        self.effects.push_back(Effect::Exit(Outcome::Left));
    }

    fn handle_stored(&mut self, ticket: Ticket, _now: Timestamp) {
        self.show(format!("kept {}", ticket.0));
    }

    fn prompt(&self) -> Arc<str> {
        Arc::clone(&self.prompt)
    }

    fn is_answering(&self) -> bool {
        self.is_busy()
    }

    fn completions(&self, _line: &str) -> Completions {
        let ring = Completion { word: "ring".to_owned(), shown: "ring".to_owned() };
        Completions { start: 0, candidates: vec![ring] }
    }
}
