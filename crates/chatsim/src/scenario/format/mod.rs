//! The canonical format of scenario files.
//!
//! Formatted text is parsed again: a file is left alone rather than changed in meaning, and rather
//! than a comment moved to other code.

mod comments;

use placed_yaml::{self as yaml, Mistake, Mistakes, Node, Source, Value};
use std::path::{Path, PathBuf};

use pretty_yaml::config::{FormatOptions, LanguageOptions, LayoutOptions};

use comments::Layout;

/// The maximum length of a line, in characters: longer lists and mappings in brackets get a line
/// for each part.
const LINE_CHARS_MAX: usize = 100;

/// The number of columns by which a block is indented.
const INDENT: usize = 2;

/// Why a text was not formatted.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// The text is not YAML.
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
    /// The formatter reads some rare form of YAML in another way.
    #[error("`{}` cannot be formatted: it uses YAML that the formatter does not \
             support", .path.display())]
    Unusual {
        /// The file.
        path: PathBuf,
    },
}

/// Formats the text of a scenario file or of an included file. Comments, anchors, the order of
/// everything and the meaning are preserved. A comment stays between the same two pieces of code,
/// at the end of its line or on a line of its own, which is indented like the entries of its block.
/// Errors in the scenario other than invalid YAML do not matter here.
///
/// # Errors
///
/// The text is not YAML, or uses YAML that the formatter does not support.
pub fn format(source: &Source) -> Result<String, FormatError> {
    let written = yaml::read(&source.text, 0).map_err(|mistake| not_yaml(source, mistake))?;
    let text = source.text.trim_start_matches('\u{feff}');
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let formatted = laid_out(&text).filter(|formatted| {
        // A formatter must never change the meaning of a file.
        let again = yaml::read(formatted, 0);
        let layout = Layout::of(formatted);
        again.is_ok_and(|again| is_same(&written, &again))
            && layout.is_some_and(|layout| Some(layout) == Layout::of(&text))
    });
    formatted.ok_or_else(|| FormatError::Unusual { path: source.path.clone() })
}

/// Formats a text; returns `None` if the formatter does not support it.
fn laid_out(text: &str) -> Option<String> {
    // The formatter would move comments at the ends of blocks into other blocks.
    let (code, gaps) = comments::take(text)?;
    let formatted = pretty_yaml::format_text(&code, &options()).ok()?;
    comments::put_back(&comments::rejoin(&formatted, &code)?, gaps)
}

/// Makes the source of a new file, formatted if the formatter supports its text.
pub(crate) fn formatted(path: &Path, text: String) -> Source {
    let source = Source::new(path.to_owned(), text.into());
    match format(&source) {
        Ok(formatted) => Source { text: formatted.into(), ..source },
        Err(FormatError::Mistakes(_) | FormatError::Unusual { .. }) => source,
    }
}

fn not_yaml(source: &Source, mistake: Mistake) -> Mistakes {
    Mistakes::new(vec![source.clone()], vec![mistake])
}

fn options() -> FormatOptions {
    FormatOptions {
        layout: LayoutOptions {
            print_width: LINE_CHARS_MAX,
            indent_width: INDENT,
            ..LayoutOptions::default()
        },
        // Trailing blanks may be part of a text.
        language: LanguageOptions {
            trim_trailing_whitespaces: false,
            ..LanguageOptions::default()
        },
    }
}

