//! The lines of a client's screen for each notice, with the exact words of the original.

use jiff::tz::TimeZone;
use machine::{CleanText, clean};

use super::answers::{Detail, local, row_line};
use super::history_lines::{render_history, render_pending};
use super::line_text::{LineText, line};
use crate::client::{Notice, User};
use crate::protocol::codec::WIRE_VERSION;
use crate::protocol::{Bound, ClientName, Fate, KeptText, Receipt};

/// Marks the first line of a text as one that calls for its reader's attention.
fn calling(lines: impl Iterator<Item = LineText>) -> impl Iterator<Item = LineText> {
    (0..).zip(lines).map(|(n, mut line)| {
        line.marks.is_call = n == 0;
        line
    })
}

/// Renders a notice and passes each of its lines, at least one, to `show`.
#[expect(clippy::too_many_lines, reason = "one match for all, so that none can be forgotten")]
pub(super) fn render(notice: Notice, zone: &TimeZone, mut show: impl FnMut(LineText)) {
    let line = match notice {
        Notice::Direct { from, body } => {
            let line = clean(&body).map(|text| line![from, ": ", text]);
            return calling(line).for_each(show);
        }
        Notice::Group { from, body } => {
            let line = |text| line!["[Group Message ", from, ": ", text, "]"];
            return clean(&body).map(line).for_each(show);
        }
        Notice::Kept(kept) => {
            let KeptText { from, group, text } = *kept;
            let at = local(text.at, zone);
            let way = if group.is_some() { "Group Chat " } else { "" };
            let line = clean(&text.body).map(|text| line![way, from, ": ", &at, " ", text]);
            return calling(line).for_each(show);
        }
        Notice::Groups(groups) => {
            show("[Available Group Chats:]".into());
            return groups.into_iter().for_each(|group| show(line![group]));
        }
        Notice::Members { group, members } => {
            show(line!["[Members in group ", group, ":]"]);
            return members.into_iter().for_each(|member| show(line!["[", member, "]"]));
        }
        Notice::Users { users, is_excerpt } => return render_users(&users, is_excerpt, zone, show),
        Notice::History { query, found } => return render_history(&query, &found, zone, show),
        Notice::Pending(pending) => return render_pending(&pending, zone, show),
        Notice::KeptMessages => "[You have offline messages:]".into(),
        Notice::User(user) => user_line(*user, Detail::Full, zone),
        Notice::Received { by } => line!["[Message received by ", by, ".]"],
        Notice::NoAcknowledgement { by } => {
            line!["[No ACK from ", by, ", message sent to server.]"]
        }
        Notice::Exists(name) => line!["[Client ", name, " exists!!]"],
        Notice::Receipt(of) => receipt(of, zone),
        Notice::NotKnownHere(name) => {
            let reason = ": the user list is too long to be sent.]";
            line!["[This client knows nothing about ", name, reason]
        }
        Notice::OtherVersion { server } => line!["[The server ", other_version(server), ".]"],
        Notice::Saved { at } => {
            let at = local(at, zone);
            line!["[Offline message sent at ", at, " received by the server and saved.]"]
        }
        Notice::GroupCreated(group) => line!["[Group ", group, " created by Server.]"],
        Notice::GroupExists(group) => line!["[Group ", group, " already exists.]"],
        Notice::GroupEntered(group) => line!["[Entered group ", group, " successfully.]"],
        Notice::NoSuchGroup(group) => line!["[", group, " does not exist.]"],
        Notice::GroupLost(group) => line!["[You are no longer in group ", group, ".]"],
        Notice::GroupLeft(group) => line!["[Leave group chat ", group, ".]"],
        Notice::Retrying(n) => line!["[Message sent! ", n, " times. Retrying...]"],
        Notice::Full(bound) => full(bound).into(),
        Notice::OutboxFull(to) => {
            let rejected = " are pending: this one was not accepted. Try again later.]";
            line!["[Too many messages to ", to, rejected]
        }
        Notice::Resuming(1) => "[Sending 1 message left over from the last session.]".into(),
        Notice::Resuming(n) => line!["[Sending ", n, " messages left over from the last session.]"],
        Notice::Cancelled { n, to } => line!["[Message ", n, " to ", to, " was cancelled.]"],
        Notice::UnderWay(n) => {
            line!["[Message ", n, " is being sent and cannot be cancelled.]"]
        }
        Notice::TooLate(n) => line!["[Message ", n, " is no longer pending.]"],
        Notice::NothingToCancel(n) => {
            line!["[No message ", n, ". Type `pending` to list what can be cancelled.]"]
        }
        Notice::Muted(name) => line!["[", name, " is muted.]"],
        Notice::NotMuted(name) => line!["[", name, " is not muted.]"],
        Notice::Unmuted { name, hidden } => unmuted(name, hidden),
        Notice::Undelivered(group) => {
            line!["[You are no longer in group ", group, ": a message to it was not sent.]"]
        }
        Notice::Welcome => "[Welcome, You are registered.]".into(),
        Notice::WelcomeBack => "[Welcome back!]".into(),
        Notice::AlreadyLoggedIn => "[You have already login somewhere else.]".into(),
        Notice::TableUpdated => "[Client table updated.]".into(),
        Notice::NoSuchUser => "[User does not exist.]".into(),
        Notice::Deregistered => "[You are offline. Bye.]".into(),
        Notice::Kicked => "[You were kicked. Type `reg` to come back.]".into(),
        Notice::IncorrectName => "[Incorrect username!]".into(),
        Notice::Offline => "[You are offline. Please register first.]".into(),
        Notice::NoListInGroup => "[You can not view all groups while in a group].".into(),
        Notice::AlreadyInGroup => "[You are already in a group.]".into(),
        Notice::AlreadyInGroupRoom => "[You are already in a group chat room.]".into(),
        Notice::GroupMessageTaken => "[Group message received by server.]".into(),
        Notice::NotInGroup => "[You are not in a group.]".into(),
        Notice::NoGroupToLeave => "[You have not joined a group yet.]".into(),
        Notice::Recalling => "[Received in your last session, possibly not shown yet:]".into(),
        Notice::NoHistory => "[No history is kept.]".into(),
        Notice::ServerSilent => "[Server not responding.]".into(),
        Notice::Exiting => "[Exiting...]".into(),
        Notice::TooManyCommands => {
            "[Too many commands are waiting for an answer. Try again later.]".into()
        }
        Notice::InvalidCommand => "Invalid command!".into(),
    };
    show(line);
}

