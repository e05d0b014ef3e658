//! YAML files written by people: nodes that know their places, and mistakes with their place and
//! remedy.
//!
//! [`read`] parses a text into a tree of [`Node`]s. The reader of a format walks the tree with
//! [`Findings`], which collects every mistake, so that users see all of them at once:
//!
//! ```
//! use placed_yaml::{Findings, Mistakes, Source, read};
//!
//! let source = Source::new("settings.yaml".into(), "port: 2475\nprot: 1\n".into());
//! let mut findings = Findings::new(source.clone());
//! let root = read(&source.text, 0).unwrap();
//! for entry in findings.entries(&root, "settings").unwrap_or_default() {
//!     if entry.name != "port" {
//!         findings.unknown_key(entry, &["port"]);
//!     }
//! }
//! let mistakes = Mistakes::new(findings.sources, findings.mistakes);
//! let shown = mistakes.to_string();
//! assert!(shown.contains("settings.yaml:2:1"), "{shown}");
//! assert!(shown.contains("did you mean `port`?"), "{shown}");
//! ```

pub mod duration;
mod file;
mod findings;
mod mistakes;
mod node;
mod place;
mod syntax;
mod tokens;

pub use file::{ReadError, read_file, read_from};
pub use findings::{Entry, Findings, expected};
pub use mistakes::{Mistake, Mistakes, nearest, offer, quoted};
pub use node::{Node, Value, read};
pub use place::{Place, Source, way};
pub use tokens::{Token, TokenKind, tokens};
