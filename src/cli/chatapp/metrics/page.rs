//! The page that Prometheus reads.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::delivery::Counters;
use crate::server::{Messages, Stats};

/// The content type.
pub(super) const CONTENT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Kind {
    kind: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Queue {
    queue: &'static str,
}

/// Formats the page.
pub(super) fn of(stats: &Stats, storing: Histogram) -> String {
    let mut registry = Registry::with_prefix("chatapp");
    register(stats, &mut registry);
    registry.register_with_unit(
        "store_latency",
        "Time until changes were stored",
        Unit::Seconds,
        storing,
    );
    let mut page = String::new();
    // Writing to memory cannot fail.
    encode(&mut page, &registry).ok();
    page
}

/// Registers all counters of the server.
fn register(stats: &Stats, registry: &mut Registry) {
    let Stats {
        clients,
        clients_online,
        groups,
        waiting,
        waiting_bytes,
        messages: Messages { direct, stored, delivered, expired },
        unacknowledged,
        unstored,
        links: Counters { malformed, stray, other_version, resent },
    } = *stats;
    let gauges = [
        ("clients_registered", "Clients that are registered", clients),
        ("clients_online", "Clients that are online", clients_online),
        ("groups", "Groups", groups),
        ("messages_waiting", "Messages that are stored now", waiting),
    ];
    for (name, help, value) in gauges {
        registry.register(name, help, gauge(value as u64));
    }
    registry.register_with_unit(
        "messages_waiting",
        "Bytes of the messages that are stored now",
        Unit::Bytes,
        gauge(waiting_bytes),
    );
    let kinds =
        [("direct", direct), ("stored", stored), ("delivered", delivered), ("expired", expired)];
    registry.register("messages", "Messages that came through the server", counters(&kinds));
    let retries = Counter::<u64>::default();
    retries.inc_by(resent);
    registry.register("retries", "Packets that were resent", retries);
    let bad = [("malformed", malformed), ("stray", stray), ("other_version", other_version)];
    registry.register("bad_datagrams", "Datagrams that were ignored", counters(&bad));
    let queues = Family::<Queue, Gauge>::default();
    for (queue, len) in [("network", unacknowledged), ("storage", unstored)] {
        queues.get_or_create(&Queue { queue }).set(len.try_into().unwrap_or(i64::MAX));
    }
    registry.register("queue_depth", "Entries that wait for a client or for storage", queues);
}

fn gauge(value: u64) -> Gauge {
    let gauge = Gauge::default();
    gauge.set(value.try_into().unwrap_or(i64::MAX));
    gauge
}

fn counters(values: &[(&'static str, u64)]) -> Family<Kind, Counter> {
    let family = Family::<Kind, Counter>::default();
    for (kind, value) in values {
        family.get_or_create(&Kind { kind }).inc_by(*value);
    }
    family
}
