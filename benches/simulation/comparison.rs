//! Comparison of measurements: divan's table shows neither ratios nor goals.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![expect(clippy::print_stdout, reason = "the comparison is output like divan's table")]

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// The measurements, by the names of the benchmarks.
static MEASURED: Mutex<BTreeMap<&str, Measured>> = Mutex::new(BTreeMap::new());

struct Measured {
    /// The number of items of one run.
    items: u32,
    times: Vec<Duration>,
}

impl Measured {
    /// The fastest run: other load of the machine only adds to it.
    fn fastest(&self) -> Duration {
        self.times.iter().min().copied().unwrap_or_default()
    }

    fn median(&self) -> Duration {
        let mut times = self.times.clone();
        times.sort();
        times.get(times.len() / 2).copied().unwrap_or_default()
    }

    fn fastest_per_item(&self) -> f64 {
        self.fastest().as_secs_f64() / f64::from(self.items)
    }
}

/// The recorded amounts of memory, by name, in KiB.
static NOTED: Mutex<BTreeMap<&str, u64>> = Mutex::new(BTreeMap::new());

/// Records how much memory something took, in KiB.
pub(crate) fn noted(name: &'static str, kibibytes: u64) {
    NOTED.lock().unwrap().insert(name, kibibytes);
}

/// Prints how much memory something took, and whether that meets a goal in MB; prints nothing if it
/// was not measured.
pub(crate) fn compare_memory(name: &str, megabytes_max: u64) {
    if let Some(kibibytes) = NOTED.lock().unwrap().get(name) {
        let megabytes = kibibytes * 1024 / 1_000_000;
        let verdict = if megabytes <= megabytes_max { "met" } else { "missed" };
        println!("{name:<22} {megabytes:>9} MB   goal {megabytes_max:>6} MB {verdict}");
    }
}

/// A goal for speed.
#[derive(Clone, Copy)]
pub(crate) enum Goal {
    /// This many items per second.
    PerSecond(u32),
    /// One run in this much time.
    Within(Duration),
    /// This many times as fast as the baseline.
    Times(u32),
}

/// Runs something and records how long it took.
pub(crate) fn timed<T>(name: &'static str, items: u32, act: impl FnOnce() -> T) -> T {
    let started_at = Instant::now();
    let result = act();
    note_time(name, items, started_at.elapsed());
    result
}

/// Records how long something took.
pub(crate) fn note_time(name: &'static str, items: u32, took: Duration) {
    let mut measured = MEASURED.lock().unwrap();
    let measured = measured.entry(name).or_insert(Measured { items, times: Vec::new() });
    measured.times.push(took);
}

/// Prints the median of a measurement, whether that meets the goal, and its ratio to the median of
/// the baseline; prints nothing if the benchmark did not run.
pub(crate) fn compare_medians(name: &str, baseline: &str, goal: Duration) {
    let all = MEASURED.lock().unwrap();
    if let (Some(measured), Some(least)) = (all.get(name), all.get(baseline)) {
        let (median, least) = (measured.median(), least.median());
        let verdict = if median <= goal { "met" } else { "missed" };
        let ratio = median.as_secs_f64() / least.as_secs_f64();
        println!(
            "{name:<22} {median:>12.2?}   goal {goal:>9.0?} {verdict:<6}  median; {ratio:.2} x \
             the time of {baseline} ({least:.2?})"
        );
    }
}

/// Prints the best speed of a benchmark, whether that meets the goal, and the ratio of its cost per
/// item to that of the baseline; prints nothing if the benchmark did not run.
pub(crate) fn compare(name: &str, baseline: &str, goal: Goal) {
    let all = MEASURED.lock().unwrap();
    let Some(measured) = all.get(name) else {
        return;
    };
    let (fastest, per_item) = (measured.fastest(), measured.fastest_per_item());
    let baseline_per_item = all.get(baseline).map(Measured::fastest_per_item);
    let rate = per_item.recip();
    let (reached, wanted, is_met) = match goal {
        Goal::PerSecond(wanted) => {
            (format!("{rate:.0} /s"), format!("{wanted} /s"), rate >= f64::from(wanted))
        }
        Goal::Within(wanted) => {
            (format!("{fastest:.1?}"), format!("{wanted:?}"), fastest <= wanted)
        }
        Goal::Times(wanted) => {
            let times = baseline_per_item.unwrap_or(f64::NAN) / per_item;
            (format!("{times:.1} x"), format!("{wanted} x"), times >= f64::from(wanted))
        }
    };
    let verdict = if is_met { "met" } else { "missed" };
    let ratio = baseline_per_item.map_or_else(String::new, |least| {
        format!("; {:.2} x the time of {baseline} ({:.0} /s)", per_item / least, least.recip())
    });
    println!("{name:<22} {reached:>12}   goal {wanted:>9} {verdict:<6}  {rate:.0} /s{ratio}");
}
