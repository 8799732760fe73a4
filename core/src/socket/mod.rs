//! Sockets: addresses as text, and the policies by which connections are made and accepted.

mod address;
mod connect;
mod listen;

pub use address::{Address, AddressError};
pub use connect::Connect;
pub use listen::{Listen, ListenEvent, ListenOptions};
