//! For any text, the parser returns its meaning or its errors, and never panics.

use std::path::PathBuf;

use chatapp::sim::parse;
use chatsim::scenario::{Source, format};
use proptest::prelude::*;

/// A text is parsed, or its errors can be rendered and their places are in the text.
fn check(text: &str) -> Result<(), TestCaseError> {
    let Err(mistakes) = parse(&Source::new(PathBuf::from("any.yaml"), text.into())) else {
        return Ok(());
    };
    prop_assert!(!mistakes.as_slice().is_empty());
    for mistake in mistakes.as_slice() {
        let place = mistake.place;
        prop_assert!(text.get(place.start..place.end).is_some(), "{mistake:?}");
        let before = text.split_at(place.start).0.trim_start_matches('\u{feff}');
        let line_start = before.rfind(['\n', '\r']).map_or(0, |at| at + 1);
        let breaks = before.replace("\r\n", "\n").matches(['\n', '\r']).count();
        prop_assert_eq!(place.line, 1 + breaks, "{:?}", mistake);
        let column = 1 + before.split_at(line_start).1.chars().count();
        prop_assert_eq!(place.column, column, "{:?}", mistake);
    }
    prop_assert!(mistakes.render(true).contains("any.yaml"));
    let drawn = mistakes.render(false);
    prop_assert!(!drawn.contains(['\u{1b}', '\u{202e}']), "{drawn}");
    Ok(())
}

/// The pieces of scenarios, valid and invalid ones.
const PIECES: &str = "\
chatsim: 1\n|clients: |steps:|server: |title: |seed: |clock: |  - |\n|\r\n|\r|    | |: |, |{ | }|[|]|\"|'|\
>-\n|&a |*a|!t |<<: |? |# |---\n|\t|\\|c1|c2|server|start: |expect: |never: |restart: |advance: |\
settle: none|note: |within: |for: |repeat: |parallel: |include: any.yaml|times: 2|steps: |snapshot: |\
line: |lines: |count: 2|any_order: true|${a}|$${|${|5s|5|007|~|/(/|/a/|é😀|\u{1b}|\u{202e}|\u{85}|\u{2028}|日本";

/// Texts of such pieces; a third of them is valid in its first lines.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(PIECES.split('|').collect::<Vec<&str>>());
    let text = prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat());
    let start =
        prop::sample::select(vec!["", "\u{feff}", "chatsim: 1\nclients: [c1, c2]\nsteps:\n  - "]);
    (start, text).prop_map(|(start, text)| format!("{start}{text}"))
}

/// A formatted text has the same meaning, and does not change when it is formatted again.
fn check_format(text: &str) -> Result<(), TestCaseError> {
    let source = |text: &str| Source::new(PathBuf::from("any.yaml"), text.into());
    let Ok(formatted) = format(&source(text)) else {
        return Ok(());
    };
    let messages = |text| match parse(&source(text)) {
        Ok(_) => Vec::new(),
        Err(mistakes) => mistakes.as_slice().iter().map(|m| m.message.clone()).collect(),
    };
    prop_assert_eq!(messages(text), messages(&formatted), "{}", formatted);
    match format(&source(&formatted)) {
        Ok(again) => prop_assert_eq!(again, formatted),
        Err(error) => prop_assert!(false, "{error}\n{formatted}"),
    }
    Ok(())
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>()) {
        check(&text)?;
    }

    #[test]
    fn no_scrambled_scenario_changes_its_meaning_when_it_is_formatted(text in pieces()) {
        check_format(&text)?;
    }

    #[test]
    fn no_scrambled_scenario_makes_the_parser_panic(text in pieces()) {
        check(&text)?;
    }
}
