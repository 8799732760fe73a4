//! Sockets: look-up, listening, accepting, connecting, and the calls on one of any family and type.

mod accept;
pub mod call;
mod connect;
mod endpoint;
pub mod error;
mod listen;
mod message;
mod option;
mod resolve;

pub use accept::{Accepted, Acceptor};
pub use connect::{Connector, connecting};
pub use endpoint::Endpoint;
pub use listen::{Bound, bind};
pub use message::{Beside, Message, receive, send};
pub use option::{OptionCallError, option, set_option, socket_type};
pub use resolve::{Candidate, Purpose, ResolveError, resolve};
