//! Signals as values: [`Signal`] and [`SignalSet`].

mod number;
mod set;

pub use number::{DefaultAction, Signal, SignalError};
pub use set::{SignalSet, Signals};
