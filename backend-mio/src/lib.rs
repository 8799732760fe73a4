//! standpipe in a mio event loop: dispatchers and chats ([`dispatch`]), and relays, children, listeners and time limits as tasks of
//! one thread.
//!
//! A task is a machine with its descriptors. Readiness is edge-triggered and remembered for each slot and port: set by
//! events, cleared when an operation would block. That is all this crate adds to [`standpipe_core`]; there is no global
//! state, and no hidden thread but for those that look names up for a loop over dispatchers.
//!
//! ```
//! use standpipe_mio::{Command, Front, ListenOptions, RelayOptions, Service, Signal, Work, bind, serve};
//!
//! // A server that gives every client its own `cat`; asked to stop before anybody came.
//! let (control, ask) = standpipe_sys::control_pipe()?;
//! ask.ask(Signal::TERM);
//! let service = Service::new(Work::Exec(Command::new("cat")), RelayOptions::default());
//! let bound = bind(&"127.0.0.1:0".parse()?)?;
//! serve(Front::new(bound, service, ListenOptions::default(), control, |event| eprintln!("{event}")))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

pub mod dispatch;
mod event_loop;
mod registered;
mod run;
mod server;
mod task;
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
pub mod tls;
mod workers;

pub use event_loop::Loop;
pub use run::{communicate, connect_to, deliver, pipeline, relay, secure};
pub use server::serve;
pub use standpipe_core::dispatch::Key;
pub use standpipe_core::flow::{Relay, RelayOptions, Report};
pub use standpipe_core::process::{Command, Exit, Group, Limit, Output, Resource, Stdio, Stop, Unfinished};
pub use standpipe_core::signal::{ChildSignals, Signal, SignalSet};
pub use standpipe_core::socket::{Address, ListenOptions};
pub use standpipe_core::{self, EofPolicy, Layer, Negotiated, Secured, SecuredEvent, SecuredOptions};
pub use standpipe_sys;
pub use standpipe_sys::socket::{Bound, Endpoint, bind};
pub use standpipe_sys::{Dialogue, Ends, Front, LaunchError, RunError, ServerEvent, Service, Stream, Work};
pub use task::{Task, Turned};
pub use workers::serve_all;

#[cfg(doctest)]
#[doc = include_str!("../../docs/mio.md")]
struct Tour;
