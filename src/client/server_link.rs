//! The client's side of its link to the server: the session, and how a silent server is noticed and
//! found again.
//!
//! A client that has heard nothing from the server for 29 s sends a probe; the acknowledgement is
//! the answer, and a client that the server does not know any more registers again. So a client
//! that moved, slept or was cut off returns to the right state without its user.
//!
//! While the server is lost, the client tries to reconnect after 2 s, and then after waits that
//! double, up to a minute: a server that was away for days is found within a minute, and costs
//! little until then. A typed command is sent to the server at once all the same.

use std::mem;
use std::time::Duration;

use super::requests::{Policy, Purpose, Requests, Silence};
use crate::delivery::{Endpoint, Pace, ParcelId, SendError};
use crate::protocol::limits::{
    KEEPALIVE_AFTER, RECONNECT_AFTER, RECONNECT_EVERY_MAX, REQUEST_RETRY_EVERY,
};
use crate::protocol::sabotage::{self, Bug};
use crate::protocol::{Address, Packet, Request, RequestId, Timestamp, codec};

/// The link to the server: the session and the requests that are made in it.
///
/// The endpoint is passed to whatever sends, because links to peers are in it too.
#[derive(Debug)]
pub(super) struct ServerLink {
    address: Address,
    session: Session,
    requests: Requests,
    /// Whether the user knows that the server speaks another version.
    is_other_version_known: bool,
}

/// The session with the server.
#[derive(Clone, Copy, Debug)]
enum Session {
    /// The first registration is still to come.
    Joining,
    /// The client is registered.
    Online {
        reach: Reach,
        /// When to check next whether the server was silent for long. While the server is lost it
        /// stays as it is: if it has passed when the server is back, the check comes at once.
        keepalive_at: Timestamp,
    },
    /// The client is offline by choice, the user's or the server's.
    Offline,
    /// The server was asked to let the client go; the program ends with the answer.
    Leaving,
}

/// Whether the server of a registered client can be reached, as far as is known.
#[derive(Clone, Copy, Debug)]
enum Reach {
    /// It answers.
    Reachable,
    /// It went silent, or announced that it ends. The client tries to reconnect, with a backoff.
    Reconnecting {
        /// When to try next.
        at: Timestamp,
        /// The wait before that.
        wait: Duration,
    },
}

impl ServerLink {
    /// Makes a link on which nothing was asked yet. The client begins by asking to be registered.
    pub(super) fn new(address: Address) -> Self {
        Self {
            address,
            session: Session::Joining,
            requests: Requests::new(address),
            is_other_version_known: false,
        }
    }

    /// Continues after the request numbers of an earlier session.
    pub(super) fn restore(&mut self, last_request: u64) {
        self.requests.restore(last_request);
    }

    /// Returns the server's address.
    pub(super) fn address(&self) -> Address {
        self.address
    }

    /// Returns the requests that are under way.
    pub(super) fn requests(&self) -> &Requests {
        &self.requests
    }

    /// Returns whether the client is registered, whether or not the server can be reached.
    pub(super) fn is_online(&self) -> bool {
        matches!(self.session, Session::Online { .. })
    }

    /// Returns whether the client is registered with a server that answers, as far as is known.
    pub(super) fn is_reachable(&self) -> bool {
        matches!(self.session, Session::Online { reach: Reach::Reachable, .. })
    }

    /// Returns whether the client tries to find its server again.
    pub(super) fn is_reconnecting(&self) -> bool {
        matches!(self.session, Session::Online { reach: Reach::Reconnecting { .. }, .. })
    }

    /// Returns whether the client has asked the server to let it go.
    pub(super) fn is_leaving(&self) -> bool {
        matches!(self.session, Session::Leaving)
    }

    /// Returns whether the first registration is still to come.
    pub(super) fn is_joining(&self) -> bool {
        matches!(self.session, Session::Joining)
    }

    /// Asks the server something.
    pub(super) fn request(
        &mut self,
        request: Request,
        endpoint: &mut Endpoint,
        now: Timestamp,
    ) -> RequestId {
        self.requests.send(request, endpoint, now)
    }

