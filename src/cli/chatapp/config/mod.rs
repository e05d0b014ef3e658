//! Settings files: YAML with a key for each flag that has one.
//!
//! [`SettingsFile`] is asked for each key that may be in it, and reports all errors at the end.
//! [`setting`] prefers a flag to the file, and validates both with the same check.

mod value;

use std::io;
use std::path::{Path, PathBuf};

use placed_yaml::{
    self, Entry, Findings, Mistake, Mistakes, Node, ReadError, Source, Value, quoted,
};

use super::data;
pub(super) use value::{
    PORT_MIN, Unfit, duration, host_and_port, number, port, port_or_any, size, truth,
};

/// The maximum size of a settings file: far more than people write.
const SETTINGS_BYTES_MAX: usize = 256 * 1024;

/// Why a settings file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConfigError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
}

/// A flag has an invalid value.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{} is {} for `--{flag}`: {}", quoted(.text), .unfit.what, .unfit.cure)]
pub(super) struct FlagError {
    text: String,
    flag: &'static str,
    unfit: Unfit,
}

/// A settings file while it is read.
#[derive(Debug)]
pub(super) struct SettingsFile {
    pairs: Vec<Pair>,
    /// The keys that were asked for: all others are unknown.
    asked: Vec<&'static str>,
    findings: Findings,
}

/// A key and its value.
#[derive(Debug)]
struct Pair {
    name: String,
    key: Node,
    value: Node,
}

impl SettingsFile {
    /// Makes a file without keys.
    pub(super) fn none() -> Self {
        Self::of(Source::new(PathBuf::new(), "".into()))
    }

    /// Reads the file that was named, or else `default` in the user's settings folder
    /// (`$XDG_CONFIG_HOME/chatapp` or `~/.config/chatapp`) if it exists.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is larger than 256 KiB, or is not UTF-8.
    pub(super) fn open(named: Option<&Path>, default: &str) -> Result<Self, ConfigError> {
        if let Some(path) = named {
            return Ok(Self::of(placed_yaml::read_file(path, SETTINGS_BYTES_MAX)?));
        }
        let Some(folder) = data::settings_folder() else { return Ok(Self::none()) };
        match placed_yaml::read_file(&folder.join(default), SETTINGS_BYTES_MAX) {
            Ok(source) => Ok(Self::of(source)),
            Err(ReadError::Unreadable { source, .. }) if is_missing(&source) => Ok(Self::none()),
            Err(error) => Err(error.into()),
        }
    }

    /// Starts to read a text.
    pub(super) fn of(source: Source) -> Self {
        let text = source.text.clone();
        let mut file =
            Self { pairs: Vec::new(), asked: Vec::new(), findings: Findings::new(source) };
        match placed_yaml::read(&text, 0) {
            Ok(root) => file.pairs = file.pairs_of(&root),
            Err(mistake) => file.findings.add(mistake),
        }
        file
    }

    fn pairs_of(&mut self, root: &Node) -> Vec<Pair> {
        // A file without any key is empty.
        if root.value == Value::Null {
            return Vec::new();
        }
        let entries = self.findings.entries(root, "settings, like `port: 2475`");
        let pair = |Entry { name, key, value }: Entry<'_>| Pair {
            name: name.to_owned(),
            key: key.clone(),
            value: value.clone(),
        };
        entries.unwrap_or_default().into_iter().map(pair).collect()
    }

    /// Returns the value of a key, if there is a valid one.
    pub(super) fn take<T>(
        &mut self,
        key: &'static str,
        check: impl FnOnce(&str) -> Result<T, Unfit>,
    ) -> Option<T> {
        self.asked.push(key);
        let pair = self.pairs.iter().find(|pair| pair.name == key)?;
        let text = self.findings.text(&pair.value, "a value")?;
        let checked = check(text).map_err(|unfit| {
            let message = format!("{} is {} for `{key}`", quoted(text), unfit.what);
            Mistake::new(pair.value.place, message).with_help(unfit.cure)
        });
        self.findings.check(checked)
    }

    /// Returns the path of a key. It is relative to the folder of the file, and `~/` is the user's
    /// home; `-` is not a path.
    pub(super) fn take_path(&mut self, key: &'static str) -> Option<PathBuf> {
        let written = self.take(key, |text| Ok(PathBuf::from(text)))?;
        if written.as_os_str() == "-" {
            return Some(written);
        }
        if let Ok(rest) = written.strip_prefix("~")
            && let Some(home) = data::home_folder()
        {
            return Some(home.join(rest));
        }
        let folder = self.findings.sources.first().and_then(|source| source.path.parent());
        Some(folder.map_or_else(|| written.clone(), |folder| folder.join(&written)))
    }

    /// Reports a key that contradicts others.
    pub(super) fn refuse(&mut self, key: &str, message: &str, help: &str) {
        if let Some(pair) = self.pairs.iter().find(|pair| pair.name == key) {
            self.findings.add(Mistake::new(pair.key.place, message).with_help(help));
        }
    }

    /// Returns all errors of the file. A key that was not asked for is unknown.
    pub(super) fn finish(mut self) -> Result<(), ConfigError> {
        for Pair { name, key, value } in &self.pairs {
            if !self.asked.contains(&name.as_str()) {
                self.findings.unknown_key(Entry { name, key, value }, &self.asked);
            }
        }
        match self.findings.mistakes {
            mistakes if mistakes.is_empty() => Ok(()),
            mistakes => Err(Mistakes::new(self.findings.sources, mistakes).into()),
        }
    }
}

