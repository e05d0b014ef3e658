//! chatapp: a chat for a network of your own, and chatsim, the scenario runner that proves it.
//!
//! `ARCHITECTURE.md` is the map of the modules, which stand in layers. [`suite`] plays a folder of scenarios in a test, also with machines of
//! one's own. A single scenario can be played from a program, too:
//!
//! ```
//! use chatapp::runner::{Patience, Verdict, play};
//! use chatapp::scenario::{Source, parse};
//! use chatapp::stage::simulated::Simulated;
//!
//! let text = "
//! chatsim: 1
//! clients: [c1, c2]
//! steps:
//!   - start: [server, c1, c2]
//!   - c1: send c2 hello
//!   - expect: { c2: 'c1: hello' }
//! ";
//! let scenario = parse(&Source::new("hello.yaml".into(), text.into()))?.remove(0);
//! let mut stage = Simulated::new(&scenario, 0);
//! let played = play(&scenario, &mut stage, Patience::SIMULATED, &mut |_| ());
//! assert!(matches!(played.verdict, Verdict::Passed));
//! assert!(played.screens.contains(">>> [Message received by c2.]"));
//! # Ok::<(), chatapp::scenario::Mistakes>(())
//! ```
pub mod app;
pub mod cli;
pub mod client;
pub mod console;
pub mod delivery;
pub mod fuzz;
pub mod network;
pub mod protocol;
pub mod records;
pub mod repl;
pub mod report;
pub mod runner;
pub mod scenario;
pub mod server;
pub mod stage;
pub mod storage;
pub mod suite;
pub mod yaml;
