//! Faults: what goes wrong on purpose, and for which datagrams.
//!
//! A machine like the others: datagrams go in, and come out as they were, changed, later, more
//! than once, or not at all. The seed decides every chance.

use std::collections::BTreeMap;
use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::conditions::{Chance, share};
use super::simulated::Delivery;
use crate::protocol::{Address, PacketKind, Timestamp, packet_kinds};

/// Bytes that a truncated datagram keeps of so many.
const TRUNCATED_SHARE: usize = 2;

/// What happens to a datagram that a fault hits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// It is lost.
    Drop,
    /// It arrives twice.
    Duplicate,
    /// It arrives so much later.
    Delay(Duration),
    /// The next datagram of the same link overtakes it.
    Reorder,
    /// One bit of it is flipped.
    Corrupt,
    /// Its second half is cut off.
    Truncate,
    /// It waits until the fault is healed.
    Hold,
    /// It takes longer by `base`, and by up to `spread` more.
    Latency {
        /// For every one.
        base: Duration,
        /// By chance, evenly.
        spread: Duration,
    },
    /// The link carries so many bytes a second, one datagram after the other.
    Rate(u64),
}

/// Which datagrams a fault hits. What is not said does not matter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Aim<A> {
    /// Who sends them.
    pub from: Option<A>,
    /// Who is to receive them.
    pub to: Option<A>,
    /// A kind of packet that they carry, among others.
    pub packet: Option<PacketKind>,
}

/// Something that goes wrong on purpose. `A` names the ends of a link.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault<A> {
    /// What it hits; one of them suffices.
    pub aims: Vec<Aim<A>>,
    /// Hits only the n-th of these datagrams, counted from 1 when the fault begins.
    pub nth: Option<u64>,
    /// How likely it hits one of them; `None` for always.
    pub chance: Option<Chance>,
    /// What it does to them.
    pub effect: Effect,
}

impl<A> Fault<A> {
    /// Names the ends of its links in another way.
    ///
    /// # Errors
    ///
    /// The first that `name` meets.
    pub fn try_map<B, E>(&self, mut name: impl FnMut(&A) -> Result<B, E>) -> Result<Fault<B>, E> {
        let mut aims = Vec::with_capacity(self.aims.len());
        for Aim { from, to, packet } in &self.aims {
            let from = from.as_ref().map(&mut name).transpose()?;
            let to = to.as_ref().map(&mut name).transpose()?;
            aims.push(Aim { from, to, packet: *packet });
        }
        Ok(Fault { aims, nth: self.nth, chance: self.chance, effect: self.effect })
    }
}

/// Names a fault of a run; ids rise by one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FaultId(pub u64);

/// A fault at work.
#[derive(Debug)]
struct Armed {
    fault: Fault<Address>,
    chances: ChaCha8Rng,
    /// How many datagrams its aims met.
    met: u64,
    /// What it holds back, until it is healed or (reordering) the next one has passed.
    held: Vec<Delivery>,
    /// When each link is free again.
    free_at: BTreeMap<(Address, Address), Timestamp>,
}

/// All faults of a run.
#[derive(Debug)]
pub struct Faults {
    seed: u64,
    armed: BTreeMap<FaultId, Armed>,
    fired: Vec<u64>,
}

/// What comes out for a datagram that went in.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Passage {
    /// What goes on, each after how much longer.
    pub onward: Vec<(Duration, Delivery)>,
    /// The faults that hit it.
    pub hit_by: Vec<FaultId>,
}

impl Faults {
    /// Nothing goes wrong yet.
    pub fn new(seed: u64) -> Self {
        Self { seed, armed: BTreeMap::new(), fired: Vec::new() }
    }

    /// Tells whether nothing goes wrong.
    pub fn is_empty(&self) -> bool {
        self.armed.is_empty()
    }

