//! A client and a server with different versions: each learns of it, once.

use std::time::Duration;

use chatapp::client::{Command, Notice};
use chatapp::protocol::codec::WIRE_VERSION;
use chatapp::protocol::packet_kinds;
use chatapp::server::Report;

use crate::chat::{Chat, SERVER, address};
use crate::{ALICE, BOB};

const NEWER: u8 = WIRE_VERSION + 1;
const OLDER: u8 = WIRE_VERSION - 1;

fn other_version(server: u8) -> Notice {
    Notice::OtherVersion { server }
}

/// Bytes that went from one port to another.
fn bytes(chat: &Chat, from: u16, to: u16) -> usize {
    let sent = chat.sent.iter().filter(|it| (it.from, it.to) == (address(from), address(to)));
    sent.map(|it| it.bytes.len()).sum()
}

fn notices_sent(chat: &Chat) -> usize {
    let kinds = chat.sent.iter().map(|it| packet_kinds(&it.bytes));
    kinds.filter(|kinds| kinds == &["version"]).count()
}

#[test]
fn a_client_that_cannot_register_says_why_at_once() {
    for server in [NEWER, OLDER] {
        let mut chat = Chat::new();
        chat.speak_as(server);
        chat.start(ALICE, "alice");
        assert_eq!(chat.notices(ALICE), [other_version(server), Notice::Exiting]);
        assert!(chat.clients.is_empty(), "it has ended");
        assert!(bytes(&chat, SERVER, ALICE) < bytes(&chat, ALICE, SERVER));
        let links = chat.server.stats().links;
        assert_eq!((links.other_version, links.malformed, links.stray), (1, 0, 0));
        assert_eq!(chat.server.stats().clients, 0);
    }
}

#[test]
fn a_client_is_reported_once() {
    let mut chat = Chat::new();
    chat.speak_as(NEWER);
    for _ in 0..3 {
        chat.start(ALICE, "alice");
        chat.run_for(Duration::from_secs(1));
    }
    chat.start(BOB, "bob");
    let report = |port| Report::OtherVersion { address: address(port), version: NEWER };
    assert_eq!(chat.reports, [report(ALICE), report(BOB)]);
}

#[test]
fn a_command_fails_when_the_server_was_replaced_and_everything_goes_on_when_it_is_back() {
    for server in [NEWER, OLDER] {
        let mut chat = Chat::new();
        chat.start(ALICE, "alice");
        chat.start(BOB, "bob");
        let told = chat.notices(ALICE).len();
        chat.speak_as(server);
        chat.command(ALICE, Command::ListGroups);
        assert_eq!(chat.notices(ALICE)[told..], [other_version(server)]);
        // The server answers once per second.
        chat.run_for(Duration::from_secs(1));
        chat.command(ALICE, Command::ListGroups);
        let silent = Notice::ServerSilent;
        assert_eq!(chat.notices(ALICE)[told..], [other_version(server), silent], "said once");
        chat.speak_as(WIRE_VERSION);
        chat.run_for(Duration::from_mins(2));
        chat.assert_delivers((ALICE, "alice"), (BOB, "bob"), "hello");
        chat.assert_delivers((BOB, "bob"), (ALICE, "alice"), "hello");
    }
}

#[test]
fn a_client_that_asks_nothing_learns_of_it_once_and_asks_seldom() {
    let mut chat = Chat::new();
    chat.start(ALICE, "alice");
    let told = chat.notices(ALICE).len();
    chat.speak_as(NEWER);
    chat.run_for(Duration::from_mins(30));
    assert_eq!(chat.notices(ALICE)[told..], [other_version(NEWER)]);
    let sent = notices_sent(&chat);
    assert!(sent <= 40, "{sent} notices within half an hour");
}
