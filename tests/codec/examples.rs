//! One packet of every kind, with its bytes: the wire format cannot change unnoticed, and no
//! variant can be added without a line here.

use std::net::SocketAddr;

use chatapp::protocol::{
    Address, Answer, Bound, ClientName, DirectText, Fate, GroupName, GroupText, Initiative,
    KeptText, Packet, Presence, Receipt, Recovery, Request, RequestId, Row, Standing, TableVersion,
    Text, Timestamp, Update,
};

/// A packet and its bytes in hexadecimal digits.
pub(crate) struct Example {
    pub(crate) packet: Packet,
    pub(crate) bytes: &'static str,
    /// Whether the packet is of the kind that its line says.
    pub(crate) is_as_said: bool,
}

/// Lists for every kind of packet its bytes, a pattern, and a packet that matches it.
macro_rules! examples {
    ($($bytes:literal: $pattern:pat => $packet:expr;)*) => {
        /// Makes one packet of every kind.
        pub(crate) fn examples() -> Vec<Example> {
            vec![$({
                let packet = $packet;
                let is_as_said = matches!(packet, $pattern);
                Example { packet, bytes: $bytes, is_as_said }
            }),*]
        }

        /// Compiles only if the patterns cover every kind of packet.
        #[expect(dead_code, reason = "its compilation is the test")]
        fn every_kind_has_an_example(packet: &Packet) {
            match packet {
                $($pattern => {})*
            }
        }
    };
}

