//! The command lines: arguments become calls, and what comes of them becomes an exit code.

// What is not dealt with would be forgotten in silence.
#![warn(clippy::wildcard_enum_match_arm)]

pub mod chatapp;
mod generated;
