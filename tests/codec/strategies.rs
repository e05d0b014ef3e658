//! Any packet and any datagram, for property tests.

use std::net::{IpAddr, SocketAddr};

use chatapp::protocol::{
    Acknowledgement, Address, Answer, Bound, ClientName, DirectText, Fate, GroupName, GroupText,
    Initiative, KeptText, Packet, Presence, Receipt, Recovery, Request, RequestId, Row, Session,
    Standing, TableVersion, Text, Timestamp, Update,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

const NAME: &str = "[A-Za-z0-9._-]{1,32}";

pub(crate) fn packet() -> impl Strategy<Value = Packet> {
    let id = || any::<u64>().prop_map(RequestId);
    prop_oneof![
        4 => (id(), request()).prop_map(|(id, request)| Packet::Request(id, request)),
        4 => (id(), answer()).prop_map(|(id, answer)| Packet::Answer(id, answer)),
        1 => update().prop_map(Packet::Update),
        1 => group_text().prop_map(Packet::Group),
        1 => direct_text().prop_map(Packet::Relay),
        1 => Just(Packet::Probe),
        1 => Just(Packet::Kicked),
        1 => Just(Packet::Closing),
        1 => recovery().prop_map(Packet::Recover),
        1 => any::<u64>().prop_map(Packet::Recovered),
        1 => receipt().prop_map(Packet::Receipt),
        1 => version().prop_map(Packet::Untold),
        1 => (client(), direct_text()).prop_map(|(to, message)| Packet::Direct { to, message }),
    ]
}

fn request() -> impl Strategy<Value = Request> {
    prop_oneof![
        (client(), option::of(version()), initiative())
            .prop_map(|(name, known, initiative)| Request::Connect { name, known, initiative }),
        Just(Request::Dereg),
        Just(Request::Leave),
        group().prop_map(Request::CreateGroup),
        Just(Request::ListGroups),
        group().prop_map(Request::JoinGroup),
        Just(Request::ListMembers),
        Just(Request::LeaveGroup),
        (group(), text()).prop_map(|(group, text)| Request::SendAll { group, text }),
        (client(), text()).prop_map(|(to, text)| Request::Save { to, text }),
        option::of(version()).prop_map(|known| Request::Refresh { known }),
        (client(), any::<u64>()).prop_map(|(to, number)| Request::Withdraw { to, number }),
    ]
}

fn initiative() -> impl Strategy<Value = Initiative> {
    prop_oneof![Just(Initiative::Person), Just(Initiative::Program)]
}

fn answer() -> impl Strategy<Value = Answer> {
    let bound = prop_oneof![
        Just(Bound::Clients),
        Just(Bound::Groups),
        Just(Bound::Members),
        Just(Bound::Mailbox)
    ];
    let plain = prop_oneof![
        Just(Answer::NameInUse),
        Just(Answer::Kicked),
        Just(Answer::Deregistered),
        Just(Answer::GroupCreated),
        Just(Answer::GroupExists),
        Just(Answer::GroupJoined),
        Just(Answer::NoSuchGroup),
        Just(Answer::GroupLeft),
        Just(Answer::GroupMessageTaken),
        Just(Answer::NotMember),
        Just(Answer::Saved),
        Just(Answer::NoSuchUser),
        Just(Answer::Refreshed),
        Just(Answer::Withdrawn),
        Just(Answer::NotKept),
    ];
    let standing = prop_oneof![Just(Standing::New), Just(Standing::Known)];
    prop_oneof![
        (any::<u64>(), standing, option::of(group()))
            .prop_map(|(epoch, standing, group)| Answer::Registered { epoch, standing, group }),
        vec(group(), 0..20).prop_map(Answer::Groups),
        vec(client(), 0..20).prop_map(Answer::Members),
        group().prop_map(Answer::AlreadyMember),
        row().prop_map(Answer::Exists),
        bound.prop_map(Answer::Full),
        plain,
    ]
}

fn update() -> impl Strategy<Value = Update> {
    (any::<u64>(), any::<u64>(), any::<u64>(), vec(row(), 0..20), any::<bool>())
        .prop_map(|(epoch, base, version, rows, last)| Update { epoch, base, version, rows, last })
}

fn recovery() -> impl Strategy<Value = Recovery> {
    let kept = (client(), option::of(group()), text()).prop_map(|(from, group, text)| KeptText {
        from,
        group,
        text,
    });
    (any::<u64>(), any::<bool>(), vec(kept, 0..10), vec(receipt(), 0..10))
        .prop_map(|(page, first, texts, receipts)| Recovery { page, first, texts, receipts })
}

fn client() -> impl Strategy<Value = ClientName> {
    NAME.prop_map(|name| ClientName::new(&name).unwrap())
}

fn group() -> impl Strategy<Value = GroupName> {
    NAME.prop_map(|name| GroupName::new(&name).unwrap())
}

fn version() -> impl Strategy<Value = TableVersion> {
    any::<(u64, u64)>().prop_map(|(epoch, version)| TableVersion { epoch, version })
}

fn time() -> impl Strategy<Value = Timestamp> {
    any::<u64>().prop_map(Timestamp::from_micros)
}

fn text() -> impl Strategy<Value = Text> {
    (any::<u64>(), time(), any::<String>()).prop_map(|(number, at, body)| Text { number, at, body })
}

fn direct_text() -> impl Strategy<Value = DirectText> {
    (client(), text()).prop_map(|(from, text)| DirectText { from, text })
}

fn group_text() -> impl Strategy<Value = GroupText> {
    (client(), group(), text()).prop_map(|(from, group, text)| GroupText { from, group, text })
}

fn receipt() -> impl Strategy<Value = Receipt> {
    let fate = prop_oneof![Just(Fate::Delivered), Just(Fate::Expired), Just(Fate::Withdrawn)];
    (any::<u64>(), time(), client(), fate).prop_map(|(number, at, by, fate)| Receipt {
        number,
        at,
        by,
        fate,
    })
}

fn row() -> impl Strategy<Value = Row> {
    let presence = prop_oneof![Just(Presence::Online), Just(Presence::Offline)];
    (client(), any::<IpAddr>(), any::<u16>(), presence).prop_map(|(name, ip, port, presence)| Row {
        name,
        address: Address::new(SocketAddr::new(ip, port)),
        presence,
    })
}

/// The parts of a datagram, which only borrows them.
#[derive(Clone, Debug)]
pub(crate) struct DatagramParts {
    pub(crate) source: Session,
    pub(crate) destination: Option<Session>,
    pub(crate) acknowledgement: Option<Acknowledgement>,
    pub(crate) segments: Vec<(u64, bool, Vec<u8>)>,
    pub(crate) padding: Vec<u8>,
}

pub(crate) fn datagram_parts() -> impl Strategy<Value = DatagramParts> {
    let bytes = || vec(any::<u8>(), 0..200);
    let acknowledgement =
        any::<(u64, u64)>().prop_map(|(next, early)| Acknowledgement { next, early });
    (
        session(),
        option::of(session()),
        option::of(acknowledgement),
        vec((any::<u64>(), any::<bool>(), bytes()), 0..5),
        bytes(),
    )
        .prop_map(|(source, destination, acknowledgement, segments, padding)| DatagramParts {
            source,
            destination,
            acknowledgement,
            segments,
            padding,
        })
}

pub(crate) fn session() -> impl Strategy<Value = Session> {
    (time(), any::<u32>()).prop_map(|(opened_at, token)| Session { opened_at, token })
}
