//! Children as futures: [`spawn`], [`Child`], [`ChildHandle`], [`Talk`].

mod child;
mod handle;
mod talk;

pub use child::{Child, spawn};
pub use handle::ChildHandle;
pub use standpipe_sys::process::Stopped;
pub use talk::Talk;
