//! The speed of the simulation and of the programs, each compared with a lower bound.
#![expect(clippy::unwrap_used, reason = "a benchmark that goes wrong says so by panicking")]

mod chat;
mod comparison;
mod echo;
mod fuzz;
mod idle;
mod keys;
mod memory;
mod opening;
mod programs;
mod prompt;

use std::time::Duration;

use comparison::{Goal, compare, compare_medians, compare_memory};

/// The allocator of chatsim, for everything that is compared here.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    if memory::play_if_asked() {
        return;
    }
    divan::main();
    for case in &echo::CASES {
        compare(case.simulated, case.turmoil, Goal::Times(3));
    }
    let datagrams = Goal::PerSecond(1_000_000);
    let milliseconds = |count| Goal::Within(Duration::from_millis(count));
    compare("chat::direct", "chat::bare_network", datagrams);
    compare("chat::in_a_group", "chat::bare_network", datagrams);
    compare("idle::day", "idle::empty_day", milliseconds(50));
    compare("idle::day_without_server", "idle::empty_day", milliseconds(50));
    compare("fuzz::scenarios", "fuzz::only_read", Goal::PerSecond(500));
    compare("programs::four_cases", "programs::nothing", milliseconds(50));
    compare("programs::thousand_scenarios", "programs::nothing", milliseconds(2_000));
    compare("prompt::piped", "programs::nothing", milliseconds(50));
    compare("prompt::at_a_terminal", "programs::nothing", milliseconds(50));
    // On a machine that is too busy for a flood, the echo during one cannot be measured.
    compare("keys::messages", "", Goal::PerSecond(1_900));
    compare_medians("keys::flooded", "keys::idle", Duration::from_millis(16));
    compare(memory::REGISTRATION, "", Goal::Within(Duration::from_mins(1)));
    for (name, _) in memory::PLAYS {
        compare_memory(
            name,
            match name {
                memory::REGISTRATION => 4_000,
                name if name.ends_with("_traced") => 500,
                _ => 50,
            },
        );
    }
}
