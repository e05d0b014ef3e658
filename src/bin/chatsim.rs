//! chatsim: plays scenarios of the chat.

fn main() {}
