//! Advice about a chat that cannot go on.
//!
//! The reason is a value (`client::Failure`); the advice is written here, apart from the lines of
//! the screen: on standard error, or above the prompt. It comes after 1 s if the server's machine
//! reports that nothing listens at that port, otherwise after 2 s, while the client still tries.

use std::cell::Cell;
use std::fmt::Write as _;
use std::time::Duration;

use tokio::sync::oneshot;

use super::trouble::Trouble;
use crate::console::{Ending, Failure, other_version};
use crate::protocol::{Address, ClientName};
use driver::is_refused;

/// How long a server may be silent before the client checks whether a program listens there at all.
/// A user who starts both at once needs no advice.
const KNOCK_AFTER: Duration = Duration::from_secs(1);

/// How long a server may be silent before the advice is shown: before the last of the tries, which
/// end after 3 seconds.
const SILENCE_MAX: Duration = Duration::from_secs(2);

/// Which client wants to reach which server.
pub(super) struct Advice {
    name: ClientName,
    /// The host as it was written.
    host: String,
    address: Address,
    is_wanted: bool,
    is_given: Cell<bool>,
}

impl Advice {
    /// Advises a client of this name whose server was written as `host` and is at `address`.
    pub(super) fn new(name: ClientName, host: &str, address: Address) -> Self {
        Self { name, host: host.to_owned(), address, is_wanted: true, is_given: Cell::new(false) }
    }

    /// Shows no advice.
    pub(super) fn silent(self) -> Self {
        Self { is_wanted: false, ..self }
    }

    /// Runs a client; if the server does not answer, shows advice while it still tries. `answered`
    /// resolves with the first answer.
    ///
    /// # Errors
    ///
    /// The chat could not go on.
    pub(super) async fn over(
        &self,
        client: impl Future<Output = Result<Ending, crate::storage::StoreError>>,
        answered: oneshot::Receiver<()>,
        tell: impl FnOnce(&str),
    ) -> Result<(), Trouble> {
        let mut client = std::pin::pin!(client);
        let ended = tokio::select! {
            ended = &mut client => ended,
            () = self.give_in_time(answered, tell) => client.await,
        };
        ended?.map_err(|failure| self.explain(failure))
    }

    async fn give_in_time(&self, answered: oneshot::Receiver<()>, tell: impl FnOnce(&str)) {
        let found = tokio::select! {
            _ = answered => return,
            found = self.find_silence() => found,
        };
        if self.is_wanted {
            self.is_given.set(true);
            tell(&self.on_silence(found));
        }
    }

    async fn find_silence(&self) -> Silence {
        tokio::time::sleep(KNOCK_AFTER).await;
        tokio::select! {
            true = is_refused(self.address) => Silence::NobodyListens,
            () = tokio::time::sleep(SILENCE_MAX.saturating_sub(KNOCK_AFTER)) => Silence::NoAnswer,
        }
    }

    fn explain(&self, failure: Failure) -> Trouble {
        let is_told = self.is_given.get() || !self.is_wanted;
        Trouble::Chat(match failure {
            Failure::ServerSilent if is_told => None,
            Failure::ServerSilent => Some(self.on_silence(Silence::NoAnswer)),
            _ if !self.is_wanted => None,
            Failure::NameInUse => Some(format!(
                "chatapp: the name `{}` is in use at {}: end that client, or choose another name",
                self.name,
                self.server()
            )),
            Failure::OtherVersion(version) => {
                Some(format!("chatapp: {} {}", self.server(), other_version(version)))
            }
            Failure::ServerFull => Some(format!(
                "chatapp: {} has no room for another client: ask its operator, or try again later",
                self.server()
            )),
        })
    }

    fn on_silence(&self, found: Silence) -> String {
        let port = self.address.port();
        let server = self.server();
        let mut advice = match found {
            Silence::NobodyListens => format!("chatapp: no program listens at {server}; check"),
            Silence::NoAnswer => format!("chatapp: {server} does not answer; check"),
        };
        let mut check = |what: &str| write!(advice, "\n  - {what}").unwrap_or_default();
        check("that host and port are right");
        if self.address.ip().is_loopback() {
            check(&format!(
                "that the server runs: `chatapp server --port {port}` starts one on this machine"
            ));
        } else {
            check(&format!(
                "that the server runs there, and for other machines too: `chatapp server --port \
                 {port} --bind 0.0.0.0`"
            ));
            check(&format!("that no firewall blocks UDP port {port}"));
        }
        advice
    }

    fn server(&self) -> String {
        let (host, ip, port) = (&self.host, self.address.ip(), self.address.port());
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        if bare.contains(':') {
            format!("`[{bare}]:{port}`")
        } else if *host == ip.to_string() {
            format!("`{host}:{port}`")
        } else {
            format!("`{host}:{port}` ({ip})")
        }
    }
}

/// What is known about a server that does not answer.
#[derive(Clone, Copy)]
enum Silence {
    /// Its machine reports that.
    NobodyListens,
    NoAnswer,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advice(host: &str, address: &str) -> Advice {
        Advice {
            name: "c1".parse().unwrap(),
            host: host.to_owned(),
            address: Address::new(address.parse().unwrap()),
            is_wanted: true,
            is_given: Cell::new(false),
        }
    }

    #[test]
    fn a_server_elsewhere_may_be_behind_a_firewall_or_serve_its_own_machine_only() {
        assert_eq!(
            advice("chat.example", "192.0.2.1:2475").on_silence(Silence::NoAnswer),
            "chatapp: `chat.example:2475` (192.0.2.1) does not answer; check\n  \
             - that host and port are right\n  \
             - that the server runs there, and for other machines too: `chatapp server --port 2475 \
             --bind 0.0.0.0`\n  \
             - that no firewall blocks UDP port 2475"
        );
    }

    #[test]
    fn an_ipv6_address_stands_in_brackets() {
        for host in ["2001:db8::1", "[2001:db8::1]"] {
            let advice = advice(host, "[2001:db8::1]:2475");
            assert_eq!(advice.server(), "`[2001:db8::1]:2475`");
        }
        assert_eq!(advice("127.0.0.1", "127.0.0.1:2475").server(), "`127.0.0.1:2475`");
    }

    #[test]
    fn a_server_without_room_is_no_matter_of_the_network() {
        let Trouble::Chat(Some(text)) =
            advice("127.0.0.1", "127.0.0.1:2475").explain(Failure::ServerFull)
        else {
            panic!("not explained");
        };
        assert_eq!(
            text,
            "chatapp: `127.0.0.1:2475` has no room for another client: ask its operator, or try \
             again later"
        );
    }
}
