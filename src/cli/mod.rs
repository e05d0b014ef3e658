//! The command lines: arguments become calls, and their results become exit codes.

// A result that is not used would be lost silently.
#![warn(clippy::wildcard_enum_match_arm)]

pub mod chatapp;
mod generated;
