use crate::client::commands::Commands;
use crate::client::output::Output;
use crate::client::words::{Bearing, Command, CommandNumber};
use crate::protocol::limits::COMMANDS_WAITING_MAX;
use crate::records::Query;

fn done(command: u64, success: bool) -> Output {
    Output::Done { command: CommandNumber(command), success }
}

fn query() -> Query {
    Query { with: None, words: None, count: 1 }
}

#[test]
fn a_command_with_a_refusal_has_failed_whatever_follows() {
    let mut commands = Commands::default();
    let number = commands.number();
    assert!(commands.begin(number).is_none());
    assert_eq!(commands.note(Bearing::Refusal), Some(number));
    assert_eq!(commands.note(Bearing::Answer), Some(number));
    assert_eq!(commands.finish(), Some(done(1, false)));
    assert_eq!(commands.finish(), None, "it ends once");
}

#[test]
fn news_is_about_no_command_and_fails_none() {
    let mut commands = Commands::default();
    let number = commands.number();
    commands.begin(number);
    assert_eq!(commands.note(Bearing::News), None);
    assert_eq!(commands.finish(), Some(done(1, true)));
    assert_eq!(commands.note(Bearing::Answer), None, "nothing is being answered");
}

#[test]
fn a_query_waits_for_storage_and_keeps_no_other_command_waiting() {
    let mut commands = Commands::default();
    let first = commands.number();
    commands.begin(first);
    let second = commands.number();
    let other = commands.begin(second);
    commands.await_found(query());
    assert_eq!(commands.finish(), None, "storage has not answered");
    commands.resume(other);
    assert!(commands.is_waiting());
    commands.assert_invariants();
    assert_eq!(commands.finish(), Some(done(1, true)));
    assert_eq!(commands.pop_query(), Some((second, query())));
    assert!(!commands.is_waiting());
}

#[test]
fn commands_wait_in_their_order_and_up_to_the_bound() {
    let mut commands = Commands::default();
    for _ in 0..COMMANDS_WAITING_MAX {
        let number = commands.number();
        assert!(commands.push(number, Command::ListGroups));
    }
    let number = commands.number();
    assert!(!commands.push(number, Command::ListGroups));
    commands.assert_invariants();
    assert_eq!(commands.pop(), Some((CommandNumber(1), Command::ListGroups)));
    assert_eq!(commands.abandon_next(), Some(done(2, false)));
}

#[test]
#[should_panic(expected = "a command is in two places")]
fn a_command_in_two_places_is_noticed() {
    let mut commands = Commands::default();
    let number = commands.number();
    commands.begin(number);
    commands.push(number, Command::Pending);
    commands.assert_invariants();
}
