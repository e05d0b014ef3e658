//! The roles of the chat: one server, and clients.

use chatsim::scenario::ActorName;
use chatsim::{BadValue, GuestOption, Role};
use machine::Name;

use super::bounds::{BoundOption, OF_CLIENT, OF_SERVER};
use crate::protocol::ClientName;

/// The index of the server's role.
pub(super) const SERVER: usize = 0;

/// The index of the clients' role.
pub(super) const CLIENT: usize = 1;

/// The roles of the chat, with the ports of the documented cases.
pub(super) static ROLES: [Role; 2] = [
    Role::single("server", "server", 2475)
        .about("Where the server listens, and its bounds; without them the stage chooses.")
        .with_options(&SERVER_OPTIONS),
    Role::many("clients", "client", 2927)
        .about("Everybody who takes part besides the server.")
        .with_options(&CLIENT_OPTIONS),
];

static SERVER_OPTIONS: [GuestOption; OF_SERVER.len()] = keys(&OF_SERVER);

static CLIENT_OPTIONS: [GuestOption; OF_CLIENT.len() + 1] = {
    let [outbox, held] = keys(&OF_CLIENT);
    [LOGIN, outbox, held]
};

const fn keys<T, const N: usize>(table: &[BoundOption<T>; N]) -> [GuestOption; N] {
    let mut keys = [LOGIN; N];
    let mut index = 0;
    while index < N {
        keys[index] = table[index].option;
        index += 1;
    }
    keys
}

const LOGIN: GuestOption = GuestOption {
    key: "login",
    what: "the name under which the client registers",
    check: check_login,
    is_name: true,
};

fn check_login(text: &str) -> Result<(), BadValue> {
    let refused = |error| BadValue {
        problem: format!("no client can register as `{text}`: {error}"),
        help: None,
    };
    ClientName::new(text).map(|_| ()).map_err(refused)
}

/// Returns the name of the server in every scenario.
pub fn server() -> ActorName {
    let name = Name::new(ROLES[SERVER].key);
    ActorName::new(SERVER, name.unwrap_or_else(|_| unreachable!("the key is a name")))
}

/// Returns the actor of the client with this name.
pub fn client(name: ClientName) -> ActorName {
    ActorName::new(CLIENT, name.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_a_name() {
        assert_eq!(check_login("alice"), Ok(()));
        let refused = check_login("a b").unwrap_err().problem;
        assert!(refused.starts_with("no client can register as `a b`: a name has letters"));
    }
}
