//! Invariants between the server's components between two inputs.

use std::collections::BTreeSet;

use super::super::links::{Awaited, Posting};
use super::super::registry::Status;
use super::Server;
use crate::protocol::ClientName;

impl Server {
    /// Checks what has to hold between two inputs. For tests and debug builds, after
    /// [`start`](Self::start): it reads everything that the server holds.
    ///
    /// Each component checks itself:
    ///
    /// - the registry: a client is reached where it registered, its row shows whether it is online,
    ///   and is or will be sent to every client;
    /// - the groups: members and memberships agree;
    /// - the mail: what is kept is found by its number, counted, and will expire;
    /// - the links: what is awaited of a client may still come, and every timer is planned;
    /// - the outputs: an open gate holds nothing back.
    ///
    /// Between them these hold:
    ///
    /// - A message or a receipt that is being sent on its own is in exactly one packet, which waits
    ///   for storage or for its acknowledgement. Otherwise it would be forgotten until its receiver
    ///   returns, or be sent twice.
    /// - What is in a page for a client is not being sent on its own as well.
    /// - A present client has registered on the current link to its address. Otherwise another
    ///   client would get what is for it, and its end would not be noticed.
    /// - A page of the register table that counts as under way is. Otherwise its client would get
    ///   no more of them.
    /// - The members of groups and the receivers of mail are registered.
    ///
    /// # Panics
    ///
    /// If one of these does not hold, which is a bug.
    pub fn assert_invariants(&self) {
        self.registry.assert_invariants();
        self.groups.assert_invariants();
        self.mail.assert_invariants();
        self.links.assert_invariants();
        self.outputs.assert_invariants();
        self.assert_each_is_sent_once();
        self.assert_sessions();
        for (member, group) in self.groups.memberships() {
            assert!(self.registry.contains(member), "{member} of {group} is registered");
        }
        for (to, id) in self.mail.ids() {
            assert!(self.registry.contains(to), "{to} is registered, for whom {id} is kept");
        }
    }

    /// Returns what is awaited of clients, whether the packet is sent or waits for storage.
    fn all_awaited(&self) -> impl Iterator<Item = &Awaited> {
        let held = self.outputs.held_postings().filter_map(Posting::awaited);
        self.links.awaited().map(|(_, awaited)| awaited).chain(held)
    }

    fn assert_each_is_sent_once(&self) {
        let (mut letters, mut receipts) = (Vec::new(), Vec::new());
        for awaited in self.all_awaited() {
            let is_current = |(name, session)| self.registry.session_of(name) == session;
            if !awaited.session().is_some_and(is_current) {
                continue;
            }
            match awaited {
                Awaited::Group { member, number, .. } => letters.push((*member, *number)),
                Awaited::Receipt { to, number, .. } => receipts.push((*to, *number)),
                Awaited::Holder { .. }
                | Awaited::Relay { .. }
                | Awaited::Update { .. }
                | Awaited::Farewell => {}
            }
        }
        letters.sort_unstable();
        receipts.sort_unstable();
        let under_way: Vec<_> = self.mail.under_way().collect();
        assert_eq!(letters, under_way, "each message that is under way is in one packet");
        let under_way: Vec<_> = self.mail.receipts_under_way().collect();
        assert_eq!(receipts, under_way, "each receipt that is under way is in one packet");
    }

    fn assert_sessions(&self) {
        let letters: BTreeSet<_> = self.mail.under_way().collect();
        let receipts: BTreeSet<_> = self.mail.receipts_under_way().collect();
        for (name, link, status) in self.registry.sessions() {
            let address = self.registry.address_of(name);
            let current = address.and_then(|address| self.links.link(address));
            assert_eq!(link, current, "the link of {name} is the current one to its address");
            if let Status::Returning { page: Some(page), .. } = status {
                let is_sent = page.letters().iter().any(|it| letters.contains(&(name, *it)))
                    || page.receipts().iter().any(|it| receipts.contains(&(name, *it)));
                assert!(!is_sent, "what {name} fetches in a page is not sent on its own");
            }
            let pages = status.copy().map_or(0, |copy| copy.pages_under_way());
            assert!(
                pages as usize <= self.pages_awaited(name),
                "{pages} pages of the register table are under way to {name}"
            );
        }
    }

    fn pages_awaited(&self, name: ClientName) -> usize {
        let is_page = |it: &&Awaited| matches!(it, Awaited::Update { to } if *to == name);
        self.all_awaited().filter(is_page).count()
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::request::Connect;
    use super::*;
    use crate::protocol::{Address, Initiative, KeptText, RequestId, Text, Timestamp};
    use crate::records::ServerRecord;

    fn name(text: &str) -> ClientName {
        ClientName::new(text).unwrap()
    }

    /// A server at which `a` is registered, with a message for it under number 1.
    fn server() -> Server {
        let mut server = Server::new(1, Timestamp::default());
        let address = Address::new(([127, 0, 0, 1], 1).into());
        server.restore(&ServerRecord::Client { name: name("a"), address });
        let text = Text { number: 7, at: Timestamp::default(), body: "hi".to_owned() };
        let text = KeptText { from: name("b"), group: None, text };
        let kept_at = Timestamp::default();
        server.restore(&ServerRecord::Mail { to: name("a"), number: 1, kept_at, text });
        server.start(Timestamp::default());
        server.assert_invariants();
        server
    }

    #[test]
    #[should_panic(expected = "each message that is under way is in one packet")]
    fn a_message_under_way_that_is_in_no_packet_is_found() {
        let mut server = server();
        server.mail.send(name("a"), 1);
        server.assert_invariants();
    }

    #[test]
    #[should_panic(expected = "b is registered, for whom c/7 is kept")]
    fn a_message_for_a_stranger_is_found() {
        let mut server = server();
        let text = Text { number: 7, at: Timestamp::default(), body: "hi".to_owned() };
        let text = KeptText { from: name("c"), group: None, text };
        server.mail.restore(name("b"), 2, server.now, &text);
        server.assert_invariants();
    }

    #[test]
    #[should_panic(expected = "a lacks rows that will not be sent")]
    fn rows_that_are_never_sent_are_found() {
        let mut server = server();
        let connect = Connect {
            name: name("a"),
            address: Address::new(([127, 0, 0, 1], 1).into()),
            request: RequestId(1),
            known: None,
            initiative: Initiative::Person,
        };
        server.registry.bind(name("a"));
        server.registry.begin_session(&connect, None, None);
        let _not_announced = server.registry.go_online(name("a"), server.now);
        server.assert_invariants();
    }
}
