//! Faults: what goes wrong on purpose, and for which datagrams.

use std::time::Duration;

use super::conditions::Chance;
use crate::PacketKind;

/// What happens to a datagram that a fault hits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// It is lost.
    Drop,
    /// It arrives twice.
    Duplicate,
    /// It arrives this much later.
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
        /// Always.
        base: Duration,
        /// By chance, with even distribution.
        spread: Duration,
    },
    /// The link carries this many bytes per second, one datagram after the other.
    Rate(u64),
}

/// Which datagrams a fault hits; `None` matches all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Aim<A> {
    /// The sender.
    pub from: Option<A>,
    /// The receiver.
    pub to: Option<A>,
    /// A kind of packet that they carry; they may carry others.
    pub packet: Option<PacketKind>,
}

/// Something that goes wrong on purpose. `A` names the ends of a link.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault<A> {
    /// What it hits: anything that matches one of these.
    pub aims: Vec<Aim<A>>,
    /// Hits only the n-th of these datagrams, counted from 1 when the fault begins.
    pub nth: Option<u64>,
    /// The probability that it hits one of them; `None` for always.
    pub chance: Option<Chance>,
    /// What it does to them.
    pub effect: Effect,
}

impl<A> Fault<A> {
    /// Converts the ends of its links.
    ///
    /// # Errors
    ///
    /// The first error that `name` returns.
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

/// The id of a fault within a run; ids are consecutive.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FaultId(pub u64);
