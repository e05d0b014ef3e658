//! Faults.

use schemars::JsonSchema;
use serde_json::{Value, json};

use super::super::faults::faults;
use super::shapes::OneOrMore;
use super::values::{or_keys_with_values, requiring};
use super::words::{ActorName, Duration, Link, Packet, Percentage, Positive, Text};

/// What goes wrong on purpose, from this step until it is healed. A fault does one thing.
#[derive(JsonSchema)]
#[schemars(
    deny_unknown_fields,
    transform = requiring(&[]),
    extend("oneOf" = one_effect()),
    extend("dependentSchemas" = { "loss": { "properties": { "chance": false } } }),
    transform = or_keys_with_values
)]
pub(super) struct Fault {
    /// Datagrams are lost.
    drop: MaybeLink,
    /// Datagrams arrive twice.
    duplicate: MaybeLink,
    /// The next datagram on its link overtakes one.
    reorder: MaybeLink,
    /// One bit of a datagram is flipped.
    corrupt: MaybeLink,
    /// The second half of a datagram is cut off.
    truncate: MaybeLink,
    /// Datagrams wait until the fault is healed.
    hold: MaybeLink,
    /// Datagrams from one side to another are lost.
    partition: Partition,
    /// The additional latency of datagrams.
    delay: Duration,
    /// Datagrams arrive later by `base`, and by up to `spread` more.
    latency: Latency,
    /// Datagrams are lost by chance.
    loss: Percentage,
    /// A link carries this many bytes per second.
    rate: Positive,
    /// The links; all of them by default.
    link: MaybeLink,
    /// Only datagrams with this kind of packet.
    packet: Packet,
    /// Only the n-th datagram that matches the rest, counted from 1.
    nth: Positive,
    /// The probability that a datagram is hit.
    chance: Percentage,
    /// A name for `heal`.
    r#as: Text,
}

fn one_effect() -> Value {
    faults().map(|effect| json!({ "required": [effect] })).collect()
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
enum MaybeLink {
    Everywhere(()),
    Link(Link),
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
enum Partition {
    Everywhere(()),
    Link(Link),
    Sides(#[schemars(length(min = 2))] Vec<OneOrMore<ActorName>>),
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
enum Latency {
    Base(Duration),
    Spread(LatencySpread),
}

#[derive(JsonSchema)]
#[schemars(
    deny_unknown_fields,
    transform = requiring(&[]),
    transform = or_keys_with_values
)]
struct LatencySpread {
    /// The minimum.
    base: Duration,
    /// The maximum of what is added at random.
    spread: Duration,
}
