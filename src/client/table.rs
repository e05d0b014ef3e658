//! The client's copy of the register table.

use std::collections::BTreeMap;
use std::mem;

use crate::protocol::{ClientName, Presence, Row, TableVersion, Timestamp, Update};

/// What an update did to the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Change {
    /// It brought nothing new.
    Stale,
    /// More of it follows.
    Partial,
    /// The table is up to date.
    Complete,
    /// Something before it is missing.
    Gap,
}

/// A row, and how long it has been so.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) row: Row,
    /// Since when the client is online or offline, as far as this client knows.
    pub(super) since: Timestamp,
}

/// The register table as far as it is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    rows: BTreeMap<ClientName, Known>,
    version: Option<TableVersion>,
    /// Whether there may be rows that the server sends only on request.
    is_excerpt: bool,
}

impl Table {
    /// Returns the version that is held, for the server to continue from there.
    pub(super) fn version(&self) -> Option<TableVersion> {
        self.version
    }

    /// Returns the row of a client.
    pub(super) fn row(&self, name: ClientName) -> Option<&Row> {
        self.rows.get(&name).map(|known| &known.row)
    }

    /// Returns the row of a client, and since when it is online or offline.
    pub(super) fn known(&self, name: ClientName) -> Option<Known> {
        self.rows.get(&name).copied()
    }

    /// Returns all clients, in the order of their names.
    pub(super) fn clients(&self) -> impl Iterator<Item = Known> {
        self.rows.values().copied()
    }

    /// Returns all rows, in the order of their names.
    pub(super) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.values().map(|known| &known.row)
    }

    /// Returns whether a name without a row may be registered all the same.
    pub(super) fn is_excerpt(&self) -> bool {
        self.is_excerpt
    }

    /// Learns that the table has become too large to be broadcast; what is known stays.
    pub(super) fn become_excerpt(&mut self, version: TableVersion) -> Change {
        let held = self.version.replace(version);
        if held.is_none_or(|held| held.epoch != version.epoch) {
            self.rows.clear();
        }
        let was_excerpt = mem::replace(&mut self.is_excerpt, true);
        if was_excerpt && held == Some(version) { Change::Stale } else { Change::Complete }
    }

    /// Corrects one row between two updates.
    pub(super) fn correct(&mut self, row: Row, now: Timestamp) {
        self.note(row, self.known(row.name), now);
    }

    /// Learns that a client is offline: the server keeps messages for it. An update will show when
    /// it is back.
    pub(super) fn mark_away(&mut self, name: ClientName, now: Timestamp) {
        if let Some(Known { row, .. }) = self.known(name) {
            self.correct(Row { presence: Presence::Offline, ..row }, now);
        }
    }

    /// Takes changed rows.
    pub(super) fn apply(&mut self, update: Update, now: Timestamp) -> Change {
        let held = self.version.filter(|held| held.epoch == update.epoch);
        // Most rows are the same in another session of the server.
        let mut former = BTreeMap::new();
        match held {
            None if update.base != 0 => return Change::Gap,
            None => {
                former = mem::take(&mut self.rows);
                self.is_excerpt = false;
            }
            Some(held) if update.base > held.version => {
                return Change::Gap;
            }
            Some(held) if update.version <= held.version => return Change::Stale,
            Some(_) => {}
        }
        for row in update.rows {
            let before = self.known(row.name).or_else(|| former.get(&row.name).copied());
            self.note(row, before, now);
        }
        self.version = Some(TableVersion { epoch: update.epoch, version: update.version });
        if update.last { Change::Complete } else { Change::Partial }
    }

    /// Replaces a row. The time for which a client is online or offline counts from the first row
    /// that shows it.
    fn note(&mut self, row: Row, before: Option<Known>, now: Timestamp) {
        let same = before.filter(|before| before.row.presence == row.presence);
        let since = same.map_or(now, |same| same.since);
        self.rows.insert(row.name, Known { row, since });
    }

    /// Asserts that no row is known before the table is: until then the client sends nothing, and
    /// the server has to send everything.
    pub(super) fn assert_invariants(&self) {
        let is_unknown = self.version.is_none();
        assert!(!is_unknown || self.rows.is_empty(), "rows of a table without a version");
        assert!(!is_unknown || !self.is_excerpt, "an excerpt of a table without a version");
    }
}
