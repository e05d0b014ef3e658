//! What a client's screen says to each notice, word by word as in the original.

use jiff::tz::TimeZone;

use super::answers::{local, presence};
use super::history_lines::{render_history, render_pending};
use crate::client::{Notice, User};
use crate::protocol::codec::WIRE_VERSION;
use crate::protocol::{Audience, Bound, ClientName, Fate, KeptText, Receipt};
use machine::Marks;
use machine::clean;

/// What a line says, and what there is to know about it.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) text: String,
    pub(super) marks: Marks,
}

impl From<String> for Said {
    fn from(text: String) -> Self {
        Self { text, marks: Marks::default() }
    }
}

impl From<&str> for Said {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// Puts a client's name between texts.
fn about<const N: usize>(before: &str, name: ClientName, after: [&str; N]) -> Said {
    let len = after.iter().map(|text| text.len()).sum::<usize>();
    let mut text = String::with_capacity(before.len() + name.as_str().len() + len);
    [before, name.as_str()].into_iter().chain(after).for_each(|part| text.push_str(part));
    Said { text, marks: Marks::name(before.len(), name.as_str()) }
}

/// Makes the first line of a text one that calls whom it is for.
fn calling(lines: impl Iterator<Item = Said>) -> impl Iterator<Item = Said> {
    (0..).zip(lines).map(|(n, mut said)| {
        said.marks.is_call = n == 0;
        said
    })
}

/// Renders a notice, a line or more: `show` gets them. What is shown most is put together
/// rather than formatted.
#[expect(clippy::too_many_lines, reason = "one match for all, so that none can be forgotten")]
pub(super) fn render(notice: Notice, zone: &TimeZone, mut show: impl FnMut(Said)) {
    let said = match notice {
        Notice::Direct { from, body } => {
            let said = clean(&body).map(|line| about("", from, [": ", &line]));
            return calling(said).for_each(show);
        }
        Notice::Group { from, body } => {
            let said = |line: &str| about("[Group Message ", from, [": ", line, "]"]);
            return clean(&body).for_each(|line| show(said(&line)));
        }
        Notice::Kept(kept) => {
            let KeptText { from, group, text } = *kept;
            let at = local(text.at, zone);
            let way = if group.is_some() { "Group Chat " } else { "" };
            let said = clean(&text.body).map(|line| about(way, from, [": ", &at, " ", &line]));
            return calling(said).for_each(show);
        }
        Notice::Groups(groups) => {
            show("[Available Group Chats:]".into());
            return groups.iter().for_each(|group| show(group.to_string().into()));
        }
        Notice::Members { group, members } => {
            show(format!("[Members in group {group}:]").into());
            return members.into_iter().for_each(|member| show(about("[", member, ["]"])));
        }
        Notice::Users { users, is_excerpt } => return render_users(&users, is_excerpt, zone, show),
        Notice::History { query, found } => return render_history(&query, &found, zone, show),
        Notice::Pending(pending) => return render_pending(&pending, zone, show),
        Notice::KeptMessages => "[You have offline messages:]".into(),
        Notice::User(user) => {
            let (address, state) = (user.row.address.to_string(), state(&user, zone));
            about("[", user.row.name, [" at ", &address, ": ", &state, "]"])
        }
        Notice::Received { by } => about("[Message received by ", by, [".]"]),
        Notice::NoAcknowledgement { by } => {
            about("[No ACK from ", by, [", message sent to server.]"])
        }
        Notice::Exists(name) => about("[Client ", name, [" exists!!]"]),
        Notice::Receipt(of) => receipt(of, zone),
        Notice::NotKnownHere(name) => {
            let behind = " here: the table is too large to be told.]";
            about("[Nothing is known of ", name, [behind])
        }
        Notice::OtherVersion { server } => {
            format!("[The server {}.]", other_version(server)).into()
        }
        Notice::Saved { at } => {
            let at = local(at, zone);
            format!("[Offline message sent at {at} received by the server and saved.]").into()
        }
        Notice::GroupCreated(group) => format!("[Group {group} created by Server.]").into(),
        Notice::GroupExists(group) => format!("[Group {group} already exists.]").into(),
        Notice::GroupEntered(group) => format!("[Entered group {group} successfully.]").into(),
        Notice::NoSuchGroup(group) => format!("[{group} does not exist.]").into(),
        Notice::GroupLost(group) => format!("[You are not in group {group} any more.]").into(),
        Notice::GroupLeft(group) => format!("[Leave group chat {group}.]").into(),
        Notice::Retrying(n) => format!("[Message sent! {n} times. Retrying...]").into(),
        Notice::Full(bound) => full(bound).into(),
        Notice::OutboxFull(to) => outbox_full(to).into(),
        Notice::Resuming(1) => "[A message of the last time is sent now.]".into(),
        Notice::Resuming(n) => format!("[{n} messages of the last time are sent now.]").into(),
        Notice::Cancelled { n, to } => format!("[Message {n} to {to} is cancelled.]").into(),
        Notice::UnderWay(n) => {
            format!("[Message {n} is on its way and cannot be cancelled now.]").into()
        }
        Notice::TooLate(n) => format!("[Message {n} is not waiting any more.]").into(),
        Notice::NothingToCancel(n) => {
            format!("[There is no message {n}: pending lists those that can be cancelled.]").into()
        }
        Notice::Muted(name) => format!("[{name} is muted.]").into(),
        Notice::NotMuted(name) => format!("[{name} is not muted.]").into(),
        Notice::Unmuted { name, hidden } => unmuted(name, hidden).into(),
        Notice::Undelivered(group) => {
            format!("[You are not in group {group} any more, a message to it was not sent.]").into()
        }
        Notice::Welcome => "[Welcome, You are registered.]".into(),
        Notice::WelcomeBack => "[Welcome back!]".into(),
        Notice::AlreadyLoggedIn => "[You have already login somewhere else.]".into(),
        Notice::TableUpdated => "[Client table updated.]".into(),
        Notice::NoSuchUser => "[User does not exist.]".into(),
        Notice::Deregistered => "[You are offline. Bye.]".into(),
        Notice::Kicked => "[You were put out of the chat. Type reg to come back.]".into(),
        Notice::IncorrectName => "[Incorrect username!]".into(),
        Notice::Offline => "[You are offline. Please register first.]".into(),
        Notice::NoListInGroup => "[You can not view all groups while in a group].".into(),
        Notice::AlreadyInGroup => "[You are already in a group.]".into(),
        Notice::AlreadyInGroupRoom => "[You are already in a group chat room.]".into(),
        Notice::GroupMessageTaken => "[Group message received by server.]".into(),
        Notice::NotInGroup => "[You are not in a group.]".into(),
        Notice::NoGroupToLeave => "[You have not joined a group yet.]".into(),
        Notice::Recalling => "[This has arrived last time, and may not have been shown:]".into(),
        Notice::NoHistory => "[No history is kept.]".into(),
        Notice::ServerSilent => "[Server not responding.]".into(),
        Notice::Exiting => "[Exiting...]".into(),
        Notice::TooManyCommands => {
            "[Too many commands are waiting for an answer, try again soon.]".into()
        }
        Notice::InvalidCommand => "Invalid command!".into(),
    };
    show(said);
}

fn render_users(users: &[User], is_excerpt: bool, zone: &TimeZone, mut show: impl FnMut(Said)) {
    show("[Registered clients:]".into());
    for user in users {
        show(about("[", user.row.name, [": ", &state(user, zone), "]"]));
    }
    if is_excerpt {
        show("[There may be others: the table is too large to be told.]".into());
    }
}

/// Renders what became of a message that the server kept.
fn receipt(Receipt { at, by, fate, .. }: Receipt, zone: &TimeZone) -> Said {
    let sent = format!("Offline Message sent at {}", local(at, zone));
    match fate {
        Fate::Delivered => about(&format!("{sent} received by "), by, []),
        Fate::Expired => {
            about(&format!("{sent} not received by "), by, [", who was away for too long"])
        }
        Fate::Withdrawn => about(&format!("{sent} to "), by, [" is cancelled"]),
    }
}

fn state(user: &User, zone: &TimeZone) -> String {
    let muted = if user.is_muted { ", muted" } else { "" };
    format!("{} since {}{muted}", presence(user.row.presence), local(user.since, zone))
}

fn unmuted(name: ClientName, hidden: u64) -> String {
    let hidden = match hidden {
        0 => String::new(),
        1 => format!(", 1 message was hidden: history {name} shows it"),
        _ => format!(", {hidden} messages were hidden: history {name} shows them"),
    };
    format!("[{name} is not muted any more{hidden}.]")
}

fn full(bound: Bound) -> &'static str {
    match bound {
        Bound::Clients => "[The server has no room for another client.]",
        Bound::Groups => "[The server has no room for another group.]",
        Bound::Members => "[The group has no room for another member.]",
        Bound::Mailbox => {
            "[Too many messages are waiting there, yours waits here until there is room.]"
        }
        Bound::Sender => {
            "[Too many messages of yours are waiting there, this one waits here until there is room.]"
        }
        Bound::Store => {
            "[The server has no room for messages, yours waits here until there is some.]"
        }
    }
}

