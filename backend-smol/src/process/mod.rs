//! Children as futures: [`Command`], [`Pipeline`], [`Child`], [`ChildHandle`], [`Talk`].

mod child;
mod command;
mod handle;
mod pipeline;
pub(crate) mod row;
mod talk;

pub use child::{Child, spawn};
pub use command::Command;
pub use handle::ChildHandle;
pub use pipeline::Pipeline;
pub use standpipe_sys::process::Stopped;
pub use talk::Talk;
