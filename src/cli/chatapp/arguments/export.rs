//! The arguments of an export.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::client::{DEFAULT_SERVER_PORT, check_server};
use super::{ArgumentsError, incomplete};
use crate::cli::chatapp::data::default_client_folder;
use crate::protocol::ClientName;

/// The arguments as written.
#[derive(Args, Debug)]
#[command(
    after_help = "Exit codes: 0 everything was written, 1 the data are damaged and whatever can be \
                  read was written, 2 the arguments are invalid, 3 the folder cannot be read or \
                  the output cannot be written"
)]
pub(super) struct Written {
    /// The client's name in the chat.
    #[arg(value_name = "NAME", requires = "server", required_unless_present = "data")]
    name: Option<String>,

    /// The server, as given when the client was started.
    #[arg(value_name = "SERVER[:PORT]")]
    server: Option<String>,

    /// The client's data folder, if it was started with `--data`.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["name", "server"])]
    data: Option<PathBuf>,

    /// The output format.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Only the conversation with this person or group.
    #[arg(long = "with", value_name = "NAME")]
    with: Option<String>,

    /// Write to this new file [default: standard output].
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// How messages are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(in crate::cli::chatapp) enum Format {
    /// As the prompt shows them.
    Text,
    /// One JSON object per line.
    Json,
}

/// The arguments.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::cli::chatapp) struct ExportArguments {
    pub(in crate::cli::chatapp) folder: PathBuf,
    pub(in crate::cli::chatapp) format: Format,
    /// Whose conversation; all of them, unless it is said.
    pub(in crate::cli::chatapp) with: Option<String>,
    /// Standard output, unless it is said.
    pub(in crate::cli::chatapp) output: Option<PathBuf>,
}

impl Written {
    pub(super) fn check(self) -> Result<ExportArguments, ArgumentsError> {
        let folder = match (self.data, self.name, self.server) {
            (Some(folder), ..) => folder,
            (None, Some(name), Some(server)) => {
                let name = ClientName::new(&name).map_err(ArgumentsError::Name)?;
                let server = check_server(&server)?;
                let port = server.port.unwrap_or(DEFAULT_SERVER_PORT);
                default_client_folder(name, &server.host, port)?
            }
            _ => return Err(incomplete("export", "give `NAME` and `SERVER`, or `--data DIR`")),
        };
        Ok(ExportArguments { folder, format: self.format, with: self.with, output: self.output })
    }
}
