//! All random choices of a generated scenario, from one seed.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// Draws numbers from a seed: the same ones for the same seed.
#[derive(Debug)]
pub struct Dice(ChaCha8Rng);

impl Dice {
    /// Starts with a seed.
    pub fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// Returns a number below `count`; 0 if that is 0.
    pub fn below(&mut self, count: u64) -> u64 {
        self.0.next_u64() % count.max(1)
    }

    /// Returns a number from a range, both ends included.
    pub fn between(&mut self, min: u64, max: u64) -> u64 {
        min + self.below(max - min + 1)
    }

    /// Returns true once in `count` times, on average.
    pub fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }

    /// Returns one of several.
    ///
    /// # Panics
    ///
    /// The slice is empty.
    pub fn pick<T: Clone>(&mut self, all: &[T]) -> T {
        let index = usize::try_from(self.below(all.len() as u64)).unwrap_or_default();
        all[index].clone()
    }

    /// Returns each of several with a probability of one half, but at least one of them.
    ///
    /// # Panics
    ///
    /// The slice is empty.
    pub fn about_half<T: Copy>(&mut self, all: &[T]) -> Vec<T> {
        let drawn: Vec<_> = all.iter().filter(|_| self.one_in(2)).copied().collect();
        if drawn.is_empty() { vec![self.pick(all)] } else { drawn }
    }

    /// Returns one of several, each as likely as its weight says.
    pub fn weighted<T: Copy>(&mut self, all: &[(u64, T)]) -> T {
        let total = all.iter().map(|(weight, _)| weight).sum();
        let mut left = self.below(total);
        for (weight, item) in all {
            if left < *weight {
                return *item;
            }
            left -= weight;
        }
        all[0].1
    }
}
