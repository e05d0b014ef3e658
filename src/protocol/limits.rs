//! Every bound and every time-out, with its unit and its reason, in one place.

use std::time::Duration;

/// Characters (all ASCII, so bytes too) of a name.
pub const NAME_LEN_MAX: usize = 32;

/// Bytes of a message's text.
pub const TEXT_LEN_MAX: usize = 16 * 1024;

/// Payload bytes of a datagram: fits every path without IP fragmentation, as in QUIC (RFC 9000,
/// section 14).
pub const DATAGRAM_LEN_MAX: usize = 1200;

/// Bytes of an encoded packet, all its segments together.
pub const PACKET_LEN_MAX: usize = 64 * 1024;

/// How long an unfinished packet from a peer is kept.
pub const UNFINISHED_PACKET_AGE_MAX: Duration = Duration::from_secs(30);

/// Bytes of the first datagram of a link, so that the whole first answer is no larger.
pub const HELLO_LEN_MIN: usize = 300;

/// Segments of a link that may be under way at once.
pub const WINDOW_SEGMENTS: u64 = 64;

/// Bytes that wait to be sent on one link; beyond that, sending fails.
pub const LINK_QUEUE_BYTES_MAX: usize = 1024 * 1024;

/// Links to peers that one machine holds.
pub const LINKS_MAX: usize = 200_000;

/// Minimum time between two version notices to a peer that speaks another version of the wire
/// format.
pub const VERSION_NOTICE_EVERY: Duration = Duration::from_secs(1);

/// Peers of other versions that one machine remembers. A sender that forges addresses can cause at
/// most this number of answers and log lines within [`VERSION_PEERS_KEPT_FOR`].
pub const VERSION_PEERS_MAX: usize = 1024;

/// How long peers of other versions are remembered, at least. They are all forgotten at once when
/// there are too many.
pub const VERSION_PEERS_KEPT_FOR: Duration = Duration::from_mins(1);

/// First guess of a round trip before one was measured.
pub const ROUND_TRIP_GUESS: Duration = Duration::from_millis(100);

/// Shortest and longest wait before a quiet resend.
pub const RESEND_MIN: Duration = Duration::from_millis(50);
/// See [`RESEND_MIN`].
pub const RESEND_MAX: Duration = Duration::from_millis(500);

/// How long an online peer may take to acknowledge a direct message (the original's half second).
pub const PEER_PATIENCE: Duration = Duration::from_millis(500);

/// How long the server waits for the answer of a client that it probes.
pub const PROBE_PATIENCE: Duration = Duration::from_millis(500);

/// How long the server waits for a client to take a message before it counts as gone. The
/// original waits three times half a second for a group member.
pub const CLIENT_PATIENCE: Duration = Duration::from_millis(1500);

/// The factor by which [`CLIENT_PATIENCE`] is extended, at most, for a client from which datagrams
/// still arrive: its acknowledgements may be slow, or the server's packets may not reach it at all.
pub const PATIENCE_STRETCH_MAX: u32 = 3;

/// Time between the visible tries of a request (the original's half second).
pub const REQUEST_RETRY_EVERY: Duration = Duration::from_millis(500);

/// Visible tries of a request after the first send (the original's five).
pub const REQUEST_RETRIES: u32 = 5;

/// How long the server may take to answer a request that it has acknowledged.
pub const ANSWER_PATIENCE: Duration = Duration::from_secs(5);

/// How long a server that ends waits until storage has everything and clients know of it.
pub const CLOSING_PATIENCE: Duration = Duration::from_millis(500);

/// How long a client that leaves waits for the server's good-bye.
pub const LEAVE_PATIENCE: Duration = Duration::from_secs(1);

/// How soon a client tries to reconnect to a server that went silent, and how long each try lasts.
/// The waits double.
pub const RECONNECT_AFTER: Duration = Duration::from_secs(2);

/// How long a client waits at most between two tries to reconnect: a server that was away for days
/// is found again within a minute, and costs almost nothing until then.
pub const RECONNECT_EVERY_MAX: Duration = Duration::from_mins(1);

/// How long changes of the register table are gathered before they are broadcast.
pub const UPDATE_GATHERING: Duration = Duration::from_millis(10);

/// Rows of the register table in one packet.
pub const UPDATE_ROWS_MAX: usize = 128;

