//! The metadata of a database: the version of its format, the owner of its records, and the number
//! of commits.
//!
//! The format of records has a version. A folder of an older version is migrated step by step in
//! one transaction; one of an unknown version is refused. The numbers of the kinds of records and
//! their fields are part of the format, and so are the lines of JSON. A new kind needs a new
//! version as well, so that older programs refuse the folder instead of reporting damage. The test
//! in `tests_of_form.rs` knows the format of each version.

use redb::{ReadOnlyTable, TableDefinition, WriteTransaction};

use super::entry;
use crate::storage::Owner;

/// The version of the format of records: one more than there are migrations.
pub const FORMAT_VERSION: u32 = version_after(MIGRATIONS);

/// Sealed values by name.
pub(super) const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");

const VERSION: &str = "version";
const OWNER: &str = "owner";
const COMMITS: &str = "commits";

/// A change of all records from one version to the next.
pub(super) type Migration = fn(&WriteTransaction) -> Result<(), redb::Error>;

/// The migrations of records from version 1 to 2, from 2 to 3, and so on. Appending one increases
/// the version, which is necessary when an older program cannot read what a newer one writes, or
/// vice versa.
const MIGRATIONS: &[Migration] = &[
    // Version 2 adds messages of a history.
    unchanged,
];

/// A migration to a version that only adds kinds of records.
#[expect(clippy::unnecessary_wraps, reason = "it is a migration like others, which may fail")]
const fn unchanged(_: &WriteTransaction) -> Result<(), redb::Error> {
    Ok(())
}

const fn version_after(mut migrations: &[Migration]) -> u32 {
    let mut version = 1;
    while let [_, rest @ ..] = migrations {
        version += 1;
        migrations = rest;
    }
    version
}

type MetaTable = ReadOnlyTable<&'static str, &'static [u8]>;

/// The header of the records.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header {
    /// The version of their format.
    pub version: u32,
    /// Their owner; unknown if the version is.
    pub owner: Option<Owner>,
}

/// Returns the steps from an older version to the current one.
pub(super) fn migrations_from(version: u32) -> &'static [Migration] {
    let done = usize::try_from(version.saturating_sub(1)).unwrap_or(usize::MAX);
    MIGRATIONS.get(done..).unwrap_or_default()
}

pub(super) fn write_header(
    transaction: &WriteTransaction,
    owner: Owner,
) -> Result<(), redb::Error> {
    write_version(transaction)?;
    write(transaction, OWNER, owner.to_string().as_bytes())
}

pub(super) fn write_version(transaction: &WriteTransaction) -> Result<(), redb::Error> {
    write(transaction, VERSION, &FORMAT_VERSION.to_le_bytes())
}

pub(super) fn write_commits(
    transaction: &WriteTransaction,
    commits: u64,
) -> Result<(), redb::Error> {
    write(transaction, COMMITS, &commits.to_le_bytes())
}

pub(super) fn read_header(table: &MetaTable) -> Result<Header, redb::Error> {
    let version = read(table, VERSION, |bytes| Some(u32::from_le_bytes(bytes.try_into().ok()?)))?;
    let owner = |bytes: &[u8]| std::str::from_utf8(bytes).ok()?.parse().ok();
    let owner = match version {
        1..=FORMAT_VERSION => Some(read(table, OWNER, owner)?),
        _ => None,
    };
    Ok(Header { version, owner })
}

pub(super) fn read_commits(table: &MetaTable) -> Result<u64, redb::Error> {
    read(table, COMMITS, |bytes| Some(u64::from_le_bytes(bytes.try_into().ok()?)))
}

fn write(
    transaction: &WriteTransaction,
    name: &'static str,
    value: &[u8],
) -> Result<(), redb::Error> {
    let mut sealed = Vec::new();
    entry::seal(name.as_bytes(), value, &mut sealed);
    transaction.open_table(META)?.insert(name, &*sealed)?;
    Ok(())
}

fn read<T>(
    table: &MetaTable,
    name: &'static str,
    parse: impl FnOnce(&[u8]) -> Option<T>,
) -> Result<T, redb::Error> {
    let value = table.get(name)?;
    let parsed = value.and_then(|value| parse(entry::open(name.as_bytes(), value.value())?));
    parsed.ok_or_else(|| redb::Error::Corrupted(format!("`{name}` cannot be read")))
}
