//! What the server's screen says to each notice: word by word as in the original, where that has
//! such words.

use jiff::tz::TimeZone;

use super::answers::{local, presence};
use crate::delivery::Counters;
use crate::protocol::ClientName;
use crate::server::{GroupInfo, Messages, Notice, Stats, UserInfo};
use machine::clean;

/// Renders a notice, a line or more, all behind the prompt: `show` gets them.
pub(super) fn render(notice: Notice, zone: &TimeZone, mut show: impl FnMut(String)) {
    match notice {
        Notice::Listening => show("[Start listening...]".to_owned()),
        Notice::TableUpdated => show("[Client table updated.]".to_owned()),
        Notice::Answered => show("[ACK Sent.]".to_owned()),
        Notice::SaveAnswered => show("[ACK sent.]".to_owned()),
        Notice::DuplicateLogin => show("[Duplicate Login Detected!]".to_owned()),
        Notice::GroupsRequested { by, groups } => {
            show(format!("[Client {by} requests listing groups:]"));
            for group in groups {
                show(format!("[{group}]"));
            }
        }
        Notice::Joined { client, group, groups } => {
            show(format!("[Client {client} Joined Group {group}.]"));
            show(present(&groups));
        }
        Notice::JoinFailed { client, group } => {
            show(format!("[Client {client} joining group {group} failed, group does not exist.]"));
        }
        Notice::GroupMessage { from, group, body } => {
            let (from, group) = (from.as_str(), group.as_str());
            let said = |line: &str| {
                [
                    "[Client ",
                    from,
                    " sent group message to group ",
                    group,
                    ", message is ",
                    line,
                    "]",
                ]
                .concat()
            };
            clean(&body).for_each(|line| show(said(&line)));
        }
        Notice::MemberRemoved { client, group } => {
            show(format!("[Client {client} not responsive, removed from group {group}.]"));
        }
        Notice::MembersRequested { by, group, members } => {
            show(format!("[Client {by} requested listing members of group {group}:]"));
            for member in members {
                show(format!("[{member}]"));
            }
        }
        Notice::Left { client, group, groups } => {
            show(format!("[Client {client} left group {group}]"));
            show(present(&groups));
        }
        Notice::Users(users) => {
            show("[Registered clients:]".to_owned());
            users.iter().map(|user| user_line(user, zone)).for_each(show);
        }
        Notice::Groups(groups) => {
            show("[Available Group Chats:]".to_owned());
            groups.iter().map(group_line).for_each(show);
        }
        Notice::Kicked(name) => show(format!("[Client {name} was put out of the chat.]")),
        Notice::NoSuchUser => show("[User does not exist.]".to_owned()),
        Notice::Stats(stats) => stats_lines(&stats).into_iter().for_each(show),
    }
}

/// Renders all groups in the original's way of writing a table.
fn present(groups: &[GroupInfo]) -> String {
    let groups = groups.iter().map(|GroupInfo { group, members }| {
        let members: Vec<_> = members.iter().map(|member| format!("'{member}'")).collect();
        format!("'{group}': [{}]", members.join(", "))
    });
    let groups: Vec<_> = groups.collect();
    format!("[The current group chats info are: {{{}}}]", groups.join(", "))
}

fn user_line(user: &UserInfo, zone: &TimeZone) -> String {
    let UserInfo { row, since, group, is_kicked } = user;
    let state = presence(row.presence);
    let group = group.map_or_else(String::new, |group| format!(", in group {group}"));
    let kicked = if *is_kicked { ", put out" } else { "" };
    let since = local(*since, zone);
    format!("[{} at {}: {state} since {since}{group}{kicked}]", row.name, row.address)
}

fn group_line(GroupInfo { group, members }: &GroupInfo) -> String {
    if members.is_empty() {
        return format!("[{group}: nobody]");
    }
    let members: Vec<_> = members.iter().map(ClientName::as_str).collect();
    format!("[{group}: {}]", members.join(", "))
}

fn stats_lines(stats: &Stats) -> Vec<String> {
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
    } = stats;
    vec![
        format!("[Clients: {clients_online} online, {clients} registered]"),
        format!("[Groups: {groups}]"),
        format!(
            "[Messages: {direct} direct, {stored} stored, {delivered} delivered, {expired} expired]"
        ),
        format!("[Waiting: {waiting} messages, {waiting_bytes} bytes]"),
        format!(
            "[Queues: {unacknowledged} packets without acknowledgement, {unstored} answers before storage]"
        ),
        format!(
            "[Datagrams: {resent} retries, {malformed} malformed, {stray} stray, {other_version} of another version]"
        ),
    ]
}
