//! The command lines of the programs: arguments in, exit codes out.

pub mod chatapp;
