//! What the Tab key offers.

use crate::console::{Argument, COMMANDS, Vocabulary};

/// Tells what the word at the end of `typed` can become: where the word begins, in bytes, and all
/// completions of it, in order. A completion that needs more behind it ends in a blank.
pub fn complete(typed: &str, vocabulary: &Vocabulary) -> (usize, Vec<String>) {
    let word_at = typed.rfind(' ').map_or(0, |blank| blank + 1);
    let (before, word) = typed.split_at(word_at);
    let mut earlier = before.split_ascii_whitespace();
    let Some(command) = earlier.next() else {
        let commands = vocabulary.commands.iter().filter(|command| command.starts_with(word));
        let completion = |&command| ended(command, !arguments_of(command).is_empty());
        return (word_at, commands.map(completion).collect());
    };
    let mut arguments = arguments_of(command).iter().skip(earlier.count());
    let words: Vec<&str> = match arguments.next() {
        Some(Argument::Client) => vocabulary.clients.iter().map(String::as_str).collect(),
        Some(Argument::Group) => vocabulary.groups.iter().map(String::as_str).collect(),
        Some(Argument::Command) => vocabulary.commands.clone(),
        Some(Argument::Conversation) => {
            vocabulary.clients.iter().chain(&vocabulary.groups).map(String::as_str).collect()
        }
        Some(Argument::Text | Argument::Words | Argument::Count | Argument::Number) | None => {
            Vec::new()
        }
    };
    let needs_more = arguments.next().is_some();
    let fitting = words.into_iter().filter(|it| it.starts_with(word));
    (word_at, fitting.map(|it| ended(it, needs_more)).collect())
}

fn arguments_of(command: &str) -> &'static [Argument] {
    let spec = COMMANDS.iter().find(|spec| spec.word == command);
    spec.map_or(&[], |spec| spec.arguments)
}

fn ended(word: &str, needs_more: bool) -> String {
    let blank = if needs_more { " " } else { "" };
    format!("{word}{blank}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(typed: &str) -> (usize, Vec<String>) {
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        let vocabulary = Vocabulary {
            commands: vec!["reg", "send", "dereg", "create_group", "list_groups"],
            clients: words(&["bob", "carol", "carl"]),
            groups: words(&["den", "cellar"]),
        };
        complete(typed, &vocabulary)
    }

    fn offered(place: usize, words: &[&str]) -> (usize, Vec<String>) {
        (place, words.iter().map(|&word| word.to_owned()).collect())
    }

    #[test]
    fn the_first_word_becomes_a_command_of_the_present_mode() {
        assert_eq!(completed("s"), offered(0, &["send "]));
        assert_eq!(completed("  li"), offered(2, &["list_groups"]));
        assert_eq!(completed("join"), offered(0, &[]));
        assert_eq!(completed("").1.len(), 5);
    }

    #[test]
    fn clients_stand_behind_send_and_dereg() {
        assert_eq!(completed("send car"), offered(5, &["carol ", "carl "]));
        assert_eq!(completed("dereg b"), offered(6, &["bob"]));
    }

    #[test]
    fn commands_stand_behind_help() {
        assert_eq!(completed("help d"), offered(5, &["dereg"]));
    }

    #[test]
    fn groups_stand_behind_create_group_and_join_group() {
        assert_eq!(completed("join_group d"), offered(11, &["den"]));
        assert_eq!(completed("create_group "), offered(13, &["den", "cellar"]));
    }

    #[test]
    fn texts_and_strange_words_are_left_alone() {
        assert_eq!(completed("send bob car"), offered(9, &[]));
        assert_eq!(completed("list_groups d"), offered(12, &[]));
        assert_eq!(completed("send bob ü d"), offered(12, &[]));
    }
}
