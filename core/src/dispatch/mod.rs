//! Event-driven connections: the machine that one is, and what a loop keeps of many.

mod channel;

pub use channel::{Channel, ChannelEvent, ChannelOptions, Outgoing, PushError};
