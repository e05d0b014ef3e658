//! Which clients are registered when they ask for it.
//!
//! A client that was kicked stays out until its user asks to return. Each registration says whether
//! the user or the program wants it (`Initiative`). The server remembers which clients it has
//! kicked, also over its own restarts, and refuses registrations that come from the program alone.
//! So it does not matter whether a client has received the notice: it learns of the kick with its
//! next request. Messages that its user has typed, and that are not delivered, are sent after the
//! return. A kick is not a ban: names are not authenticated.

use std::time::Duration;

use super::super::request::Connect;
use super::Registry;
use crate::protocol::limits::CLIENTS_MAX;
use crate::protocol::sabotage::{self, Bug};
use crate::protocol::{Address, Initiative, Session, Timestamp};

/// The resolution of the times at which links are opened.
const LEAST_LATER: Duration = Duration::from_micros(1);

/// The decision about a request to be registered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::server) enum Admission {
    /// The client is registered.
    Granted,
    /// Its link is one that has ended, or older; only links that open at this time or later count.
    Late(Timestamp),
    /// It was kicked, and its user has not asked to return.
    StillKicked,
    /// Another client has this name, and may be online at this address.
    Held(Address),
    /// No more clients can be registered.
    Full,
}

impl Registry {
    /// Decides about a request to be registered, on this link, which its client opened at
    /// `opened_at`.
    /// A name in use goes to another client only when its holder does not answer.
    pub(in crate::server) fn admission(
        &self,
        connect: &Connect,
        link: Option<Session>,
        opened_at: Timestamp,
    ) -> Admission {
        let held = self.clients.get(&connect.name);
        if let Some(held) = held.filter(|held| opened_at < held.opened_at) {
            return Admission::Late(held.opened_at);
        }
        // The link on which an absent client was registered is opened again: by a late copy of the
        // registration, or by the client itself, which can open another one.
        if let Some(held) = held
            && !held.status.is_present()
            && held.opened_at == opened_at
            && held.link != link
        {
            return Admission::Late(opened_at + LEAST_LATER);
        }
        if connect.initiative == Initiative::Program && self.is_kicked(connect.name) {
            return Admission::StillKicked;
        }
        match held {
            Some(held)
                if held.status.is_present()
                    && held.address != connect.address
                    && !sabotage::has(Bug::NameIsTakenOver) =>
            {
                Admission::Held(held.address)
            }
            None if self.clients.len() >= CLIENTS_MAX => Admission::Full,
            Some(_) | None => Admission::Granted,
        }
    }
}