/// Maximum rows of a register table that is broadcast to all clients. In a larger one, each new
/// client would cost a datagram for every other client; a client that writes to an unknown name
/// asks the server instead.
pub const TABLE_ROWS_BROADCAST_MAX: usize = 1024;

/// Bytes of texts in one page of kept messages; the longest text fits.
pub const RECOVERY_PAGE_BYTES_MAX: usize = 32 * 1024;

/// Texts in one page of kept messages: with their names and receipts they fit into one packet.
pub const RECOVERY_PAGE_TEXTS_MAX: usize = 128;

/// Receipts in one page.
pub const RECOVERY_PAGE_RECEIPTS_MAX: usize = 256;

/// Registered clients.
pub const CLIENTS_MAX: usize = 100_000;

/// Groups; all of them fit into one packet.
pub const GROUPS_MAX: usize = 1_000;

/// Members of one group; all of them fit into one packet.
pub const GROUP_MEMBERS_MAX: usize = 1_000;

/// Messages kept for one receiver.
pub const MAILBOX_MESSAGES_MAX: usize = 1_000;

/// Bytes of texts kept for one receiver.
pub const MAILBOX_BYTES_MAX: usize = 1024 * 1024;

/// Messages kept for one receiver from one sender, so that no sender can fill a mailbox alone.
pub const MAILBOX_SENDER_MESSAGES_MAX: usize = 128;

/// Bytes that all kept messages take up.
pub const MAIL_BYTES_IN_ALL_MAX: u64 = 1024 * 1024 * 1024;

/// Bytes that a kept message takes up besides its text: names, times and the storage's own.
pub const MAIL_OVERHEAD_BYTES: usize = 128;

/// How long a message is kept for a client that does not return.
pub const MAIL_AGE_MAX: Duration = Duration::from_hours(21 * 24);

/// How often the server looks for messages that were kept too long.
pub const MAIL_AGE_CHECK_EVERY: Duration = Duration::from_hours(1);

/// Receipts that wait for one author, together with kept messages of that author, which will each
/// cause one.
pub const RECEIPTS_OWED_MAX: usize = 10_000;

/// Messages of one author that the server remembers to have kept. An author sends its requests one
/// at a time, so it repeats only the last ones.
pub const HANDLED_PER_AUTHOR_MAX: usize = 16;

/// How long a client may be silent, at most, before all others see it as gone.
pub const SILENCE_MAX: Duration = Duration::from_mins(1);

/// How soon a client that hears nothing from the server sends a probe, which also shows whether the
/// server still knows it. It is shorter than two thirds of [`SILENCE_MAX`], after which the server
/// probes the client.
pub const KEEPALIVE_AFTER: Duration = Duration::from_secs(29);

/// How soon a client retries a message for which the server had no room.
pub const ROOM_AGAIN_AFTER: Duration = Duration::from_mins(1);

/// Messages to one receiver that a client keeps while the server is silent.
pub const OUTBOX_MESSAGES_MAX: usize = 128;

/// Messages kept by the server whose text the client remembers, so that it can list them and note
/// their fate in its history; beyond that, it forgets the oldest.
pub const AWAITED_MAX: usize = 1_000;

/// Messages of the history that are shown at once.
pub const HISTORY_LINES_MAX: usize = 1_000;

/// Messages of the history that are shown if no number is given.
pub const HISTORY_LINES: usize = 20;

/// Maximum messages that a search shows.
pub const SEARCH_LINES: usize = 100;

/// Bytes of a text that is searched for in the history.
pub const SEARCH_LEN_MAX: usize = 256;

/// Commands that wait at one prompt for the answer to an earlier one.
pub const COMMANDS_WAITING_MAX: usize = 1_000;

/// Direct messages held back during a group visit; at the bound they are shown at once.
pub const HELD_MESSAGES_MAX: usize = 1_000;

/// Messages of one author that a receiver remembers to have taken. Only what an author or the
/// server sends under one acknowledgement can arrive again: a page of kept messages at most.
pub const SEEN_PER_AUTHOR_MAX: usize = 2 * RECOVERY_PAGE_TEXTS_MAX;

/// Authors whose messages a receiver remembers.
pub const SEEN_AUTHORS_MAX: usize = 10_000;

/// How far a client reserves message numbers in advance. Numbers are microseconds, so it stores a
/// new reservation at most once in this time.
pub const NUMBERS_AHEAD_MAX: u64 = 60_000_000;
