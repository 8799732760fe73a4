//! The ledgers of `docs/parity` as documentation, so that every link in them is resolved and every example runs.
//!
#![doc = include_str!("../../docs/parity/README.md")]

#[doc = include_str!("../../docs/parity/popen2.md")]
pub mod popen2 {}

#[doc = include_str!("../../docs/parity/ssl.md")]
pub mod ssl {}

#[doc = include_str!("../../docs/parity/subprocess.md")]
pub mod subprocess {}

#[doc = include_str!("../../docs/parity/asyncore.md")]
pub mod asyncore {}

#[doc = include_str!("../../docs/parity/signal.md")]
pub mod signal {}

#[doc = include_str!("../../docs/parity/socket.md")]
pub mod socket {}

#[doc = include_str!("../../docs/parity/asynchat.md")]
pub mod asynchat {}
