//! What has to happen in some of the generated scenarios, so that a campaign tests it at all.

use chatsim::fuzz::Dice;
use chatsim::scenario::Item;

/// Something that is rare enough to be missing in all scenarios unnoticed.
#[derive(Clone, Copy)]
enum Rare {
    /// A client shows a line that matches a regular expression.
    Line(&'static str),
    /// A packet of a kind is sent.
    Packet(&'static str),
}

/// One of them is watched for in each scenario.
const RARE: [Rare; 16] = [
    // Requests and messages are tried again, in the same session and in the next one.
    Rare::Line(r"Message sent! \d times\. Retrying"),
    Rare::Line("left over from the last session"),
    // A client has missed a change of the register table.
    Rare::Packet("refresh"),
    // A direct message whose receiver has moved goes through the server.
    Rare::Packet("relay"),
    // What was stored is delivered, and its author is told; a group's message as well.
    Rare::Line("^Offline Message sent at .* received by"),
    Rare::Line("^Group Chat "),
    Rare::Line("possibly not shown yet"),
    // A message is taken back, or it is too late for that.
    Rare::Line(r"^\[Message \d+ to .* was cancelled"),
    Rare::Line(r"is no longer pending|cannot be cancelled"),
    // There is no room for a message.
    Rare::Line("too many messages from you|mailbox is full"),
    // A message waits until it expires.
    Rare::Line("who was offline for too long"),
    // A client loses what it had.
    Rare::Line("You were kicked"),
    Rare::Line("You are no longer in group"),
    Rare::Line("already login somewhere else"),
    Rare::Line("Server not responding"),
    // What a muted client has written is counted.
    Rare::Line("hidden; type `history"),
];

/// Returns a step that watches for one of them, on all screens or links.
pub(super) fn step(dice: &mut Dice, people: &[String]) -> Item {
    let wanted = match dice.pick(&RARE) {
        Rare::Line(regex) => {
            let line = Item::Text(format!("/{regex}/"));
            Item::map(people.iter().map(|name| (name.clone(), line.clone())))
        }
        Rare::Packet(kind) => Item::map([("all", Item::text(kind))]),
    };
    Item::step("sometimes", wanted)
}
