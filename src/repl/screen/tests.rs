//! The queue of a screen.

use super::*;
use crate::repl::queue::WAITING_BYTES_MAX;

const NO_PATIENCE: Duration = Duration::ZERO;

fn standing(prompt: &str, is_answering: bool) -> Standing {
    Standing { prompt: prompt.into(), commands: Commands::default(), is_answering, waiting: 0 }
}

fn show(screen: &Screen, text: &str) {
    screen.show(&Line::new(">>> ".into(), CleanText::one_line(text.to_owned())));
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
fn lines_for_which_memory_has_no_room_come_in_their_order_all_the_same() {
    let screen = Screen::default();
    let filling = "x".repeat(1_000);
    let count = 3 * WAITING_BYTES_MAX / filling.len();
    for n in 0..count {
        show(&screen, &format!("{n} {filling}"));
    }
    let mut takes = 0;
    let mut next = 0;
    while let Some(lines) = screen.next_lines_of_answer(NO_PATIENCE) {
        takes += 1;
        for line in lines.lines() {
            assert_eq!(line, format!(">>> {next} {filling}"));
            next += 1;
        }
        if takes == 1 {
            show(&screen, &format!("{count} {filling}"));
        }
    }
    assert_eq!((takes, next), (4, count + 1));
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
