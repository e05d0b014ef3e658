//! Numbers, sizes and durations as people write them: for flags, settings files and scenarios alike.

use std::time::Duration;

/// Why a text is not a valid value, and what to write instead.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Unfit {
    /// What is wrong with it: `not a valid number`, `too short`.
    pub(crate) what: &'static str,
    /// The remedy.
    pub(crate) cure: &'static str,
}

/// A unit and its factor.
type Unit = (&'static str, u64);

const SIZES: [Unit; 5] =
    [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40)];

/// Parses a number that is not 0.
pub(crate) fn number(text: &str) -> Result<usize, Unfit> {
    let cure = "write a whole number, 1 or more, e.g. `100`";
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or(Unfit { what: "not a valid number", cure })
}

/// Parses a size in bytes, which is not 0.
pub(crate) fn size(text: &str) -> Result<u64, Unfit> {
    let cure = "write a whole number, 1 or more, with a unit (`B`, `KiB`, `MiB`, `GiB`, `TiB`), \
                e.g. `64MiB`";
    with_unit(text, &SIZES).ok_or(Unfit { what: "not a valid size", cure })
}

/// Parses a duration, which is not 0.
pub(crate) fn duration(text: &str) -> Result<Duration, Unfit> {
    let cure = "write a number above 0 with a unit (`ms`, `s`, `m`, `h`, `d`), e.g. `90s`";
    let duration = placed_yaml::duration::of_text(text).ok();
    duration.filter(|it| !it.is_zero()).ok_or(Unfit { what: "not a valid duration", cure })
}

fn with_unit(text: &str, units: &[Unit]) -> Option<u64> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let (_, one) = units.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*one).filter(|product| *product > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_fit_is_read() {
        assert_eq!(number("5"), Ok(5));
        assert_eq!(size("7KiB"), Ok(7 * 1024));
        assert_eq!(size("8GiB"), Ok(8 << 30));
        assert_eq!(duration("9d"), Ok(Duration::from_hours(9 * 24)));
        assert_eq!(duration("1.5h"), Ok(Duration::from_mins(90)));
    }

    #[test]
    fn what_is_not_is_refused() {
        for text in ["", "0", "-1", "1.5", "many", "99999999999999999999999"] {
            assert!(number(text).is_err(), "{text}");
        }
        for text in ["", "5", "0B", "1 MiB", "1mb", "-1B", "9999999999TiB"] {
            assert!(size(text).is_err(), "{text}");
        }
        for text in ["", "5", "0s", "1 h", "1w", "s", "-1s", "999999999999999999d"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
