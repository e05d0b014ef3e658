//! What programs keep: records, changes of them, and the gate that holds back whatever depends on
//! a change that is not stored yet.
//!
//! Server and client have records of their own, [`ServerRecord`] and [`ClientRecord`]. Everything
//! about a kind of record is in one table (`record.rs`), of which a macro (`table.rs`) makes the
//! rest.
//!
//! Pure: a machine emits changes and learns that they are stored; it never sees a disk.

mod gate;
mod history;
mod key;
mod query;
mod record;
mod table;

pub use gate::Gate;
pub use history::{Entry, State};
pub(crate) use key::KEY_LEN_MAX;
pub use machine::{Change, Ticket};
pub use query::{Found, Matcher, Query, answer};
pub(crate) use record::SAID;
pub use record::{
    Arrival, ClientKey, ClientRecord, ClientRecordRef, FORMAT_VERSION, ServerKey, ServerRecord,
    ServerRecordRef, Way,
};
pub use table::{Kind, RecordError};
