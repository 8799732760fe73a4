

//!
//!
//! * [`Ready`]: who has work, each in turn, nobody twice before all the others.
//! * [`Registry`]: machines by [`Key`], which a place that is used again never confuses.
//! * [`Timers`]: deadlines that can be changed and cancelled.

#![doc = include_str!("../../examples/many_machines.rs")]
//!
//!
//! * [`Ready`]: who has work, each in turn, nobody twice before all the others.
//! A loop of one's own waits by whatever means it likes; which machine an event is for, what is due, and who comes next
//! Event-driven connections: the machine that one is, and what a loop keeps of many.
//! Together with [`advance`](crate::advance()) they are a loop:
//! What a loop over many machines needs besides the machines: names, deadlines and turns.
//! ```
//! ```
//! are the same questions everywhere, and are answered here.
mod channel;
mod ready;
mod registry;
mod timers;
pub use channel::{Channel, ChannelEvent, ChannelOptions, Outgoing, PushError};
pub use ready::{Ready, Turn};
pub use registry::{Drain, Key, Registry};
pub use timers::{TimerKey, Timers};
