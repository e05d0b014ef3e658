//! Completion with the Tab key.

use machine::{Completion, Completions};

use super::argument::{Argument, Source};
use super::{Person, Vocabulary};

/// Maximum number of candidates. A longer list omits some before its last one, so that the common
/// prefix stays the same.
const CANDIDATES_MAX: usize = 10_000;

/// Returns the completions of the word at the end of `typed`: where the word begins, in bytes, and
/// all candidates, in order.
pub fn complete(typed: &str, vocabulary: &Vocabulary) -> Completions {
    let word_at = typed.rfind(char::is_whitespace).map_or(0, |blank| blank + 1);
    let (before, word) = typed.split_at(word_at);
    let mut earlier = before.split_ascii_whitespace();
    let Some(command) = earlier.next() else {
        let slash = usize::from(word.starts_with('/'));
        let word = word.get(slash..).unwrap_or_default();
        let commands = vocabulary.commands.fitting();
        let offer = |needs_more, command| candidate(command, needs_more);
        let candidates = commands
            .filter(|spec| spec.word.starts_with(word))
            .map(|spec| offer(!spec.arguments.is_empty(), spec.word));
        let candidates = candidates.collect();
        return Completions { start: word_at + slash, candidates };
    };
    let command = command.strip_prefix('/').unwrap_or(command);
    let arguments = vocabulary.commands.meant(command).map_or(&[][..], |spec| spec.arguments);
    let mut left = arguments.iter().skip(earlier.count());
    let argument = left.next();
    let needs_more = left.next().is_some();
    let is_message = argument.or_else(|| arguments.last()).is_some_and(Argument::is_message);
    if let Some(name) = word.strip_prefix('@').filter(|_| is_message) {
        let candidates = shortened(people(vocabulary, name, false));
        return Completions { start: word_at + 1, candidates };
    }
    let words = |source: &Source| match source {
        Source::Clients => people(vocabulary, word, needs_more),
        Source::Groups => groups(vocabulary, word, needs_more),
        Source::Commands => commands(vocabulary, word, needs_more),
    };
    let sources = argument.map_or(&[][..], |argument| argument.sources());
    let candidates = shortened(sources.iter().flat_map(words).collect());
    Completions { start: word_at, candidates }
}

fn people(vocabulary: &Vocabulary, beginning: &str, needs_more: bool) -> Vec<Completion> {
    let fitting = vocabulary.clients.iter().filter(|person| person.name.starts_with(beginning));
    let candidate = |person: &Person| {
        let state = if person.is_online { "online" } else { "offline" };
        let shown = format!("{} ({state})", person.name);
        Completion { shown, ..candidate(&person.name, needs_more) }
    };
    fitting.map(candidate).collect()
}

fn groups(vocabulary: &Vocabulary, beginning: &str, needs_more: bool) -> Vec<Completion> {
    let groups = vocabulary.groups.iter().filter(|group| group.starts_with(beginning));
    groups.map(|group| candidate(group, needs_more)).collect()
}

fn commands(vocabulary: &Vocabulary, beginning: &str, needs_more: bool) -> Vec<Completion> {
    let fitting = vocabulary.commands.fitting().map(|spec| spec.word);
    let fitting = fitting.filter(|command| command.starts_with(beginning));
    fitting.map(|command| candidate(command, needs_more)).collect()
}

fn shortened(mut candidates: Vec<Completion>) -> Vec<Completion> {
    if candidates.len() > CANDIDATES_MAX {
        candidates.drain(CANDIDATES_MAX - 1..candidates.len() - 1);
    }
    candidates
}

