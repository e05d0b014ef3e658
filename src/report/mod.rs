//! Reports: how the events of a run look. Decides nothing.

mod diff;
mod failure;
mod pretty;
mod words;

pub use pretty::{Pretty, Setting};

#[cfg(test)]
mod tests;
