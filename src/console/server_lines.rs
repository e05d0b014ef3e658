//! The lines of the server's screen for each notice, with the exact words of the original if it has
//! any.

use jiff::tz::TimeZone;

use machine::clean;

use super::answers::{Detail, local, row_line};
use super::line_text::{LineText, Piece, line};
use crate::delivery::Counters;
use crate::protocol::ClientName;
use crate::server::{GroupInfo, Messages, Notice, Stats, UserInfo};

/// Renders a notice and passes each of its lines, at least one, to `show`.
pub(super) fn render(notice: Notice, zone: &TimeZone, mut show: impl FnMut(LineText)) {
    match notice {
        Notice::Listening => show("[Start listening...]".into()),
        Notice::TableUpdated => show("[Client table updated.]".into()),
        Notice::Answered => show("[ACK Sent.]".into()),
        Notice::SaveAnswered => show("[ACK sent.]".into()),
        Notice::DuplicateLogin => show("[Duplicate Login Detected!]".into()),
        Notice::GroupsRequested { by, groups } => {
            show(line!["[Client ", by, " requests listing groups:]"]);
            for group in groups {
                show(line!["[", group, "]"]);
            }
        }
        Notice::Joined { client, group, groups } => {
            show(line!["[Client ", client, " Joined Group ", group, ".]"]);
            show(present(&groups));
        }
        Notice::JoinFailed { client, group } => {
            let why = " failed, group does not exist.]";
            show(line!["[Client ", client, " joining group ", group, why]);
        }
        Notice::GroupMessage { from, group, body } => {
            for text in clean(&body) {
                let (way, what) = (" sent group message to group ", ", message is ");
                show(line!["[Client ", from, way, group, what, text, "]"]);
            }
        }
        Notice::MemberRemoved { client, group } => {
            show(line!["[Client ", client, " not responsive, removed from group ", group, ".]"]);
        }
        Notice::MembersRequested { by, group, members } => {
            show(line!["[Client ", by, " requested listing members of group ", group, ":]"]);
            for member in members {
                show(line!["[", member, "]"]);
            }
        }
        Notice::Left { client, group, groups } => {
            show(line!["[Client ", client, " left group ", group, "]"]);
            show(present(&groups));
        }
        Notice::Users(users) => {
            show("[Registered clients:]".into());
            users.into_iter().map(|user| user_line(user, zone)).for_each(show);
        }
        Notice::Groups(groups) => {
            show("[Available Group Chats:]".into());
            groups.iter().map(group_line).for_each(show);
        }
        Notice::Kicked(name) => show(line!["[Client ", name, " was kicked.]"]),
        Notice::NoSuchUser => show("[User does not exist.]".into()),
        Notice::Stats(stats) => stats_lines(&stats).into_iter().for_each(show),
    }
}

/// Renders all groups in the table format of the original.
fn present(groups: &[GroupInfo]) -> LineText {
    let mut pieces: Vec<Piece<'_>> = vec!["[The current group chats info are: {".into()];
    for (n, GroupInfo { group, members }) in groups.iter().enumerate() {
        let before = if n == 0 { "'" } else { ", '" };
        pieces.extend([Piece::from(before), (*group).into(), "': [".into()]);
        pieces.extend(listed(members, "'"));
        pieces.push("]".into());
    }
    pieces.push("}]".into());
    LineText::of(&pieces)
}

/// Returns names separated by commas, each in quotation marks `mark`.
fn listed<'a>(
    names: &'a [ClientName],
    mark: &'static str,
) -> impl Iterator<Item = Piece<'a>> + use<'a> {
    names.iter().enumerate().flat_map(move |(n, name)| {
        let comma = if n == 0 { "" } else { ", " };
        [Piece::from(comma), mark.into(), (*name).into(), mark.into()]
    })
}

fn user_line(user: UserInfo, zone: &TimeZone) -> LineText {
    let UserInfo { row, since, group, is_kicked } = user;
    let kicked = if is_kicked { ", kicked" } else { "" };
    let mut notes: Vec<Piece<'_>> = Vec::new();
    if let Some(group) = group {
        notes.extend([Piece::from(", in group "), group.into()]);
    }
    notes.push(kicked.into());
    row_line(row, Detail::Full, local(since, zone), &notes)
}

fn group_line(GroupInfo { group, members }: &GroupInfo) -> LineText {
    if members.is_empty() {
        return line!["[", *group, ": no members]"];
    }
    let mut pieces: Vec<Piece<'_>> = vec!["[".into(), (*group).into(), ": ".into()];
    pieces.extend(listed(members, ""));
    pieces.push("]".into());
    LineText::of(&pieces)
}

fn stats_lines(stats: &Stats) -> Vec<LineText> {
    let Stats {
        clients,
        clients_online,
        groups,
        waiting,
        waiting_bytes,
        messages: Messages { direct, stored, delivered, expired },
        unacknowledged,
        unstored,
        links: Counters { malformed, stray, other_version, resent },
    } = *stats;
    vec![
        line!["[Clients: ", clients_online, " online, ", clients, " registered]"],
        line!["[Groups: ", groups, "]"],
        line![
            "[Messages: ",
            direct,
            " direct, ",
            stored,
            " stored, ",
            delivered,
            " delivered, ",
            expired,
            " expired]"
        ],
        line!["[Waiting: ", waiting, " messages, ", waiting_bytes, " bytes]"],
        line![
            "[Queues: ",
            unacknowledged,
            " unacknowledged packets, ",
            unstored,
            " answers waiting for storage]"
        ],
        line![
            "[Datagrams: ",
            resent,
            " retries, ",
            malformed,
            " malformed, ",
            stray,
            " stray, ",
            other_version,
            " of another version]"
        ],
    ]
}
