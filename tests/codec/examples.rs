//! An example of every packet, with its kind and its bytes: the wire format cannot change unnoticed.
//!
//! A new packet needs an example of each of its variants here, and a checksum of the new version.

use std::net::SocketAddr;

use chatapp::protocol::{
    Address, Answer, Bound, ClientName, DirectText, Fate, GroupName, GroupText, Initiative,
    KeptText, NameStatus, Packet, Presence, Receipt, Recovery, Request, RequestId, Row,
    TableVersion, Text, Timestamp, Update,
};

/// The checksum of the bytes of all examples in each version of the wire format.
pub(crate) const CHECKSUMS: &[(u8, u32)] = &[(1, 0x18a6_cff2)];

/// A packet with its kind, and its bytes in hexadecimal digits.
pub(crate) struct Example {
    pub(crate) kind: &'static str,
    pub(crate) bytes: &'static str,
    pub(crate) packet: Packet,
}

/// Makes an example of every packet.
pub(crate) fn examples() -> impl Iterator<Item = Example> {
    requests().into_iter().chain(answers()).chain(others())
}

fn requests() -> Vec<Example> {
    vec![
        request("connect", "0001000263310000", connect(None, Initiative::Person)),
        request("connect", "00010002633101070301", connect(Some(version()), Initiative::Program)),
        request("dereg", "000101", Request::Dereg),
        request("leave", "000102", Request::Leave),
        request("create_group", "0001030167", Request::CreateGroup(group())),
        request("list_groups", "000104", Request::ListGroups),
        request("join_group", "0001050167", Request::JoinGroup(group())),
        request("list_members", "000106", Request::ListMembers),
        request("leave_group", "000107", Request::LeaveGroup),
        request(
            "send_all",
            "000108016705fd0140fac1089b05000368c3a9",
            Request::SendAll { group: group(), text: text() },
        ),
        request(
            "save",
            "00010902633205fd0140fac1089b05000368c3a9",
            Request::Save { to: client("c2"), text: text() },
        ),
        request("refresh", "00010a010703", Request::Refresh { known: Some(version()) }),
        request("withdraw", "00010b02633205", Request::Withdraw { to: client("c2"), number: 5 }),
    ]
}

fn answers() -> Vec<Example> {
    vec![
        answer(
            "010100070000",
            Answer::Registered { epoch: 7, status: NameStatus::New, group: None },
        ),
        answer(
            "0101000701010167",
            Answer::Registered { epoch: 7, status: NameStatus::Known, group: Some(group()) },
        ),
        answer("010101", Answer::NameInUse),
        answer("010102", Answer::Deregistered),
        answer("010103", Answer::GroupCreated),
        answer("010104", Answer::GroupExists),
        answer("0101050201670167", Answer::Groups(vec![group(), group()])),
        answer("010106", Answer::GroupJoined),
        answer("010107", Answer::NoSuchGroup),
        answer("0101080167", Answer::AlreadyMember(group())),
        answer("01010901026331", Answer::Members(vec![client("c1")])),
        answer("01010a", Answer::GroupLeft),
        answer("01010b", Answer::GroupMessageTaken),
        answer("01010c", Answer::NotMember),
        answer("01010d", Answer::Saved),
        answer(
            "01010e026331007f000001fb6f0b00",
            Answer::Exists(row("127.0.0.1:2927", Presence::Online)),
        ),
        answer(
            "01010e0263310120010db8000000000000000000000001fb6f0b01",
            Answer::Exists(row("[2001:db8::1]:2927", Presence::Offline)),
        ),
        answer("01010f", Answer::NoSuchUser),
        answer("010110", Answer::Refreshed),
        answer("01011100", Answer::Full(Bound::Clients)),
        answer("01011101", Answer::Full(Bound::Groups)),
        answer("01011102", Answer::Full(Bound::Members)),
        answer("01011103", Answer::Full(Bound::Mailbox)),
        answer("01011104", Answer::Full(Bound::Sender)),
        answer("01011105", Answer::Full(Bound::Store)),
        answer("010112", Answer::Withdrawn),
        answer("010113", Answer::NotKept),
        answer("010114", Answer::Kicked),
    ]
}

fn others() -> Vec<Example> {
    vec![
        example("update", "0207010201026331007f000001fb6f0b0001", Packet::Update(update())),
        example(
            "group",
            "03026331016705fd0140fac1089b05000368c3a9",
            Packet::Group(GroupText { from: client("c1"), group: group(), text: text() }),
        ),
        example("relay", "0402633105fd0140fac1089b05000368c3a9", Packet::Relay(direct())),
        example("probe", "05", Packet::Probe),
        example(
            "recover",
            "0601010102633101016705fd0140fac1089b05000368c3a901050602633200",
            Packet::Recover(recovery()),
        ),
        example("recovered", "07fb2c01", Packet::Recovered(300)),
        example("receipt", "08050602633200", Packet::Receipt(receipt())),
        example(
            "receipt",
            "08050602633201",
            Packet::Receipt(Receipt { fate: Fate::Expired, ..receipt() }),
        ),
        example(
            "receipt",
            "08050602633202",
            Packet::Receipt(Receipt { fate: Fate::Withdrawn, ..receipt() }),
        ),
        example(
            "send",
            "0902633202633105fd0140fac1089b05000368c3a9",
            Packet::Direct { to: client("c2"), message: direct() },
        ),
        example("update", "0a0703", Packet::TableTooLarge(version())),
        example("kick", "0b", Packet::Kicked),
        example("close", "0c", Packet::Closing),
    ]
}

fn example(kind: &'static str, bytes: &'static str, packet: Packet) -> Example {
    Example { kind, bytes, packet }
}

fn request(kind: &'static str, bytes: &'static str, request: Request) -> Example {
    example(kind, bytes, Packet::Request(RequestId(1), request))
}

fn answer(bytes: &'static str, answer: Answer) -> Example {
    example("answer", bytes, Packet::Answer(RequestId(1), answer))
}

fn connect(known: Option<TableVersion>, initiative: Initiative) -> Request {
    Request::Connect { name: client("c1"), known, initiative }
}

fn client(name: &str) -> ClientName {
    ClientName::new(name).unwrap()
}

fn group() -> GroupName {
    GroupName::new("g").unwrap()
}

fn version() -> TableVersion {
    TableVersion { epoch: 7, version: 3 }
}

fn text() -> Text {
    // The first microsecond of 2020: nine bytes, as all times of today.
    let at = 1_577_836_800_000_001;
    Text { number: 5, at: Timestamp::from_micros(at), body: "hé".to_owned() }
}

fn direct() -> DirectText {
    DirectText { from: client("c1"), text: text() }
}

fn update() -> Update {
    let rows = vec![row("127.0.0.1:2927", Presence::Online)];
    Update { epoch: 7, base: 1, version: 2, rows, last: true }
}

fn recovery() -> Recovery {
    let text = KeptText { from: client("c1"), group: Some(group()), text: text() };
    Recovery { page: 1, first: true, texts: vec![text], receipts: vec![receipt()] }
}

fn receipt() -> Receipt {
    Receipt { number: 5, at: Timestamp::from_micros(6), by: client("c2"), fate: Fate::Delivered }
}

fn row(address: &str, presence: Presence) -> Row {
    let socket: SocketAddr = address.parse().unwrap();
    Row { name: client("c1"), address: Address::new(socket), presence }
}
