//! Runs work on several threads, and returns the results in order.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// How often a run checks whether it was interrupted.
const INTERRUPT_INTERVAL: Duration = Duration::from_millis(20);

/// Does `work` for each number below `count` on up to `jobs` threads, and passes the results to
/// `take` in order.
///
/// Once `take` returns, or it is interrupted, no more work is started; work that has started is
/// completed.
pub(crate) fn in_order<T: Send, R>(
    count: usize,
    jobs: NonZeroUsize,
    work: impl Fn(usize) -> T + Sync,
    is_interrupted: &(dyn Fn() -> bool + Sync),
    take: impl FnOnce(InOrder<'_, T>) -> R,
) -> R {
    let next = AtomicUsize::new(0);
    let (sender, results) = channel();
    thread::scope(|scope| {
        for _ in 0..jobs.get().min(count) {
            let (sender, next, work) = (sender.clone(), &next, &work);
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let is_over = index >= count || is_interrupted();
                    if is_over || sender.send((index, work(index))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        take(InOrder { results, early: BTreeMap::new(), due: 0, is_interrupted })
    })
}

/// The results of work, each with its number, in order.
///
/// Once interrupted, it returns the results that are ready, and then ends.
pub(crate) struct InOrder<'a, T> {
    results: Receiver<(usize, T)>,
    early: BTreeMap<usize, T>,
    due: usize,
    is_interrupted: &'a dyn Fn() -> bool,
}

impl<T> Iterator for InOrder<'_, T> {
    type Item = (usize, T);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(result) = self.early.remove(&self.due) {
                let index = self.due;
                self.due += 1;
                return Some((index, result));
            }
            if (self.is_interrupted)() {
                self.early.extend(self.results.try_iter());
                return self.early.pop_first();
            }
            match self.results.recv_timeout(INTERRUPT_INTERVAL) {
                Ok((index, result)) => drop(self.early.insert(index, result)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self.early.pop_first(),
            }
        }
    }
}

/// Ports of the machine, each held by one scenario at a time.
#[derive(Default)]
pub(super) struct Ports {
    held: Mutex<BTreeSet<u16>>,
    freed: Condvar,
}

impl Ports {
    /// Waits until all of these ports are free, and holds them.
    pub(super) fn hold(&self, ports: BTreeSet<u16>) -> HeldPorts<'_> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let is_busy = |held: &mut BTreeSet<u16>| !held.is_disjoint(&ports);
        let held = self.freed.wait_while(held, is_busy);
        held.unwrap_or_else(PoisonError::into_inner).extend(&ports);
        HeldPorts { of: self, ports }
    }
}

/// Ports that are freed when this is dropped.
pub(super) struct HeldPorts<'a> {
    of: &'a Ports,
    ports: BTreeSet<u16>,
}

impl Drop for HeldPorts<'_> {
    fn drop(&mut self) {
        let mut held = self.of.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|port| !self.ports.contains(port));
        drop(held);
        self.of.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::AtomicBool;

    use super::*;

    const TWO: NonZeroUsize = NonZeroUsize::new(2).unwrap();

    #[test]
    fn results_come_in_order_though_the_first_is_the_slowest() {
        let gate = Barrier::new(2);
        // The first ends only with the third, when the second has been done.
        let work = |index| {
            if index != 1 {
                gate.wait();
            }
            index * 10
        };
        let done: Vec<_> = in_order(3, TWO, work, &|| false, |done| done.collect());
        assert_eq!(done, [(0, 0), (1, 10), (2, 20)]);
    }

    #[test]
    fn nothing_more_is_begun_when_nobody_listens() {
        let begun = AtomicUsize::new(0);
        let gate = Barrier::new(2);
        let work = |index| {
            begun.fetch_add(1, Ordering::Relaxed);
            if index == 1 {
                gate.wait();
            }
            index
        };
        let first = in_order(1000, NonZeroUsize::MIN, work, &|| false, |mut done| {
            let first = done.next();
            drop(done);
            gate.wait();
            first
        });
        assert_eq!(first, Some((0, 0)));
        assert_eq!(begun.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn interruption_brings_what_is_ready_and_waits_for_nothing() {
        let is_interrupted = AtomicBool::new(false);
        let never = Barrier::new(2);
        let work = |index| {
            if index == 1 {
                never.wait();
            }
            index
        };
        let done =
            in_order(4, TWO, work, &|| is_interrupted.load(Ordering::Relaxed), |mut done| {
                let mut taken = vec![done.next().map(|(index, _)| index)];
                // The third and the fourth end though the second does not.
                while done.early.len() < 2 {
                    done.early.extend(done.results.recv());
                }
                is_interrupted.store(true, Ordering::Relaxed);
                taken.extend(std::iter::from_fn(|| done.next()).map(|(index, _)| Some(index)));
                never.wait();
                taken
            });
        assert_eq!(done, [Some(0), Some(2), Some(3)]);
    }

    #[test]
    fn port_is_held_by_one_at_a_time() {
        let ports = Ports::default();
        let held = ports.hold([1, 2].into());
        drop(ports.hold([3].into()));
        let order = Mutex::new(Vec::new());
        thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                let _held = ports.hold([2, 3].into());
                order.lock().unwrap().push("second");
            });
            order.lock().unwrap().push("first");
            drop(held);
            waiting.join().unwrap();
        });
        assert_eq!(order.into_inner().unwrap(), ["first", "second"]);
    }
}