    /// Asks the server to let the client go, and drops all other requests. Returns `None` if the
    /// server cannot be asked, or was asked already.
    pub(super) fn leave(&mut self, endpoint: &mut Endpoint, now: Timestamp) -> Option<RequestId> {
        if !self.is_reachable() {
            return None;
        }
        self.session = Session::Leaving;
        self.requests.retain(|_| false);
        Some(self.requests.send(Request::Leave, endpoint, now))
    }

    /// Takes out the request that the server has answered, if it was still waiting. A server that
    /// answers is not lost.
    pub(super) fn answered(&mut self, id: RequestId) -> Option<Request> {
        let request = self.requests.answered(id)?;
        if let Session::Online { reach, .. } = &mut self.session {
            *reach = Reach::Reachable;
        }
        Some(request)
    }

    /// Learns that the client is registered.
    pub(super) fn registered(&mut self, is_table_known: bool, now: Timestamp) {
        let keepalive_at = now + keepalive_after(is_table_known);
        self.session = Session::Online { reach: Reach::Reachable, keepalive_at };
    }

    /// Sends the requests that have waited for the registration. Returns whether one of them
    /// leaves the group.
    pub(super) fn send_waiting(&mut self, endpoint: &mut Endpoint, now: Timestamp) -> bool {
        self.requests.send_waiting(endpoint, now)
    }

    /// Learns that the client is offline, as its user asked.
    pub(super) fn deregistered(&mut self) {
        self.session = Session::Offline;
    }

    /// Learns that the server has kicked the client: no request is answered any more but one by
    /// which the user returns. Returns `false` if the client was not online.
    pub(super) fn kicked(&mut self) -> bool {
        if !self.is_online() {
            return false;
        }
        self.session = Session::Offline;
        self.requests.retain(Request::is_return);
        true
    }

    /// Learns that the server has lost the link, and with it the client's registration. The client
    /// registers again, with `connect` unless a registration is under way already; its other
    /// requests wait for that, because the server refuses a client that is not registered.
    pub(super) fn restarted(&mut self, connect: Request, endpoint: &mut Endpoint, now: Timestamp) {
        if !self.requests.wait_for_registration(endpoint, now) && self.is_online() {
            self.requests.send(connect, endpoint, now);
        }
    }

    /// Learns that the server has taken a parcel. If it is a request, the answer follows.
    pub(super) fn taken(&mut self, parcel: ParcelId, now: Timestamp) {
        self.requests.taken(parcel, now);
    }

    /// Returns whether the server has taken a request and not answered it in time.
    pub(super) fn is_overdue(&self, now: Timestamp) -> bool {
        self.requests.due_at().is_some_and(|at| at <= now)
    }

    /// Learns that the server does not answer: closes the link, gives up the command that waits for
    /// an answer, and reconnects if the client can go on.
    pub(super) fn went_silent(&mut self, endpoint: &mut Endpoint, now: Timestamp) -> Silence {
        endpoint.close(self.address);
        self.requests.retain(|request| Policy::of(request).purpose == Purpose::Command);
        let silence = match self.requests.pop_first() {
            None => Silence::Unnoticed,
            // Until then the client asks for nothing but to be registered.
            Some(_) if self.is_joining() => Silence::Fatal,
            Some(request) => Policy::of(&request).silence,
        };
        match silence {
            Silence::Unnoticed | Silence::Unanswered => self.reconnect(now),
            Silence::Fatal | Silence::Left => {}
        }
        silence
    }

    /// Learns that the server speaks another version. Returns `true` the first time.
    pub(super) fn learn_other_version(&mut self) -> bool {
        !mem::replace(&mut self.is_other_version_known, true)
    }

    /// Counts the server as lost: until it answers, the client asks nothing of it but to be
    /// registered again, and what its user types.
    pub(super) fn reconnect(&mut self, now: Timestamp) {
        if let Session::Online { reach: reach @ Reach::Reachable, .. } = &mut self.session {
            *reach = Reach::Reconnecting { at: now + RECONNECT_AFTER, wait: RECONNECT_AFTER };
        }
    }

