//! The client's copy of the register table.

use std::collections::BTreeMap;

use crate::protocol::{ClientName, Presence, Row, TableVersion, Update};

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

/// The register table as far as it is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    rows: BTreeMap<ClientName, Row>,
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
        self.rows.get(&name)
    }

    /// Tells all rows.
    pub(super) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.values()
    }

    /// Tells all names.
    pub(super) fn names(&self) -> impl Iterator<Item = ClientName> {
        self.rows.keys().copied()
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
        let was_excerpt = std::mem::replace(&mut self.is_excerpt, true);
        if was_excerpt && held == Some(version) { Change::Stale } else { Change::Complete }
    }

    /// Corrects one row between two updates.
    pub(super) fn correct(&mut self, row: Row) {
        self.rows.insert(row.name, row);
    }

    /// Learns that somebody is away: the server keeps messages for them. Once they are back, an
    /// update says so.
    pub(super) fn mark_away(&mut self, name: ClientName) {
        if let Some(row) = self.rows.get_mut(&name) {
            row.presence = Presence::Offline;
        }
    }

    /// Takes changed rows.
    pub(super) fn apply(&mut self, update: Update) -> Change {
        let held = self.version.filter(|held| held.epoch == update.epoch);
        match held {
            None if update.base != 0 => return Change::Gap,
            None => {
                self.rows.clear();
                self.is_excerpt = false;
            }
            Some(held) if update.base > held.version => {
                return Change::Gap;
            }
            Some(held) if update.version <= held.version => return Change::Stale,
            Some(_) => {}
        }
        for row in update.rows {
            self.rows.insert(row.name, row);
        }
        self.version = Some(TableVersion { epoch: update.epoch, version: update.version });
        if update.last { Change::Complete } else { Change::Partial }
    }
}
