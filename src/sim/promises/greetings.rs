//! What the server's answers say of a client: whether its name is new, and how often it was asked.

use std::collections::BTreeSet;

use super::finding::Finding;
use crate::protocol::ClientName;
use crate::protocol::limits::REQUEST_RETRIES;
use chatsim::scenario::ActorName;

/// Names that are new, and names that are known.
const WELCOME: &str = "[Welcome, You are registered.]";
const WELCOME_BACK: &str = "[Welcome back!]";

/// The greetings and the retries on all screens.
#[derive(Default)]
pub(super) struct Greetings {
    /// The names that were welcomed.
    known: BTreeSet<ClientName>,
    pub(super) breach: Option<Finding>,
}

impl Greetings {
    /// Takes a line of the screen of a client that alone has its name. `is_first` is whether its
    /// program was registered, and had an answer each time.
    pub(super) fn take(
        &mut self,
        (actor, login): (ActorName, ClientName),
        line: &str,
        is_first: impl Fn() -> bool,
    ) {
        if line == WELCOME {
            self.known.insert(login);
        } else if line == WELCOME_BACK && !self.known.contains(&login) && is_first() {
            self.report(actor, line, "though its name is new");
        } else if retries(line).is_some_and(|count| count > REQUEST_RETRIES) {
            self.report(actor, line, &format!("more than {REQUEST_RETRIES} times"));
        }
    }

    fn report(&mut self, actor: ActorName, line: &str, why: &str) {
        let reason = format!("the screen of `{actor}` has `{line}`, {why}");
        self.breach.get_or_insert_with(|| Finding::general(reason));
    }
}

/// Returns how often a request was sent again, if a line says that.
fn retries(line: &str) -> Option<u32> {
    let count = line.strip_prefix("[Message sent! ")?.strip_suffix(" times. Retrying...]")?;
    count.parse().ok()
}
