//! The chat as a guest of chatsim: its actors, its packets, its promises, and the workload of
//! generated scenarios.

mod bounds;
mod contents;
mod packets;
mod promises;
pub mod prompt;
mod roles;
mod workload;

use std::env;
use std::path::{Path, PathBuf};

use chatsim::fuzz::Workload;
use chatsim::scenario::{self, Mistakes, Scenario, Source};
use chatsim::stage::Line;
use chatsim::stage::pty::{Program, Programs};
use chatsim::{Checker, Guest, Hints, PacketKind, Part, Promise, Role};
use jiff::tz::TimeZone;
use machine::{Actor, Fact, Records};

use crate::client::HISTORY_IN_MEMORY_MAX;
use crate::console::{ClientConsole, ServerConsole, split_row};
use crate::protocol::{self, ClientName};
use crate::records;
use crate::server::Server;
use roles::{CLIENT, ROLES, SERVER};

pub use roles::{client, server};

/// The chat as a guest of chatsim: a server, and clients.
#[derive(Clone, Copy, Debug)]
pub struct Chat;

/// Environment variables of the user that must not affect a run, nor be affected by one: where
/// programs of the chat look for their settings, their prompt history, and their data.
const PERSONAL: [&str; 4] = ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"];

impl Guest for Chat {
    fn roles(&self) -> &'static [Role] {
        &ROLES
    }

    /// Screens show times as a scenario writes them, in UTC.
    fn build(&self, part: &Part<'_>) -> Box<dyn Actor> {
        let own = part.address().unwrap_or_else(|| unreachable!("every actor has an address"));
        match ClientName::new(part.own_name) {
            Ok(name) if !part.role.is_single => {
                let server = part.address_of(ROLES[SERVER].key).unwrap_or(own);
                let client = ClientConsole::new(name, server, part.seed, TimeZone::UTC);
                let client = client.with_bounds(bounds::of_client(part.options));
                Box::new(client.with_history_limit(HISTORY_IN_MEMORY_MAX))
            }
            Ok(_) | Err(_) => {
                let server = Server::new(part.seed, part.now);
                let server = server.with(bounds::of_server(part.options));
                Box::new(ServerConsole::new(server, own, TimeZone::UTC))
            }
        }
    }

    fn answer(&self, question: &[u8], records: &Records) -> Vec<u8> {
        records::answer(question, records)
    }

    fn packet_kinds(&self) -> &[PacketKind] {
        &packets::KINDS
    }

    fn packets(&self, datagram: &[u8]) -> Vec<PacketKind> {
        packets::of(datagram)
    }

    fn contents(&self, datagram: &[u8]) -> Vec<String> {
        contents::contents(datagram)
    }

    fn parts(&self, datagram: &[u8]) -> Vec<u64> {
        packets::parts(datagram)
    }

    fn describe_fact(&self, fact: &Fact) -> String {
        let fact = protocol::Fact::decode(fact);
        fact.map_or_else(|| "states something unknown".to_owned(), |fact| fact.to_string())
    }

    fn state_after(&self, fact: &Fact) -> Option<&'static str> {
        use protocol::Fact as Stated;
        match Stated::decode(fact)? {
            Stated::Online => Some("online"),
            Stated::Offline => Some("offline"),
            Stated::Written { .. }
            | Stated::Taken(_)
            | Stated::Shown(_)
            | Stated::Confirmed { .. }
            | Stated::FellBack { .. }
            | Stated::Saved { .. }
            | Stated::Accepted(_)
            | Stated::Refused(_)
            | Stated::Receipted { .. }
            | Stated::Expired { .. }
            | Stated::Addressed { .. }
            | Stated::Kept { .. }
            | Stated::GroupTold(_)
            | Stated::Member(_)
            | Stated::Joins(_)
            | Stated::Leaves
            | Stated::Left
            | Stated::Returns
            | Stated::Kicked(_)
            | Stated::Expelled(_) => None,
        }
    }

    fn promises(&self) -> &[Promise] {
        &promises::ALL
    }

    fn checker(&self) -> Box<dyn Checker> {
        Box::new(promises::ChatChecker::new(&Self))
    }

    fn workload(&self) -> Option<&dyn Workload> {
        Some(&workload::ChatWorkload)
    }

    fn programs(&self, program: Option<&Path>) -> Result<Programs, String> {
        let path = program.map_or_else(installed, Path::to_owned);
        if program.is_none() && !path.exists() {
            return Err(format!(
                "there is no `chatapp` beside `chatsim` to play with: {} is missing\n  \
                 help: build both with `cargo build --release --bins`, or name one with \
                 `--program PATH`",
                path.display(),
            ));
        }
        Ok(programs(&path))
    }

    fn line_of_row(&self, row: &str) -> Line {
        let (prompt, text) = split_row(row);
        Line::new(prompt, text.to_owned())
    }

    fn hints(&self) -> Hints {
        Hints {
            template: Some(include_str!("template.yaml")),
            unmovable: Some(
                "clients know it by its address; `restart: server` ends it and starts it",
            ),
            ..Hints::default()
        }
    }
}

/// Runs the `chatapp` at a path.
pub fn programs(path: &Path) -> Programs {
    let program = |arguments: &[&str]| {
        let program = Program::new(path, arguments);
        program.with_data(&["--data", "{data}"], &["--ephemeral"]).hiding(&PERSONAL)
    };
    let mut server = program(&["server", "--port", "{port}", "--bind", "{server_ip}"]);
    for bound in &bounds::OF_SERVER {
        if let Some(flag) = bound.flag {
            server = server.with_flag(bound.option.key, flag);
        }
    }
    // Screens are compared, also with those of other programs.
    let client = program(&[
        "client",
        "{name}",
        "{server_ip}:{server_port}",
        "--port",
        "{port}",
        "--no-advice",
    ]);
    Programs::default().with(ROLES[SERVER].key, server).with(ROLES[CLIENT].key, client)
}

/// Returns the path of `chatapp` when it is installed next to this program.
fn installed() -> PathBuf {
    let name = format!("chatapp{}", env::consts::EXE_SUFFIX);
    env::current_exe().unwrap_or_default().with_file_name(name)
}

/// Parses a scenario of the chat.
///
/// # Errors
///
/// All errors of the text.
pub fn parse(source: &Source) -> Result<Vec<Scenario>, Mistakes> {
    scenario::parse(source, &Chat)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use chatsim::scenario::Source;

    use super::*;

    #[test]
    fn a_client_registers_under_its_login() {
        let text = "chatsim: 1\nclients: { c1: { login: alice } }\nsteps:\n  - start: [server, c1]\n  \
                    - c1: list_users\n  - expect: { c1: /alice/ }\n";
        let scenario = parse(&Source::new("x.yaml".into(), text.into())).unwrap().remove(0);
        assert_eq!(scenario.own_name(&client("c1".parse().unwrap())), "alice");
        assert_eq!(scenario.own_name(&server()), "server");
    }

    #[test]
    fn a_program_that_is_missing_is_named_with_its_cure() {
        assert!(Chat.programs(Some(Path::new("/nowhere/chatapp"))).is_ok());
        let problem = Chat.programs(None).unwrap_err();
        assert!(problem.starts_with("there is no `chatapp` beside `chatsim`"), "{problem}");
    }
}
