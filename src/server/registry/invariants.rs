//! Invariants of the registry between two inputs.

use super::{Registration, Registry, Status};
use crate::protocol::{ClientName, Presence};

impl Registry {
    /// Panics unless its indexes agree. Otherwise a request would be attributed to another client,
    /// the end of a client would not be noticed, or the tables of clients would stay different from
    /// this one.
    pub(in crate::server) fn assert_invariants(&self) {
        self.table.assert_invariants();
        assert!(
            self.rows().map(|row| row.name).eq(self.clients.keys().copied()),
            "each client has a row of the register table"
        );
        for (address, name) in &self.by_address {
            assert_eq!(self.address_of(*name), Some(*address), "{name} is reached where it is");
        }
        for name in &self.kicked {
            assert!(self.contains(*name), "{name} was kicked and is not registered");
            assert!(!self.is_present(*name), "{name} was kicked and is there");
        }
        assert!(
            self.present().next().is_none() || self.silence.check_at().is_some(),
            "there are present clients, but no check for silent ones is planned"
        );
        for (name, registration) in &self.clients {
            self.assert_status(*name, registration);
        }
    }

    fn assert_status(&self, name: ClientName, registration: &Registration) {
        let row = self.table.row(name);
        let is_row_online = row.is_some_and(|row| row.presence == Presence::Online);
        match &registration.status {
            Status::Away { .. } => {
                assert!(!is_row_online, "{name} is away and online for the others");
            }
            Status::Returning { page, .. } => {
                let page = page.as_ref();
                let Some(page) = page else { panic!("{name} is returning and fetches nothing") };
                assert!(
                    !(page.has_letters() && is_row_online),
                    "{name} is online for the others before it has what was kept for it"
                );
            }
            Status::Online { copy } => {
                let shown = row.map(|row| (row.address, row.presence));
                let actual = (registration.address, Presence::Online);
                assert_eq!(shown, Some(actual), "the row of {name}");
                // A client that has registered again was told before that the table is too large.
                let is_due = self.table.is_broadcast() && copy.lacks(self.table.version());
                assert!(
                    !is_due || self.is_broadcast_planned(),
                    "{name} lacks rows that will not be sent"
                );
            }
        }
        if let Some(copy) = registration.status.copy() {
            copy.assert_invariants();
            assert!(
                self.is_at(name, registration.address),
                "{name} is there and cannot be reached at {}",
                registration.address
            );
        }
    }
}
