//! The interface between a program that does no I/O and its driver.
//!
//! A [`Machine`] takes datagrams and the time as inputs and returns its effects as values. An
//! [`Actor`] is a machine with a prompt, a screen and storage: typed lines are inputs as well, and
//! [`Effect`]s are its outputs. The same actor runs in a real program, on real sockets under a
//! clock of their own, and on a simulated network in virtual time.
//!
//! Pure: no clock, no socket, no randomness, no thread.

mod actor;
mod address;
mod clean;
mod fact;
mod line;
mod machine;
mod name;
mod storage;
mod time;

pub use actor::{Actor, Completion, Completions, Effect, RestoreError};
pub use address::Address;
pub use clean::{CleanText, clean, clean_lines, is_control};
pub use fact::Fact;
pub use line::{Line, Marks};
pub use machine::{Machine, Outcome};
pub use name::{NAME_LEN_MAX, Name, NameError};
pub use storage::{Change, Records, Ticket};
pub use time::{SteadyClock, Timestamp};
