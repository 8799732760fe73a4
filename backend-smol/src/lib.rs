//! standpipe as futures: relays, children and listeners on async-io, for smol and any other executor that polls them.
//!
//! Whoever awaits drives: a future advances its machine and, when everything would block, waits until one of the wanted
//! descriptors is ready or the machine's next time limit has come. That is all this crate adds to [`standpipe_core`];
//! it starts no thread of its own (async-io has one for its reactor) and reaps no child but its own.
//!
//! ```
//! use standpipe_smol::{Command, Dialogue, Stdio, communicate};
//!
//! let command = Command::new("echo").arg("hello").stdout(Stdio::Pipe);
//! let output = smol::block_on(communicate(&command, Dialogue::default(), None))?;
//! assert_eq!(output.stdout, b"hello\n");
//! # Ok::<(), standpipe_smol::RunError>(())
//! ```

#![forbid(unsafe_code)]

mod process;
mod registered;
mod run;
mod secured;
mod server;
mod stream;
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
pub mod tls;
mod waiter;
mod wakers;

pub use process::{Child, ChildHandle, Stopped, Talk, spawn};
pub use run::{communicate, pipeline, relay};
pub use secured::{TlsReader, TlsStream, TlsWriter};
pub use server::serve;
pub use standpipe_core::flow::{Relay, RelayOptions, Report};
pub use standpipe_core::process::{
    Command, CommunicateEvent, Exit, Group, Limit, Output, Resource, Stdio, Stop, StopStep,
    Stream as StdStream, Unfinished, WaitStatus,
};
pub use standpipe_core::signal::{ChildSignals, Signal, SignalSet};
pub use standpipe_core::socket::{Address, ListenOptions};
pub use standpipe_core::{self, EofPolicy, Layer, Negotiated, SecuredOptions};
pub use standpipe_sys;
pub use standpipe_sys::socket::{Bound, Endpoint, bind};
pub use standpipe_sys::{Dialogue, Front, LaunchError, RunError, ServerEvent, Service, Work};
pub use stream::{Listener, Stream, connect, connect_to, secure};
pub use waiter::Waiter;
