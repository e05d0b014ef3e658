//! chatapp: a chat for a network of your own. `ARCHITECTURE.md` is the map of its modules.
//!
//! With the feature `sim`, [`sim::Chat`] is its side of chatsim: what makes it playable. A single
//! scenario can be played from a program:
//!
//! ```
//! # #[cfg(feature = "sim")] {
//! use chatapp::sim;
//! use chatsim::runner::{Patience, Verdict, run_scenario};
//! use chatsim::scenario::Source;
//! use chatsim::stage::simulated::Simulated;
//!
//! let text = "
//! chatsim: 1
//! clients: [c1, c2]
//! steps:
//!   - start: [server, c1, c2]
//!   - c1: send c2 hello
//!   - expect: { c2: 'c1: hello' }
//! ";
//! let scenario = sim::parse(&Source::new("hello.yaml".into(), text.into()))?.remove(0);
//! let mut stage = Simulated::new(&scenario, 0);
//! let outcome = run_scenario(&scenario, &mut stage, Patience::SIMULATED, &mut |_| ());
//! assert!(matches!(outcome.verdict, Verdict::Passed));
//! assert!(outcome.screens.contains(">>> [Message received by c2.]"));
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod cli;
pub mod client;
pub mod console;
pub mod delivery;
pub mod host;
pub mod protocol;
pub mod records;
pub mod repl;
pub mod server;
#[cfg(feature = "sim")]
pub mod sim;
pub mod storage;
mod values;

/// The examples of `docs/library.md`.
#[cfg(all(doctest, feature = "sim"))]
#[doc = include_str!("../docs/library.md")]
struct Library;