    /// Tries to register again if the server is lost and it is time to. The waits double.
    pub(super) fn try_to_reconnect(
        &mut self,
        connect: Request,
        endpoint: &mut Endpoint,
        now: Timestamp,
    ) {
        if let Session::Online { reach: Reach::Reconnecting { at, wait }, .. } = &mut self.session
            && *at <= now
            && !sabotage::has(Bug::LostServerStaysLost)
        {
            *wait = (*wait * 2).min(RECONNECT_EVERY_MAX);
            *at = now + *wait;
            let pace = Pace::Quiet { patience: RECONNECT_AFTER };
            self.requests.retain(|request| Policy::of(request).purpose != Purpose::Rejoin);
            self.requests.send_at(pace, connect, endpoint, now);
        }
    }

    /// Sends a probe to a server that was silent for long. It shows that the client is online, and
    /// finds out whether the server still knows it.
    ///
    /// # Errors
    ///
    /// The link is full: the server counts as silent.
    pub(super) fn keep_alive(
        &mut self,
        is_table_known: bool,
        endpoint: &mut Endpoint,
        now: Timestamp,
    ) -> Result<(), SendError> {
        if self.keepalive_at().is_none_or(|at| at > now) {
            return Ok(());
        }
        let after = keepalive_after(is_table_known);
        let silent_at = endpoint.heard_at(self.address).unwrap_or_default() + after;
        let is_pending = endpoint.is_pending(self.address);
        if let Session::Online { keepalive_at, .. } = &mut self.session {
            *keepalive_at = match is_pending {
                true => now + RECONNECT_AFTER,
                false if silent_at > now => silent_at,
                false => now + after,
            };
        }
        if is_pending || silent_at > now {
            return Ok(());
        }
        let packet = codec::encode_packet(&Packet::Probe);
        let pace = Pace::Quiet { patience: RECONNECT_AFTER };
        endpoint.send(self.address, packet, pace, now).map(drop)
    }

    /// Returns when to check whether the server was silent for long; early does no harm.
    fn keepalive_at(&self) -> Option<Timestamp> {
        match self.session {
            Session::Online { reach: Reach::Reachable, keepalive_at } => {
                Some(keepalive_at).filter(|_| !sabotage::has(Bug::NoKeepalive))
            }
            Session::Online { reach: Reach::Reconnecting { .. }, .. }
            | Session::Joining
            | Session::Offline
            | Session::Leaving => None,
        }
    }

    /// Returns when to try next to register again with a lost server.
    fn reconnect_at(&self) -> Option<Timestamp> {
        match self.session {
            Session::Online { reach: Reach::Reconnecting { at, .. }, .. } => {
                Some(at).filter(|_| !sabotage::has(Bug::LostServerStaysLost))
            }
            Session::Online { reach: Reach::Reachable, .. }
            | Session::Joining
            | Session::Offline
            | Session::Leaving => None,
        }
    }

    /// Returns when the next timer is due.
    pub(super) fn poll_timeout(&self) -> Option<Timestamp> {
        let timers = [self.keepalive_at(), self.reconnect_at()];
        timers.into_iter().fold(self.requests.due_at(), Timestamp::earlier)
    }

    /// Asserts that the session and its requests agree:
    ///
    /// - a client that leaves has asked for it, or it would wait for ever;
    /// - attempts to reconnect come neither too often for the server nor too seldom for the user.
    ///
    /// What is asserted of [`Requests`] is asserted as well.
    pub(super) fn assert_invariants(&self, endpoint: &Endpoint) {
        self.requests.assert_invariants(endpoint);
        match self.session {
            Session::Leaving => {
                let leaves = self.requests.contains_equal(&Request::Leave);
                assert!(leaves, "no request makes the client leave");
            }
            Session::Online { reach: Reach::Reconnecting { wait, .. }, .. } => assert!(
                (RECONNECT_AFTER..=RECONNECT_EVERY_MAX).contains(&wait),
                "a wait of {wait:?} before an attempt to reconnect is out of bounds"
            ),
            Session::Online { reach: Reach::Reachable, .. }
            | Session::Joining
            | Session::Offline => {}
        }
    }
}

/// Returns how long the server may be silent. One that has not sent the register table yet may be
/// waiting for a datagram, without which it may send no more.
fn keepalive_after(is_table_known: bool) -> Duration {
    if sabotage::has(Bug::ProbesEachSecond) {
        return Duration::from_secs(1);
    }
    if is_table_known { KEEPALIVE_AFTER } else { REQUEST_RETRY_EVERY }
}
