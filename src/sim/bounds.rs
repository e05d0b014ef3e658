//! The bounds that scenarios set for the server and for clients, as options of these actors.
//!
//! Each has a row in a table here, which feeds the parser, the schema and the flags of real
//! programs. Checkers and the generator read the bounds of an actor from its declaration, as its
//! program does.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use chatsim::{BadValue, GuestOption};

use crate::client;
use crate::protocol::limits::PACKET_LEN_MAX;
use crate::server::Settings;
use crate::values::{Unfit, duration, number, size};

/// The options of an actor as a scenario sets them.
pub(super) type Options = BTreeMap<String, String>;

/// A bound of a program, as an option.
pub(super) struct BoundOption<T> {
    /// How scenarios set it.
    pub(super) option: GuestOption,
    /// The flag by which the real program is given it, if it has one.
    pub(super) flag: Option<&'static str>,
    /// Sets it. The text was checked.
    set: fn(&mut T, &str),
}

// Without the values' types in full, which say nothing.
impl<T> fmt::Debug for BoundOption<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BoundOption").field(&self.option.key).finish()
    }
}

const fn option<T>(
    key: &'static str,
    what: &'static str,
    check: fn(&str) -> Result<(), BadValue>,
    set: fn(&mut T, &str),
) -> BoundOption<T> {
    BoundOption { option: GuestOption { key, what, check, is_name: false }, flag: None, set }
}

impl<T> BoundOption<T> {
    const fn with_flag(self, flag: &'static str) -> Self {
        Self { flag: Some(flag), ..self }
    }
}

/// The bounds of a server.
pub(super) const OF_SERVER: [BoundOption<Settings>; 10] = [
    option(
        "mail_per_sender",
        "the maximum number of messages that the server stores for one person from one sender",
        check_number,
        |settings: &mut Settings, text| settings.mail_per_sender_max = count(text),
    )
    .with_flag("--mail-per-sender"),
    option(
        "mail_per_person",
        "the maximum number of messages that the server stores for one person",
        check_number,
        |settings: &mut Settings, text| settings.mail_per_receiver_max = count(text),
    )
    .with_flag("--mail-per-person"),
    option(
        "mail_bytes_per_person",
        "the maximum size of all texts that the server stores for one person",
        check_size,
        |settings: &mut Settings, text| settings.mail_bytes_per_receiver_max = bytes(text),
    )
    .with_flag("--mail-bytes-per-person"),
    option(
        "mail_bytes",
        "the maximum size of all messages that the server stores",
        check_size,
        |settings: &mut Settings, text| settings.mail_bytes_in_all_max = bytes(text) as u64,
    )
    .with_flag("--mail-bytes"),
    option(
        "mail_age",
        "how long the server stores a message before it expires",
        check_duration,
        |settings: &mut Settings, text| settings.mail_age_max = time(text),
    )
    .with_flag("--mail-age"),
    option(
        "silence",
        "how long a client may be silent before it counts as offline",
        check_duration,
        |settings: &mut Settings, text| settings.silence_max = time(text),
    )
    .with_flag("--silence"),
    option(
        "receipts",
        "the maximum number of receipts that wait for one sender, and of its stored messages",
        check_number,
        |settings: &mut Settings, text| settings.receipts_max = count(text),
    ),
    option(
        "page",
        "the maximum number of stored messages that the server delivers at a time",
        check_number,
        |settings: &mut Settings, text| settings.page_texts_max = count(text),
    ),
    option(
        "table",
        "the maximum number of registered clients up to which all of them are sent the user list",
        check_number,
        |settings: &mut Settings, text| settings.rows_broadcast_max = count(text),
    ),
    option(
        "link_queue",
        "the maximum size of all that waits to be sent to one client, at least 64KiB",
        check_link_queue,
        |settings: &mut Settings, text| settings.link_queue_bytes_max = bytes(text),
    ),
];

/// The bounds of a client.
pub(super) const OF_CLIENT: [BoundOption<client::Bounds>; 2] = [
    option(
        "outbox",
        "the maximum number of messages to one receiver that wait at the client",
        check_number,
        |bounds: &mut client::Bounds, text| bounds.outbox_max = count(text),
    ),
    option(
        "held",
        "the number of direct messages at which the client shows them during a group visit",
        check_number,
        |bounds: &mut client::Bounds, text| bounds.held_max = count(text),
    ),
];

