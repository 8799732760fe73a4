//! Pure state machines for processes, pipes and sockets, to be driven by any loop.
//!
//! Facts go in, obligations come out, time is an argument. Nothing here touches a descriptor, a thread, a clock, the
//! environment or a file, so a machine runs the same under poll(2), mio, async-io, a simulation or a fuzzer. The loop
//! body that they share is [`advance()`]; what differs is how they wait.
//!
//! * [`chat`]: messages with an end that is agreed upon, taken from a stream of bytes however it is cut.
//! * [`dispatch`]: connections that are event-driven, and what a loop keeps of them.
//! * [`flow`]: bytes between two ends, half-close carried across, and what they lie in.
//! * [`process`]: what to run, how it is set up, lives, ends and is talked to.
//! * [`socket`]: addresses, names, options and time limits, and when connections are made and accepted.
//! * [`signal`]: signals as values.
//!
//! The laws that hold of every machine: nothing is lost and nothing grows without bound; N bytes cost O(N); cutting and
//! timing never change meaning; reading and writing never block each other; every end is told apart.

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

mod advance;
mod alert;
pub mod chat;
pub mod dispatch;
mod end;
mod fault;
pub mod flow;
mod handshake;
mod io;
mod layer;
mod lend;
mod machine;
mod moment;
mod port;
pub mod process;
mod secured;
pub mod signal;
pub mod socket;
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
pub mod tls;
mod tls_fault;
mod unwrap;
mod wants;

pub use advance::{BUDGET, Blocked, Progress, advance};
pub use alert::Alert;
pub use bytes::Bytes;
pub use end::End;
pub use fault::{Fault, FaultKind};
pub use handshake::{Handshake, HandshakeError};
pub use io::{Done, Io, Outcome, Pending, Window};
pub use layer::{EofPolicy, Layer, Negotiated, PeerEnd};
pub use lend::{LENT_SIZE, Lend, Loan, Pool};
pub use machine::Machine;
pub use moment::Moment;
pub use port::{Port, Ports};
pub use secured::{Secured, SecuredEvent, SecuredOptions};
pub use tls_fault::{TlsFault, TlsReason};
pub use unwrap::{Unwrap, UnwrapError};
pub use wants::{Duty, Interest, Side, Target, Timer, Wake, Wants};
