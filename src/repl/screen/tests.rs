//! Lines on their way to a screen.

use super::*;
use crate::repl::queue::WAITING_LINES_MAX;

const NO_PATIENCE: Duration = Duration::ZERO;

fn standing(prompt: &str, is_answering: bool) -> Standing {
    Standing { prompt: prompt.into(), commands: Commands::default(), is_answering, waiting: 0 }
}

fn show(screen: &Screen, text: &str) {
    screen.show(&Line::new(">>> ".into(), text.to_owned()));
}

#[test]
fn lines_that_wait_are_taken_together_in_their_order() {
    let screen = Screen::default();
    show(&screen, "one");
    show(&screen, "two");
    assert_eq!(screen.next_lines().as_deref(), Some(">>> one\n>>> two\n"));
    assert_eq!(screen.next_lines_of_answer(NO_PATIENCE), None);
}

#[test]
fn lines_beyond_the_bound_are_counted_for_the_reader() {
    let screen = Screen::default();
    for _ in 0..WAITING_LINES_MAX + 2 {
        show(&screen, "x");
    }
    let lines = screen.next_lines().unwrap();
    assert_eq!(lines.lines().count(), WAITING_LINES_MAX + 1);
    assert!(lines.ends_with(">>> x\n[2 lines were too many to show.]\n"));
}

#[test]
fn the_editor_opens_with_the_latest_prompt_and_never_after_the_end() {
    let screen = Screen::default();
    screen.refresh(standing(">>> ", false));
    screen.refresh(standing(">>> (g) ", false));
    assert_eq!(screen.open_editor().as_deref(), Some(">>> (g) "));
    show(&screen, "late");
    assert_eq!(screen.close(NO_PATIENCE).as_deref(), Some(">>> late\n"));
    assert_eq!(screen.open_editor(), None);
}

#[test]
fn a_script_goes_on_when_it_is_answered_and_stops_at_the_end() {
    let screen = Screen::default();
    screen.refresh(standing(">>> ", false));
    assert!(screen.await_answer());
    screen.refresh(standing(">>> ", true));
    screen.close(NO_PATIENCE);
    assert!(!screen.await_answer());
}