/// Returns the bounds of a server with these options.
pub(super) fn of_server(options: &Options) -> Settings {
    with_options(&OF_SERVER, options)
}

/// Returns the bounds of a client with these options.
pub(super) fn of_client(options: &Options) -> client::Bounds {
    with_options(&OF_CLIENT, options)
}

fn with_options<T: Default>(table: &[BoundOption<T>], options: &Options) -> T {
    let mut bounds = T::default();
    for BoundOption { option, set, .. } in table {
        if let Some(text) = options.get(option.key) {
            set(&mut bounds, text);
        }
    }
    bounds
}

fn count(text: &str) -> usize {
    number(text).unwrap_or(usize::MAX)
}

fn bytes(text: &str) -> usize {
    size(text).ok().and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(usize::MAX)
}

fn time(text: &str) -> Duration {
    duration(text).unwrap_or(Duration::MAX)
}

fn check_number(text: &str) -> Result<(), BadValue> {
    refused(text, number(text))
}

fn check_size(text: &str) -> Result<(), BadValue> {
    refused(text, size(text))
}

fn check_duration(text: &str) -> Result<(), BadValue> {
    refused(text, duration(text))
}

/// A packet has to fit into an empty queue.
fn check_link_queue(text: &str) -> Result<(), BadValue> {
    let cure = "a packet has up to 64 KiB, so write `64KiB` or more";
    let is_large = |bytes: &u64| *bytes >= PACKET_LEN_MAX as u64;
    let checked = size(text).and_then(|bytes| {
        if is_large(&bytes) { Ok(bytes) } else { Err(Unfit { what: "too small", cure }) }
    });
    refused(text, checked)
}

fn refused<T>(text: &str, checked: Result<T, Unfit>) -> Result<(), BadValue> {
    checked.map(|_| ()).map_err(|Unfit { what, cure }| BadValue {
        problem: format!("`{text}` is {what}"),
        help: Some(cure.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(pairs: &[(&str, &str)]) -> Options {
        pairs.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn each_option_of_a_server_is_a_bound() {
        let set = options(&[
            ("mail_per_sender", "5"),
            ("mail_per_person", "6"),
            ("mail_bytes_per_person", "7KiB"),
            ("mail_bytes", "8GiB"),
            ("mail_age", "1h"),
            ("silence", "40s"),
            ("receipts", "20"),
            ("page", "3"),
            ("table", "8"),
            ("link_queue", "64KiB"),
        ]);
        assert_eq!(set.len(), OF_SERVER.len());
        let expected = Settings {
            mail_per_sender_max: 5,
            mail_per_receiver_max: 6,
            mail_bytes_per_receiver_max: 7 * 1024,
            mail_bytes_in_all_max: 8 << 30,
            mail_age_max: Duration::from_hours(1),
            silence_max: Duration::from_secs(40),
            receipts_max: 20,
            page_texts_max: 3,
            rows_broadcast_max: 8,
            link_queue_bytes_max: 64 * 1024,
        };
        assert_eq!(of_server(&set), expected);
        assert_eq!(of_server(&Options::new()), Settings::default());
    }

    #[test]
    fn each_option_of_a_client_is_a_bound() {
        let set = options(&[("outbox", "4"), ("held", "5")]);
        assert_eq!(of_client(&set), client::Bounds { outbox_max: 4, held_max: 5 });
        assert_eq!(of_client(&Options::new()), client::Bounds::default());
    }

    #[test]
    fn a_value_that_is_no_bound_is_refused_with_a_cure() {
        let refused = |check: fn(&str) -> Result<(), BadValue>, text| {
            let BadValue { problem, help } = check(text).unwrap_err();
            (problem, help.unwrap())
        };
        let (problem, help) = refused(check_number, "0");
        assert_eq!(problem, "`0` is not a valid number");
        assert!(help.starts_with("write a whole number, 1 or more"), "{help}");
        assert_eq!(refused(check_size, "7").0, "`7` is not a valid size");
        assert_eq!(refused(check_duration, "1").0, "`1` is not a valid duration");
        let (problem, help) = refused(check_link_queue, "63KiB");
        assert_eq!(problem, "`63KiB` is too small");
        assert_eq!(help, "a packet has up to 64 KiB, so write `64KiB` or more");
    }
}
