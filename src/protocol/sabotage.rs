//! Bugs on purpose: what a fuzzer has to find, or it is not good enough.
//!
//! Each of them is a mistake that somebody could make. Without the feature `sabotage` none of them
//! is in the program; with it, one at a time can be switched on for the whole process.

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
    AnswersBeforeCommit = "Whatever is said leaves before the change that it depends on is stored.",
    ReleasesOneTooMany = "What waits for the next batch leaves with this one.",
    OutboxNotKept = "A typed message is not kept until it is delivered.",
    NumbersBeginAgain = "After a restart messages are numbered from the first number again.",
    SeenNotKept = "A client forgets with its program which messages have arrived.",
    ReceiptsSeenNotKept = "A client forgets with its program which receipts have arrived.",
    HeldNotKept = "A message that waits for the end of a group visit is not kept.",
    HeldNotDropped = "A message that was shown after a group visit is kept on.",
    ArrivalNotKept = "What has arrived is acknowledged and kept nowhere.",
    ShownNotMarked = "Nobody remembers what was shown.",
    MailNotKept = "The server acknowledges a message that it keeps only in memory.",
    ReceiptNotKept = "The server keeps a receipt only in memory.",
    MemberNotKept = "The server keeps a membership only in memory.",
    GroupNotKept = "The server keeps a group only in memory.",
    ClientNotKept = "The server keeps a registration only in memory.",
    GroupMailNotKept = "A group message to somebody who is online is not kept until it has arrived.",
    // What is delivered.
    EverythingIsNew = "A client shows whatever arrives, again and again.",
    FallsBackUnderNewId = "A message that goes on through the server gets a new id.",
    NewestFirst = "Of the messages to somebody the newest is sent first.",
    ConfirmedWhenSent = "An author is told that a message was received when it was only sent.",
    FullIsSaved = "An author is told that a message is saved for which there was no room.",
    FullDropsMessage = "A message for which there was no room is dropped without a word.",
    ShowsWhatIsForOthers = "A client shows a message that is for whoever had its address before.",
    DropsPageWhenSent = "Kept messages are dropped when they are sent, not when they have arrived.",
    PageConfirmsAll = "The confirmation of a page counts for everything that is kept.",
    MissedIsDropped = "A group message that a member did not take is dropped.",
    RelayConfirmedUnasked = "The server says that a receiver has a message which it has not given to it.",
    OnlineBeforeMail = "A client that returns counts as online before it has taken what was kept for it.",
    ReceiptForReceipt = "Who gets a message is sent a receipt for the receipt.",
    ReceiptsForgotten = "The author of a message that was kept is not told of its delivery.",
    LastPageFirst = "Kept messages are delivered the newest first.",
    SavedIsNotAway = "Who does not answer is written to directly again, before what waits for it.",
    KeptOvertakesHeld = "A kept message is shown before one that waits for the end of a group visit.",
    HeldForEver = "Who loses its membership is not shown what waited for the end of the visit.",
    MeantForSomebodyElse = "What has waited for storage goes to whoever has its receiver's address by then.",
    LostIsConfirmed = "What was under way to a program that has ended counts as received.",
    NoRoomForEver = "A message for which there was no room is never tried again.",
    // Who is there.
    ReturnerIsUpToDate = "Who returns counts as knowing the present register table.",
    RestartIsIgnored = "A client does not register again with a server that has forgotten it.",
    NoKeepalive = "A client does not ask a silent server whether it still knows it.",
    AwayIsNotTold = "Nobody is told that somebody has gone.",
    VanishedStaysOnline = "Who has vanished stands in the table as online.",
    EpochStays = "Each run of the server numbers its table as the one before.",
    // How it travels.
    NothingIsResent = "A lost datagram is not sent again.",
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

/// Tells that no bug is switched on.
#[cfg(not(feature = "sabotage"))]
#[inline]
pub const fn has(_bug: Bug) -> bool {
    false
}
