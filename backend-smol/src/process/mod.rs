//! Children as futures: [`spawn`], [`Child`], [`ChildHandle`], [`Talk`].

mod child;
mod handle;
mod talk;

pub use child::{Child, Stopped, spawn};
pub use handle::ChildHandle;
pub use talk::Talk;