/// Returns which version a server speaks, and whose program is the older one: the end of a sentence
/// about the server, without a full stop.
pub fn other_version(server: u8) -> String {
    let remedy = if server > WIRE_VERSION {
        "update this program"
    } else {
        "ask whoever runs the server to update it"
    };
    format!("speaks protocol version {server}, this program version {WIRE_VERSION}: {remedy}")
}

fn outbox_full(to: Audience) -> String {
    format!("[Too many messages to {to} are waiting here, this one was not taken.]")
}

/// Renders the answer to the wish to see times, or not.
pub(super) fn times_shown(times: bool) -> &'static str {
    if times { "[Times are shown.]" } else { "[Times are not shown any more.]" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{ClientName, Text, Timestamp};

    fn lines(notice: Notice) -> Vec<String> {
        let mut lines = Vec::new();
        render(notice, &TimeZone::UTC, |said| lines.push(said.text));
        lines
    }

    #[test]
    fn a_message_calls_with_its_first_line() {
        let mut calls = Vec::new();
        let from = ClientName::new("c1").unwrap();
        let notice = Notice::Direct { from, body: "one\ntwo".to_owned() };
        render(notice, &TimeZone::UTC, |said| calls.push(said.marks.is_call));
        assert_eq!(calls, [true, false]);
    }

    #[test]
    fn a_line_break_goes_on_behind_the_authors_name() {
        let from = ClientName::new("c1").unwrap();
        let body = "one\ntwo\x07".to_owned();
        let shown = lines(Notice::Direct { from, body: body.clone() });
        assert_eq!(shown, ["c1: one", "c1: two\u{fffd}"]);
        let text = Text { number: 1, at: Timestamp::from_micros(0), body };
        let shown = lines(Notice::Kept(KeptText { from, group: None, text }.into()));
        assert_eq!(shown, ["c1: 1970-01-01 00:00:00 one", "c1: 1970-01-01 00:00:00 two\u{fffd}"]);
    }
}
