//! chatapp: the chat's server and client.

fn main() {}
