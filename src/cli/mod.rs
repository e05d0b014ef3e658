//! The command lines: arguments become calls, and what comes of them becomes an exit code.

pub mod chatapp;
mod generated;
