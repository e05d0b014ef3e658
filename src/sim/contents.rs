//! Descriptions of datagrams.

use crate::protocol::codec::{decode_datagram, decode_packet};
use crate::protocol::{
    Acknowledgement, Answer, Datagram, Fate, Initiative, KeptText, LinkDatagram, NameStatus,
    Packet, Presence, Receipt, Recovery, Request, Row, Segment, Session, TableVersion, Text,
    Update, VersionNotice,
};

/// The maximum length of a text, in characters.
const TEXT_LEN_MAX: usize = 60;

/// Cuts a text to a number of characters on one line, and escapes it.
fn cut(text: &str, chars_max: usize) -> String {
    let mut chars = text.chars().flat_map(|c| {
        let (escaped, plain) =
            if c.is_control() { (Some(c.escape_default()), None) } else { (None, Some(c)) };
        escaped.into_iter().flatten().chain(plain)
    });
    let mut cut: String = chars.by_ref().take(chars_max).collect();
    if chars.next().is_some() {
        cut.push('…');
    }
    cut
}

/// Describes a datagram, a line for each part.
pub(super) fn contents(bytes: &[u8]) -> Vec<String> {
    match decode_datagram(bytes) {
        Err(error) => match VersionNotice::decode(bytes) {
            Some(notice) => vec![format!("the sender speaks version {}", notice.version())],
            None => vec![format!("not a datagram of this chat: {error}")],
        },
        Ok(Datagram::Reset { session, .. }) => {
            vec![format!("no link to session {} is known", id(session))]
        }
        Ok(Datagram::Link(link)) => of_link(&link),
    }
}

fn of_link(link: &LinkDatagram<'_>) -> Vec<String> {
    let mut lines: Vec<_> = link.segments.iter().map(of_segment).collect();
    lines.extend(link.acknowledgement.map(of_acknowledgement));
    let destination = link.destination.map_or_else(|| "?".to_owned(), id);
    lines.push(format!("session {} to {destination}", id(link.source)));
    if !link.padding.is_empty() {
        lines.push(format!("padding: {} bytes", link.padding.len()));
    }
    lines
}

/// The token distinguishes sessions well enough for a reader.
fn id(session: Session) -> String {
    format!("{:08x}", session.token)
}

fn of_acknowledgement(Acknowledgement { next, early }: Acknowledgement) -> String {
    let early: Vec<_> = (0..64)
        .filter(|bit| early >> bit & 1 == 1)
        .map(|bit| next.saturating_add(1 + bit).to_string())
        .collect();
    let early =
        if early.is_empty() { String::new() } else { format!(", and {}", early.join(", ")) };
    format!("has all segments before {next}{early}")
}

fn of_segment(segment: &Segment<'_>) -> String {
    let Segment { number, last, bytes } = segment;
    let packet = decode_packet(bytes).ok().filter(|_| *last);
    let packet = packet.map_or_else(
        || format!("a part of a longer packet ({} bytes)", bytes.len()),
        |packet| of_packet(&packet),
    );
    format!("segment {number}: {packet}")
}

fn of_packet(packet: &Packet) -> String {
    match packet {
        Packet::Request(id, request) => format!("request {}: {}", id.0, of_request(request)),
        Packet::Answer(id, answer) => format!("answer to {}: {}", id.0, of_answer(answer)),
        Packet::Update(update) => of_update(update),
        Packet::Group(message) => {
            format!("{} in group {} from {}", of_text(&message.text), message.group, message.from)
        }
        Packet::Relay(message) => {
            format!("{} from {}, by way of the server", of_text(&message.text), message.from)
        }
        Packet::Probe => "are you there?".to_owned(),
        Packet::Recover(recovery) => of_recovery(recovery),
        Packet::Recovered(page) => format!("page {page} of the stored messages was received"),
        Packet::Receipt(receipt) => of_receipt(receipt),
        Packet::Direct { to, message } => {
            format!("{} from {} to {to}", of_text(&message.text), message.from)
        }
        Packet::TableTooLarge(TableVersion { version, .. }) => {
            format!("table {version} has too many rows to be sent")
        }
        Packet::Closing => "the server is closing".to_owned(),
        Packet::Kicked => "you were kicked".to_owned(),
    }
}

