//! Rust source as a stream of words and marks, without comments and the contents of literals.

/// A word (`crate`, `42`), a path mark (`::`) or any other single character.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Token<'a> {
    /// The text of the token.
    pub(crate) text: &'a str,
    /// The line number, from 1.
    pub(crate) line: usize,
}

/// Splits source into its tokens. A literal string or character leaves no token.
pub(crate) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = source;
    let mut line = 1;
    while let Some(first) = rest.chars().next() {
        let length = skipped(rest).unwrap_or(0);
        let (piece, is_token) = if length > 0 {
            (length, false)
        } else if let word @ 1.. = rest.find(|c| !is_word(c)).unwrap_or(rest.len()) {
            (word, true)
        } else if rest.starts_with("::") {
            (2, true)
        } else {
            (first.len_utf8(), !first.is_whitespace())
        };
        let (text, after) = rest.split_at(piece);
        if is_token {
            tokens.push(Token { text, line });
        }
        line += text.matches('\n').count();
        rest = after;
    }
    tokens
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Returns the length of the comment or literal at the beginning of `rest`.
fn skipped(rest: &str) -> Option<usize> {
    let hashes = |start: &str| start.len() - start.trim_start_matches('#').len();
    if rest.starts_with("//") {
        Some(rest.find('\n').unwrap_or(rest.len()))
    } else if rest.starts_with("/*") {
        Some(block_comment(rest))
    } else if let Some(quoted) = rest.strip_prefix('"') {
        Some(1 + until_quote(quoted, '"'))
    } else if let Some(raw) = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r')) {
        let fence = hashes(raw);
        let quoted = raw.trim_start_matches('#').strip_prefix('"')?;
        let end = format!("\"{}", "#".repeat(fence));
        let inside = quoted.find(&end).map_or(quoted.len(), |at| at + end.len());
        Some(rest.len() - quoted.len() + inside)
    } else if let Some(quoted) = rest.strip_prefix('\'') {
        let mut after = quoted.chars();
        let is_literal = after.next() == Some('\\') || after.next() == Some('\'');
        is_literal.then(|| 1 + until_quote(quoted, '\''))
    } else {
        None
    }
}

/// Returns the length up to and including the next quote that is not escaped.
fn until_quote(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if c == quote {
            return at + 1;
        } else {
            escaped = c == '\\';
        }
    }
    text.len()
}

/// Returns the length of a block comment; they nest.
fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    for (at, pair) in text.as_bytes().windows(2).enumerate() {
        match pair {
            b"/*" => depth += 1,
            b"*/" if depth == 1 => return at + 2,
            b"*/" => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

#[test]
fn words_and_marks_come_with_their_lines() {
    let found: Vec<_> = tokens("use a::b;\nx_1").iter().map(|t| (t.text, t.line)).collect();
    assert_eq!(found, [("use", 1), ("a", 1), ("::", 1), ("b", 1), (";", 1), ("x_1", 2)]);
}

#[test]
fn comments_and_literals_leave_no_token() {
    let source = r##"a // b
        /* c /* d */ e */ f "g \" h" 'i' '\'' br#"j " k"# r"l\" m 'n "o
        " p"##;
    let found: Vec<_> = tokens(source).iter().map(|t| (t.text, t.line)).collect();
    assert_eq!(found, [("a", 1), ("f", 2), ("m", 2), ("'", 2), ("n", 2), ("p", 3)]);
}
