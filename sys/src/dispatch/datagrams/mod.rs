//! Datagrams in a loop: what is told of them, and what may be done about them.

mod handler;
mod resident;
mod socket;

pub use handler::{Datagram, DatagramHandler};
pub(super) use resident::Postman;
pub use socket::DatagramSocket;
pub(super) use socket::Post;
