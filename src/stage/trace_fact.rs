//! Facts of a trace as bytes.

use super::varint::{NUMBER_LEN_MAX, Sink, apply, difference, read, write};
use crate::protocol::limits::NAME_LEN_MAX;
use crate::protocol::{Audience, ClientName, Fact, GroupName, MessageId};

/// Bytes of a fact, at most: its code, two names with their lengths, and a number.
pub(super) const FACT_LEN_MAX: usize = 1 + 2 * (1 + NAME_LEN_MAX) + NUMBER_LEN_MAX;

/// Writes a fact; `last` is the number of the message before.
pub(super) fn write_fact(bytes: &mut impl Sink, fact: &Fact, last: &mut u64) {
    bytes.put(code(fact));
    if let Some(id) = fact.message() {
        write_name(bytes, id.from.as_bytes());
        write(bytes, difference(id.number, last));
    }
    if let Some(name) = other(fact) {
        write_name(bytes, name);
    }
}

/// Reads what [`write_fact`] has written.
pub(super) fn read_fact(bytes: &mut &[u8], last: &mut u64) -> Option<Fact> {
    let (&code, rest) = bytes.split_first()?;
    *bytes = rest;
    match code {
        0 => return Some(Fact::Online),
        1 => return Some(Fact::Offline),
        14 => return Some(Fact::GroupTold(GroupName::new(read_name(bytes)?).ok()?)),
        15 => return Some(Fact::Member(GroupName::new(read_name(bytes)?).ok()?)),
        16 => return Some(Fact::Leaves),
        17 => return Some(Fact::Expelled(ClientName::new(read_name(bytes)?).ok()?)),
        _ => {}
    }
    let from = ClientName::new(read_name(bytes)?).ok()?;
    *last = apply(*last, read(bytes)?);
    let id = MessageId { from, number: *last };
    let mut name = || ClientName::new(read_name(bytes)?).ok();
    Some(match code {
        2 => Fact::Written { id, to: Audience::Person(name()?) },
        3 => Fact::Written { id, to: Audience::Group(GroupName::new(read_name(bytes)?).ok()?) },
        4 => Fact::Taken(id),
        5 => Fact::Shown(id),
        6 => Fact::Confirmed { id, by: name()? },
        7 => Fact::FellBack { id, to: name()? },
        8 => Fact::Saved { id, to: name()? },
        9 => Fact::Accepted(id),
        10 => Fact::Refused(id),
        11 => Fact::Receipted { id, by: name()? },
        12 => Fact::Addressed { id, to: name()? },
        13 => Fact::Kept { id, to: name()? },
        _ => return None,
    })
}

const fn code(fact: &Fact) -> u8 {
    match fact {
        Fact::Online => 0,
        Fact::Offline => 1,
        Fact::Written { to: Audience::Person(_), .. } => 2,
        Fact::Written { to: Audience::Group(_), .. } => 3,
        Fact::Taken(_) => 4,
        Fact::Shown(_) => 5,
        Fact::Confirmed { .. } => 6,
        Fact::FellBack { .. } => 7,
        Fact::Saved { .. } => 8,
        Fact::Accepted(_) => 9,
        Fact::Refused(_) => 10,
        Fact::Receipted { .. } => 11,
        Fact::Addressed { .. } => 12,
        Fact::Kept { .. } => 13,
        Fact::GroupTold(_) => 14,
        Fact::Member(_) => 15,
        Fact::Leaves => 16,
        Fact::Expelled(_) => 17,
    }
}

/// Tells the name in a fact besides the author's.
fn other(fact: &Fact) -> Option<&[u8]> {
    match fact {
        Fact::Written { to: Audience::Group(group), .. }
        | Fact::GroupTold(group)
        | Fact::Member(group) => Some(group.as_bytes()),
        Fact::Written { to: Audience::Person(name), .. }
        | Fact::FellBack { to: name, .. }
        | Fact::Saved { to: name, .. }
        | Fact::Addressed { to: name, .. }
        | Fact::Kept { to: name, .. }
        | Fact::Confirmed { by: name, .. }
        | Fact::Receipted { by: name, .. }
        | Fact::Expelled(name) => Some(name.as_bytes()),
        Fact::Online
        | Fact::Offline
        | Fact::Leaves
        | Fact::Taken(_)
        | Fact::Shown(_)
        | Fact::Accepted(_)
        | Fact::Refused(_) => None,
    }
}

fn write_name(bytes: &mut impl Sink, name: &[u8]) {
    write(bytes, name.len() as u64);
    bytes.put_all(name);
}

fn read_name<'a>(bytes: &mut &'a [u8]) -> Option<&'a str> {
    let len = usize::try_from(read(bytes)?).ok()?;
    let (name, rest) = bytes.split_at_checked(len)?;
    *bytes = rest;
    std::str::from_utf8(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fact_comes_back() {
        let client = |name| ClientName::new(name).unwrap();
        let id = |number| MessageId { from: client("c1"), number };
        let name = client("abcdefghijklmnopqrstuvwxyz-12345");
        let facts = [
            Fact::Online,
            Fact::Written { id: id(7), to: Audience::Person(name) },
            Fact::Written { id: id(3), to: Audience::Group(GroupName::new("sea").unwrap()) },
            Fact::Taken(id(u64::MAX)),
            Fact::Shown(id(0)),
            Fact::Confirmed { id: id(1), by: name },
            Fact::FellBack { id: id(1), to: name },
            Fact::Saved { id: id(1_698_244_807_999_999), to: name },
            Fact::Accepted(id(1_698_244_808_000_000)),
            Fact::Refused(id(2)),
            Fact::Receipted { id: id(2), by: name },
            Fact::Addressed { id: id(2), to: name },
            Fact::Kept { id: id(2), to: name },
            Fact::GroupTold(GroupName::new("sea").unwrap()),
            Fact::Member(GroupName::new("land").unwrap()),
            Fact::Leaves,
            Fact::Expelled(name),
            Fact::Offline,
        ];
        let (mut bytes, mut last) = (Vec::new(), 0);
        for fact in &facts {
            write_fact(&mut bytes, fact, &mut last);
        }
        let (mut rest, mut last) = (bytes.as_slice(), 0);
        assert_eq!(facts.map(|_| read_fact(&mut rest, &mut last)), facts.map(Some));
        assert_eq!(read_fact(&mut rest, &mut last), None);
    }
}
