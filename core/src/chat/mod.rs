//! Chat: messages with an end that is agreed upon, taken from a stream of bytes however it is cut.
//!
//! * [`Terminator`]: what a message ends with.
//! * [`Scanner`]: finds it while the bytes pass, and keeps none of them.
//! * [`Messages`]: whole messages under a limit.
//! * [`Chat`]: a dialogue in messages over a connection.
//! * [`Fifo`], [`SimpleProducer`], [`find_prefix_at_end`]: the small parts that the original also hands out.

mod connection;
mod fifo;
mod finder;
mod literal;
mod matcher;
mod message;
mod messages;
mod patterns;
mod prefix;
mod scanner;
mod search;
mod set;
mod simple_producer;
mod terminator;

pub use connection::{Chat, ChatEvent, ChatOptions, Handle};
pub use fifo::Fifo;
pub use message::{Message, MessageEnd, MessageError, MessageOptions, OverLimit};
pub use messages::Messages;
pub use prefix::find_prefix_at_end;
pub use scanner::{Piece, Scanner};
pub use simple_producer::SimpleProducer;
pub use terminator::{Terminator, TerminatorError};