fn of_text(Text { number, body, .. }: &Text) -> String {
    format!("message {number} \"{}\"", cut(body, TEXT_LEN_MAX))
}

fn of_request(request: &Request) -> String {
    match request {
        Request::Connect { name, known, initiative } => {
            let again = match initiative {
                Initiative::Person => "",
                Initiative::Program => " again",
            };
            format!("connect{again} as {name}{}", holding(*known))
        }
        Request::Dereg => "go offline".to_owned(),
        Request::Leave => "leave".to_owned(),
        Request::CreateGroup(group) => format!("create group {group}"),
        Request::ListGroups => "list the groups".to_owned(),
        Request::JoinGroup(group) => format!("join group {group}"),
        Request::ListMembers => "list the members".to_owned(),
        Request::LeaveGroup => "leave the group".to_owned(),
        Request::SendAll { group, text } => format!("{} to group {group}", of_text(text)),
        Request::Save { to, text } => format!("store {} for {to}", of_text(text)),
        Request::Refresh { known } => format!("send the table{}", holding(*known)),
        Request::Withdraw { to, number } => format!("withdraw message {number} for {to}"),
    }
}

fn holding(known: Option<TableVersion>) -> String {
    known.map_or_else(String::new, |known| format!(", holding table {}", known.version))
}

fn of_answer(answer: &Answer) -> String {
    match answer {
        Answer::Registered { status, group, .. } => {
            let status = match status {
                NameStatus::New => "as a new name",
                NameStatus::Known => "as a known name",
            };
            let group = group.map_or_else(String::new, |group| format!(", in group {group}"));
            format!("registered {status}{group}")
        }
        Answer::Kicked => "was kicked".to_owned(),
        Answer::NameInUse => "the name is in use".to_owned(),
        Answer::Deregistered => "offline".to_owned(),
        Answer::GroupCreated => "the group is created".to_owned(),
        Answer::GroupExists => "the group exists already".to_owned(),
        Answer::Groups(groups) => format!("groups: {}", listed(groups)),
        Answer::GroupJoined => "joined the group".to_owned(),
        Answer::NoSuchGroup => "there is no such group".to_owned(),
        Answer::AlreadyMember(group) => format!("already a member of {group}"),
        Answer::Members(members) => format!("members: {}", listed(members)),
        Answer::GroupLeft => "left the group".to_owned(),
        Answer::GroupMessageTaken => "the group message was accepted".to_owned(),
        Answer::NotMember => "not a member".to_owned(),
        Answer::Saved => "stored".to_owned(),
        Answer::Exists(row) => format!("the receiver is there: {}", of_row(row)),
        Answer::NoSuchUser => "no client has that name".to_owned(),
        Answer::Refreshed => "the table follows".to_owned(),
        Answer::Withdrawn => "withdrawn".to_owned(),
        Answer::NotKept => "no such message is stored".to_owned(),
        Answer::Full(bound) => format!("a limit is reached: {bound:?}"),
    }
}

fn of_update(update: &Update) -> String {
    let rows: Vec<_> = update.rows.iter().map(of_row).collect();
    let more = if update.last { "" } else { ", more follows" };
    format!("table {} after {}: {}{more}", update.version, update.base, listed(&rows))
}

fn of_row(Row { name, address, presence }: &Row) -> String {
    match presence {
        Presence::Online => format!("{name} at {address}"),
        Presence::Offline => format!("{name} offline"),
    }
}

fn of_recovery(recovery: &Recovery) -> String {
    let text = |kept: &KeptText| format!("{} from {}", of_text(&kept.text), kept.from);
    let receipts = recovery.receipts.iter().map(of_receipt);
    let kept: Vec<_> = recovery.texts.iter().map(text).chain(receipts).collect();
    format!("page {} of the stored messages: {}", recovery.page, listed(&kept))
}