    /// Begins a fault.
    pub fn arm(&mut self, fault: Fault<Address>) -> FaultId {
        let id = FaultId(self.fired.len() as u64);
        let chances = ChaCha8Rng::seed_from_u64(self.seed ^ (id.0 + 1).rotate_left(40));
        let armed = Armed { fault, chances, met: 0, held: Vec::new(), free_at: BTreeMap::new() };
        self.armed.insert(id, armed);
        self.fired.push(0);
        id
    }

    /// Aims at another address what was aimed at one.
    pub fn redirect(&mut self, old: Address, new: Address) {
        let aims = self.armed.values_mut().flat_map(|armed| &mut armed.fault.aims);
        for end in aims.flat_map(|aim| [&mut aim.from, &mut aim.to]).flatten() {
            if *end == old {
                *end = new;
            }
        }
    }

    /// Ends a fault, and gives what it held back.
    pub fn heal(&mut self, id: FaultId) -> Vec<Delivery> {
        self.armed.remove(&id).map(|armed| armed.held).unwrap_or_default()
    }

    /// Tells how many datagrams a fault has hit so far.
    pub fn fired(&self, id: FaultId) -> u64 {
        let index = usize::try_from(id.0).ok();
        index.and_then(|index| self.fired.get(index)).copied().unwrap_or_default()
    }

    /// Lets a datagram pass through all faults, in the order in which they began.
    pub fn pass(&mut self, delivery: Delivery, now: Timestamp) -> Passage {
        let mut passage = Passage { onward: vec![(Duration::ZERO, delivery)], hit_by: Vec::new() };
        for (id, armed) in &mut self.armed {
            for (delay, delivery) in std::mem::take(&mut passage.onward) {
                let overtaken = armed.overtaken_by(&delivery);
                if armed.hits(&delivery) {
                    armed.apply(delay, delivery, now, &mut passage);
                    passage.hit_by.push(*id);
                    let index = usize::try_from(id.0).unwrap_or(usize::MAX);
                    if let Some(fired) = self.fired.get_mut(index) {
                        *fired += 1;
                    }
                } else {
                    passage.onward.push((delay, delivery));
                }
                let overtaken = overtaken.into_iter().map(|held| (delay, held));
                passage.onward.extend(overtaken);
            }
        }
        passage
    }
}

impl Armed {
    fn hits(&mut self, delivery: &Delivery) -> bool {
        let is_aimed_at = |aim: &Aim<Address>| {
            aim.from.is_none_or(|from| from == delivery.from)
                && aim.to.is_none_or(|to| to == delivery.to)
                && aim.packet.is_none_or(|kind| packet_kinds(&delivery.bytes).contains(&kind))
        };
        if !self.fault.aims.iter().any(is_aimed_at) {
            return false;
        }
        self.met += 1;
        self.fault.nth.is_none_or(|nth| nth == self.met)
            && self.fault.chance.is_none_or(|chance| chance.strikes(self.chances.next_u32()))
    }

    /// Gives what a reordering fault held back for this datagram to overtake.
    fn overtaken_by(&mut self, delivery: &Delivery) -> Vec<Delivery> {
        if self.fault.effect != Effect::Reorder {
            return Vec::new();
        }
        let is_overtaken =
            |held: &mut Delivery| held.from == delivery.from && held.to == delivery.to;
        self.held.extract_if(.., is_overtaken).collect()
    }

