//! The conditions of links.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::values::requiring;
use super::words::{Duration, Percentage, Positive, links};

/// The settings of the links: of all, or of the named ones, e.g. `c1 -> server`.
#[derive(JsonSchema)]
#[schemars(transform = requiring(&[]), extend("propertyNames" = links()))]
pub(super) struct Network {
    #[schemars(flatten)]
    general: Conditions,
    #[schemars(flatten)]
    links: BTreeMap<String, Box<LinkConditions>>,
}

/// The settings of a link.
#[derive(JsonSchema)]
#[schemars(transform = requiring(&[]), extend("additionalProperties" = false))]
struct LinkConditions {
    #[schemars(flatten)]
    conditions: Conditions,
}

#[derive(JsonSchema)]
struct Conditions {
    /// The latency of each datagram.
    latency: Duration,
    /// The maximum random latency that is added to it.
    spread: Duration,
    /// The number of bytes per second that pass.
    rate: Positive,
    /// Datagrams are lost by chance.
    loss: Percentage,
    /// Datagrams arrive twice by chance.
    duplicate: Percentage,
    /// Datagrams are overtaken by the next one by chance.
    reorder: Percentage,
    /// One bit of a datagram is flipped by chance.
    corrupt: Percentage,
    /// The second half of a datagram is cut off by chance.
    truncate: Percentage,
}
