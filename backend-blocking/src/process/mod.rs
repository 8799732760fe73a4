//! The room of processes: what to run, what runs, and what is said to it.

mod child;
mod command;
mod handle;
pub mod os;
mod pipeline;
pub mod popen2;
mod row;
mod talk;

pub use child::Child;
pub use command::Command;
pub use handle::ChildHandle;
pub use pipeline::Pipeline;
pub use standpipe_sys::process::Stopped;
pub use talk::Talk;
