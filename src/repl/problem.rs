//! Problems of the prompt itself.

use std::io::{self, Write as _};

use machine::clean_lines;

/// The name of the client, or of the server.
pub(super) const PROGRAM: &str = "chatapp";

/// Reports a problem with the prompt itself, on standard error. The text may quote typed lines.
pub(super) fn complain(program: &str, trouble: &str) {
    // If standard error is gone, there is nowhere to report this.
    writeln!(io::stderr(), "{}", clean_lines(&format!("{program}: {trouble}"))).ok();
}
