//! All faults of a run, as a machine.
//!
//! A machine like the others: datagrams go in, and come out unchanged, changed, later, several
//! times, or not at all. The seed decides every random choice. Both stages with a network use it:
//! the simulated stage puts it in front of its network, the UDP stage in front of the kernel. A
//! fault that never hit a datagram fails its scenario, because the scenario then does not test what
//! it claims to.

use std::time::Duration;

use super::armed::Armed;
use super::fault::{Fault, FaultId};
use super::simulated::Delivery;
use crate::Guest;
use machine::{Address, Timestamp};

/// All faults of a run.
#[derive(Debug)]
pub struct Faults {
    /// Knows the packets that faults aim at.
    guest: &'static dyn Guest,
    seed: u64,
    /// In the order in which they began.
    armed: Vec<(FaultId, Armed)>,
    fired: Vec<u64>,
}

impl Faults {
    /// Starts without any fault. `guest` knows the packets that faults aim at.
    pub fn new(guest: &'static dyn Guest, seed: u64) -> Self {
        Self { guest, seed, armed: Vec::new(), fired: Vec::new() }
    }

    /// Returns whether there are no faults.
    pub fn is_empty(&self) -> bool {
        self.armed.is_empty()
    }

    /// Begins a fault.
    pub fn arm(&mut self, fault: Fault<Address>) -> FaultId {
        let id = FaultId(self.fired.len() as u64);
        let armed = Armed::new(fault, self.seed ^ (id.0 + 1).rotate_left(40));
        self.armed.push((id, armed));
        self.fired.push(0);
        id
    }

    /// Redirects the faults that aim at one address to another.
    pub fn redirect(&mut self, old: Address, new: Address) {
        let aims = self.armed.iter_mut().flat_map(|(_, armed)| armed.aims_mut());
        for end in aims.flat_map(|aim| [&mut aim.from, &mut aim.to]).flatten() {
            if *end == old {
                *end = new;
            }
        }
    }

    /// Ends a fault, and returns the datagrams that it held.
    pub fn heal(&mut self, id: FaultId) -> Vec<Delivery> {
        let healed = self.armed.extract_if(.., |(armed, _)| *armed == id);
        healed.flat_map(|(_, armed)| armed.into_held()).collect()
    }

    /// Returns the number of datagrams that a fault has hit so far.
    pub fn fired(&self, id: FaultId) -> u64 {
        let index = usize::try_from(id.0).ok();
        index.and_then(|index| self.fired.get(index)).copied().unwrap_or_default()
    }

    /// Passes a datagram through all faults, in the order in which they began. `go_on` gets each
    /// datagram that comes out, with its delay. Returns the faults that hit it.
    pub fn pass(
        &mut self,
        delivery: Delivery,
        now: Timestamp,
        mut go_on: impl FnMut(Duration, Delivery),
    ) -> Vec<FaultId> {
        let mut armed = self.armed.iter_mut();
        let guest = self.guest;
        let met = armed
            .by_ref()
            .find_map(|(id, armed)| Some((*id, armed.meet(&delivery, guest)?, armed)));
        let Some((id, meeting, first)) = met else {
            go_on(Duration::ZERO, delivery);
            return Vec::new();
        };
        let (mut onward, mut hits) = (Vec::new(), Vec::new());
        hits.extend(meeting.is_hit.then_some(id));
        first.let_through(meeting, (Duration::ZERO, delivery), now, &mut onward);
        for (id, armed) in armed {
            for (delay, delivery) in std::mem::take(&mut onward) {
                let meeting = armed.meet(&delivery, guest).unwrap_or_default();
                hits.extend(meeting.is_hit.then_some(*id));
                armed.let_through(meeting, (delay, delivery), now, &mut onward);
            }
        }
        for id in &hits {
            let index = usize::try_from(id.0).unwrap_or(usize::MAX);
            if let Some(fired) = self.fired.get_mut(index) {
                *fired += 1;
            }
        }
        for (delay, delivery) in onward {
            go_on(delay, delivery);
        }
        hits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Aim, Chance, Effect};
    use crate::testing::Fakes;

    const NOW: Timestamp = Timestamp::from_micros(1_000_000);

    fn address(port: u16) -> Address {
        Address::new(([127, 0, 0, 1], port).into())
    }

    fn datagram(from: u16, to: u16, n: u8) -> Delivery {
        Delivery { from: address(from), to: address(to), bytes: vec![n; 8], number: 0 }
    }

    fn fault(effect: Effect) -> Fault<Address> {
        let aim = Aim { from: Some(address(1)), to: Some(address(2)), packet: None };
        Fault { aims: vec![aim], nth: None, chance: None, effect }
    }

    /// Sends a datagram; returns what comes out and the faults that hit it.
    fn pass(faults: &mut Faults, delivery: Delivery) -> (Vec<(Duration, Delivery)>, Vec<FaultId>) {
        let mut onward = Vec::new();
        let hit_by = faults.pass(delivery, NOW, |delay, delivery| onward.push((delay, delivery)));
        (onward, hit_by)
    }

