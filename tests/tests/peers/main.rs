//! The library with peers of other makes, as their client and as their server.

mod asynchat;
mod curl;
#[path = "../drive/mod.rs"]
mod drive;
mod gnutls;
mod loops;
mod ncat;
mod openssl;
mod ours;
mod python;
mod socat;
mod sockets;
