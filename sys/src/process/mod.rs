//! What the backends' children and dialogues have in common, which is everything but the wait: [`Running`], [`Talking`],
//! [`Stopped`].
//!
//! A backend's own type is one of these, a waiter, and the verbs of its users.

mod running;
mod talking;

pub use running::{Running, Stopped};
pub use talking::Talking;
