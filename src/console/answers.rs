//! What the screens of servers and clients say alike.

use jiff::tz::TimeZone;

use super::commands::CommandSpec;
use super::parse::ParseError;
use crate::protocol::{Presence, Timestamp};
use machine::clean;

/// Renders the commands that there are in the present mode.
pub(super) fn help(table: &[CommandSpec], in_group: bool) -> Vec<String> {
    let commands = table.iter().filter(|spec| spec.fits(in_group)).map(help_on);
    std::iter::once("[Available Commands:]".to_owned()).chain(commands).collect()
}

/// Renders what a command does.
pub(super) fn help_on(spec: &CommandSpec) -> String {
    format!("[{}: {}]", spec.usage(), spec.about)
}

/// Renders what is wrong with a typed line.
pub(super) fn complaint(error: ParseError) -> Vec<String> {
    match error {
        ParseError::Unknown(_) => vec!["Invalid command!".to_owned()],
        ParseError::Ambiguous { .. } => {
            vec!["Invalid command!".to_owned(), format!("[{error}]")]
        }
        ParseError::Json { problem, cure } => {
            let clean = |text: &str| format!("[{}]", clean(text).collect::<Vec<_>>().join(" "));
            vec!["[Invalid input!]".to_owned(), clean(&problem), clean(&cure)]
        }
        ParseError::Arguments { problem, usage } => {
            let problem = clean(&problem).collect::<Vec<_>>().join(" ");
            vec!["[Invalid input!]".to_owned(), format!("[{problem}]"), format!("[Usage: {usage}]")]
        }
    }
}

/// Renders a point in time on the clock of the person who reads it.
pub(super) fn local(at: Timestamp, zone: &TimeZone) -> String {
    let micros = i64::try_from(at.as_micros()).unwrap_or(i64::MAX);
    let instant = jiff::Timestamp::from_microsecond(micros).unwrap_or(jiff::Timestamp::MAX);
    let at = zone.to_datetime(instant);
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

/// Renders the time of a day on the clock of the person who reads it.
pub(super) fn time_of_day(at: Timestamp, zone: &TimeZone) -> String {
    // The date has ten characters.
    local(at, zone).split_off("2023-10-25 ".len())
}

/// Returns whether somebody is there.
pub(super) fn presence(presence: Presence) -> &'static str {
    match presence {
        Presence::Online => "online",
        Presence::Offline => "offline",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_readers_clock() {
        let at = Timestamp::from_micros(1_698_244_807_999_999);
        assert_eq!(local(at, &TimeZone::UTC), "2023-10-25 14:40:07");
        let east = TimeZone::fixed(jiff::tz::offset(2));
        assert_eq!(local(at, &east), "2023-10-25 16:40:07");
    }

    #[test]
    fn a_time_beyond_the_calendar_is_its_end() {
        let end = local(Timestamp::from_micros(u64::MAX), &TimeZone::UTC);
        assert_eq!(end, "9999-12-30 22:00:00");
    }
}