    /// Sends 0, 1, 2 from 1 to 2; returns what comes out: the delay in milliseconds and the number.
    fn through(faults: &mut Faults) -> Vec<(u128, u8)> {
        let onward = (0..3).flat_map(|n| pass(faults, datagram(1, 2, n)).0);
        onward.map(|(delay, delivery)| (delay.as_millis(), delivery.bytes[0])).collect()
    }

    fn with(effect: Effect) -> (Vec<(u128, u8)>, u64) {
        let mut faults = Faults::new(&Fakes, 7);
        let id = faults.arm(fault(effect));
        (through(&mut faults), faults.fired(id))
    }

    #[test]
    fn each_effect_does_what_its_name_says() {
        let late = Duration::from_millis(5);
        assert_eq!(with(Effect::Drop), (vec![], 3));
        let doubled = vec![(0, 0), (0, 0), (0, 1), (0, 1), (0, 2), (0, 2)];
        assert_eq!(with(Effect::Duplicate), (doubled, 3));
        assert_eq!(with(Effect::Delay(late)), (vec![(5, 0), (5, 1), (5, 2)], 3));
        let steady = Effect::Latency { base: late, spread: Duration::ZERO };
        assert_eq!(with(steady), (vec![(5, 0), (5, 1), (5, 2)], 3));
        // Eight bytes at 1,000 bytes a second take 8 ms each, one after the other.
        assert_eq!(with(Effect::Rate(1_000)), (vec![(8, 0), (16, 1), (24, 2)], 3));
    }

    #[test]
    fn chance_decides_which_are_hit() {
        let lost = |chance| {
            let mut faults = Faults::new(&Fakes, 7);
            let id = faults.arm(Fault { chance: Some(chance), ..fault(Effect::Drop) });
            let passed: Vec<_> = (0..40).flat_map(|_| through(&mut faults)).collect();
            assert_eq!(passed.len() as u64, 120 - faults.fired(id));
            faults.fired(id)
        };
        assert_eq!(lost(Chance::NEVER), 0);
        assert_eq!(lost(Chance::percent(100)), 120);
        assert!((15..=45).contains(&lost(Chance::percent(25))), "{}", lost(Chance::percent(25)));
    }

    #[test]
    fn a_redirected_fault_follows_its_end() {
        let mut faults = Faults::new(&Fakes, 7);
        faults.arm(fault(Effect::Drop));
        faults.redirect(address(2), address(3));
        assert_eq!(through(&mut faults).len(), 3);
        assert!(pass(&mut faults, datagram(1, 3, 0)).0.is_empty());
    }

    #[test]
    fn a_reordered_datagram_is_overtaken_by_the_next_one() {
        let mut faults = Faults::new(&Fakes, 7);
        faults.arm(Fault { nth: Some(1), ..fault(Effect::Reorder) });
        assert_eq!(through(&mut faults), [(0, 1), (0, 0), (0, 2)]);
    }

    #[test]
    fn what_is_held_goes_on_when_the_fault_is_healed() {
        let mut faults = Faults::new(&Fakes, 7);
        let id = faults.arm(fault(Effect::Hold));
        assert_eq!(through(&mut faults), []);
        let held: Vec<_> = faults.heal(id).into_iter().map(|held| held.bytes[0]).collect();
        assert_eq!(held, [0, 1, 2]);
        assert!(faults.is_empty());
        assert_eq!(faults.fired(id), 3);
    }

    #[test]
    fn only_the_nth_is_hit() {
        let mut faults = Faults::new(&Fakes, 7);
        let id = faults.arm(Fault { nth: Some(2), ..fault(Effect::Drop) });
        assert_eq!(through(&mut faults), [(0, 0), (0, 2)]);
        assert_eq!(faults.fired(id), 1);
    }

    #[test]
    fn other_links_are_spared() {
        let mut faults = Faults::new(&Fakes, 7);
        let id = faults.arm(fault(Effect::Drop));
        let (onward, hit_by) = pass(&mut faults, datagram(2, 1, 9));
        assert_eq!(onward, [(Duration::ZERO, datagram(2, 1, 9))]);
        assert_eq!((hit_by, faults.fired(id)), (vec![], 0));
    }

    #[test]
    fn a_corrupted_datagram_differs_in_one_bit_and_a_truncated_one_is_halved() {
        let mut faults = Faults::new(&Fakes, 7);
        let corrupt = faults.arm(fault(Effect::Corrupt));
        let sent = datagram(1, 2, 0);
        let (onward, _) = pass(&mut faults, sent.clone());
        let (_, changed) = &onward[0];
        let bits = sent.bytes.iter().zip(&changed.bytes).map(|(a, b)| (a ^ b).count_ones());
        assert_eq!(bits.sum::<u32>(), 1);
        faults.heal(corrupt);
        faults.arm(fault(Effect::Truncate));
        assert_eq!(pass(&mut faults, sent).0[0].1.bytes, [0; 4]);
    }
}
