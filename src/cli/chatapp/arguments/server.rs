//! The arguments of a server.

use std::path::PathBuf;

use clap::Args;

use super::bounds::Bounds;
use super::ports::{check_port, check_port_or_any};
use super::{ArgumentsError, PlaceArguments};
use crate::cli::chatapp::data::Place;
use crate::server::Settings;

/// The arguments as written.
#[derive(Args, Debug)]
pub(super) struct Written {
    /// The port to listen on; 0 lets the system pick one, which the first line tells.
    #[arg(long, value_name = "PORT", allow_hyphen_values = true)]
    port: String,

    /// The address to listen on. The default is for programs of this machine only; `0.0.0.0`
    /// opens the chat to the whole network, through IPv4, `::` through IPv6 as well.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1")]
    bind: String,

    #[command(flatten)]
    place: PlaceArguments,

    #[command(flatten)]
    bounds: Bounds,

    /// Write what becomes of each message to this file, as lines of JSON.
    #[arg(long, value_name = "FILE", hide = true)]
    facts: Option<PathBuf>,
}

/// The arguments.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::cli::chatapp) struct ServerArguments {
    /// A host name or an address.
    pub(in crate::cli::chatapp) bind: String,
    /// 0 lets the system pick one.
    pub(in crate::cli::chatapp) port: u16,
    pub(in crate::cli::chatapp) place: Place,
    pub(in crate::cli::chatapp) settings: Settings,
    /// Where facts are told, for whoever checks them.
    pub(in crate::cli::chatapp) facts: Option<PathBuf>,
}

impl Written {
    pub(super) fn check(self) -> Result<ServerArguments, ArgumentsError> {
        Ok(ServerArguments {
            bind: self.bind,
            port: check_port_or_any(&self.port, "port")?,
            place: self.place.into(),
            settings: self.bounds.check()?,
            facts: self.facts,
        })
    }
}

impl ServerArguments {
    /// Reads the original's way of saying them.
    pub(super) fn of_original(port: &str) -> Result<Self, ArgumentsError> {
        Ok(Self {
            bind: "127.0.0.1".to_owned(),
            port: check_port(port, "port")?,
            place: Place::Default,
            settings: Settings::default(),
            facts: None,
        })
    }
}
