//! What the backends' commands, children and dialogues have in common, which is everything but the wait: [`Prepared`],
//! [`PreparedRow`], [`Running`], [`Talking`], [`Stopped`].
//!
//! A backend's own type is one of these, a waiter, and the verbs of its users.

mod methods;
mod prepared;
mod running;
mod talking;
mod terms;

#[doc(hidden)]
pub use prepared::bytes;
pub use prepared::{Prepared, PreparedRow};
pub use running::{Running, Stopped};
pub use talking::Talking;