fn render_users(users: &[User], is_excerpt: bool, zone: &TimeZone, mut show: impl FnMut(LineText)) {
    show("[Registered clients:]".into());
    for user in users {
        show(user_line(*user, Detail::Brief, zone));
    }
    if is_excerpt {
        show("[There may be more users; the list is too long to be sent.]".into());
    }
}

fn user_line(user: User, detail: Detail, zone: &TimeZone) -> LineText {
    let User { row, since, is_muted } = user;
    let muted = if is_muted { ", muted" } else { "" };
    row_line(row, detail, local(since, zone), &[muted.into()])
}

/// Renders what became of a message that the server kept.
fn receipt(Receipt { at, by, fate, .. }: Receipt, zone: &TimeZone) -> LineText {
    let (way, end) = match fate {
        Fate::Delivered => (" received by ", ""),
        Fate::Expired => (" not received by ", ", who was offline for too long"),
        Fate::Withdrawn => (" to ", " was cancelled"),
    };
    line!["Offline Message sent at ", local(at, zone), way, by, end]
}

fn unmuted(name: ClientName, hidden: u64) -> LineText {
    const BEGINNING: &str = " is no longer muted.";
    match hidden {
        0 => line!["[", name, BEGINNING, "]"],
        1 => {
            let was = " 1 message was hidden; type `history ";
            line!["[", name, BEGINNING, was, name, "` to see it.]"]
        }
        _ => {
            let were = " messages were hidden; type `history ";
            line!["[", name, BEGINNING, " ", hidden, were, name, "` to see them.]"]
        }
    }
}

fn full(bound: Bound) -> &'static str {
    match bound {
        Bound::Clients => "[The server has no room for another client.]",
        Bound::Groups => "[The server has no room for another group.]",
        Bound::Members => "[The group has no room for another member.]",
        Bound::Mailbox => {
            "[The receiver's mailbox is full. Your message stays here and is retried.]"
        }
        Bound::Sender => {
            "[The receiver's mailbox has too many messages from you. This one stays here and is retried.]"
        }
        Bound::Store => "[The server has no room for messages. Yours stays here and is retried.]",
    }
}

/// Returns which version a server speaks, and which program to update: the end of a sentence about
/// the server, without a full stop.
pub fn other_version(server: u8) -> CleanText<'static> {
    let remedy = if server > WIRE_VERSION {
        "update this program"
    } else {
        "ask the server's operator to update it"
    };
    line!["speaks protocol version ", server, ", this program version ", WIRE_VERSION, ": ", remedy]
        .text
}

/// Renders the answer to `times`.
pub(super) fn times_shown(times: bool) -> &'static str {
    if times { "[Timestamps are on.]" } else { "[Timestamps are off.]" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{ClientName, Text, Timestamp};

    fn lines(notice: Notice) -> Vec<String> {
        let mut lines = Vec::new();
        render(notice, &TimeZone::UTC, |line| lines.push(line.text.into_string()));
        lines
    }

    #[test]
    fn only_the_first_line_of_a_message_is_a_call() {
        let mut calls = Vec::new();
        let from = ClientName::new("c1").unwrap();
        let notice = Notice::Direct { from, body: "one\ntwo".to_owned() };
        render(notice, &TimeZone::UTC, |line| calls.push(line.marks.is_call));
        assert_eq!(calls, [true, false]);
    }

    #[test]
    fn every_line_of_a_message_begins_with_its_author() {
        let from = ClientName::new("c1").unwrap();
        let body = "one\ntwo\x07".to_owned();
        let shown = lines(Notice::Direct { from, body: body.clone() });
        assert_eq!(shown, ["c1: one", "c1: two\u{fffd}"]);
        let text = Text { number: 1, at: Timestamp::from_micros(0), body };
        let shown = lines(Notice::Kept(KeptText { from, group: None, text }.into()));
        assert_eq!(shown, ["c1: 1970-01-01 00:00:00 one", "c1: 1970-01-01 00:00:00 two\u{fffd}"]);
    }
}
