//! What the server's screen says to each notice, word by word as in the original.

use super::clean::clean;
use crate::server::{GroupInfo, Notice};

/// Renders a notice, a line or more, all behind the prompt: `show` gets them.
pub(super) fn render(notice: Notice, mut show: impl FnMut(String)) {
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
