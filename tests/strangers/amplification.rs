//! A server cannot be used for amplification: a forged address gets no more bytes than were sent
//! from it.

use std::collections::BTreeMap;
use std::time::Duration;

use chatapp::client::Command;
use chatapp::protocol::{
    Datagram, Initiative, LinkDatagram, Packet, Request, RequestId, Segment, Session, Text,
    Timestamp, codec,
};
use chatsim::network::Delivery;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::chat::{Chat, SERVER, address, group, name, send};

const VICTIM: u16 = 66;

/// A server with much to send: to a client that is online, a silent one, and an offline one with
/// stored messages.
fn busy_server() -> Chat {
    let mut chat = Chat::new();
    for (port, name) in [(11, "alive"), (12, "silent"), (13, "away")] {
        chat.start(port, name);
    }
    for n in 0..20 {
        chat.command(11, Command::CreateGroup(group(&format!("group-number-{n}"))));
    }
    chat.command(13, Command::Dereg { name: Some(name("away")) });
    chat.kill(13);
    for _ in 0..20 {
        chat.command(11, send("away", &"kept ".repeat(50)));
    }
    chat.kill(12);
    chat.sent.clear();
    chat
}

/// The packets of one forged datagram.
fn packets() -> impl Strategy<Value = Vec<Packet>> {
    let connect =
        prop::sample::select(vec!["alive", "silent", "away", "new", "newer"]).prop_map(|client| {
            Request::Connect { name: name(client), known: None, initiative: Initiative::Person }
        });
    let text = Text { number: 1, at: Timestamp::default(), body: "x".repeat(100) };
    let other = prop::sample::select(vec![
        Request::ListGroups,
        Request::JoinGroup(group("group-number-1")),
        Request::ListMembers,
        Request::Dereg,
        Request::Leave,
        Request::Refresh { known: None },
        Request::SendAll { group: group("group-number-1"), text: text.clone() },
        Request::Save { to: name("alive"), text: text.clone() },
        Request::Save { to: name("away"), text },
    ]);
    let request = prop_oneof![connect, other];
    let packet = prop_oneof![
        6 => (any::<u64>(), request).prop_map(|(id, request)| Packet::Request(RequestId(id), request)),
        1 => Just(Packet::Probe),
        1 => (0..3_u64).prop_map(Packet::Recovered),
    ];
    vec(packet, 0..4)
}

#[derive(Clone, Debug)]
struct Forged {
    millis: u64,
    session: u32,
    packets: Vec<Packet>,
    padding: usize,
}

fn forged() -> impl Strategy<Value = Forged> {
    let millis = prop_oneof![0..20_u64, 0..3_000_u64];
    let padding = prop_oneof![Just(0), 0..500_usize];
    (millis, 0..2_u32, packets(), padding).prop_map(|(millis, session, packets, padding)| Forged {
        millis,
        session,
        packets,
        padding,
    })
}

/// Encodes a forged datagram; its segments continue those of the session.
fn encode(forged: &Forged, segments: &mut BTreeMap<u32, u64>) -> Vec<u8> {
    let packets: Vec<_> = forged.packets.iter().map(codec::encode_packet).collect();
    let number = segments.entry(forged.session).or_insert(1);
    let first = *number;
    *number += packets.len() as u64;
    let numbered = (first..).zip(&packets);
    let opened_at = Timestamp::from_micros(2_000_000_000 + u64::from(forged.session));
    let datagram = Datagram::Link(LinkDatagram {
        source: Session { opened_at, token: 7 },
        destination: None,
        acknowledgement: None,
        segments: numbered.map(|(number, bytes)| Segment { number, last: true, bytes }).collect(),
        padding: &vec![0; forged.padding],
    });
    codec::encode_datagram(&datagram, 0)
}

fn bytes_to_victim(chat: &Chat) -> usize {
    let sent = chat.sent.iter().filter(|delivery| delivery.to == address(VICTIM));
    sent.map(|delivery| delivery.bytes.len()).sum()
}

/// Passes forged datagrams to the server and counts what the victim gets for them.
fn attack(chat: &mut Chat, datagrams: &[Forged]) -> Result<(), TestCaseError> {
    let mut received = 0;
    let mut segments = BTreeMap::new();
    for forged in datagrams {
        let bytes = encode(forged, &mut segments);
        received += bytes.len();
        let delivery = Delivery { from: address(VICTIM), to: address(SERVER), bytes, number: 0 };
        chat.forge(delivery, Duration::ZERO);
        chat.run_for(Duration::from_millis(forged.millis + 1));
        prop_assert!(bytes_to_victim(chat) <= received);
    }
    chat.run_for(Duration::from_mins(1));
    let sent = bytes_to_victim(chat);
    prop_assert!(sent <= received, "{sent} bytes for {received}");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 48,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_forged_address_gets_no_more_bytes_than_it_seems_to_have_sent(
        datagrams in vec(forged(), 1..8),
    ) {
        let mut chat = busy_server();
        attack(&mut chat, &datagrams)?;
        // No name is lost for good either.
        chat.come_back(12, "silent");
        chat.come_back(13, "away");
        chat.assert_delivers((12, "silent"), (13, "away"), "hello");
        chat.assert_delivers((13, "away"), (11, "alive"), "hello");
    }
}

#[test]
fn a_refused_newcomer_is_not_spoken_to_when_its_name_becomes_free() {
    let mut chat = busy_server();
    let connect =
        Request::Connect { name: name("silent"), known: None, initiative: Initiative::Person };
    let forged = |packet| Forged { millis: 0, session: 0, packets: vec![packet], padding: 0 };
    // The server asks the name's holder; in the meantime the newcomer is refused for another
    // reason.
    let datagrams = [forged(Packet::Request(RequestId(1), connect)), forged(Packet::Probe)];
    attack(&mut chat, &datagrams).unwrap();
}

#[test]
fn who_is_refused_and_registers_in_one_breath_leaves_no_ghost() {
    let mut chat = busy_server();
    let connect =
        Request::Connect { name: name("ghost"), known: None, initiative: Initiative::Person };
    let connect = Packet::Request(RequestId(1), connect);
    let forged = |session, packets| Forged { millis: 5_000, session, packets, padding: 0 };
    let datagrams = [forged(0, vec![connect.clone()]), forged(1, vec![Packet::Probe, connect])];
    attack(&mut chat, &datagrams).unwrap();
    chat.come_back(14, "ghost");
    chat.assert_delivers((14, "ghost"), (11, "alive"), "hello");
}
