//! The register table with the history that lets every change travel alone.

use std::collections::BTreeMap;

use crate::protocol::limits::{TABLE_ROWS_TOLD_MAX, UPDATE_ROWS_MAX};
use crate::protocol::sabotage::{self, Bug};
use crate::protocol::{ClientName, Row, Update};

/// All registered clients, each with the version of its last change.
#[derive(Debug)]
pub(super) struct RegisterTable {
    epoch: u64,
    /// Up to so many rows everybody is told all of them.
    rows_told_max: usize,
    version: u64,
    rows: BTreeMap<ClientName, (Row, u64)>,
    /// The same rows by the version of their last change.
    by_version: BTreeMap<u64, ClientName>,
}

impl RegisterTable {
    pub(super) fn new(epoch: u64) -> Self {
        Self {
            epoch: if sabotage::has(Bug::EpochStays) { 1 } else { epoch },
            rows_told_max: TABLE_ROWS_TOLD_MAX,
            version: 0,
            rows: BTreeMap::new(),
            by_version: BTreeMap::new(),
        }
    }

    pub(super) fn tell_at_most(&mut self, rows: usize) {
        self.rows_told_max = rows;
    }

    /// Tells whether there are so few rows that everybody is told all of them.
    pub(super) fn is_told(&self) -> bool {
        self.rows.len() <= self.rows_told_max
    }

    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    pub(super) fn version(&self) -> u64 {
        self.version
    }

    pub(super) fn row(&self, name: ClientName) -> Option<Row> {
        self.rows.get(&name).map(|&(row, _)| row)
    }

    /// Tells all rows.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row> {
        self.rows.values().map(|&(row, _)| row)
    }

    /// Sets a row and tells whether that changed anything.
    pub(super) fn set(&mut self, row: Row) -> bool {
        let changed_before = match self.rows.get(&row.name) {
            Some((held, _)) if *held == row => return false,
            Some((_, version)) => Some(*version),
            None => None,
        };
        if let Some(version) = changed_before {
            self.by_version.remove(&version);
        }
        self.version += 1;
        self.by_version.insert(self.version, row.name);
        self.rows.insert(row.name, (row, self.version));
        true
    }

    /// Makes the next page of changes for somebody who holds version `base`.
    pub(super) fn changes_after(&self, base: u64) -> Update {
        let mut changes = self.by_version.range(base + 1..);
        let page = changes.by_ref().take(UPDATE_ROWS_MAX);
        let (rows, versions): (Vec<Row>, Vec<u64>) =
            page.filter_map(|(version, name)| Some((self.row(*name)?, *version))).unzip();
        let last = changes.next().is_none();
        let reached = versions.last().copied();
        let version = if last { self.version } else { reached.unwrap_or(self.version) };
        Update { epoch: self.epoch, base, version, rows, last }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Address, Presence};

    fn row(n: u16, presence: Presence) -> Row {
        let name = ClientName::new(&format!("c{n}")).unwrap();
        Row { name, address: Address::new(([127, 0, 0, 1], n).into()), presence }
    }

    #[test]
    fn only_rows_that_changed_since_are_told() {
        let mut table = RegisterTable::new(7);
        assert!(table.set(row(1, Presence::Online)));
        assert!(table.set(row(2, Presence::Online)));
        assert!(!table.set(row(2, Presence::Online)));
        assert!(table.set(row(1, Presence::Offline)));
        let update = table.changes_after(2);
        let rows = vec![row(1, Presence::Offline)];
        assert_eq!(update, Update { epoch: 7, base: 2, version: 3, rows, last: true });
    }

    #[test]
    fn a_newcomer_gets_pages_that_join_without_a_gap() {
        let mut table = RegisterTable::new(7);
        for n in 0..300 {
            table.set(row(n, Presence::Online));
        }
        let (mut base, mut names, mut pages) = (0, Vec::new(), 0);
        loop {
            let update = table.changes_after(base);
            assert_eq!(update.base, base);
            names.extend(update.rows.iter().map(|row| row.address.port()));
            base = update.version;
            pages += 1;
            if update.last {
                break;
            }
        }
        assert_eq!((pages, base), (3, 300));
        assert_eq!(names, (0..300).collect::<Vec<_>>());
    }
}
