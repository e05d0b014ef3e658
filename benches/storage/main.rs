//! The speed of storing messages on a disk, each time compared with a lower bound on the same disk
//! in the same minute.
#![expect(clippy::unwrap_used, reason = "a benchmark that goes wrong says so by panicking")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![expect(clippy::print_stdout, reason = "that is what it is for")]

mod disk;
mod history;
mod office;
mod restart;

use std::time::{Duration, Instant};

use office::Office;

/// The numbers of concurrent senders.
const SENDERS: usize = 200;

/// How long each rate is measured.
const MEASURED: Duration = Duration::from_secs(2);

/// The number of rounds, the best of which counts: other load of the disk only slows it down.
const ROUNDS: usize = 5;

/// The number of single messages that are measured.
const LONE: usize = 300;

fn main() {
    if restart::play_if_asked() || history::play_if_asked() {
        return;
    }
    let asked = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let is_asked = |name: &str| asked.as_ref().is_none_or(|asked| name.contains(asked.as_str()));
    if is_asked("saving") {
        saving();
    }
    if is_asked("lone") {
        lone();
    }
    if is_asked("restart") {
        restart::measure();
    }
    if is_asked("history") {
        history::measure();
    }
}

/// Messages that are stored and acknowledged, compared with the engine alone.
fn saving() {
    let (mut best, mut best_raw, mut best_ratio) = (0.0_f64, 0.0_f64, 0.0_f64);
    for _ in 0..ROUNDS {
        let folder = tempfile::tempdir().unwrap();
        let mut office = Office::open(&folder.path().join("server"), SENDERS);
        let started_at = Instant::now();
        let mut saved = 0;
        while started_at.elapsed() < MEASURED {
            saved += office.work();
        }
        let rate = f64::from(saved) / started_at.elapsed().as_secs_f64();
        let batch = office.messages_per_commit();
        let raw = disk::engine_rate(&folder.path().join("raw"), batch, MEASURED);
        println!("  saving: {rate:>7.0} /s, {batch} in a commit; the engine alone: {raw:>7.0} /s");
        (best, best_raw) = (best.max(rate), best_raw.max(raw));
        best_ratio = best_ratio.max(rate / raw);
    }
    tell("saving", &format!("{best:.0} /s"), "20000 /s", best >= 20_000.0);
    let reached = format!("{:.2} x, {best_ratio:.2} x", best / best_raw);
    tell("saving / engine", &reached, "0.50 x", best / best_raw >= 0.5 || best_ratio >= 0.5);
}

/// One message at a time, compared with a bare sync.
fn lone() {
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open(&folder.path().join("server"), 1);
    let mut syncs = disk::Syncs::in_folder(folder.path());
    let (mut times, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..LONE {
        let started_at = Instant::now();
        while office.work() == 0 {}
        times.push(started_at.elapsed());
        bare.push(syncs.sync());
    }
    let (time, bare) = (median(times), median(bare));
    let ratio = time.as_secs_f64() / bare.as_secs_f64();
    println!("  lone: {time:.1?} for a message, {bare:.1?} for a bare sync (medians)");
    tell("lone / sync", &format!("{ratio:.2} x"), "3.00 x", ratio <= 3.0);
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn tell(name: &str, reached: &str, wanted: &str, is_met: bool) {
    let verdict = if is_met { "met" } else { "missed" };
    println!("{name:<18} {reached:>16}   goal {wanted:>9} {verdict}");
}
