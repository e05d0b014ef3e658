//! What programs keep: records, changes of them, and the gate that holds back whatever depends on
//! a change that is not stored yet.
//!
//! Pure: a machine says what is to be kept and learns that it is; it never sees a disk.

mod gate;
mod history;
mod record;

pub use gate::{Gate, Ticket};
pub use history::{Entry, Found, Matcher, Query, State};
pub use record::{Arrival, Change, Key, Record, Way};
