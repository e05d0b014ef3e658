//! Who is there: clients that have gone without a word are noticed by their silence.

use super::machine::Server;
use super::postings::PROBING;
use super::register::Standpoint;
use crate::protocol::{ClientName, Packet};

/// The server looks after silent clients so often within the silence that is allowed.
const LOOKS: u32 = 6;

/// After so many of these looks a silent client is asked; the rest is for the answer.
const LOOKS_BEFORE_ASKING: u32 = 4;

impl Server {
    /// Begins to look after clients that fall silent.
    pub(super) fn watch_silence(&mut self) {
        self.look_at.get_or_insert(self.now + self.settings.silence_max / LOOKS);
    }

    /// Asks clients that have been silent for long whether they are there. Who does not answer
    /// is gone.
    pub(super) fn look_after_silent(&mut self) {
        if self.look_at.take_if(|at| *at <= self.now).is_none() {
            return;
        }
        let asked_after = self.settings.silence_max / LOOKS * LOOKS_BEFORE_ASKING;
        let online = self.clients.iter().filter(|(_, it)| it.standpoint != Standpoint::Away);
        let online: Vec<_> = online.map(|(name, it)| (*name, it.address)).collect();
        if !online.is_empty() {
            self.watch_silence();
        }
        for (name, address) in online {
            match self.endpoint.heard_at(address) {
                Some(heard_at) if heard_at + asked_after > self.now => {}
                Some(_) if self.endpoint.is_pending(address) => {}
                Some(_) => self.post(address, &Packet::Probe, PROBING, None),
                None => self.vanish(name),
            }
        }
    }

    /// Tells whether somebody is registered and not away.
    pub(super) fn is_there(&self, name: ClientName) -> bool {
        self.clients.get(&name).is_some_and(|it| it.standpoint != Standpoint::Away)
    }

    /// Counts somebody's registrations.
    pub(super) fn life_of(&self, name: ClientName) -> u64 {
        self.clients.get(&name).map_or(0, |it| it.life)
    }
}
