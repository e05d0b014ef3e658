//! What outlives several restarts.

use super::Generator;
use chatsim::scenario::Item;

impl Generator<'_> {
    /// A stored message is delivered while its author is away, and the server restarts twice before
    /// the author comes back for its receipt.
    pub(super) fn receipt_over_restarts(&mut self) -> Vec<Item> {
        let author = self.person();
        let receiver = self.other(&author);
        let text = self.text();
        let types = |name: &String, line: &str| Item::step(name, Item::text(line));
        let restart = || Item::step("restart", Item::text("server"));
        vec![
            types(&author, "leave_group"),
            self.leave(&receiver),
            types(&author, &format!("send {receiver} {text}")),
            self.leave(&author),
            types(&receiver, "reg"),
            restart(),
            restart(),
            Item::step("restart", Item::Text(author)),
        ]
    }
}
