//! Where a program keeps its data: flags, and keys of settings files.

use std::path::PathBuf;

use clap::Args;

use crate::cli::chatapp::config::{SettingsFile, truth};
use crate::cli::chatapp::data::Place;

/// The choice of a data folder, as written.
#[derive(Args, Debug)]
pub(in crate::cli::chatapp) struct PlaceArguments {
    /// The data folder, which is created if it does not exist. The default depends on the
    /// port of the server, or on the name and the server of the client
    /// [default: `$XDG_DATA_HOME/chatapp/...` or `~/.local/share/chatapp/...`].
    #[arg(long, value_name = "DIR", conflicts_with = "ephemeral")]
    data: Option<PathBuf>,

    /// Keep data in memory only; they are lost when the program ends.
    #[arg(long)]
    ephemeral: bool,
}

impl PlaceArguments {
    /// Chooses by the flags, or else by a file (`data`, `ephemeral`).
    pub(in crate::cli::chatapp) fn choose(self, file: &mut SettingsFile) -> Place {
        let folder = file.take_path("data");
        let is_ephemeral = file.take("ephemeral", truth).unwrap_or_default();
        if folder.is_some() && is_ephemeral {
            file.refuse(
                "ephemeral",
                "`ephemeral` keeps data in memory only, but `data` names a folder",
                "delete `ephemeral` or `data`",
            );
        }
        match (self.data.or(folder), self.ephemeral) {
            (_, true) => Place::Memory,
            (Some(folder), false) => Place::Folder(folder),
            (None, false) if is_ephemeral => Place::Memory,
            (None, false) => Place::Default,
        }
    }
}
