//! Sockets: look-up, listening, accepting, connecting.

mod accept;
mod connect;
mod endpoint;
mod listen;
mod resolve;

pub use accept::{Accepted, Acceptor};
pub use connect::{Connector, connecting};
pub use endpoint::Endpoint;
pub use listen::{Bound, bind};
pub use resolve::{Candidate, Purpose, ResolveError, resolve};
