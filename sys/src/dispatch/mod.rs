//! Connections as programs of asyncore and asynchat handle them, for every loop: what is overridden, what a handler may touch, and
//! what a loop runs for it.
//!
//! A handler that is written against these traits runs in whichever loop it is put into. They stand here and not in core,
//! since they tell of descriptors' peers and of [`std::io::Error`], and not in a backend, since two of them have such loops.

mod async_chat;
mod catching;
mod channel;
mod chat;
mod chatting;
mod child;
mod datagrams;
mod dispatcher;
mod event;
mod event_loop;
mod listening;
mod living;
mod member;
mod messages;
mod others;
mod own;
mod resident;
mod talking;

pub use async_chat::{AsyncChat, ChatDispatcher};
pub use catching::{Catching, SignalHandler};
pub use channel::Channel;
pub use chat::Chat;
pub use chatting::Chatting;
pub use child::{ChildHandler, Ended, Life, Spawned};
pub use datagrams::{Datagram, DatagramHandler, DatagramSocket};
pub use dispatcher::Dispatcher;
pub use event::LoopEvent;
pub use event_loop::{Await, Awaited, Block, EventLoop, Slot, Wait, Waker};
pub use listening::{ListenerOptions, Listening};
pub use member::{ConnectionOptions, Member, Opening};
pub use messages::{MessageDispatcher, MessageHandler};
pub use others::Others;
pub use resident::Resident;
pub use talking::TalkHandler;
