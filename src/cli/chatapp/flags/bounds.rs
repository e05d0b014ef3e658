//! The limits of a server, as flags.

use std::time::Duration;

use clap::Args;

use crate::cli::chatapp::config::{
    FlagError, SettingsFile, Unfit, duration, number, setting, size,
};
use crate::server::Settings;

/// The limits as written.
#[derive(Args, Debug)]
#[command(next_help_heading = "Limits on what the server stores")]
pub(in crate::cli::chatapp) struct Bounds {
    /// Maximum number of messages stored for one person from one sender [default: 128].
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    mail_per_sender: Option<String>,

    /// Maximum number of messages stored for one person [default: 1000].
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    mail_per_person: Option<String>,

    /// Maximum size of all texts stored for one person, e.g. `512KiB` [default: 1MiB].
    #[arg(long, value_name = "SIZE", allow_hyphen_values = true)]
    mail_bytes_per_person: Option<String>,

    /// Maximum size of all stored messages [default: 1GiB].
    #[arg(long, value_name = "SIZE", allow_hyphen_values = true)]
    mail_bytes: Option<String>,

    /// How long a message is stored before it expires and its sender is notified, e.g. `36h`
    /// [default: 21d].
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true)]
    mail_age: Option<String>,

    /// How long a client may be silent before it counts as offline [default: 1m].
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true)]
    silence: Option<String>,
}

/// The shortest silence that does not take a client offline that has only lost one datagram.
const SILENCE_MIN: Duration = Duration::from_secs(30);

impl Bounds {
    /// Reads the limits from the flags, or else from a file; the rest have their defaults.
    pub(in crate::cli::chatapp) fn check(
        self,
        file: &mut SettingsFile,
    ) -> Result<Settings, FlagError> {
        let mut settings = Settings::default();
        if let Some(number) = setting(self.mail_per_sender, "mail-per-sender", file, number)? {
            settings.mail_per_sender_max = number;
        }
        if let Some(number) = setting(self.mail_per_person, "mail-per-person", file, number)? {
            settings.mail_per_receiver_max = number;
        }
        let size_of_one = setting(self.mail_bytes_per_person, "mail-bytes-per-person", file, size)?;
        if let Some(size) = size_of_one {
            settings.mail_bytes_per_receiver_max = usize::try_from(size).unwrap_or(usize::MAX);
        }
        if let Some(size) = setting(self.mail_bytes, "mail-bytes", file, size)? {
            settings.mail_bytes_in_all_max = size;
        }
        if let Some(age) = setting(self.mail_age, "mail-age", file, duration)? {
            settings.mail_age_max = age;
        }
        if let Some(silence) = setting(self.silence, "silence", file, silence)? {
            settings.silence_max = silence;
        }
        Ok(settings)
    }
}

fn silence(text: &str) -> Result<Duration, Unfit> {
    let cure = "clients send a keep-alive every 29 seconds, so write `30s` or more";
    let silence = duration(text)?;
    if silence < SILENCE_MIN { Err(Unfit { what: "too short", cure }) } else { Ok(silence) }
}

#[cfg(test)]
mod tests {
    use placed_yaml::Source;

    use super::*;
    use crate::protocol::limits::KEEPALIVE_AFTER;

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

    fn all() -> Settings {
        Settings {
            mail_per_sender_max: 5,
            mail_per_receiver_max: 6,
            mail_bytes_per_receiver_max: 7 * 1024,
            mail_bytes_in_all_max: 8 << 30,
            mail_age_max: Duration::from_hours(9 * 24),
            silence_max: Duration::from_mins(2),
            ..Settings::default()
        }
    }

    #[test]
    fn what_is_not_said_is_the_default() {
        assert_eq!(none().check(&mut SettingsFile::none()), Ok(Settings::default()));
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
        assert_eq!(bounds.check(&mut SettingsFile::none()), Ok(all()));
    }

    #[test]
    fn each_key_of_a_file_is_a_bound() {
        let text = "mail-per-sender: 5\nmail-per-person: 6\nmail-bytes-per-person: 7KiB\n\
                    mail-bytes: 8GiB\nmail-age: 9d\nsilence: 2m\n";
        let mut file = SettingsFile::of(Source::new("server.yaml".into(), text.into()));
        assert_eq!(none().check(&mut file), Ok(all()));
        file.finish().unwrap();
    }

    #[test]
    fn the_keep_alives_are_those_of_the_protocol() {
        let unfit = silence("29s").unwrap_err();
        let every = format!(" every {} seconds,", KEEPALIVE_AFTER.as_secs());
        assert!(unfit.cure.contains(&every), "{}", unfit.cure);
    }

    #[test]
    fn what_is_no_bound_is_answered_with_what_would_be_right() {
        let refused = |bounds: Bounds| bounds.check(&mut SettingsFile::none()).unwrap_err();
        let many = Bounds { mail_per_sender: Some("many".into()), ..none() };
        assert_eq!(
            refused(many).to_string(),
            "`many` is not a valid number for `--mail-per-sender`: write a whole number, 1 or more, \
             e.g. `100`"
        );
        let short = Bounds { silence: Some("29s".into()), ..none() };
        assert_eq!(
            refused(short).to_string(),
            "`29s` is too short for `--silence`: clients send a keep-alive every 29 seconds, so \
             write `30s` or more"
        );
    }
}
