//! The server's state machine.

/// Names a request to store a record; tickets rise by one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Ticket(pub u64);

/// What the server keeps.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record;
