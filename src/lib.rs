//! chatapp: a chat for a network of your own, and chatsim, the scenario runner that proves it.
pub mod app;
pub mod cli;
pub mod client;
pub mod console;
pub mod delivery;
pub mod network;
pub mod protocol;
pub mod repl;
pub mod report;
pub mod runner;
pub mod scenario;
pub mod server;
pub mod stage;
pub mod storage;
