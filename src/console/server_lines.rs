//! What the server's screen says to each notice, word by word as in the original.

use super::clean::clean;
use crate::server::{GroupInfo, Notice};

/// Renders a notice, a line or more, all behind the prompt.
pub(super) fn lines(notice: Notice) -> Vec<String> {
    match notice {
        Notice::Listening => vec!["[Start listening...]".to_owned()],
        Notice::TableUpdated => vec!["[Client table updated.]".to_owned()],
        Notice::Answered => vec!["[ACK Sent.]".to_owned()],
        Notice::SaveAnswered => vec!["[ACK sent.]".to_owned()],
        Notice::DuplicateLogin => vec!["[Duplicate Login Detected!]".to_owned()],
        Notice::GroupsRequested { by, groups } => {
            let mut lines = vec![format!("[Client {by} requests listing groups:]")];
            lines.extend(groups.iter().map(|group| format!("[{group}]")));
            lines
        }
        Notice::Joined { client, group, groups } => {
            vec![format!("[Client {client} Joined Group {group}.]"), present(&groups)]
        }
        Notice::JoinFailed { client, group } => {
            vec![format!("[Client {client} joining group {group} failed, group does not exist.]")]
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
            clean(&body).map(|line| said(&line)).collect()
        }
        Notice::MemberRemoved { client, group } => {
            vec![format!("[Client {client} not responsive, removed from group {group}.]")]
        }
        Notice::MembersRequested { by, group, members } => {
            let mut lines =
                vec![format!("[Client {by} requested listing members of group {group}:]")];
            lines.extend(members.iter().map(|member| format!("[{member}]")));
            lines
        }
        Notice::Left { client, group, groups } => {
            vec![format!("[Client {client} left group {group}]"), present(&groups)]
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
