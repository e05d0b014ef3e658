//! Deliberate bugs, to show that the fuzzer finds them.
//!
//! Each is a plausible mistake. Without the feature `sabotage` none of them is compiled in; with
//! it, one at a time can be switched on for the whole process.

macro_rules! bugs {
    ($($bug:ident = $sentence:literal,)*) => {
        /// A bug that can be switched on.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u8)]
        pub enum Bug {
            $(#[doc = $sentence] $bug,)*
        }

        impl Bug {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$bug,)*];

            /// Returns what goes wrong.
            pub const fn sentence(self) -> &'static str {
                match self {
                    $(Self::$bug => $sentence,)*
                }
            }
        }
    };
}

bugs! {
    // What is kept.
    AnswersBeforeCommit = "Output leaves before the change that it depends on is stored.",
    ReleasesOneTooMany = "What waits for the next batch leaves with this one.",
    OutboxNotKept = "A typed message is not kept until it is delivered.",
    NumbersBeginAgain = "After a restart messages are numbered from the first number again.",
    SeenNotKept = "A client forgets with its program which messages have arrived.",
    ReceiptsSeenNotKept = "A client forgets with its program which receipts have arrived.",
    HeldNotKept = "A message that waits for the end of a group visit is not kept.",
    HeldNotDropped = "A message that was shown after a group visit is still kept.",
    ArrivalNotKept = "An arrival is acknowledged and not kept.",
    ShownNotMarked = "A client does not remember what was shown.",
    MailNotKept = "The server acknowledges a message that it keeps only in memory.",
    ReceiptNotKept = "The server keeps a receipt only in memory.",
    MemberNotKept = "The server keeps a membership only in memory.",
    GroupNotKept = "The server keeps a group only in memory.",
    ClientNotKept = "The server keeps a registration only in memory.",
    PardonNotKept = "The server does not keep that a client which was kicked is back.",
    KickedNotKept = "The server keeps only in memory who was kicked.",
    ReceiptOutlivesOneRestart = "A restarted server takes what it has restored of receipts off its disk.",
    GroupMailNotKept = "A group message to a member that is online is not kept until it has arrived.",
    // What is delivered.
    EverythingIsNew = "A client shows everything that arrives, repeated messages too.",
    FallsBackUnderNewId = "A message that goes on through the server gets a new id.",
    NewestFirst = "Of the messages to one receiver the newest is sent first.",
    ConfirmedWhenSent = "An author is shown that a message was received when it was only sent.",
    FullIsSaved = "An author is shown that a message is saved for which there was no room.",
    FullDropsMessage = "A message for which there was no room is dropped silently.",
    ShowsWhatIsForOthers = "A client shows a message for the client that had its address before.",
    DropsPageWhenSent = "Kept messages are dropped when they are sent, not when they have arrived.",
    WithdrawnWhileFetched = "A message can be taken back while its receiver is fetching it.",
    MemberBeforeTaken = "The server refuses a repeated message to a group, which it has taken before, if its author has left the group since.",
    PageConfirmsAll = "The confirmation of a page counts for everything that is kept.",
    MissedIsDropped = "A group message that a member did not take is dropped.",
    RelayConfirmedUnasked = "The server claims that a receiver has a message which it has not sent to it.",
    OnlineBeforeMail = "A client that returns counts as online before it has taken what was kept for it.",
    ReceiptForReceipt = "The receiver of a message is sent a receipt for the receipt.",
    ReceiptsForgotten = "The author of a kept message gets no receipt for its delivery.",
    LastPageFirst = "Kept messages are delivered the newest first.",
    SavedIsNotAway = "A message to a silent client is sent directly again, and overtakes what waits for it.",
    KeptOvertakesHeld = "A kept message is shown before one that waits for the end of a group visit.",
    HeldForEver = "A client that loses its membership does not show what waited for the end of the visit.",
    MeantForSomebodyElse = "A packet that waited for storage goes to another client that now has its receiver's address.",
    LostIsConfirmed = "A packet that was under way to a program that has ended counts as received.",
    FullHoldsUpOthers = "A message for which there is no room holds up the messages to others.",
    NoRoomForEver = "A message for which there was no room is never tried again.",
    NumberIsEnough = "A client knows messages by their numbers alone, whoever wrote them.",
    // Who is online.
    ReturnerIsUpToDate = "A client that returns counts as having the current register table.",
    NameIsTakenOver = "A name in use goes to whoever asks for it.",
    RestartIsIgnored = "A client does not register again with a server that has forgotten it.",
    NoKeepalive = "A client does not ask a silent server whether it still knows it.",
    AwayIsNotBroadcast = "It is not broadcast that a client has gone.",
    SilenceIsSeldomChecked = "The server looks for silent clients once in the silence that is allowed.",
    VanishedStaysOnline = "A client that has vanished stays online in the table.",
    EpochStays = "Each run of the server gives its table the same epoch.",
    AddressStays = "The table keeps the address at which a client was seen first.",
    LostServerStaysLost = "A client whose server was lost does not try to reconnect.",
    GroupStays = "A client that has left its group believes that it is still in it.",
    // What is shown, and to whom.
    LongTextIsCut = "A text that needs several segments loses its last character.",
    BlanksAreTrimmed = "A text loses the blanks at its beginning.",
    KeptIsDatedLate = "A stored message is dated when it is delivered.",
    KeptLosesGroup = "A stored message to a group is shown like a direct one.",
    GroupsAreMixed = "A message to a group is delivered to the members of all groups.",
    AuthorHearsItself = "A message to a group is delivered to its author as well.",
    SavedIsDatedLate = "A message is reported as saved with the time at which that is shown.",
    ReceiptIsNotShown = "A receipt is taken and not shown.",
    HiddenTakesHeading = "The heading above stored messages is missing if the first one is hidden.",
    MutedNotKept = "A client forgets with its program who is muted.",
    // What happens at a bound.
    OutboxBoundIsIgnored = "More messages to one receiver wait at a client than may.",
    OutboxDropsOldest = "A full outbox drops its oldest message.",
    HeldBoundIsIgnored = "More messages wait for the end of a group visit than may.",
    HeldBeyondBoundIsLost = "The message that reaches the bound of a group visit is dropped.",
    MailboxBoundIsIgnored = "The server keeps more messages for one receiver than it may.",
    SenderBoundIsIgnored = "The server keeps more messages from one sender for one receiver than it may.",
    MailBytesAreIgnored = "The server keeps more bytes for one receiver than it may.",
    StoreBoundIsIgnored = "The server keeps more bytes in all than it may.",
    ReceiptsBoundIsIgnored = "The server owes one author more receipts than it may.",
    GroupCountsAsOne = "Room for a message to a group is checked for one member only.",
    FirstPageIsAll = "A client that returns counts as online after one page of what was kept.",
    MailNeverExpires = "A stored message never expires.",
    ExpiresSilently = "The author of a stored message that expires is not notified.",
    LargeTableIsNotReported = "A register table that is too large to be broadcast is not reported.",
    FullLinkDropsPacket = "A packet for which a link has no room is dropped silently.",
    HistoryStaysSaved = "The history shows a stored message as saved after it was delivered.",
    HistoryByAuthorsClock = "What arrives has its place in the history by its author's clock.",
    CancelCountsOtherwise = "The pending messages are counted in another order than they are listed.",
    PendingNewestFirst = "The newest of the pending messages is listed first.",
    // How it travels.
    NothingIsResent = "A lost datagram is not sent again.",
    FirstPartIsResent = "Of a packet with several segments only the first one is sent again.",
    AcknowledgedOnce = "A segment that arrives again is not acknowledged again.",
    GapIsAcknowledged = "The acknowledgement of an early segment counts for the missing one before it.",
    ResentLate = "A lost datagram is sent again only after 10 seconds.",
    EachIsSentTwice = "Each packet is sent twice: the second time at once.",
    AcknowledgementIsAnswered = "An acknowledgement is answered with an acknowledgement.",
    ProbesEachSecond = "A client that hears nothing from the server sends a probe each second.",
    RepeatedSegmentsCount = "A segment that arrives twice is taken twice.",
    EarlySegmentsCount = "A segment that overtakes another is taken before it.",
    EarlySegmentsAreLost = "A segment that overtakes another is acknowledged and dropped.",
    WindowIsIgnored = "More segments are under way than a link may have.",
    BudgetIsIgnored = "A stranger is answered with more than it has sent.",
    ChecksumIsIgnored = "A damaged datagram is taken for a good one.",
}

#[cfg(feature = "sabotage")]
static ACTIVE: std::sync::atomic::AtomicU8 = std::sync::atomic::AtomicU8::new(u8::MAX);

/// Switches a bug on, or all of them off, for the whole process.
#[cfg(feature = "sabotage")]
pub fn switch(bug: Option<Bug>) {
    let number = bug.map_or(u8::MAX, |bug| bug as u8);
    ACTIVE.store(number, std::sync::atomic::Ordering::Relaxed);
}

/// Returns whether a bug is switched on.
#[cfg(feature = "sabotage")]
#[inline]
pub fn has(bug: Bug) -> bool {
    ACTIVE.load(std::sync::atomic::Ordering::Relaxed) == bug as u8
}

/// Returns `false`: no bug is compiled in.
#[cfg(not(feature = "sabotage"))]
#[inline]
pub const fn has(_bug: Bug) -> bool {
    false
}