fn candidate(word: &str, needs_more: bool) -> Completion {
    let blank = if needs_more { " " } else { "" };
    Completion { word: format!("{word}{blank}"), shown: word.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::{COMMANDS, Commands};

    fn vocabulary(in_group: bool) -> Vocabulary {
        let person =
            |&(name, is_online): &(&str, bool)| Person { name: name.to_owned(), is_online };
        Vocabulary {
            commands: Commands::new(COMMANDS, in_group),
            clients: [("bob", true), ("carl", false), ("carol", true)].iter().map(person).collect(),
            groups: vec!["den".to_owned(), "cellar".to_owned()],
        }
    }

    fn completed(typed: &str) -> (usize, Vec<String>) {
        let Completions { start, candidates } = complete(typed, &vocabulary(false));
        (start, candidates.into_iter().map(|candidate| candidate.word).collect())
    }

    fn offered(place: usize, words: &[&str]) -> (usize, Vec<String>) {
        (place, words.iter().map(|&word| word.to_owned()).collect())
    }

    #[test]
    fn the_first_word_is_completed_to_a_command_of_the_current_mode() {
        assert_eq!(completed("s"), offered(0, &["send ", "search "]));
        assert_eq!(completed("  list_g"), offered(2, &["list_groups"]));
        assert_eq!(completed("/join"), offered(1, &["join_group "]));
        assert_eq!(completed("send_"), offered(0, &[]));
        let in_group = complete("send", &vocabulary(true));
        let candidates = vec![candidate("send_all", true)];
        assert_eq!(in_group, Completions { start: 0, candidates });
    }

    #[test]
    fn clients_are_offered_where_a_command_takes_one() {
        assert_eq!(completed("send car"), offered(5, &["carl ", "carol "]));
        assert_eq!(completed("sen car"), offered(4, &["carl ", "carol "]));
        assert_eq!(completed("dereg b"), offered(6, &["bob"]));
        assert_eq!(completed("/whois b"), offered(7, &["bob"]));
    }

    #[test]
    fn clients_are_shown_with_their_state() {
        let candidates = complete("send ", &vocabulary(false)).candidates;
        let shown: Vec<_> = candidates.into_iter().map(|candidate| candidate.shown).collect();
        assert_eq!(shown, ["bob (online)", "carl (offline)", "carol (online)"]);
    }

    #[test]
    fn names_are_offered_after_an_at_sign_in_a_text() {
        assert_eq!(completed("send bob ask @ca"), offered(14, &["carl", "carol"]));
        assert_eq!(completed("send bob @b"), offered(10, &["bob"]));
        assert_eq!(completed("send bob one\ntwo @b"), offered(18, &["bob"]));
        assert_eq!(completed("send bob me@b"), offered(9, &[]));
        assert_eq!(completed("join_group @b"), offered(11, &[]));
        let in_group = complete("send_all @b", &vocabulary(true));
        assert_eq!((in_group.start, in_group.candidates.len()), (10, 1));
    }

    #[test]
    fn commands_are_offered_after_help() {
        assert_eq!(completed("help d"), offered(5, &["dereg"]));
    }

    #[test]
    fn groups_are_offered_after_create_group_and_join_group() {
        assert_eq!(completed("join_group d"), offered(11, &["den"]));
        assert_eq!(completed("create_group "), offered(13, &["den", "cellar"]));
    }

    #[test]
    fn texts_and_unknown_words_are_not_completed() {
        assert_eq!(completed("send bob car"), offered(9, &[]));
        assert_eq!(completed("list_groups d"), offered(12, &[]));
        assert_eq!(completed("foo d"), offered(4, &[]));
        assert_eq!(completed("send bob ü d"), offered(12, &[]));
    }

    #[test]
    fn of_very_many_names_the_first_and_the_last_are_offered() {
        let person = |n| Person { name: format!("c{n:05}"), is_online: true };
        let clients = (0..CANDIDATES_MAX + 5).map(person).collect();
        let vocabulary = Vocabulary { clients, ..vocabulary(false) };
        let candidates = complete("send c", &vocabulary).candidates;
        assert_eq!(candidates.len(), CANDIDATES_MAX);
        assert_eq!(candidates.last().unwrap().word, "c10004 ");
    }
}
