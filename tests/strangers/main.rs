//! A chat in use while bytes arrive from strangers and from forged addresses.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod amplification;
mod chat;
#[path = "../support/foreign.rs"]
mod foreign;
mod names;
mod versions;

use std::time::Duration;

use chatapp::client::{Command, Notice};
use chatapp::protocol::{Address, Datagram, codec};
use chatsim::network::Delivery;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::chat::{Chat, SERVER, address, group, send};

const ALICE: u16 = 11;
const BOB: u16 = 12;
const STRANGER: u16 = 66;

fn conversation() -> Chat {
    let mut chat = Chat::new();
    chat.start(ALICE, "alice");
    chat.start(BOB, "bob");
    chat
}

/// The commands of the two, one after the other.
fn script() -> Vec<(u16, Command)> {
    let to_all = |body: &str| Command::SendAll(body.to_owned());
    vec![
        (ALICE, send("bob", "one")),
        (BOB, send("alice", &"long ".repeat(500))),
        (ALICE, Command::CreateGroup(group("g"))),
        (ALICE, Command::JoinGroup(group("g"))),
        (BOB, Command::JoinGroup(group("g"))),
        (BOB, to_all("two")),
        (ALICE, to_all(&"wide ".repeat(500))),
        (BOB, Command::ListMembers),
        (ALICE, Command::LeaveGroup),
        (BOB, Command::LeaveGroup),
        (BOB, send("alice", "three")),
    ]
}

/// A datagram that was not sent by the chat.
#[derive(Clone, Debug)]
struct Forgery {
    /// The command of the script before which it is sent, and the delay after that.
    step: Index,
    micros: u64,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    /// Any bytes, from and to any address.
    Garbage { from: u16, to: u16, bytes: Vec<u8> },
    /// The beginning of a genuine datagram, from any address.
    Beginning { original: Index, from: u16, len: Index },
    /// A genuine datagram once more.
    Repeated { original: Index },
    /// A genuine datagram from a stranger.
    Copied { original: Index },
    /// A genuine datagram with other bits, from any address.
    Flipped { original: Index, from: Option<u16>, flips: Vec<(Index, u8)> },
}

fn sender() -> impl Strategy<Value = u16> {
    prop_oneof![Just(STRANGER), Just(SERVER), Just(ALICE), Just(BOB)]
}

/// Datagrams that must not disturb the chat.
fn harmless() -> impl Strategy<Value = Content> {
    let receiver = prop_oneof![Just(SERVER), Just(ALICE), Just(BOB)];
    // Half of them begin like ours.
    let bytes = (any::<bool>(), vec(any::<u8>(), 0..80)).prop_map(|(ours, mut bytes)| {
        if ours {
            bytes.insert(0, codec::WIRE_VERSION);
        }
        bytes
    });
    prop_oneof![
        (sender(), receiver, bytes)
            .prop_map(|(from, to, bytes)| { Content::Garbage { from, to, bytes } }),
        (any::<Index>(), sender(), any::<Index>())
            .prop_map(|(original, from, len)| { Content::Beginning { original, from, len } }),
        any::<Index>().prop_map(|original| Content::Repeated { original }),
        any::<Index>().prop_map(|original| Content::Copied { original }),
    ]
}

/// Datagrams that only an attacker can make who reads and forges everything.
fn harmful() -> impl Strategy<Value = Content> {
    let flips = vec((any::<Index>(), 1..=u8::MAX), 0..3);
    (any::<Index>(), proptest::option::of(sender()), flips)
        .prop_map(|(original, from, flips)| Content::Flipped { original, from, flips })
}

fn forgeries(content: impl Strategy<Value = Content>) -> impl Strategy<Value = Vec<Forgery>> {
    let forgery = (any::<Index>(), 0..100_000_u64, content);
    vec(forgery.prop_map(|(step, micros, content)| Forgery { step, micros, content }), 1..60)
}

