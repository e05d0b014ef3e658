//! Records as lines of JSON, for people and other programs: the first line is a header.

use serde::{Deserialize, Serialize};

use super::disk::FORMAT_VERSION;
use super::{Owner, Record};

/// The header.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heading {
    /// The version of the format of the records.
    chatapp_records: u32,
    /// Their owner; `None` if it could not be read from a damaged folder.
    of: Option<Owner>,
}

/// Why a line is refused.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The first line is not a header.
    #[error(
        "this is not an export of records: the first line must be like \
         `{{\"chatapp_records\":{FORMAT_VERSION},\"of\":\"server\"}}`"
    )]
    Heading(#[source] serde_json::Error),
    /// The records have an unknown format.
    #[error(
        "the records have the format version {0}, but this program supports 1 to {FORMAT_VERSION}: \
         use a newer version of it"
    )]
    Version(u32),
    /// The owner of the records is unknown.
    #[error("the owner is missing: write `\"server\"` or `\"client NAME\"` after `\"of\":`")]
    NobodyS,
    /// It is not a record of the owner.
    #[error("this is not a record: correct it, or remove the line")]
    Record(#[source] serde_json::Error),
}

/// Formats the header, without a line break.
pub fn write_heading(of: Option<Owner>) -> String {
    json(&Heading { chatapp_records: FORMAT_VERSION, of })
}

/// Formats a record, without a line break.
pub fn write_record(record: &Record) -> String {
    match record {
        Record::Server(record) => json(record),
        Record::Client(record) => json(record),
    }
}

/// Parses the header.
///
/// # Errors
///
/// It is invalid.
pub fn read_heading(line: &str) -> Result<Owner, LineError> {
    let heading: Heading = serde_json::from_str(line).map_err(LineError::Heading)?;
    match heading {
        Heading { chatapp_records: 1..=FORMAT_VERSION, of: Some(owner) } => Ok(owner),
        Heading { chatapp_records: 1..=FORMAT_VERSION, of: None } => Err(LineError::NobodyS),
        Heading { chatapp_records, .. } => Err(LineError::Version(chatapp_records)),
    }
}

/// Parses a record of `owner`.
///
/// # Errors
///
/// It is invalid.
pub fn read_record(line: &str, owner: Owner) -> Result<Record, LineError> {
    let record = match owner {
        Owner::Server => serde_json::from_str(line).map(Record::Server),
        Owner::Client(_) => serde_json::from_str(line).map(Record::Client),
    };
    record.map_err(LineError::Record)
}

#[expect(clippy::expect_used, reason = "a form that fails is a bug of these very types")]
fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("no map of a record has a key that is no text")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Address, ClientName, KeptText, Text, Timestamp};
    use crate::records::{ClientRecord, ServerRecord};

    #[test]
    fn what_is_written_is_read() {
        let name = ClientName::new("c1").unwrap();
        let address = Address::new("[::1]:2475".parse().unwrap());
        let body = "a \"quote\"\\ and \u{1}\n\u{1F600}".to_owned();
        let text = Text { number: u64::MAX, at: Timestamp::from_micros(5), body };
        let text = KeptText { from: name, group: None, text };
        let kept_at = Timestamp::from_micros(6);
        let (server, client) = (Owner::Server, Owner::Client(name));
        let records: [(Owner, Owner, Record); 3] = [
            (server, client, ServerRecord::Client { name, address }.into()),
            (server, client, ServerRecord::Mail { to: name, number: 1, kept_at, text }.into()),
            (client, server, ClientRecord::Shown(7).into()),
        ];
        for (owner, other, record) in records {
            let line = write_record(&record);
            assert!(!line.contains('\n'));
            assert_eq!(read_record(&line, owner).unwrap(), record, "{line}");
            let error = read_record(&line, other).unwrap_err().to_string();
            assert!(error.starts_with("this is not a record: correct it"), "{error}");
        }
        for owner in [server, client] {
            assert_eq!(read_heading(&write_heading(Some(owner))).unwrap(), owner);
        }
    }

    #[test]
    fn what_is_none_is_refused() {
        let heading = |line: &str| read_heading(line).unwrap_err().to_string();
        assert!(heading("{}").starts_with("this is not an export of records: the first line must"));
        assert!(heading(r#"{"chatapp_records":1,"of":"me"}"#).starts_with("this is not an export"));
        let newer = format!(r#"{{"chatapp_records":{},"of":"server"}}"#, FORMAT_VERSION + 1);
        assert!(heading(&newer).starts_with("the records have the format version"));
        assert!(read_heading(r#"{"chatapp_records":1,"of":"server"}"#).is_ok(), "an older form");
        assert!(heading(&write_heading(None)).starts_with("the owner is missing: write"));
        let name = ClientName::new("c1").unwrap();
        let long = "x".repeat(crate::protocol::limits::TEXT_LEN_MAX + 1);
        let long = format!(r#"{{"Outgoing":{{"to":1,"text":"{long}"}}}}"#);
        for line in ["", "{}", "7", r#"{"Shown":-1}"#, &long] {
            assert!(read_record(line, Owner::Client(name)).is_err(), "{line}");
        }
    }
}
