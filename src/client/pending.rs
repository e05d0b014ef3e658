//! Messages that are not delivered yet: those that wait here, and those that the server keeps.

use std::collections::BTreeMap;

use super::machine::{Client, Presence};
use super::words::{Notice, Pending};
use crate::protocol::limits::AWAITED_MAX;
use crate::protocol::{Answer, Audience, ClientName, Fact, Fate, Receipt, Request, Text};
use crate::records::{Key, Record, State};

/// Messages whose receipts are to come.
#[derive(Debug, Default)]
pub(super) struct ReceiptsDue {
    /// Messages that the server keeps, and for whom.
    pub(super) awaited: BTreeMap<u64, (ClientName, Text)>,
    /// The numbers of the messages that were listed last as pending.
    listed: Vec<u64>,
}

impl Client {
    /// The server keeps a message for somebody who is away: its receipt is to come.
    pub(super) fn await_receipt(&mut self, to: ClientName, text: Text) {
        if self.receipts_due.awaited.len() >= AWAITED_MAX
            && let Some((number, _)) = self.receipts_due.awaited.pop_first()
        {
            self.remove(Key::Awaited(number));
        }
        self.put(Record::Awaited { to, text: text.clone() });
        self.receipts_due.awaited.insert(text.number, (to, text));
    }

    /// A receipt has come: it is known what became of a message.
    pub(super) fn learn_fate(&mut self, receipt: Receipt) {
        // Receipts of members of a group are about a message that is done with.
        let Some((to, text)) = self.receipts_due.awaited.remove(&receipt.number) else {
            return;
        };
        self.remove(Key::Awaited(receipt.number));
        let state = match receipt.fate {
            Fate::Delivered => State::Delivered,
            Fate::Expired => State::Expired,
            Fate::Withdrawn => State::Cancelled,
        };
        self.remember_own(Audience::Person(to), text, state);
    }

    /// Lists what is not delivered yet, in the order in which it was written.
    pub(super) fn list_pending(&mut self) {
        let waiting = self.outbox.waiting();
        let waiting = waiting.map(|(to, text)| (to, text, State::Waiting));
        let saved = self.receipts_due.awaited.values();
        let saved = saved.map(|(to, text)| (Audience::Person(*to), text, State::Saved));
        let all = waiting.chain(saved);
        let mut all: Vec<_> =
            all.map(|(to, text, state)| Pending { to, text: text.clone(), state }).collect();
        all.sort_by_key(|pending| pending.text.number);
        self.receipts_due.listed = all.iter().map(|pending| pending.text.number).collect();
        self.tell(Notice::Pending(all));
    }

    /// Takes back the message that was listed as the `n`-th, counted from 1.
    pub(super) fn cancel(&mut self, n: usize) {
        let listed =
            n.checked_sub(1).and_then(|index| self.receipts_due.listed.get(index)).copied();
        let Some(number) = listed else {
            return self.tell(Notice::NothingToCancel(n));
        };
        if self.outbox.is_tried(number) {
            self.tell(Notice::UnderWay(n));
        } else if let Some((to, text)) = self.outbox.take(number) {
            self.remove(Key::Outgoing(number));
            self.decisions.push_back(Fact::Refused(self.own(number)));
            self.remember_own(to, text, State::Cancelled);
            self.tell(Notice::Cancelled { n, to });
        } else if let Some((to, _)) = self.receipts_due.awaited.get(&number) {
            if self.presence != Presence::Online {
                return self.tell(Notice::Offline);
            }
            let request = Request::Withdraw { to: *to, number };
            self.command_request(request);
        } else {
            self.tell(Notice::TooLate(n));
        }
    }

    /// The server has answered whether it keeps a message no longer, as was asked.
    pub(super) fn on_withdraw_answer(&mut self, to: ClientName, number: u64, answer: &Answer) {
        let place = self.receipts_due.listed.iter().position(|listed| *listed == number);
        let n = place.map_or(0, |place| place + 1);
        self.tell(match answer {
            Answer::Withdrawn => Notice::Cancelled { n, to: Audience::Person(to) },
            _ => Notice::TooLate(n),
        });
    }

    /// Tells whether the server is being asked to keep a message no longer: its answer says what a
    /// receipt would.
    pub(super) fn is_withdrawing(&self, number: u64) -> bool {
        let is_asked = |request: &Request| matches!(request, Request::Withdraw { number: asked, .. } if *asked == number);
        self.requests.values().any(|pending| is_asked(&pending.request))
    }
}
