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

/// What is known of somebody.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) row: Row,
    /// Since when they are online or away, as far as this client knows.
    pub(super) since: Timestamp,
}

/// The register table as far as it is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    rows: BTreeMap<ClientName, Known>,
    version: Option<TableVersion>,
    /// Whether there may be rows of which the server tells nobody who does not ask.
    is_excerpt: bool,
}

impl Table {
    /// Tells which version is held, for the server to go on from there.
    pub(super) fn version(&self) -> Option<TableVersion> {
        self.version
    }

    /// Finds somebody.
    pub(super) fn row(&self, name: ClientName) -> Option<&Row> {
        self.rows.get(&name).map(|known| &known.row)
    }

    /// Finds somebody, and since when they are online or away.
    pub(super) fn known(&self, name: ClientName) -> Option<Known> {
        self.rows.get(&name).copied()
    }

    /// Tells everybody, in the order of their names.
    pub(super) fn everybody(&self) -> impl Iterator<Item = Known> {
        self.rows.values().copied()
    }

    /// Tells all rows, in the order of their names.
    pub(super) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.values().map(|known| &known.row)
    }

    /// Tells whether a name without a row may be somebody's all the same.
    pub(super) fn is_excerpt(&self) -> bool {
        self.is_excerpt
    }

    /// Learns that the table has become too large to be told; what is known stays.
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

    /// Learns that somebody is away: the server keeps messages for them. Once they are back, an
    /// update says so.
    pub(super) fn mark_away(&mut self, name: ClientName, now: Timestamp) {
        if let Some(Known { row, .. }) = self.known(name) {
            self.correct(Row { presence: Presence::Offline, ..row }, now);
        }
    }

    /// Takes changed rows.
    pub(super) fn apply(&mut self, update: Update, now: Timestamp) -> Change {
        let held = self.version.filter(|held| held.epoch == update.epoch);
        // Another run of the server says the same of most people.
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

    /// Takes what is so now, and perhaps was before.
    fn note(&mut self, row: Row, before: Option<Known>, now: Timestamp) {
        let same = before.filter(|before| before.row.presence == row.presence);
        let since = same.map_or(now, |same| same.since);
        self.rows.insert(row.name, Known { row, since });
    }
}