/// The file does not exist, or its folder is unknown.
fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Returns the value of a flag, or else of the key of the same name.
///
/// # Errors
///
/// The flag's value is invalid; an invalid value in the file is reported by the file.
pub(super) fn setting<T>(
    flag: Option<String>,
    key: &'static str,
    file: &mut SettingsFile,
    check: impl Fn(&str) -> Result<T, Unfit>,
) -> Result<Option<T>, FlagError> {
    let in_file = file.take(key, &check);
    let Some(text) = flag else { return Ok(in_file) };
    check(&text).map(Some).map_err(|unfit| FlagError { text, flag: key, unfit })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> SettingsFile {
        SettingsFile::of(Source::new("folder/server.yaml".into(), text.into()))
    }

    #[track_caller]
    fn assert_refused(file: SettingsFile, drawn: &str) {
        assert_eq!(file.finish().unwrap_err().to_string(), drawn.trim());
    }

    #[test]
    fn a_key_has_its_value_and_an_empty_file_has_none() {
        let mut settings = file("# my server\nport: 2475\n\nsilence: 90s\n");
        assert_eq!(settings.take("port", port), Some(2475));
        assert_eq!(settings.take("silence", duration).map(|silence| silence.as_secs()), Some(90));
        assert_eq!(settings.take("mail-age", duration), None);
        settings.finish().unwrap();
        for text in ["", "# nothing\n", "---\n"] {
            let mut settings = file(text);
            assert_eq!(settings.take("port", port), None);
            settings.finish().unwrap();
        }
    }

    #[test]
    fn all_mistakes_are_told_with_place_and_cure() {
        let mut settings = file("prot: 2475\nsilence: soon\nport: 80\nport: 1\nbind: [a, b]\n");
        settings.take("port", port);
        settings.take("silence", duration);
        settings.take("bind", |text| Ok(text.to_owned()));
        assert_refused(
            settings,
            "
error: unknown key `prot`
 --> folder/server.yaml:1:1
  |
1 | prot: 2475
  | ^^^^
  |
  = help: did you mean `port`? known keys: `port`, `silence`, `bind`

error: `soon` is not a valid duration for `silence`
 --> folder/server.yaml:2:10
  |
2 | silence: soon
  |          ^^^^
  |
  = help: write a number above 0 with a unit (`ms`, `s`, `m`, `h`, `d`), e.g. `90s`

error: `80` is not a valid port for `port`
 --> folder/server.yaml:3:7
  |
3 | port: 80
  |       ^^
  |
  = help: write a number from 1024 to 65535

error: duplicate key `port`
 --> folder/server.yaml:4:1
  |
4 | port: 1
  | ^^^^ first used in line 3

error: expected a value, found a list
 --> folder/server.yaml:5:7
  |
5 | bind: [a, b]
  |       ^^^^^^
",
        );
    }

    #[test]
    fn what_is_no_mapping_and_what_is_no_yaml_is_told() {
        assert_refused(
            file("just a text\n"),
            "
error: expected settings, like `port: 2475`, found a text
 --> folder/server.yaml:1:1
  |
1 | just a text
  | ^^^^^^^^^^^
",
        );
        assert_refused(
            file("port: \"24\n"),
            "
error: this is not YAML: unclosed quote
 --> folder/server.yaml:1:7
  |
1 | port: \"24
  |       ^^^
",
        );
    }

    #[test]
    fn a_path_begins_at_the_folder_of_its_file() {
        let mut settings = file("data: kept/here\nlog: /var/log/chat\nhistory: ~/h\n");
        assert_eq!(settings.take_path("data"), Some("folder/kept/here".into()));
        assert_eq!(settings.take_path("log"), Some("/var/log/chat".into()));
        let home = data::home_folder().unwrap();
        assert_eq!(settings.take_path("history"), Some(home.join("h")));
    }

    #[test]
    fn a_flag_wins_over_the_file_which_is_checked_all_the_same() {
        let said = |flag: &str, text| {
            let mut file = file(text);
            let said = setting(Some(flag.to_owned()), "port", &mut file, port);
            (said, file.finish().is_ok())
        };
        assert_eq!(said("2476", "port: 2475"), (Ok(Some(2476)), true));
        assert_eq!(said("2476", "port: none"), (Ok(Some(2476)), false));
        let error = said("no\u{1b}ne", "").0.unwrap_err();
        assert_eq!(
            error.to_string(),
            r"`no\u{1b}ne` is not a valid port for `--port`: write a number from 1024 to 65535"
        );
    }

    #[test]
    fn a_file_that_is_named_has_to_be_there_and_a_default_one_need_not() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("missing.yaml");
        let error = SettingsFile::open(Some(&missing), "server.yaml").unwrap_err();
        assert_eq!(error.to_string(), format!("`{}` cannot be read", missing.display()));
        SettingsFile::open(None, "no/such/file").unwrap().finish().unwrap();
        std::fs::write(&missing, vec![b'#'; SETTINGS_BYTES_MAX + 1]).unwrap();
        let error = SettingsFile::open(Some(&missing), "server.yaml").unwrap_err();
        assert!(matches!(error, ConfigError::Read(ReadError::TooLarge { .. })), "{error}");
        std::fs::write(&missing, b"bind: \xff").unwrap();
        let error = SettingsFile::open(Some(&missing), "server.yaml").unwrap_err();
        assert!(matches!(error, ConfigError::Read(ReadError::NotUtf8 { line: 1, .. })), "{error}");
    }
}
