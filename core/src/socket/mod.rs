//! Sockets: addresses as text, and the policy by which connections are accepted.

mod address;
mod listen;

pub use address::{Address, AddressError};
pub use listen::{Listen, ListenEvent, ListenOptions};