fn of_receipt(Receipt { number, by, fate, .. }: &Receipt) -> String {
    match fate {
        Fate::Delivered => format!("message {number} was delivered to {by}"),
        Fate::Expired => format!("message {number} for {by} has expired"),
        Fate::Withdrawn => format!("message {number} for {by} was taken back"),
    }
}

/// Formats a list with commas, but not too many items.
fn listed(items: &[impl ToString]) -> String {
    const ITEMS_MAX: usize = 8;
    let shown: Vec<_> = items.iter().take(ITEMS_MAX).map(ToString::to_string).collect();
    match (shown.is_empty(), items.len().saturating_sub(ITEMS_MAX)) {
        (true, _) => "none".to_owned(),
        (false, 0) => shown.join(", "),
        (false, more) => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::codec::{WIRE_VERSION, encode_datagram, encode_packet, seal};
    use crate::protocol::{DirectText, RequestId, Timestamp};

    fn session(token: u32) -> Session {
        Session { opened_at: Timestamp::default(), token }
    }

    fn datagram(packets: &[Packet]) -> Vec<u8> {
        let packets: Vec<_> = packets.iter().map(encode_packet).collect();
        let segments = (1..)
            .zip(&packets)
            .map(|(number, bytes)| Segment { number, last: true, bytes })
            .collect();
        let acknowledgement = Some(Acknowledgement { next: 4, early: 0b101 });
        let link = LinkDatagram {
            source: session(0xab),
            destination: None,
            acknowledgement,
            segments,
            padding: &[0; 3],
        };
        encode_datagram(&Datagram::Link(link), 0)
    }

    fn kinds(bytes: &[u8]) -> Vec<&'static str> {
        crate::sim::packets::of(bytes).iter().map(|kind| kind.name).collect()
    }

    #[test]
    fn every_part_has_its_line() {
        let body = "ä".repeat(70);
        let text = Text { number: 7, at: Timestamp::default(), body };
        let direct = {
            let message = DirectText { from: "c1".parse().unwrap(), text };
            Packet::Direct { to: "c2".parse().unwrap(), message }
        };
        let list = Packet::Answer(RequestId(3), Answer::Groups(Vec::new()));
        let bytes = datagram(&[direct, Packet::Probe, Packet::Probe, list]);
        assert_eq!(kinds(&bytes), ["send", "probe", "probe", "answer"]);
        let text = format!("segment 1: message 7 \"{}…\" from c1 to c2", "ä".repeat(60));
        let expected = [
            text.as_str(),
            "segment 2: are you there?",
            "segment 3: are you there?",
            "segment 4: answer to 3: groups: none",
            "has all segments before 4, and 5, 7",
            "session 000000ab to ?",
            "padding: 3 bytes",
        ];
        assert_eq!(contents(&bytes), expected);
    }

    #[test]
    fn what_is_no_datagram_is_told() {
        assert_eq!(contents(&[]), ["not a datagram of this chat: the datagram is empty"]);
        let after = Timestamp::default();
        let reset = encode_datagram(&Datagram::Reset { session: session(1), after }, 0);
        assert_eq!(contents(&reset), ["no link to session 00000001 is known"]);
        assert_eq!(kinds(&[9]), ["garbage"]);
        let mut foreign = datagram(&[Packet::Probe]);
        foreign[0] += 1;
        seal(&mut foreign);
        let notice = VersionNotice::answering(&foreign).unwrap().encode();
        assert_eq!(contents(&notice), [format!("the sender speaks version {WIRE_VERSION}")]);
        assert_eq!(kinds(&notice), ["version"]);
    }

    #[test]
    fn long_lists_are_cut() {
        let numbers: Vec<u32> = (1..=10).collect();
        assert_eq!(listed(&numbers), "1, 2, 3, 4, 5, 6, 7, 8 and 2 more");
    }
}
