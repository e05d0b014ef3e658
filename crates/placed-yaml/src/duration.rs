//! Durations: a number and its unit.

use std::time::Duration;

use jiff::SignedDuration;

use crate::{Findings, Mistake, Node, Place, quoted};

/// Units by name, with their length in microseconds.
const UNITS: [(&str, u64); 6] = [
    ("us", 1),
    ("ms", 1_000),
    ("s", 1_000_000),
    ("m", 60 * 1_000_000),
    ("h", 3_600 * 1_000_000),
    ("d", 24 * 3_600 * 1_000_000),
];

/// Longest duration, in microseconds: 30 days.
const MICROS_MAX: u64 = 30 * 24 * 3_600 * 1_000_000;

/// Digits of a number, so that no product overflows.
const DIGITS_MAX: usize = 24;

const HELP: &str =
    "a duration is a number with a unit (`us`, `ms`, `s`, `m`, `h` or `d`), like `1.5s`";

/// Why a text is not a duration, and how to write one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unreadable {
    /// What is wrong, after the text: `has no unit`.
    pub what: &'static str,
    /// What to write instead.
    pub help: String,
}

impl Unreadable {
    fn new(what: &'static str) -> Self {
        Self { what, help: HELP.to_owned() }
    }

    fn with_meant(what: &'static str, meant: &str) -> Self {
        Self { what, help: format!("did you mean `{meant}`? {HELP}") }
    }
}

/// Returns the names of the units.
pub fn units() -> impl Iterator<Item = &'static str> {
    UNITS.into_iter().map(|(name, _)| name)
}

/// Reads a duration like `500ms` or `1.5s`, of at most 30 days.
pub fn read(node: &Node, findings: &mut Findings) -> Option<Duration> {
    let text = findings.text(node, "a duration")?;
    findings.check(parse(text, node.place))
}

/// Reads a jump like `+1h` or `-10m`, of at most 30 days.
pub fn read_jump(node: &Node, findings: &mut Findings) -> Option<SignedDuration> {
    const JUMP_HELP: &str = "write `+1h` for a jump ahead, `-1h` for one back";
    let text = findings.text(node, "a jump like `+1h` or `-10m`")?;
    let (rest, ahead) = match (text.strip_prefix('+'), text.strip_prefix('-')) {
        (Some(rest), _) => (rest, true),
        (None, Some(rest)) => (rest, false),
        (None, None) => {
            let mistake = Mistake::new(node.place, format!("{} has no direction", quoted(text)));
            findings.add(mistake.with_help(JUMP_HELP));
            return None;
        }
    };
    let length = SignedDuration::try_from(findings.check(parse(rest, node.place))?).ok()?;
    Some(if ahead { length } else { -length })
}

/// Parses a duration of at most 30 days.
///
/// # Errors
///
/// The text is not a duration: the mistake names `place`.
pub fn parse(text: &str, place: Place) -> Result<Duration, Mistake> {
    let too_long =
        || Unreadable { what: "is too long", help: "a duration is at most 30 days, `30d`".into() };
    let fitting = |duration: &Duration| duration.as_micros() <= u128::from(MICROS_MAX);
    let parsed = of_text(text).and_then(|it| Some(it).filter(fitting).ok_or_else(too_long));
    parsed.map_err(|Unreadable { what, help }| {
        Mistake::new(place, format!("{} {what}", quoted(text))).with_help(help)
    })
}

