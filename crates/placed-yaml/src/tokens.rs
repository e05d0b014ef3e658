//! YAML as written: its tokens, comments included.

use std::ops::Range;

use serde_yaml::granit_parser::{ScalarStyle, Scanner, StrInput, TokenType};

/// A token of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Its bytes; empty for a key without `?`, where only the start is known.
    pub range: Range<usize>,
}

/// What a [`Token`] is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TokenKind {
    /// A comment, from its `#` to the end of its line.
    Comment,
    /// A text, a number or the like, with its quotes.
    Scalar,
    /// `*name`.
    Alias,
    /// `&name`.
    Anchor,
    /// `!name`.
    Tag,
    /// The `-` of an item of a list.
    Item,
    /// The start of the key of an entry of a mapping.
    Key,
    /// The `:` of an entry of a mapping.
    Value,
    /// `[` or `{`.
    Opening,
    /// `]` or `}`.
    Closing,
    /// A directive, or the start or the end of a document.
    Document,
}

/// Returns the tokens of a text, except for commas, in the order of their starts; `None` if the text
/// is not YAML.
pub fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut end = 0;
    for token in Scanner::new(StrInput::new(text)) {
        let (span, token) = token.ok()?.into_parts();
        let mut range = span.byte_range()?;
        let Some(kind) = kind(&token) else {
            continue;
        };
        // The scanner only knows places after these.
        if let TokenType::BlockEntry = token {
            range.start = end + text.get(end..)?.find('-')?;
            range.end = range.start + 1;
        } else if let TokenType::Scalar(ScalarStyle::Literal | ScalarStyle::Folded, _) = token {
            range.start = end + text.get(end..)?.find(['|', '>'])?;
        }
        end = range.end.max(end);
        tokens.push(Token { kind, range });
    }
    Some(tokens)
}

fn kind(token: &TokenType<'_>) -> Option<TokenKind> {
    match token {
        TokenType::Comment(_) => Some(TokenKind::Comment),
        TokenType::Scalar(..) => Some(TokenKind::Scalar),
        TokenType::Alias(_) => Some(TokenKind::Alias),
        TokenType::Anchor(_) => Some(TokenKind::Anchor),
        TokenType::Tag(..) => Some(TokenKind::Tag),
        TokenType::BlockEntry => Some(TokenKind::Item),
        TokenType::Key => Some(TokenKind::Key),
        TokenType::Value => Some(TokenKind::Value),
        TokenType::FlowSequenceStart | TokenType::FlowMappingStart => Some(TokenKind::Opening),
        TokenType::FlowSequenceEnd | TokenType::FlowMappingEnd => Some(TokenKind::Closing),
        TokenType::DocumentStart
        | TokenType::DocumentEnd
        | TokenType::VersionDirective(..)
        | TokenType::TagDirective(..)
        | TokenType::ReservedDirective(..) => Some(TokenKind::Document),
        TokenType::StreamStart
        | TokenType::StreamEnd
        | TokenType::BlockSequenceStart
        | TokenType::BlockMappingStart
        | TokenType::BlockEnd
        | TokenType::FlowEntry
        | _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_their_places() {
        let text = "\u{feff}a-b: # c - d\n-  &e !f -g # h\n-\n  # i\n  - [j, {k: *e}]\n- |  # l\n  # m\n  - n\n# o\n-";
        let found = tokens(text).unwrap().into_iter();
        let found = found.map(|token| (token.kind, text.get(token.range).unwrap()));
        let expected = [
            (TokenKind::Key, ""),
            (TokenKind::Scalar, "a-b"),
            (TokenKind::Value, ""),
            (TokenKind::Comment, "# c - d"),
            (TokenKind::Item, "-"),
            (TokenKind::Anchor, "&e"),
            (TokenKind::Tag, "!f"),
            (TokenKind::Scalar, "-g"),
            (TokenKind::Comment, "# h"),
            (TokenKind::Item, "-"),
            (TokenKind::Comment, "# i"),
            (TokenKind::Item, "-"),
            (TokenKind::Opening, "["),
            (TokenKind::Scalar, "j"),
            (TokenKind::Opening, "{"),
            (TokenKind::Key, ""),
            (TokenKind::Scalar, "k"),
            (TokenKind::Value, ""),
            (TokenKind::Alias, "*e"),
            (TokenKind::Closing, "}"),
            (TokenKind::Closing, "]"),
            (TokenKind::Item, "-"),
            (TokenKind::Scalar, "|  # l\n  # m\n  - n\n"),
            (TokenKind::Comment, "# l"),
            (TokenKind::Comment, "# o"),
            (TokenKind::Item, "-"),
        ];
        assert_eq!(found.collect::<Vec<_>>(), expected);
        assert_eq!(tokens("a: ]"), None);
    }
}
