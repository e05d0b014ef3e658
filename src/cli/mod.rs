//! The command lines: arguments become calls, and their results become exit codes.

// A result that is not used would be lost silently.

pub mod chatapp;
mod generated;
