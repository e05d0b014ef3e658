//! The register table, the history that lets every change travel alone, and the broadcasts of
//! changes.
//!
//! The table has an epoch (one per run of the server) and a version that is increased with each
//! changed row. A client says which version it holds, and gets the rows that have changed since, in
//! pages. If it notices a gap, it asks again.
//!
//! With more than 1,024 rows the table is not broadcast, because each new client would cost a
//! datagram for every other client. The clients are sent only that fact (`Packet::TableTooLarge`). A
//! client then sends its first message to an unknown name through the server and learns the row
//! from the answer; a row that has become wrong is corrected in the same way.

use std::collections::BTreeMap;
use std::mem;

use crate::protocol::limits::{TABLE_ROWS_BROADCAST_MAX, UPDATE_GATHERING, UPDATE_ROWS_MAX};
use crate::protocol::sabotage::{self, Bug};
use crate::protocol::{Address, ClientName, Presence, Row, TableVersion, Timestamp, Update};

/// All registered clients, each with the version of its last change.
#[derive(Debug)]
pub(super) struct RegisterTable {
    epoch: u64,
    /// With more rows than this the table is not broadcast.
    rows_broadcast_max: usize,
    version: u64,
    rows: BTreeMap<ClientName, (Row, u64)>,
    /// The same rows by the version of their last change.
    by_version: BTreeMap<u64, ClientName>,
    /// When the gathered changes are sent to all clients.
    broadcast_at: Option<Timestamp>,
    /// Whether all clients were or will be sent the notice that the table is no longer broadcast.
    is_end_announced: bool,
}

/// A row that is to be sent to clients. It is sent only if this is passed to
/// [`Registry::announce`](super::Registry::announce).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use = "clients get the row only if it is announced"]
pub(in crate::server) struct Announcement {
    name: ClientName,
}

impl Announcement {
    pub(super) const fn of(name: ClientName) -> Self {
        Self { name }
    }
}

impl RegisterTable {
    pub(super) fn new(epoch: u64) -> Self {
        Self {
            epoch: if sabotage::has(Bug::EpochStays) { 1 } else { epoch },
            rows_broadcast_max: TABLE_ROWS_BROADCAST_MAX,
            version: 0,
            rows: BTreeMap::new(),
            by_version: BTreeMap::new(),
            broadcast_at: None,
            is_end_announced: false,
        }
    }

    /// Sets the number of rows up to which the table is broadcast.
    pub(super) fn broadcast_at_most(&mut self, rows: usize) {
        self.rows_broadcast_max = rows;
    }

    /// Returns whether all clients are sent all rows: in a large table, each new client would cost
    /// a datagram for every other client.
    pub(super) fn is_broadcast(&self) -> bool {
        self.rows.len() <= self.rows_broadcast_max
    }

    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    pub(super) fn version(&self) -> u64 {
        self.version
    }

    /// Returns the version that a client holds; `None` if it holds none, or one of another run.
    pub(super) fn version_held(&self, known: Option<TableVersion>) -> Option<u64> {
        known.filter(|known| known.epoch == self.epoch).map(|known| known.version)
    }

    pub(super) fn row(&self, name: ClientName) -> Option<Row> {
        self.rows.get(&name).map(|&(row, _)| row)
    }

