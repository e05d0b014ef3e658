//! What can be wrong with a line.

/// Why a line is not a command.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ParseError {
    /// The first word is not in the table.
    #[error("`{0}` is not a command")]
    Unknown(String),
    /// The first word is a prefix of several.
    #[error("`{word}` is ambiguous: {}", meanings.join(" or "))]
    Ambiguous {
        /// The word.
        word: String,
        /// The commands that it may mean.
        meanings: Vec<&'static str>,
    },
    /// It is a JSON object, and something is wrong with that.
    #[error("{problem}; {cure}")]
    Json {
        /// What is wrong.
        problem: String,
        /// What would be right.
        cure: String,
    },
    /// The arguments do not fit.
    #[error("{problem}; usage: `{usage}`")]
    Arguments {
        /// What is wrong.
        problem: String,
        /// What would be right.
        usage: String,
    },
}
