//! A simulated machine to drive standpipe's machines on: no descriptor, thread or clock.
//!
//! Pipes and connections are bounded, children run [`Program`](crate::program::Program)s, clients run
//! [`Step`](crate::client::Step)s, the kernel gives a reaped number away at once, and time passes only when nobody can
//! move. Where nobody can move and nobody waits for time, that is a deadlock, and it is reported as one.

mod backend;
mod client;
mod io;
mod kernel;
mod pipe;
mod process;
mod readiness;
mod secured;
mod server;
mod world;

pub use backend::Sim;
pub use client::Client;
pub use io::{Calls, End, Listener, SimIo};
pub use kernel::{Kernel, NoChild, Pid};
pub use pipe::{PIPE_CAPACITY, Reader, Socket, Writer, connection, pipe};
pub use process::Descriptors;
pub use readiness::Readiness;
pub use server::Server;
pub use world::{Stuck, Turn, World};
