//! Whether a registered client is online, and what it holds of the register table.
//!
//! A client that returns is online for the others only after it has taken what was stored for it.
//! So a new direct message cannot overtake an older stored one.
//!
//! What was queued for an earlier session of a client is not sent ([`SessionNumber`]): it may have
//! waited for storage while its receiver registered again, and the receiver then gets it in order,
//! together with everything else that is stored for it.

use super::super::mail::PageNumbers;
use crate::protocol::Update;

/// Pages of the register table that may be under way to one client.
const PAGES_UNDER_WAY_MAX: u32 = 16;

/// The number of a session of a client within one run of the server: each registration begins one.
/// What was queued for an earlier session is not sent to a later one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub(in crate::server) struct SessionNumber(u64);

impl SessionNumber {
    pub(in crate::server) const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// Whether a registered client is online.
#[derive(Debug)]
pub(in crate::server) enum Status {
    /// Offline, by choice or by silence.
    Away {
        /// The page that it was sent and has not confirmed: it may have shown what is in it.
        unconfirmed: Option<PageNumbers>,
    },
    /// Back, and fetching what was kept for it; online for the others once it has that.
    Returning {
        /// The page that it has to confirm; `None` while the next one is being made.
        page: Option<PageNumbers>,
        copy: TableCopy,
    },
    /// Online.
    Online { copy: TableCopy },
}

impl Status {
    pub(in crate::server) const fn is_present(&self) -> bool {
        match self {
            Self::Away { .. } => false,
            Self::Returning { .. } | Self::Online { .. } => true,
        }
    }

    pub(in crate::server) const fn is_online(&self) -> bool {
        match self {
            Self::Online { .. } => true,
            Self::Away { .. } | Self::Returning { .. } => false,
        }
    }

    pub(in crate::server) const fn copy(&self) -> Option<&TableCopy> {
        match self {
            Self::Away { .. } => None,
            Self::Returning { copy, .. } | Self::Online { copy } => Some(copy),
        }
    }

    pub(in crate::server) const fn copy_mut(&mut self) -> Option<&mut TableCopy> {
        match self {
            Self::Away { .. } => None,
            Self::Returning { copy, .. } | Self::Online { copy } => Some(copy),
        }
    }
}

/// How much of the register table a client holds, once everything under way to it has arrived.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::server) struct TableCopy {
    version: u64,
    pages_under_way: u32,
    /// Whether the client was sent the notice that the table is not broadcast.
    is_excerpt: bool,
}

impl TableCopy {
    pub(in crate::server) const fn new(version: u64) -> Self {
        Self { version, pages_under_way: 0, is_excerpt: false }
    }

    pub(in crate::server) const fn version(self) -> u64 {
        self.version
    }

    pub(in crate::server) const fn pages_under_way(self) -> u32 {
        self.pages_under_way
    }

    /// Returns whether a client with this copy is to be sent now what changed up to `version`.
    pub(in crate::server) const fn lacks(self, version: u64) -> bool {
        !self.is_excerpt && self.version < version && self.pages_under_way < PAGES_UNDER_WAY_MAX
    }

    /// Notes that a page is sent.
    pub(in crate::server) const fn send(&mut self, page: &Update) {
        self.version = page.version;
        self.pages_under_way += 1;
    }

    /// Notes that the client has a page; it may be one that was sent in an earlier session, on the
    /// same link.
    pub(in crate::server) const fn page_taken(&mut self) {
        self.pages_under_way = self.pages_under_way.saturating_sub(1);
    }

    /// Notes that the client is sent the notice that the table is not broadcast.
    pub(in crate::server) const fn become_excerpt(&mut self) {
        self.is_excerpt = true;
    }

    /// Restarts at a version that the client claims to hold.
    pub(in crate::server) const fn restart_at(&mut self, version: u64) {
        self.version = version;
        self.is_excerpt = false;
    }

    /// Panics if more pages are under way than allowed.
    pub(in crate::server) fn assert_invariants(self) {
        assert!(
            self.pages_under_way <= PAGES_UNDER_WAY_MAX,
            "{} pages of the register table are under way to one client",
            self.pages_under_way
        );
    }
}
