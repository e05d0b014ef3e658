//! What programs keep: records, changes of them, and the gate that holds back whatever depends on
//! a change that is not stored yet.
//!
//! Pure: a machine says what is to be kept and learns that it is; it never sees a disk.

mod gate;
mod history;
mod key;
mod record;

pub use gate::Gate;
pub use history::{Entry, Found, Matcher, Query, State, answer};
pub use key::Key;
pub(crate) use key::{KEY_LEN_MAX, SAID};
pub use machine::{Change, Ticket};
pub use record::{Arrival, Record, Way};
