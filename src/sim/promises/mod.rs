//! The promises of the chat, each with a checker over what has happened so far.
//!
//! Promises are checked from outside. Programs state facts about their messages (`protocol::Fact`:
//! written, taken, shown, saved, ...), on which nothing in the chat depends, and report their state
//! (`Actor::holdings`). A stage puts the facts into its trace between the datagrams; a checker
//! reads the trace, the screens and the current state of the running programs. It knows a message by
//! its id, and its text by what was typed at its author's prompt (`screens`). It works on every stage
//! that has a trace. Programs that cannot be asked
//! (because they are paused or down) are trusted.
//!
//! `tests/soak` checks the same promises outside of the simulation: real programs write their facts
//! to a file (`--facts`) while a relay between them loses, repeats and reorders datagrams, and they
//! are killed at random.

mod acknowledged;
mod acknowledging;
mod audience;
mod back_online;
mod bounds;
mod evidence;
mod finding;
mod greetings;
mod history;
mod limits;
mod messages;
mod name_in_use;
mod notices;
mod order;
mod past;
mod peers;
mod quiet;
mod reports;
mod screens;
mod server_knows;
mod stays_out;
mod strangers;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_of_audience;
#[cfg(test)]
mod tests_of_bounds;
#[cfg(test)]
mod tests_of_cost;
#[cfg(test)]
mod tests_of_history;
#[cfg(test)]
mod tests_of_notices;
mod traffic;

use chatsim::scenario::Scenario;
use chatsim::stage::Stage;
use chatsim::{Broken, Checker, Guest, Promise};

use self::evidence::Evidence;
use self::finding::Finding;
use self::past::Past;

/// Checks one promise.
type Check = fn(&Evidence<'_>) -> Result<(), Finding>;

/// All promises of the chat, with their checkers.
const CHECKS: [(Promise, Check); 22] = [
    (
        Promise::always("nothing_lost", "what was acknowledged is never lost"),
        messages::nothing_lost,
    ),
    (
        Promise::always("shown_once", "each message is shown at most once on a screen"),
        messages::shown_once,
    ),
    (
        Promise::always(
            "in_order",
            "messages of one author are shown in the order in which they were sent",
        ),
        order::in_order,
    ),
    (
        Promise::always(
            "confirmed",
            "\"received by\" is shown only for messages that the receiver's program has",
        ),
        reports::confirmed,
    ),
    (
        Promise::always(
            "not_delivered",
            "nobody has a message of which its author was told that it is not delivered",
        ),
        reports::not_delivered,
    ),
    (
        Promise::after_healing("receipts", "a receipt reaches its author exactly once"),
        reports::receipts,
    ),
    (Promise::after_healing("tables_agree", "all register tables agree"), peers::tables_agree),
    (
        Promise::after_healing(
            "peers_talk",
            "peers communicate without the server, and vanished ones are noticed",
        ),
        peers::peers_talk,
    ),
    (
        Promise::always("noticed", "the server notices a client that has ended without a word"),
        peers::noticed,
    ),
    (
        Promise::always("same_order", "all members of a group see its messages in the same order"),
        order::same_order,
    ),
    (
        Promise::always("bounded", "everything is bounded, and nothing is dropped silently"),
        limits::bounded,
    ),
    (
        Promise::always(
            "addressed",
            "a message reaches only the person, or the members of the group, that it was written to",
        ),
        audience::addressed,
    ),
    (
        Promise::always(
            "on_screen",
            "screens show each message as its author wrote it, and what became of it",
        ),
        screens::on_screen,
    ),
    (
        Promise::always("stays_out", "a client that was kicked stays out until its user returns"),
        stays_out::stays_out,
    ),
    (
        Promise::always("name_in_use", "a name belongs to one program at a time"),
        name_in_use::name_in_use,
    ),
    (
        Promise::always("history_right", "a history has what its user was notified of"),
        history::history_right,
    ),
    (Promise::always("thrifty", "no datagram is sent without need"), traffic::thrifty),
    (
        Promise::always(
            "resent_in_time",
            "what arrives is acknowledged, and what is lost is sent again, in time",
        ),
        traffic::resent_in_time,
    ),
    (
        Promise::always("strangers", "strangers get no more bytes than they sent"),
        strangers::strangers,
    ),
    (
        Promise::when_quiet("all_delivered", "nothing is waiting for a client that is online"),
        quiet::all_delivered,
    ),
    (
        Promise::when_quiet("back_online", "a client whose user did not leave is online"),
        back_online::back_online,
    ),
    (
        Promise::when_quiet(
            "server_knows",
            "the server knows where each client that is online is, and its group",
        ),
        server_knows::server_knows,
    ),
];

/// All promises of the chat.
pub(super) static ALL: [Promise; CHECKS.len()] = {
    let mut all = [CHECKS[0].0; CHECKS.len()];
    let mut index = 1;
    while index < CHECKS.len() {
        all[index] = CHECKS[index].0;
        index += 1;
    }
    all
};

/// Checks the promises of the chat, and remembers what it has seen.
pub(super) struct ChatChecker {
    /// Describes the events of a message's journey.
    guest: &'static dyn Guest,
    past: Past,
}

impl ChatChecker {
    pub(super) fn new(guest: &'static dyn Guest) -> Self {
        Self { guest, past: Past::default() }
    }
}

impl Checker for ChatChecker {
    fn check(
        &mut self,
        promises: &[Promise],
        scenario: &Scenario,
        stage: &dyn Stage,
    ) -> Result<(), Broken> {
        let evidence = Evidence::gather(&mut self.past, scenario, stage);
        for promise in promises {
            let check = CHECKS.iter().find(|(known, _)| known.name == promise.name);
            let Some((promise, check)) = check else { continue };
            check(&evidence).map_err(|Finding { reason, message }| {
                let way = message.map(|id| evidence.way(id, self.guest)).unwrap_or_default();
                Broken { promise: *promise, reason, way }
            })?;
        }
        Ok(())
    }
}
