//! standpipe for plain threads: processes, pipes and sockets by blocking calls, in the standard library's habits.
//!
//! A call advances its machine and, when everything would block, waits in poll(2) until a descriptor is ready or the
//! machine's next time limit has come. That is all this crate adds to [`standpipe_core`]; there is no global
//! state, and no hidden thread but for those that look names up for a loop over dispatchers ([`dispatch`]).
//!
//! ```
//! use std::time::Duration;
//! use standpipe_blocking::Command;
//!
//! let output = Command::new("sort").input("b\na\n").timeout(Duration::from_secs(50)).output()?;
//! assert_eq!(output.stdout, b"a\nb\n");
//! # Ok::<(), standpipe_blocking::RunError>(())
//! ```

#![forbid(unsafe_code)]

mod buffers;
mod chat;
pub mod dispatch;
mod interrupt;
mod listener;
mod process;
mod run;
mod secured;
mod server;
pub mod signal;
pub mod socket;
mod stream;
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
pub mod tls;
mod waiter;

pub use chat::ChatStream;
pub use interrupt::Interrupt;
pub use listener::{Admitted, Listener, Slot};
pub use process::{Child, ChildHandle, Command, Pipeline, Stopped, Talk, os, popen2};
pub use run::{pipeline, relay};
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
pub use standpipe_core::{self, EofPolicy, Layer, Negotiated, SecuredOptions, Target};
pub use standpipe_sys;
pub use standpipe_sys::socket::{Bound, Endpoint, bind};
pub use standpipe_sys::{Front, LaunchError, Received, RunError, ServerEvent, Service, Work};
pub use stream::{Stream, connect, connect_to, secure};
pub use waiter::Waiter;

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../../docs/blocking.md")]
struct Tour;