    /// Does to a datagram what is to be done.
    fn apply(
        &mut self,
        delay: Duration,
        mut delivery: Delivery,
        now: Timestamp,
        passage: &mut Passage,
    ) {
        let onward = &mut passage.onward;
        match self.fault.effect {
            Effect::Drop => {}
            Effect::Hold | Effect::Reorder => self.held.push(delivery),
            Effect::Duplicate => {
                onward.push((delay, delivery.clone()));
                onward.push((delay, delivery));
            }
            Effect::Delay(longer) => onward.push((delay + longer, delivery)),
            Effect::Latency { base, spread } => {
                let longer = base + share(spread, self.chances.next_u32());
                onward.push((delay + longer, delivery));
            }
            Effect::Corrupt => {
                let bits = u64::try_from(delivery.bytes.len() * 8).unwrap_or(u64::MAX);
                let bit = self.chances.next_u64() % bits.max(1);
                let byte = usize::try_from(bit / 8).unwrap_or_default();
                if let Some(byte) = delivery.bytes.get_mut(byte) {
                    *byte ^= 1 << (bit % 8);
                }
                onward.push((delay, delivery));
            }
            Effect::Truncate => {
                delivery.bytes.truncate(delivery.bytes.len() / TRUNCATED_SHARE);
                onward.push((delay, delivery));
            }
            Effect::Rate(bytes_per_second) => {
                let micros = delivery.bytes.len() as u64 * 1_000_000 / bytes_per_second.max(1);
                let link = (delivery.from, delivery.to);
                let free_at = self.free_at.entry(link).or_default();
                *free_at = (*free_at).max(now + delay) + Duration::from_micros(micros);
                onward.push((free_at.since(now), delivery));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    /// Sends 0, 1, 2 from 1 to 2; tells what comes out: the delay in milliseconds and the number.
    fn through(faults: &mut Faults) -> Vec<(u128, u8)> {
        let passages = (0..3).map(|n| faults.pass(datagram(1, 2, n), NOW));
        let onward = passages.flat_map(|passage| passage.onward);
        onward.map(|(delay, delivery)| (delay.as_millis(), delivery.bytes[0])).collect()
    }

    fn with(effect: Effect) -> (Vec<(u128, u8)>, u64) {
        let mut faults = Faults::new(7);
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
            let mut faults = Faults::new(7);
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
        let mut faults = Faults::new(7);
        faults.arm(fault(Effect::Drop));
        faults.redirect(address(2), address(3));
        assert_eq!(through(&mut faults).len(), 3);
        assert!(faults.pass(datagram(1, 3, 0), NOW).onward.is_empty());
    }

    #[test]
    fn a_reordered_datagram_is_overtaken_by_the_next_one() {
        let mut faults = Faults::new(7);
        faults.arm(Fault { nth: Some(1), ..fault(Effect::Reorder) });
        assert_eq!(through(&mut faults), [(0, 1), (0, 0), (0, 2)]);
    }

    #[test]
    fn what_is_held_goes_on_when_the_fault_is_healed() {
        let mut faults = Faults::new(7);
        let id = faults.arm(fault(Effect::Hold));
        assert_eq!(through(&mut faults), []);
        let held: Vec<_> = faults.heal(id).into_iter().map(|held| held.bytes[0]).collect();
        assert_eq!(held, [0, 1, 2]);
        assert!(faults.is_empty());
        assert_eq!(faults.fired(id), 3);
    }

    #[test]
    fn only_the_nth_is_hit() {
        let mut faults = Faults::new(7);
        let id = faults.arm(Fault { nth: Some(2), ..fault(Effect::Drop) });
        assert_eq!(through(&mut faults), [(0, 0), (0, 2)]);
        assert_eq!(faults.fired(id), 1);
    }

    #[test]
    fn other_links_are_spared() {
        let mut faults = Faults::new(7);
        let id = faults.arm(fault(Effect::Drop));
        let passage = faults.pass(datagram(2, 1, 9), NOW);
        assert_eq!(passage.onward, [(Duration::ZERO, datagram(2, 1, 9))]);
        assert_eq!((passage.hit_by, faults.fired(id)), (vec![], 0));
    }

    #[test]
    fn a_corrupted_datagram_differs_in_one_bit_and_a_truncated_one_is_halved() {
        let mut faults = Faults::new(7);
        let corrupt = faults.arm(fault(Effect::Corrupt));
        let sent = datagram(1, 2, 0);
        let passage = faults.pass(sent.clone(), NOW);
        let (_, changed) = &passage.onward[0];
        let bits = sent.bytes.iter().zip(&changed.bytes).map(|(a, b)| (a ^ b).count_ones());
        assert_eq!(bits.sum::<u32>(), 1);
        faults.heal(corrupt);
        faults.arm(fault(Effect::Truncate));
        assert_eq!(faults.pass(sent, NOW).onward[0].1.bytes, [0; 4]);
    }
}
