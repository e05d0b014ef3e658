//! Drives the program `chatsim` as a user does.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fmt;
mod folder;
mod formats;
mod fuzz;
mod large;
mod many;
mod pictures;
mod pipes;
mod play;
mod review;
mod run;
mod terminals;
mod texts;
mod verbs;
mod watch;
