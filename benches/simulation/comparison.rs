//! Times beside each other: divan's table knows neither ratios nor goals.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![expect(clippy::print_stdout, reason = "the comparison is output like divan's table")]

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// What was measured, by the names of the benchmarks.
static MEASURED: Mutex<BTreeMap<&str, Measured>> = Mutex::new(BTreeMap::new());

struct Measured {
    /// What one run deals with.
    items: u32,
    times: Vec<Duration>,
}

impl Measured {
    fn median(&self) -> Duration {
        let mut times = self.times.clone();
        times.sort_unstable();
        times.get(times.len() / 2).copied().unwrap_or_default()
    }

    fn median_per_item(&self) -> f64 {
        self.median().as_secs_f64() / f64::from(self.items)
    }
}

/// How fast something is to be.
#[derive(Clone, Copy)]
pub(crate) enum Goal {
    /// So many items in a second.
    PerSecond(u32),
    /// One run in so much time.
    Within(Duration),
    /// So many times as fast as the baseline.
    Times(u32),
}

/// Does something and notes how long it took.
pub(crate) fn timed<T>(name: &'static str, items: u32, act: impl FnOnce() -> T) -> T {
    let started_at = Instant::now();
    let result = act();
    let took = started_at.elapsed();
    let mut measured = MEASURED.lock().unwrap();
    let measured = measured.entry(name).or_insert(Measured { items, times: Vec::new() });
    measured.times.push(took);
    result
}

/// Prints how fast a benchmark was at its median, whether that meets the goal, and how many times
/// as much it costs an item as the baseline; nothing of a benchmark that did not run.
pub(crate) fn compare(name: &str, baseline: &str, goal: Goal) {
    let all = MEASURED.lock().unwrap();
    let Some(measured) = all.get(name) else {
        return;
    };
    let (median, per_item) = (measured.median(), measured.median_per_item());
    let baseline_per_item = all.get(baseline).map(Measured::median_per_item);
    let rate = per_item.recip();
    let (reached, wanted, is_met) = match goal {
        Goal::PerSecond(wanted) => {
            (format!("{rate:.0} /s"), format!("{wanted} /s"), rate >= f64::from(wanted))
        }
        Goal::Within(wanted) => (format!("{median:.1?}"), format!("{wanted:?}"), median <= wanted),
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
