//! The system calls of standpipe, each behind a thin safe function: the only crate with `unsafe` in it.
//!
//! It runs core's plans and knows its plain types; what it decides is nothing, but for what becomes of a loop's handlers
//! ([`dispatch`]). A driver makes [`Ends`] for a machine's ports and advances the machine over a [`PortIo`]; how it waits is
//! its own.

#[cfg(not(unix))]
compile_error!("standpipe-sys needs Unix; standpipe-core builds wherever Rust does");

mod at_ports;
mod chat;
mod clock;
mod conduit;
pub mod dispatch;
mod ends;
mod epoll;
pub mod exit;
pub mod fault;
pub mod fd;
mod front;
mod growth;
pub mod halves;
mod kept;
mod launch;
mod places;
mod poll;
mod pool;
mod port_io;
pub mod process;
mod pty;
mod readiness;
mod registered;
mod row;
pub mod secured;
mod served;
mod service;
mod session;
mod sigchld;
pub mod signals;
mod sigpipe;
pub mod socket;
pub mod spawn;
mod stdio;
mod stream;
mod talk;
mod terminal;
#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
pub mod tls;
mod transfer;
mod typing;

pub use chat::{Conversation, Goal, Received};
pub use clock::Clock;
pub use conduit::Conduit;
pub use ends::{End, Ends};
pub use epoll::{Epoll, Shown};
pub use fault::fault;
pub use front::Front;
pub use kept::{ChildHandle, Kept};
pub use launch::{LaunchError, Launched, launch};
pub use places::Places;
pub use poll::{PollSet, is_ready};
pub use pool::ThreadPool;
pub use port_io::{PortIo, Register};
pub use pty::{Pty, pty};
pub use readiness::Readiness;
pub use registered::{Registered, Registering, Selector};
pub use served::{Served, ServerEvent, Verdict};
pub use service::{MakeLayer, Security, Service, Work};
pub use signals::{Caught, Control, control_pipe, signal_control_pipe, signal_pipe};
pub use stdio::{close_standard, release_standard_output, standard};
pub use stream::Stream;
pub use talk::{
    Dialogue, RunError, communicate, communicate_in_a_row, pipeline, relay_command, relay_terminal, talk_with,
};
pub use terminal::Foreground;
