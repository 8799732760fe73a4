//! standpipe as futures: relays, children and listeners on async-io, for smol and any other executor that polls them.
//!
//! Whoever awaits drives: a future advances its machine and, when everything would block, waits until one of the wanted
//! descriptors is ready or the machine's next time limit has come. That is all this crate adds to [`standpipe_core`];
//! it starts no thread of its own (async-io has one for its reactor) and reaps no child but its own.
//!
//! ```
//! use std::time::Duration;
//! use standpipe_smol::Command;
//!
//! let output = Command::new("sort").input("b\na\n").timeout(Duration::from_secs(50)).output();
//! assert_eq!(smol::block_on(output)?.stdout, b"a\nb\n");
//! # Ok::<(), standpipe_smol::RunError>(())
//! ```

#![forbid(unsafe_code)]

mod buffered;
mod chat;
mod connecting;
mod datagrams;
pub mod dispatch;
mod guess;
mod halves;
mod line;
mod listener;
mod process;
mod registered;
mod run;
mod secured;
mod server;
pub mod signal;
pub mod socket;
mod stream;
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
pub mod tls;
mod turn;
mod waiter;
mod wakers;

pub use chat::{Chat, ChatReader, ChatWriter};
pub use connecting::{connect, connect_to, secure};
pub use datagrams::DatagramSocket;
pub use halves::{ReadHalf, WriteHalf};
pub use listener::{Admitted, Listener};
pub use process::{Child, ChildHandle, Command, Pipeline, Stopped, Talk, spawn};
pub use run::{communicate, pipeline, relay};
pub use secured::{TlsReader, TlsStream, TlsWriter, Unwrapped};
pub use server::serve;
pub use standpipe_core::chat::{ChatOptions, MessageEnd, MessageOptions, OverLimit, Terminator};
pub use standpipe_core::flow::{Relay, RelayOptions, Report};
pub use standpipe_core::process::{
    CommunicateEvent, Exit, Group, Limit, Output, Resource, Stdio, Stop, StopStep, Stream as StdStream,
    Unfinished, Unsuccessful, WaitStatus,
};
pub use standpipe_core::signal::{ChildSignals, Signal, SignalSet};
pub use standpipe_core::socket::{Address, ListenOptions};
pub use standpipe_core::{self, Bytes, EofPolicy, Layer, Negotiated, SecuredOptions, Target};
pub use standpipe_sys;
pub use standpipe_sys::socket::{Bound, Endpoint, Slot, bind};
pub use standpipe_sys::{Dialogue, Front, LaunchError, Received, RunError, ServerEvent, Service, Work};
pub use stream::Stream;
pub use waiter::Waiter;

#[cfg(doctest)]
#[doc = include_str!("../../docs/smol.md")]
struct Tour;