    /// Returns all rows, in the order of their names.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row> {
        self.rows.values().map(|&(row, _)| row)
    }

    /// Adds the row of a client that is offline, unless it has one.
    pub(super) fn add(&mut self, name: ClientName, address: Address) {
        if !self.rows.contains_key(&name) {
            self.put(Row::new(name, address, Presence::Offline));
        }
    }

    /// Changes a client's row. Returns what is to be announced, if the row is different now.
    #[must_use]
    pub(super) fn update(
        &mut self,
        name: ClientName,
        change: impl FnOnce(&mut Row),
    ) -> Option<Announcement> {
        let (held, version) = *self.rows.get(&name)?;
        let mut row = held;
        change(&mut row);
        if row == held {
            return None;
        }
        self.by_version.remove(&version);
        self.put(row);
        Some(Announcement::of(name))
    }

    fn put(&mut self, row: Row) {
        self.version += 1;
        self.by_version.insert(self.version, row.name);
        self.rows.insert(row.name, (row, self.version));
    }

    /// Returns the next page of changes for a client that holds version `base`.
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

    /// Plans to send a row to all clients: soon, several changes at once. Once all of them have the
    /// notice that the table is too large to be broadcast, nothing is planned: this returns the
    /// row's client, which is to be sent what it lacks now.
    #[must_use]
    pub(super) fn announce(
        &mut self,
        announcement: Announcement,
        now: Timestamp,
    ) -> Option<ClientName> {
        let Announcement { name } = announcement;
        let is_alone = !self.is_broadcast() && mem::replace(&mut self.is_end_announced, true);
        if !is_alone {
            self.broadcast_at.get_or_insert(now + UPDATE_GATHERING);
        }
        is_alone.then_some(name)
    }

    /// Returns whether a broadcast is due, and removes it from the plan.
    pub(super) fn take_broadcast(&mut self, now: Timestamp) -> bool {
        self.broadcast_at.take_if(|at| *at <= now).is_some()
    }

    /// Returns when the next broadcast is due, if one is planned.
    pub(super) fn broadcast_at(&self) -> Option<Timestamp> {
        self.broadcast_at
    }

    /// Panics unless rows and history agree: otherwise a change would never be sent, or a row that
    /// does not exist would be.
    pub(super) fn assert_invariants(&self) {
        assert_eq!(
            self.rows.len(),
            self.by_version.len(),
            "each row of the register table has one version"
        );
        for (name, (row, version)) in &self.rows {
            assert_eq!(row.name, *name, "a row is filed under its own name");
            assert_eq!(
                self.by_version.get(version),
                Some(name),
                "version {version} of the register table is the last change of {name}"
            );
        }
        let newest = self.by_version.last_key_value().map_or(0, |(version, _)| *version);
        assert!(
            newest == self.version,
            "the newest row of the register table has version {newest}, the table {}",
            self.version
        );
        assert!(
            !(self.is_end_announced && self.is_broadcast()),
            "a table that is broadcast was announced not to be"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(n: u16) -> ClientName {
        ClientName::new(&format!("c{n}")).unwrap()
    }

    fn address(port: u16) -> Address {
        Address::new(([127, 0, 0, 1], port).into())
    }

    fn set(table: &mut RegisterTable, n: u16, presence: Presence) -> Option<Announcement> {
        table.update(name(n), |row| row.presence = presence)
    }

    #[test]
    fn only_rows_that_changed_since_are_sent() {
        let mut table = RegisterTable::new(7);
        table.add(name(1), address(1));
        table.add(name(2), address(2));
        assert_eq!(set(&mut table, 2, Presence::Offline), None, "it is offline from the beginning");
        assert_eq!(set(&mut table, 1, Presence::Online), Some(Announcement::of(name(1))));
        let update = table.changes_after(2);
        let rows = vec![Row::new(name(1), address(1), Presence::Online)];
        assert_eq!(update, Update { epoch: 7, base: 2, version: 3, rows, last: true });
    }

    #[test]
    fn a_client_that_is_added_again_keeps_its_row() {
        let mut table = RegisterTable::new(7);
        table.add(name(1), address(1));
        assert!(set(&mut table, 1, Presence::Online).is_some());
        table.add(name(1), address(2));
        assert_eq!(table.row(name(1)), Some(Row::new(name(1), address(1), Presence::Online)));
        assert_eq!(table.version(), 2);
        assert_eq!(set(&mut table, 2, Presence::Online), None, "it is not registered");
    }

    #[test]
    fn a_newcomer_gets_pages_that_join_without_a_gap() {
        let mut table = RegisterTable::new(7);
        for n in 0..300 {
            table.add(name(n), address(n));
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
