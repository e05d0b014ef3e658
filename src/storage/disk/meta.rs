//! The metadata of a database: the version of its format, the owner of its records, and the number
//! of commits.
//!
//! The format of records has a [version](FORMAT_VERSION). A folder of an older version is migrated
//! step by step in one transaction; one of an unknown version is refused.

use redb::{ReadOnlyTable, TableDefinition, WriteTransaction};

use super::entry;
use crate::records::FORMAT_VERSION;
use crate::storage::Owner;

/// Sealed values by name.
pub(super) const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");

const VERSION: &str = "version";
const OWNER: &str = "owner";
const COMMITS: &str = "commits";

/// A change of all records from one version to the next.
pub(super) type Migration = fn(&WriteTransaction) -> Result<(), redb::Error>;

/// The migrations of records, each with the version to which it leads, in order. A version without
/// one reads the records of the version before as they are: it only adds kinds of records.
const MIGRATIONS: &[(u32, Migration)] = &[];

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
pub(super) fn migrations_from(version: u32) -> Vec<Migration> {
    let later = MIGRATIONS.iter().filter(|(to, _)| *to > version);
    later.map(|(_, migration)| *migration).collect()
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
