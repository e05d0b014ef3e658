//! network

pub mod endpoint;
pub mod udp;
