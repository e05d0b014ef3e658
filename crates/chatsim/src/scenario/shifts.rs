//! `move` and `clock`: changes of a program's port and clock.

use super::cast;
use super::model::{Action, ActorName};
use super::steps::Reader;
use placed_yaml::{Entry, Mistake, Node, Value, duration, expected};

impl Reader<'_> {
    /// Reads `c1`, `[c1, c2]` or `{ c1: 3000 }`.
    pub(super) fn moves(&mut self, node: &Node) -> Action {
        let moves = if matches!(node.value, Value::Mapping(_)) {
            self.for_each_actor(node, |reader, value| match value.value {
                Value::Null => Some(None),
                Value::Scalar(_) | Value::Sequence(_) | Value::Mapping(_) => {
                    cast::port(value, reader.findings).map(Some)
                }
            })
        } else {
            let actors = self.cast.actors(node, self.findings);
            actors.into_iter().map(|actor| (actor, None)).collect()
        };
        let guest = self.cast.guest();
        let role_of = |actor: &ActorName| guest.roles().get(actor.role());
        let mut roles = moves.iter().filter_map(|(actor, _)| role_of(actor));
        if let Some(role) = roles.find(|role| !role.can_move) {
            let mut mistake = Mistake::new(node.place, format!("the {} cannot move", role.title));
            mistake.help = guest.hints().unmovable.map(str::to_owned);
            self.findings.add(mistake);
        }
        Action::Move(moves)
    }

    /// Reads `{ c1: +1h, c2: -10m }`.
    pub(super) fn clocks(&mut self, node: &Node) -> Option<Action> {
        if !matches!(node.value, Value::Mapping(_)) {
            let mistake = expected("clocks and their jumps", node);
            self.findings.add(mistake.with_help("write it like `clock: { c1: +1h, c2: -10m }`"));
            return None;
        }
        let jumps =
            self.for_each_actor(node, |reader, value| duration::read_jump(value, reader.findings));
        Some(Action::Clock(jumps))
    }

    /// Reads a mapping from actors to values.
    pub(super) fn for_each_actor<T>(
        &mut self,
        node: &Node,
        read: impl Fn(&mut Self, &Node) -> Option<T>,
    ) -> Vec<(ActorName, T)> {
        let entries = self.findings.entries(node, "a mapping").unwrap_or_default();
        let each = entries.into_iter().filter_map(|Entry { name, key, value }| {
            let (actor, read) = (self.cast.actor(name, key, self.findings), read(self, value));
            Some((actor?, read?))
        });
        each.collect()
    }
}
