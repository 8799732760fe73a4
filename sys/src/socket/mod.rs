//! Sockets: look-up, listening, accepting, connecting, and the calls on one of any family and type.

mod accept;
mod activated;
mod activation;
mod admission;
mod asked;
pub mod call;
mod connect;
mod convert;
mod datagrams;
mod deal;
mod destination;
mod endpoint;
pub mod error;
mod host;
mod listen;
mod lookup;
mod message;
mod option;
mod plain;
mod race;
mod resolve;
mod share;
mod timed;

pub use accept::{Accepted, Acceptor};
pub use activated::activated;
pub use activation::{
    ActivationError, LISTEN_FDS_START, ListenVariables, check_listen_name, remove_listen_variables,
    take_listen_fds,
};
pub use admission::{Admissions, Slot};
pub use asked::Asked;
pub use connect::{Connector, connecting};
pub use datagrams::{Arrived, Inbox, Outbox, datagrams};
pub use destination::Destination;
pub use endpoint::Endpoint;
pub use host::{Host, fqdn, get_host_by_addr, get_host_by_name, host_name};
pub use listen::{Bound, bind};
pub use lookup::{
    get_addr_info, get_name_info, get_protocol_by_name, get_service_by_name, get_service_by_port,
};
pub use message::{Beside, Message, receive, send};
pub use option::{OptionCallError, option, set_option, socket_type};
pub use plain::Socket;
pub use race::Race;
pub use resolve::{Candidate, Purpose, ResolveError, resolve};
pub use timed::{Timed, Tried};

#[doc(hidden)]
pub use standpipe_core::socket::Family;
#[doc(hidden)]
pub use standpipe_core::socket::constants::{SOCK_DGRAM, SOCK_STREAM};
