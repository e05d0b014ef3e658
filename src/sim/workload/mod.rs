//! Generated scenarios: a random workload with all commands and faults, then healing and a last
//! check.

mod bounds;
mod generator;
mod healing;
mod plan;

#[cfg(test)]
mod tests_of_shrinking;
mod watched;

use chatsim::fuzz::{Healing, Workload};
use chatsim::scenario::{Item, Script};

use bounds::Bounds;
use generator::Traces;
use healing::End;

/// Generates scenarios of the chat.
pub(super) struct ChatWorkload;

impl Workload for ChatWorkload {
    fn scenario(&self, seed: u64) -> Script {
        plan::scenario(seed)
    }

    fn healing(&self, actors: &[String]) -> Vec<Item> {
        healing::steps(actors, End::USUAL, &Traces::default(), &Bounds::default())
    }

    fn may_omit(&self, healing: &Healing<'_>, line: &str) -> bool {
        match line {
            "reg" => {
                let left = healing.is_typed_earlier("dereg") && healing.is_seen("/");
                healing.comes_again() || !(healing.was_typed("dereg") || left)
            }
            line if line.starts_with("unmute") => !healing.was_typed("mute "),
            "leave_group" => !healing.was_typed("join_group"),
            line if line.starts_with("send") => {
                let text = line.rsplit(' ').next().unwrap_or_default();
                let shown = format!("/^{}: .*{text}", healing.actor());
                !healing.is_seen(&shown) && !healing.is_seen("received by")
            }
            _ => true,
        }
    }

    /// Shortens a message: to a short word, or as far as possible.
    fn shorter(&self, line: &str) -> Vec<String> {
        const WORD: &str = "hi";
        const CHARS: [usize; 10] = [6, 300, 600, 1_000, 1_200, 1_500, 2_000, 2_500, 4_000, 8_000];
        let words: Vec<_> = line.split(' ').collect();
        let (head, text) = match words.as_slice() {
            ["send", to, text @ ..] => (format!("send {to} "), text.join(" ")),
            ["send_all", text @ ..] => ("send_all ".to_owned(), text.join(" ")),
            _ => return Vec::new(),
        };
        let beginnings = CHARS.into_iter().map(|chars| text.chars().take(chars).collect());
        let shorter = std::iter::once(WORD.to_owned()).chain(beginnings);
        let shorter = shorter.filter(|shorter| shorter.len() < text.len());
        shorter.map(|shorter| format!("{head}{}", shorter.trim_end())).collect()
    }
}
