//! Where a program keeps its data and its settings.

use std::path::PathBuf;

use etcetera::BaseStrategy as _;

use crate::protocol::ClientName;
use crate::storage::disk::DiskStore;
use crate::storage::{AnyStore, Owner, StoreError, in_memory};

/// A folder for data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// The default folder on this system.
    Default,
    Folder(PathBuf),
    Memory,
}

/// Why there is no folder for data.
#[derive(Debug, thiserror::Error)]
pub(super) enum DataError {
    #[error(
        "your home directory is unknown: choose a data folder with `--data DIR`, or write \
         `--ephemeral`"
    )]
    NoHome(#[source] etcetera::HomeDirError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Place {
    /// Chooses the folder of a server. A server on a port that the system picks cannot be found
    /// again by its clients: unless a folder is given, nothing is stored.
    pub(super) fn open_for_server(self, port: u16) -> Result<Box<AnyStore>, DataError> {
        match (self, port) {
            (Self::Default, 0) => Ok(Box::new(in_memory())),
            (place, port) => place.open(Owner::Server, &format!("server-{port}")),
        }
    }

    /// Returns the folder of a server, if it has one.
    pub(super) fn folder_of_server(self, port: u16) -> Result<Option<PathBuf>, DataError> {
        match (self, port) {
            (Self::Memory, _) | (Self::Default, 0) => Ok(None),
            (Self::Folder(folder), _) => Ok(Some(folder)),
            (Self::Default, port) => default_folder(&format!("server-{port}")).map(Some),
        }
    }

    /// Chooses the folder of a client of the server at `host`, as it was written.
    pub(super) fn open_for_client(
        self,
        name: ClientName,
        host: &str,
        port: u16,
    ) -> Result<Box<AnyStore>, DataError> {
        self.open(Owner::Client(name), &client_folder(name, host, port))
    }

    fn open(self, owner: Owner, default: &str) -> Result<Box<AnyStore>, DataError> {
        let folder = match self {
            Self::Memory => return Ok(Box::new(in_memory())),
            Self::Folder(folder) => folder,
            Self::Default => default_folder(default)?,
        };
        Ok(Box::new(DiskStore::open(&folder, owner)?))
    }
}

/// Returns the default data folder of a client.
pub(super) fn default_client_folder(
    name: ClientName,
    host: &str,
    port: u16,
) -> Result<PathBuf, DataError> {
    default_folder(&client_folder(name, host, port))
}

fn default_folder(name: &str) -> Result<PathBuf, DataError> {
    let base = etcetera::choose_base_strategy().map_err(DataError::NoHome)?;
    Ok(base.data_dir().join("chatapp").join(name))
}

/// Returns the folder of the user's settings files.
pub(super) fn settings_folder() -> Option<PathBuf> {
    let base = etcetera::choose_base_strategy().ok()?;
    Some(base.config_dir().join("chatapp"))
}

/// Returns the user's home.
pub(super) fn home_folder() -> Option<PathBuf> {
    etcetera::home_dir().ok()
}

/// Returns the name of the folder of a client, without characters that a file system forbids.
fn client_folder(name: ClientName, host: &str, port: u16) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let host = host.to_ascii_lowercase().replace(|c| !allowed(c), "_");
    format!("client-{name}@{host}-{port}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_of_each_server_has_a_folder() {
        let folder = |name: &str, host, port| client_folder(name.parse().unwrap(), host, port);
        assert_eq!(folder("c1", "127.0.0.1", 2475), "client-c1@127.0.0.1-2475");
        assert_eq!(folder("..", "Chat.Example", 2476), "client-..@chat.example-2476");
        assert_eq!(folder("C1", "fe80::1%eth0/x", 2475), "client-C1@fe80__1_eth0_x-2475");
    }

    #[test]
    fn a_server_that_cannot_be_found_again_keeps_nothing_unless_told_to() {
        assert!(Place::Default.open_for_server(0).is_ok());
        let folder = tempfile::tempdir().unwrap();
        Place::Folder(folder.path().into()).open_for_server(0).unwrap();
        assert!(folder.path().join("records.redb").exists());
    }
}