examples! {
    "0001000263310000":
        Packet::Request(_, Request::Connect { initiative: Initiative::Person, .. }) =>
        request(connect(None, Initiative::Person));
    "00010002633101070301":
        Packet::Request(_, Request::Connect { initiative: Initiative::Program, .. }) =>
        request(connect(Some(version()), Initiative::Program));
    "000101": Packet::Request(_, Request::Dereg) => request(Request::Dereg);
    "000102": Packet::Request(_, Request::Leave) => request(Request::Leave);
    "0001030167": Packet::Request(_, Request::CreateGroup(_)) =>
        request(Request::CreateGroup(group()));
    "000104": Packet::Request(_, Request::ListGroups) => request(Request::ListGroups);
    "0001050167": Packet::Request(_, Request::JoinGroup(_)) => request(Request::JoinGroup(group()));
    "000106": Packet::Request(_, Request::ListMembers) => request(Request::ListMembers);
    "000107": Packet::Request(_, Request::LeaveGroup) => request(Request::LeaveGroup);
    "000108016705fd0140fac1089b05000368c3a9": Packet::Request(_, Request::SendAll { .. }) =>
        request(Request::SendAll { group: group(), text: text() });
    "00010902633205fd0140fac1089b05000368c3a9": Packet::Request(_, Request::Save { .. }) =>
        request(Request::Save { to: client("c2"), text: text() });
    "00010a010703": Packet::Request(_, Request::Refresh { .. }) =>
        request(Request::Refresh { known: Some(version()) });
    "00010b02633205": Packet::Request(_, Request::Withdraw { .. }) =>
        request(Request::Withdraw { to: client("c2"), number: 5 });
    "010100070000": Packet::Answer(_, Answer::Registered { standing: Standing::New, .. }) =>
        answer(Answer::Registered { epoch: 7, standing: Standing::New, group: None });
    "0101000701010167": Packet::Answer(_, Answer::Registered { standing: Standing::Known, .. }) =>
        answer(Answer::Registered { epoch: 7, standing: Standing::Known, group: Some(group()) });
    "010101": Packet::Answer(_, Answer::NameInUse) => answer(Answer::NameInUse);
    "010102": Packet::Answer(_, Answer::Deregistered) => answer(Answer::Deregistered);
    "010103": Packet::Answer(_, Answer::GroupCreated) => answer(Answer::GroupCreated);
    "010104": Packet::Answer(_, Answer::GroupExists) => answer(Answer::GroupExists);
    "0101050201670167": Packet::Answer(_, Answer::Groups(_)) =>
        answer(Answer::Groups(vec![group(), group()]));
    "010106": Packet::Answer(_, Answer::GroupJoined) => answer(Answer::GroupJoined);
    "010107": Packet::Answer(_, Answer::NoSuchGroup) => answer(Answer::NoSuchGroup);
    "0101080167": Packet::Answer(_, Answer::AlreadyMember(_)) =>
        answer(Answer::AlreadyMember(group()));
    "01010901026331": Packet::Answer(_, Answer::Members(_)) =>
        answer(Answer::Members(vec![client("c1")]));
    "01010a": Packet::Answer(_, Answer::GroupLeft) => answer(Answer::GroupLeft);
    "01010b": Packet::Answer(_, Answer::GroupMessageTaken) => answer(Answer::GroupMessageTaken);
    "01010c": Packet::Answer(_, Answer::NotMember) => answer(Answer::NotMember);
    "01010d": Packet::Answer(_, Answer::Saved) => answer(Answer::Saved);
    "01010e026331007f000001fb6f0b00":
        Packet::Answer(_, Answer::Exists(Row { presence: Presence::Online, .. })) =>
        answer(Answer::Exists(row("127.0.0.1:2927", Presence::Online)));
    "01010e0263310120010db8000000000000000000000001fb6f0b01":
        Packet::Answer(_, Answer::Exists(Row { presence: Presence::Offline, .. })) =>
        answer(Answer::Exists(row("[2001:db8::1]:2927", Presence::Offline)));
    "01010f": Packet::Answer(_, Answer::NoSuchUser) => answer(Answer::NoSuchUser);
    "010110": Packet::Answer(_, Answer::Refreshed) => answer(Answer::Refreshed);
    "01011100": Packet::Answer(_, Answer::Full(Bound::Clients)) =>
        answer(Answer::Full(Bound::Clients));
    "01011101": Packet::Answer(_, Answer::Full(Bound::Groups)) =>
        answer(Answer::Full(Bound::Groups));
    "01011102": Packet::Answer(_, Answer::Full(Bound::Members)) =>
        answer(Answer::Full(Bound::Members));
    "01011103": Packet::Answer(_, Answer::Full(Bound::Mailbox)) =>
        answer(Answer::Full(Bound::Mailbox));
    "01011104": Packet::Answer(_, Answer::Full(Bound::Sender)) =>
        answer(Answer::Full(Bound::Sender));
    "01011105": Packet::Answer(_, Answer::Full(Bound::Store)) =>
        answer(Answer::Full(Bound::Store));
    "010112": Packet::Answer(_, Answer::Withdrawn) => answer(Answer::Withdrawn);
    "010113": Packet::Answer(_, Answer::NotKept) => answer(Answer::NotKept);
    "010114": Packet::Answer(_, Answer::Kicked) => answer(Answer::Kicked);
    "0b": Packet::Kicked => Packet::Kicked;
    "0c": Packet::Closing => Packet::Closing;
    "0a0703": Packet::Untold(_) => Packet::Untold(version());
    "0207010201026331007f000001fb6f0b0001": Packet::Update(_) => Packet::Update(Update {
        epoch: 7,
        base: 1,
        version: 2,
        rows: vec![row("127.0.0.1:2927", Presence::Online)],
        last: true,
    });
    "03026331016705fd0140fac1089b05000368c3a9": Packet::Group(_) =>
        Packet::Group(GroupText { from: client("c1"), group: group(), text: text() });
    "0402633105fd0140fac1089b05000368c3a9": Packet::Relay(_) =>
        Packet::Relay(DirectText { from: client("c1"), text: text() });
    "05": Packet::Probe => Packet::Probe;
    "0601010102633101016705fd0140fac1089b05000368c3a901050602633200": Packet::Recover(_) => {
        let text = KeptText { from: client("c1"), group: Some(group()), text: text() };
        Packet::Recover(Recovery {
            page: 1,
            first: true,
            texts: vec![text],
            receipts: vec![receipt()],
        })
    };
    "07fb2c01": Packet::Recovered(_) => Packet::Recovered(300);
    "08050602633200": Packet::Receipt(Receipt { fate: Fate::Delivered, .. }) =>
        Packet::Receipt(receipt());
    "08050602633201": Packet::Receipt(Receipt { fate: Fate::Expired, .. }) =>
        Packet::Receipt(Receipt { fate: Fate::Expired, ..receipt() });
    "08050602633202": Packet::Receipt(Receipt { fate: Fate::Withdrawn, .. }) =>
        Packet::Receipt(Receipt { fate: Fate::Withdrawn, ..receipt() });
    "0902633202633105fd0140fac1089b05000368c3a9": Packet::Direct { .. } =>
        Packet::Direct { to: client("c2"), message: DirectText { from: client("c1"), text: text() } };
}

fn request(request: Request) -> Packet {
    Packet::Request(RequestId(1), request)
}

fn connect(known: Option<TableVersion>, initiative: Initiative) -> Request {
    Request::Connect { name: client("c1"), known, initiative }
}

fn answer(answer: Answer) -> Packet {
    Packet::Answer(RequestId(1), answer)
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

fn receipt() -> Receipt {
    Receipt { number: 5, at: Timestamp::from_micros(6), by: client("c2"), fate: Fate::Delivered }
}

fn row(address: &str, presence: Presence) -> Row {
    let socket: SocketAddr = address.parse().unwrap();
    Row { name: client("c1"), address: Address::new(socket), presence }
}
