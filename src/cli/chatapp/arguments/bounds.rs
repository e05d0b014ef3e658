//! The bounds of a server, as flags.

use std::time::Duration;

use clap::Args;

use crate::server::Settings;

/// The bounds as written.
#[derive(Args, Debug)]
#[command(next_help_heading = "Bounds of what the server keeps")]
pub(super) struct Bounds {
    /// Messages that wait for one person from one sender [default: 128].
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    mail_per_sender: Option<String>,

    /// Messages that wait for one person [default: 1000].
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    mail_per_person: Option<String>,

    /// Bytes of texts that wait for one person, like `512KiB` [default: 1MiB].
    #[arg(long, value_name = "SIZE", allow_hyphen_values = true)]
    mail_bytes_per_person: Option<String>,

    /// Bytes that all waiting messages take up [default: 1GiB].
    #[arg(long, value_name = "SIZE", allow_hyphen_values = true)]
    mail_bytes: Option<String>,

    /// How long a message waits before its author learns that it will not be delivered, like
    /// `36h` [default: 21d].
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true)]
    mail_age: Option<String>,

    /// How long a client may be silent before it counts as gone [default: 1m].
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true)]
    silence: Option<String>,
}

/// Says that a bound is none.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(in crate::cli::chatapp) enum BoundError {
    #[error("`{0}` is no number for `--{1}`: write a whole number from 1 on, like `100`")]
    Number(String, &'static str),
    #[error(
        "`{0}` is no size for `--{1}`: write a whole number from 1 on with a unit (`B`, `KiB`, \
         `MiB`, `GiB`, `TiB`), like `64MiB`"
    )]
    Size(String, &'static str),
    #[error(
        "`{0}` is no duration for `--{1}`: write a whole number from 1 on with a unit (`s`, `m`, \
         `h`, `d`), like `90s`"
    )]
    Duration(String, &'static str),
    #[error(
        "`{0}` is too short for `--silence`: clients show that they are there every 20 seconds, so \
         write `30s` or more"
    )]
    Silence(String),
}

/// A unit and what one of it is.
type Unit = (&'static str, u64);

const SIZES: [Unit; 5] =
    [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40)];

/// In seconds.
const DURATIONS: [Unit; 4] = [("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400)];

/// The shortest silence after which nobody is taken for gone who has only lost one datagram.
const SILENCE_MIN: Duration = Duration::from_secs(30);

impl Bounds {
    /// Reads the bounds; what is not said is the default.
    pub(super) fn check(self) -> Result<Settings, BoundError> {
        let mut settings = Settings::default();
        if let Some(text) = self.mail_per_sender {
            settings.mail_per_sender_max = number(text, "mail-per-sender")?;
        }
        if let Some(text) = self.mail_per_person {
            settings.mail_per_receiver_max = number(text, "mail-per-person")?;
        }
        if let Some(text) = self.mail_bytes_per_person {
            let size = size(text, "mail-bytes-per-person")?;
            settings.mail_bytes_per_receiver_max = usize::try_from(size).unwrap_or(usize::MAX);
        }
        if let Some(text) = self.mail_bytes {
            settings.mail_bytes_in_all_max = size(text, "mail-bytes")?;
        }
        if let Some(text) = self.mail_age {
            settings.mail_age_max = duration(text, "mail-age")?;
        }
        if let Some(text) = self.silence {
            settings.silence_max = duration(text.clone(), "silence")?;
            if settings.silence_max < SILENCE_MIN {
                return Err(BoundError::Silence(text));
            }
        }
        Ok(settings)
    }
}

fn number(text: String, flag: &'static str) -> Result<usize, BoundError> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or(BoundError::Number(text, flag))
}

fn size(text: String, flag: &'static str) -> Result<u64, BoundError> {
    with_unit(&text, &SIZES).ok_or(BoundError::Size(text, flag))
}

fn duration(text: String, flag: &'static str) -> Result<Duration, BoundError> {
    let seconds = with_unit(&text, &DURATIONS);
    seconds.map(Duration::from_secs).ok_or(BoundError::Duration(text, flag))
}

fn with_unit(text: &str, units: &[Unit]) -> Option<u64> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let (_, one) = units.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*one).filter(|product| *product > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn none() -> Bounds {
        Bounds {
            mail_per_sender: None,
            mail_per_person: None,
            mail_bytes_per_person: None,
            mail_bytes: None,
            mail_age: None,
            silence: None,
        }
    }

    #[test]
    fn what_is_not_said_is_the_default() {
        assert_eq!(none().check(), Ok(Settings::default()));
    }

    #[test]
    fn each_flag_is_a_bound() {
        let bounds = Bounds {
            mail_per_sender: Some("5".into()),
            mail_per_person: Some("6".into()),
            mail_bytes_per_person: Some("7KiB".into()),
            mail_bytes: Some("8GiB".into()),
            mail_age: Some("9d".into()),
            silence: Some("2m".into()),
        };
        let settings = Settings {
            mail_per_sender_max: 5,
            mail_per_receiver_max: 6,
            mail_bytes_per_receiver_max: 7 * 1024,
            mail_bytes_in_all_max: 8 << 30,
            mail_age_max: Duration::from_hours(9 * 24),
            silence_max: Duration::from_mins(2),
            ..Settings::default()
        };
        assert_eq!(bounds.check(), Ok(settings));
    }

    #[test]
    fn what_is_no_bound_is_answered_with_what_would_be_right() {
        for text in ["", "0", "-1", "1.5", "many", "99999999999999999999999"] {
            let error = number(text.to_owned(), "mail-per-sender").unwrap_err().to_string();
            assert_eq!(
                error,
                format!(
                    "`{text}` is no number for `--mail-per-sender`: write a whole number from 1 \
                     on, like `100`"
                )
            );
        }
        for text in ["", "5", "0B", "1 MiB", "1mb", "-1B", "9999999999TiB"] {
            assert!(size(text.to_owned(), "mail-bytes").is_err(), "{text}");
        }
        for text in ["", "5", "0s", "1 h", "1w", "s", "-1s", "999999999999999999d"] {
            assert!(duration(text.to_owned(), "mail-age").is_err(), "{text}");
        }
        let short = Bounds { silence: Some("29s".into()), ..none() };
        assert_eq!(short.check(), Err(BoundError::Silence("29s".into())));
    }
}