impl Content {
    fn delivery(&self, genuine: &[Delivery]) -> Delivery {
        match self {
            Self::Garbage { from, to, bytes } => {
                Delivery { from: address(*from), to: address(*to), bytes: bytes.clone(), number: 0 }
            }
            Self::Beginning { original, from, len } => {
                let mut delivery = original.get(genuine).clone();
                delivery.from = address(*from);
                delivery.bytes.truncate(len.index(delivery.bytes.len()));
                delivery
            }
            Self::Repeated { original } => original.get(genuine).clone(),
            Self::Copied { original } => {
                Delivery { from: address(STRANGER), ..original.get(genuine).clone() }
            }
            Self::Flipped { original, from, flips } => {
                let mut delivery = original.get(genuine).clone();
                delivery.from = from.map_or(delivery.from, address);
                for (at, bits) in flips {
                    let at = at.index(delivery.bytes.len());
                    delivery.bytes[at] ^= bits;
                }
                delivery
            }
        }
    }
}

/// Runs the script among forgeries.
fn play(chat: &mut Chat, forgeries: &[Forgery]) {
    let script = script();
    let steps = script.len();
    for (step, (port, command)) in script.into_iter().enumerate() {
        for forgery in forgeries.iter().filter(|forgery| forgery.step.index(steps) == step) {
            let delivery = forgery.content.delivery(&chat.sent);
            chat.forge(delivery, Duration::from_micros(forgery.micros));
        }
        chat.command(port, command);
    }
    chat.run_for(Duration::from_mins(1));
}

fn told(chat: &Chat) -> [Vec<Notice>; 2] {
    [ALICE, BOB].map(|port| chat.notices(port).to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 48,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn garbage_pieces_and_repetitions_disturb_nobody(forgeries in forgeries(harmless())) {
        let mut undisturbed = conversation();
        play(&mut undisturbed, &[]);
        let mut chat = conversation();
        play(&mut chat, &forgeries);
        prop_assert_eq!(told(&chat), told(&undisturbed));
        chat.assert_delivers((ALICE, "alice"), (BOB, "bob"), "still here");
        chat.assert_delivers((BOB, "bob"), (ALICE, "alice"), "me too");
    }

    /// Such forgeries can claim anything in the name of others, but no program may stop.
    #[test]
    fn after_forgeries_that_know_every_secret_people_meet_again(
        forgeries in forgeries(harmful()),
    ) {
        let mut chat = conversation();
        play(&mut chat, &forgeries);
        chat.come_back(ALICE, "alice");
        chat.come_back(BOB, "bob");
        chat.assert_delivers((ALICE, "alice"), (BOB, "bob"), "still here");
        chat.assert_delivers((BOB, "bob"), (ALICE, "alice"), "me too");
    }
}

fn hand_in(chat: &mut Chat, from: Address, to: u16, bytes: &[u8]) {
    let delivery = Delivery { from, to: address(to), bytes: bytes.to_vec(), number: 0 };
    chat.forge(delivery, Duration::ZERO);
    chat.run_for(Duration::from_millis(2));
}

#[test]
fn what_was_ignored_is_counted() {
    let mut chat = conversation();
    chat.assert_delivers((ALICE, "alice"), (BOB, "bob"), "hello");
    let to_server = chat.sent.iter().rfind(|it| it.to == address(SERVER)).unwrap().bytes.clone();
    let sent = chat.sent.len();
    for from in [STRANGER, ALICE] {
        for bytes in [&b""[..], b"garbage", &to_server[..to_server.len() - 1]] {
            for to in [SERVER, BOB] {
                hand_in(&mut chat, address(from), to, bytes);
            }
        }
    }
    assert_eq!(chat.sent.len(), sent, "garbage is not answered");
    assert_eq!(chat.server.stats().links.malformed, 6);
    assert_eq!(chat.clients[&BOB].counters().malformed, 6);
    assert_eq!(chat.server.stats().links.stray, 0);
    hand_in(&mut chat, address(STRANGER), SERVER, &to_server);
    assert_eq!(chat.server.stats().links.stray, 1);
    let [reset] = &chat.sent[sent..] else { panic!("it is answered once") };
    assert!(matches!(codec::decode_datagram(&reset.bytes).unwrap(), Datagram::Reset { .. }));
}

#[test]
fn a_message_copied_by_a_stranger_is_shown_once() {
    let mut chat = conversation();
    chat.assert_delivers((ALICE, "alice"), (BOB, "bob"), "once");
    let told_before = chat.notices(BOB).to_vec();
    let is_direct = |it: &&Delivery| it.from == address(ALICE) && it.to == address(BOB);
    let original = chat.sent.iter().find(is_direct).unwrap().bytes.clone();
    hand_in(&mut chat, address(STRANGER), BOB, &original);
    assert_eq!(chat.notices(BOB), told_before);
}
