//! The canonical format of scenario files.
//!
//! Formatted text is parsed again: a file is left alone rather than changed in meaning.

use placed_yaml::{self as yaml, Mistake, Mistakes, Node, Source, Value};
use std::path::PathBuf;

use pretty_yaml::config::{FormatOptions, LanguageOptions, LayoutOptions};

/// The maximum length of a line, in characters: longer lists and mappings in brackets get a line
/// for each part.
const LINE_CHARS_MAX: usize = 100;

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
/// everything and the meaning are preserved. Errors in the scenario other than invalid YAML do not
/// matter here.
///
/// # Errors
///
/// The text is not YAML, or uses YAML that the formatter does not support.
pub fn format(source: &Source) -> Result<String, FormatError> {
    let written = yaml::read(&source.text, 0).map_err(|mistake| not_yaml(source, mistake))?;
    let unusual = || FormatError::Unusual { path: source.path.clone() };
    let formatted = pretty_yaml::format_text(&source.text, &options()).map_err(|_| unusual())?;
    // A formatter must never change the meaning of a file.
    let again = yaml::read(&formatted, 0).map_err(|_| unusual())?;
    if is_same(&written, &again) { Ok(formatted) } else { Err(unusual()) }
}

fn not_yaml(source: &Source, mistake: Mistake) -> Mistakes {
    Mistakes::new(vec![source.clone()], vec![mistake])
}

fn options() -> FormatOptions {
    FormatOptions {
        layout: LayoutOptions { print_width: LINE_CHARS_MAX, ..LayoutOptions::default() },
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