/// Parses a duration of any length: a decimal number and a unit.
///
/// # Errors
///
/// The text is not a duration, or more than 584,000 years.
pub fn of_text(text: &str) -> Result<Duration, Unreadable> {
    let unit_start = text.find(|c: char| !c.is_ascii_digit() && c != '.');
    let (number, unit) = text.split_at(unit_start.unwrap_or(text.len()));
    let (mantissa, scale) = decimal(number).ok_or_else(|| Unreadable::new("is not a duration"))?;
    if unit.is_empty() {
        return Err(Unreadable::with_meant("has no unit", &format!("{number}s")));
    }
    let Some((_, unit_micros)) = UNITS.into_iter().find(|&(name, _)| name == unit) else {
        const WHAT: &str = "has an unknown unit";
        return Err(match meant_unit(unit) {
            Some(meant) => Unreadable::with_meant(WHAT, &format!("{number}{meant}")),
            None => Unreadable::new(WHAT),
        });
    };
    let scaled = mantissa.checked_mul(u128::from(unit_micros));
    let Some(micros) = scaled.and_then(|scaled| u64::try_from(scaled / scale).ok()) else {
        return Err(Unreadable::new("is too long"));
    };
    if u128::from(micros) * scale != mantissa * u128::from(unit_micros) {
        return Err(Unreadable::new("is finer than a microsecond"));
    }
    Ok(Duration::from_micros(micros))
}

/// Guesses the unit that was meant by a name from another convention.
fn meant_unit(unit: &str) -> Option<&'static str> {
    let unit = unit.trim().to_lowercase();
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| unit.starts_with(prefix));
    let guesses: [(&[&str], &str); 6] = [
        (&["us", "µs", "μs", "micro"], "us"),
        (&["ms", "milli"], "ms"),
        (&["s"], "s"),
        (&["m"], "m"),
        (&["h"], "h"),
        (&["d"], "d"),
    ];
    let guess = guesses.into_iter().find(|&(prefixes, _)| starts(prefixes));
    guess.map(|(_, meant)| meant)
}

/// Reads a decimal number as an integer and the power of ten to divide it by.
fn decimal(number: &str) -> Option<(u128, u128)> {
    let (whole, fraction) = match number.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (number, ""),
    };
    if whole.is_empty() || number.len() > DIGITS_MAX {
        return None;
    }
    let mantissa = format!("{whole}{fraction}").parse().ok()?;
    let scale = u32::try_from(fraction.len()).ok()?;
    Some((mantissa, 10_u128.pow(scale)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn micros(text: &str) -> Result<u128, String> {
        let place = Place { file: 0, start: 0, end: 0, line: 1, column: 1 };
        match parse(text, place) {
            Ok(duration) => Ok(duration.as_micros()),
            Err(mistake) => Err(mistake.message),
        }
    }

    #[test]
    fn a_number_with_a_unit_is_a_duration() {
        assert_eq!(micros("7us"), Ok(7));
        assert_eq!(micros("500ms"), Ok(500_000));
        assert_eq!(micros("1.5s"), Ok(1_500_000));
        assert_eq!(micros("0.000001s"), Ok(1));
        assert_eq!(micros("2m"), Ok(120_000_000));
        assert_eq!(micros("0s"), Ok(0));
        assert_eq!(micros("720h"), Ok(u128::from(MICROS_MAX)));
        assert_eq!(micros("30d"), Ok(u128::from(MICROS_MAX)));
        assert_eq!(micros("0.5d"), micros("12h"));
    }

    #[test]
    fn everything_else_is_refused_with_its_reason() {
        let refused = |text| micros(text).unwrap_err();
        assert_eq!(refused("5"), "`5` has no unit");
        assert_eq!(refused("5 s"), "`5 s` has an unknown unit");
        assert_eq!(refused("5min"), "`5min` has an unknown unit");
        assert_eq!(refused("1.5us"), "`1.5us` is finer than a microsecond");
        assert_eq!(refused("720.1h"), "`720.1h` is too long");
        assert_eq!(refused("99999999999999999999h"), "`99999999999999999999h` is too long");
        assert_eq!(refused("1e3s"), "`1e3s` has an unknown unit");
        for text in ["", "s", "-1s", ".5s", "5.s", "1.2.3s", "soon"] {
            assert_eq!(refused(text), format!("`{text}` is not a duration"));
        }
        assert_eq!(refused(&"9".repeat(30)), format!("`{}` is not a duration", "9".repeat(30)));
    }
}
