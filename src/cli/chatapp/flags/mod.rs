//! Flags that several verbs have, and why arguments cannot be used.

mod bounds;
mod error;
mod place;
mod ports;
mod prompt;
mod script;

pub(super) use bounds::Bounds;
pub(super) use error::ArgumentsError;
pub(super) use place::PlaceArguments;
pub(super) use ports::{DEFAULT_SERVER_PORT, check_port, check_port_or_any, check_server};
pub(super) use prompt::{PromptArguments, WrittenPrompt, WrittenReading};
pub(super) use script::ScriptArguments;
