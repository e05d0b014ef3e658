//! Names and addresses that change hands while their holders are silent.

use std::time::Duration;

use chatapp::client::{Command, Notice};
use chatapp::protocol::{Datagram, codec};
use chatapp::server::Server;

use crate::chat::{Chat, group};

fn resets(chat: &Chat) -> usize {
    let sent = chat.sent.iter().map(|it| codec::decode_datagram(&it.bytes).unwrap());
    sent.filter(|datagram| matches!(datagram, Datagram::Reset { .. })).count()
}

#[test]
fn an_address_stays_with_its_new_holder_when_the_former_one_returns_elsewhere() {
    let mut chat = Chat::new();
    chat.start(11, "alice");
    chat.start(11, "bob");
    chat.start(12, "alice");
    chat.command(11, Command::CreateGroup(group("g")));
    assert_eq!(chat.notices(11).last(), Some(&Notice::GroupCreated(group("g"))));
    assert_eq!(resets(&chat), 0, "the server knows all the time who is there");
    chat.assert_delivers((12, "alice"), (11, "bob"), "hello");
}

#[test]
fn a_restarted_server_answers_what_it_was_asked_before_it_knew_who_asks() {
    let mut chat = Chat::new();
    chat.start(11, "alice");
    chat.server = Server::new(2, chat.now);
    chat.command(11, Command::ListGroups);
    let told = [Notice::TableUpdated, Notice::Groups(vec![])];
    assert_eq!(chat.notices(11).last_chunk(), Some(&told));
    assert_eq!(resets(&chat), 1);
}

#[test]
fn a_server_that_starts_once_more_at_the_same_time_has_another_table() {
    let mut chat = Chat::new();
    let start = chat.now;
    chat.start(11, "alice");
    chat.start(12, "bob");
    chat.kill(12);
    // Its clock was set back in the meantime.
    chat.server = Server::new(2, start);
    chat.command(11, Command::ListGroups);
    chat.start(13, "bob");
    assert_eq!(chat.clients[&11].holdings().table, chat.server.holdings().table);
}

#[test]
fn who_slept_while_the_name_was_taken_is_told_so_at_once() {
    let mut chat = Chat::new();
    chat.start(11, "alice");
    let mut sleeper = chat.clients.remove(&11).unwrap();
    sleeper.handle_command(Command::ListGroups, chat.now);
    chat.start(12, "alice");
    chat.run_for(Duration::from_secs(1));
    chat.clients.insert(11, sleeper);
    chat.sent.clear();
    chat.run_for(Duration::from_millis(100));
    assert_eq!(chat.notices(11).last(), Some(&Notice::AlreadyLoggedIn));
    assert!(!chat.clients.contains_key(&11), "its program has ended");
    // The request and its repetition are refused; the registration is answered, and that is all.
    assert_eq!((resets(&chat), chat.sent.len()), (2, 10));
}
