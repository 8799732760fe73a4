//! Event-driven connections, and what a loop over many machines needs besides them: names, deadlines and turns.
//!
//! [`Channel`] is a connection as asyncore has it. A loop of one's own waits by whatever means it likes; which machine an event is for, what is due, and who comes next
//! are the same questions everywhere, and are answered here.
//!
//! * [`Registry`]: machines by [`Key`], which a place that is used again never confuses.
//! * [`Timers`]: deadlines that can be changed and cancelled.
//! * [`Ready`]: who has work, each in turn, nobody twice before all the others.
//!
//! Together with [`advance`](crate::advance()) they are a loop:
//!
//! ```
#![doc = include_str!("../../examples/many_machines.rs")]
//! ```

mod channel;
mod ready;
mod registry;
mod timers;

pub use channel::{Channel, ChannelEvent, ChannelOptions, LayerError, Outgoing, PushError};
pub use ready::{Ready, Turn};
pub use registry::{Drain, Key, Registry};
pub use timers::{TimerKey, Timers};
