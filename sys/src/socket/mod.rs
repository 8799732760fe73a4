//! Sockets: look-up, listening, accepting, connecting, and the calls on one of any family and type.

mod accept;
mod activation;
mod admission;
pub mod call;
mod connect;
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
mod resolve;
mod share;

pub use accept::{Accepted, Acceptor};
pub use activation::{
    ActivationError, LISTEN_FDS_START, ListenVariables, check_listen_name, remove_listen_variables,
    take_listen_fds,
};
pub use admission::{Admissions, Slot};
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
pub use resolve::{Candidate, Purpose, ResolveError, resolve};