/// Compares the contents of two files, without places.
fn is_same(one: &Node, other: &Node) -> bool {
    match (&one.value, &other.value) {
        (Value::Null, Value::Null) => true,
        (Value::Scalar(one), Value::Scalar(other)) => one == other,
        (Value::Sequence(one), Value::Sequence(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Mapping(one), Value::Mapping(other)) => {
            let is_same_entry = |((key, value), (other_key, other_value)): (&(_, _), &(_, _))| {
                is_same(key, other_key) && is_same(value, other_value)
            };
            one.len() == other.len() && one.iter().zip(other).all(is_same_entry)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formatted(text: &str) -> Result<String, FormatError> {
        format(&Source::new("a.yaml".into(), text.into()))
    }

    #[test]
    fn looks_are_made_one() {
        let written = "\
chatsim:   1
title:   'don''t say \"it\"'        # odd


# alone


clients: {c1: {port: 2927},   c2: }   # two
steps:
- start: &all [server,c1,   c2]
-   note: |
       text   with blanks   
       and # no comment
# between
- stop: *all
# below
";
        let expected = "\
chatsim: 1
title: 'don''t say \"it\"' # odd

# alone

clients: { c1: { port: 2927 }, c2: } # two
steps:
  - start: &all [server, c1, c2]
  - note: |
      text   with blanks   
      and # no comment
  # between
  - stop: *all
  # below
";
        assert_eq!(formatted(written).unwrap(), expected);
        assert_eq!(formatted(expected).unwrap(), expected);
    }

    /// Formats a text, which must be stable then.
    fn assert_formatted(written: &str, expected: &str) {
        assert_eq!(formatted(written).unwrap(), expected);
        assert_eq!(formatted(expected).unwrap(), expected, "formatted text is stable");
        let windows = written.replace('\n', "\r\n");
        assert_eq!(formatted(&windows).unwrap(), expected, "line breaks do not matter");
    }

    #[test]
    fn comments_stay_in_their_blocks_after_a_comment_at_the_end_of_a_line() {
        let texts = [
            "steps:\n  - start: [server, c1] # a\n  # - c1: list_groups\n",
            "clients:\n  c1: { port: 3000 } # a\n  # c2: { port: 3001 }\nserver:\n  port: 1 # b\n  # c\n\
             steps:\n  - expect:\n      c1: x # d\n      # c2: nothing\n  - stop: c1\n",
            "steps:\n  - repeat: 2\n    steps:\n      - parallel:\n          - c1: a # a\n          \
             # - c1: b\n      # - c2: c\n  # - c3: d\n# e\n",
            "steps:\n  - expect: # a\n      c1: # b\n        - x # c\n        # - y\n      # c2: z\n",
            "steps:\n  - c1: [\n      a, # a\n      # b\n    ] # c\n    # settle: none\n  # - c2: d\n",
            "a:\n  - |\n    text # no comment\n  # a\nb: |- # b\n  text\n# c\nc:\n",
            "a:\n  - b: 1 # a\n\n    # b\n\n  # c\n  - d: 1\n\n# e\n\nf: 1 # f\n\n# g\n",
        ];
        for text in texts {
            assert_formatted(text, text);
        }
    }

    #[test]
    fn comments_are_indented_like_the_entries_of_their_blocks() {
        let written = "\
    # a
a:

   # b
    b: 1
     # c
   # d
# e
    c:
    -   1
    # f
    -   2
      # g
    # h
    d:   2
 # i
";
        let expected = "\
# a
a:

  # b
  b: 1
  # c
  # d
  # e
  c:
    - 1
    # f
    - 2
    # g
  # h
  d: 2
# i
";
        assert_formatted(written, expected);
    }

    #[test]
    fn comments_stay_between_an_entry_and_its_value() {
        let expected = "a:\n  # a\nb:\n  # b\n  [1, 2] # c\nc:\n  # d\n  |\n    text\nd:\n  -\n    # e\n    \
                        e: 1\n  -\n    # f\n    text\n  -\n    # g\n";
        let written = expected.replace("  [1, 2]", "    [1,2]").replace("    e: 1", "        e: 1");
        assert_formatted(&written, expected);
    }

    #[test]
    fn a_comment_that_cannot_stay_where_it_is_refuses_its_file() {
        let error = formatted("? a\n# b\n: c\n").unwrap_err();
        assert!(matches!(error, FormatError::Unusual { .. }), "{error}");
    }

    #[test]
    fn lists_that_are_too_long_get_a_line_for_each_part() {
        let word = "x".repeat(50);
        let expected = format!("a: [\n  {word},\n  {word},\n]\n");
        assert_eq!(formatted(&format!("a: [{word}, {word}]")).unwrap(), expected);
    }

    #[test]
    fn what_is_not_yaml_is_shown() {
        let error = formatted("a: [1").unwrap_err();
        assert!(matches!(error, FormatError::Mistakes(_)), "{error}");
        let deep = format!("a: {}{}", "[".repeat(99), "]".repeat(99));
        let error = formatted(&deep).unwrap_err().to_string();
        assert!(error.contains("lists and mappings are nested too deeply"), "{error}");
    }
}
