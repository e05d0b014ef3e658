//! Lines that the screens of servers and clients share.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use machine::CleanText;

use super::line_text::{LineText, Piece, line};
use super::parse_error::ParseError;
use super::spec::CommandSpec;
use crate::protocol::{Presence, Row, Timestamp};

/// Renders the commands of the current mode.
pub(super) fn help(table: &[CommandSpec], in_group: bool) -> Vec<LineText> {
    let commands = table.iter().filter(|spec| spec.fits(in_group)).map(help_on);
    std::iter::once("[Available Commands:]".into()).chain(commands).collect()
}

/// Renders what a command does.
pub(super) fn help_on(spec: &CommandSpec) -> LineText {
    line!["[", CleanText::one_line(spec.usage()), ": ", spec.about, "]"]
}

/// Renders what is wrong with a typed line.
pub(super) fn complaint(error: ParseError) -> Vec<LineText> {
    let bracketed = |text: String| line!["[", CleanText::one_line(text), "]"];
    match error {
        ParseError::Unknown(_) => vec!["Invalid command!".into()],
        ParseError::Ambiguous { .. } => {
            vec!["Invalid command!".into(), bracketed(error.to_string())]
        }
        ParseError::Json { problem, cure } => {
            vec!["[Invalid input!]".into(), bracketed(problem), bracketed(cure)]
        }
        ParseError::Arguments { problem, usage } => {
            let usage = line!["[Usage: ", CleanText::one_line(usage), "]"];
            vec!["[Invalid input!]".into(), bracketed(problem), usage]
        }
    }
}

/// How much a screen shows of a row of the register table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Detail {
    /// All but the address.
    Brief,
    /// Everything.
    Full,
}

/// Renders a row of the register table, with the time since which it is valid, and further notes.
pub(super) fn row_line(
    row: Row,
    detail: Detail,
    since: CleanText<'_>,
    notes: &[Piece<'_>],
) -> LineText {
    let Row { name, address, presence } = row;
    let mut pieces: Vec<Piece<'_>> = vec!["[".into(), name.into()];
    match detail {
        Detail::Brief => {}
        Detail::Full => pieces.extend([Piece::from(" at "), address.into()]),
    }
    let state = presence_word(presence);
    pieces.extend([Piece::from(": "), state.into(), " since ".into(), since.into()]);
    pieces.extend_from_slice(notes);
    pieces.push("]".into());
    LineText::of(&pieces)
}

/// Renders a point in time in the reader's time zone.
pub fn local(at: Timestamp, zone: &TimeZone) -> CleanText<'static> {
    let at = on_clock(at, zone);
    CleanText::one_line(format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    ))
}

/// Renders the time of day in the reader's time zone, followed by a blank.
pub(super) fn time_of_day(at: Timestamp, zone: &TimeZone) -> CleanText<'static> {
    let at = on_clock(at, zone);
    let (hour, minute, second) = (at.hour(), at.minute(), at.second());
    CleanText::one_line(format!("{hour:02}:{minute:02}:{second:02} "))
}

fn on_clock(at: Timestamp, zone: &TimeZone) -> DateTime {
    let micros = i64::try_from(at.as_micros()).unwrap_or(i64::MAX);
    zone.to_datetime(jiff::Timestamp::from_microsecond(micros).unwrap_or(jiff::Timestamp::MAX))
}

/// Returns the word for a presence.
const fn presence_word(presence: Presence) -> &'static str {
    match presence {
        Presence::Online => "online",
        Presence::Offline => "offline",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_in_the_readers_time_zone() {
        let at = Timestamp::from_micros(1_698_244_807_999_999);
        assert_eq!(local(at, &TimeZone::UTC), "2023-10-25 14:40:07");
        let east = TimeZone::fixed(jiff::tz::offset(2));
        assert_eq!(local(at, &east), "2023-10-25 16:40:07");
    }

    #[test]
    fn a_time_beyond_the_calendar_is_shown_as_its_end() {
        let end = local(Timestamp::from_micros(u64::MAX), &TimeZone::UTC);
        assert_eq!(end, "9999-12-30 22:00:00");
    }
}
