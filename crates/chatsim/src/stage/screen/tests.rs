//! Reading returns what was added.

use super::*;
use crate::stage::fingerprint;

fn line(prompt: &str, text: &str) -> Arc<Line> {
    Line::new(prompt.into(), text.to_owned()).into()
}

fn entry(micros: u64, shown: Shown) -> ScreenEntry {
    ScreenEntry { at: Timestamp::from_micros(micros), shown }
}

/// All kinds of entries, at times that go forward, back and far.
fn all_kinds() -> Vec<ScreenEntry> {
    vec![
        entry(1_698_244_800_000_000, Shown::Started),
        entry(1_698_244_800_000_000, Shown::Typed(line(">>> ", "a"))),
        entry(1_698_244_800_000_001, Shown::Line(line(">>> ", "a"))),
        entry(1_698_244_800_300_000, Shown::Line(line("", "a"))),
        entry(1_698_244_700_000_000, Shown::Line(line(">>> (sea) ", ""))),
        entry(u64::MAX, Shown::Interrupted),
        entry(0, Shown::Exited(Outcome::Left)),
        entry(7, Shown::Exited(Outcome::Failed)),
        entry(7, Shown::Killed),
    ]
}

/// Many entries, some lines of which are always new, and some come again.
fn many(count: u64) -> Vec<ScreenEntry> {
    let shown = |n: u64| match n % 4 {
        0 => Shown::Typed(line(">>> ", "send c2 hello")),
        1 => Shown::Line(line(">>> ", &format!("c2: {n}"))),
        2 => Shown::Line(line(">>> ", &format!("c{}: hello", n % 11))),
        _ => Shown::Line(line(">>> ", &format!("it is {}", n * 7919 % 3000))),
    };
    (0..count).map(|n| entry(n * n % 5000 + n * 400, shown(n))).collect()
}

#[test]
fn what_was_shown_comes_out_as_it_went_in() {
    for entries in [Vec::new(), all_kinds(), many(20_000)] {
        let screen: Screen = entries.iter().cloned().collect();
        assert_eq!(screen.len(), entries.len());
        assert_eq!(screen.is_empty(), entries.is_empty());
        assert!(screen.to_vec() == entries);
    }
}

#[test]
fn every_entry_is_found_by_its_index() {
    let entries = many(300);
    let screen: Screen = entries.iter().cloned().collect();
    for index in (0..=303).chain([usize::MAX]) {
        assert_eq!(screen.get(index).as_ref(), entries.get(index));
        let from = screen.iter_from(index);
        assert_eq!(from.len(), entries.len().saturating_sub(index));
        assert!(from.eq(entries.iter().skip(index).cloned()));
    }
}

#[test]
fn ends_at_a_mark_are_ends() {
    for count in [MARK_DISTANCE - 1, MARK_DISTANCE, MARK_DISTANCE + 1, MARK_DISTANCE * 2] {
        let screen: Screen = many(count as u64).into_iter().collect();
        assert_eq!(screen.get(count), None);
        assert!(screen.get(count - 1).is_some());
        let mut rest = screen.iter_from(count);
        assert_eq!((rest.len(), rest.next(), rest.next()), (0, None, None));
    }
}

#[test]
fn skipping_is_the_same_as_reading() {
    let entries = many(1000);
    let screen: Screen = entries.iter().cloned().collect();
    for (first, second) in [(0, 0), (1, 62), (5, 58), (63, 64), (64, 1), (130, 400), (900, 99)] {
        let mut skipping = screen.iter();
        let mut reading = entries.iter().cloned();
        for skipped in [first, second] {
            assert_eq!(skipping.nth(skipped), reading.nth(skipped));
        }
        assert_eq!(skipping.len(), reading.len());
        assert!(skipping.eq(reading));
    }
}

#[test]
fn entries_can_be_added_after_reading() {
    let (mut screen, mut entries) = (Screen::new(), Vec::new());
    for next in many(200) {
        assert_eq!(screen.get(entries.len()), None);
        screen.push(next.clone());
        assert_eq!(screen.get(entries.len()).as_ref(), Some(&next));
        entries.push(next);
    }
    assert_eq!(screen.to_vec(), entries);
}

#[test]
fn a_line_that_comes_again_is_kept_once_and_takes_few_bytes() {
    let mut screen = Screen::new();
    for n in 0..100_000 {
        let text = format!("c{}: have you seen the tide tables for tomorrow?", n % 50);
        screen.push(entry(n * 100, Shown::Line(line(">>> ", &text))));
    }
    assert_eq!(screen.lines.len(), 50);
    assert!(screen.bytes.len() <= 300_000, "{}", screen.bytes.len());
}

#[test]
fn screens_are_the_same_if_their_entries_are() {
    let screens = [many(5000), all_kinds()].map(|entries| {
        let screen: Screen = entries.iter().cloned().collect();
        let mut other: Screen = entries.iter().cloned().collect();
        assert!(screen == other);
        assert_eq!(fingerprint(&screen), fingerprint(&entries));
        other.push(entry(0, Shown::Killed));
        assert!(screen != other);
        assert_ne!(fingerprint(&screen), fingerprint(&other));
        screen
    });
    assert!(screens[0] != screens[1]);
}
