//! Descriptions of datagrams.

use crate::protocol::codec::{decode_datagram, decode_packet};
use crate::protocol::{Acknowledgement, Datagram, LinkDatagram, Segment, Session, VersionNotice};

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
        |packet| packet.to_string(),
    );
    format!("segment {number}: {packet}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::codec::{WIRE_VERSION, encode_datagram, encode_packet, seal};
    use crate::protocol::{Answer, DirectText, Packet, RequestId, Text, Timestamp};

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
}
