//! What scenarios are written against, once for every backend: [`Backend`].

mod call;
#[cfg(feature = "sockets")]
mod chats;
mod children;
#[cfg(feature = "sockets")]
mod dispatching;
mod processes;
mod scenario;
mod securing;
mod security;
mod service;
mod signalling;
#[cfg(feature = "sockets")]
mod sockets;

pub use call::{Call, Delivered, Finished, output_of};
#[cfg(feature = "sockets")]
pub use chats::{ChatStream, Chats};
pub use children::{Children, Living, Shared, Talking};
#[cfg(feature = "sockets")]
pub use dispatching::{Alarmed, Dispatching, Errand, EventLoop, Hear, Later, Make, News, Outcome, Waker};
pub use processes::{NotRun, Processes, Stages};
pub use scenario::{Condition, Run, Scenario, Skip, Verdict};
pub use securing::{
    Plain, SecuredStream, SecuredWriter, Securing, Terms, Transport, Unwrapped, UpgradedStream, Upgrading,
};
pub use security::{Certificate, NAME, certificate, client_session, server_session};
pub use service::{Kind, Served, Service, Visit};
pub use signalling::{Catcher, Signalling};
#[cfg(feature = "sockets")]
pub use sockets::{Admitted, Listener, Named, Reader, Socket, Sockets, Stream, Writer};

/// A driver of standpipe's machines, as scenarios see it.
pub trait Backend: Sync {
    /// Its name, with which its tests begin.
    fn name(&self) -> &'static str;

    /// Runs a program, feeds it, collects its outputs, and reaps it.
    fn communicate(&self, call: &Call) -> Finished;

    /// Starts a program and forgets it in the middle of its life.
    fn abandon(&self, call: &Call);

    /// Serves clients until all of them are gone, or one of them has said to finish.
    fn serve(&self, service: &Service) -> Served;

    /// The same backend where its processes are real ones.
    fn processes(&self) -> Option<&dyn Processes> {
        None
    }

    /// Its signals, where it has them.
    fn signalling(&self) -> Option<&dyn Signalling> {
        None
    }

    /// Its sockets, where it has them.
    #[cfg(feature = "sockets")]
    fn sockets(&self) -> Option<&dyn Sockets> {
        None
    }

    /// Its loops over dispatchers, where it has them.
    #[cfg(feature = "sockets")]
    fn dispatching(&self) -> Option<&dyn Dispatching> {
        None
    }

    /// Its dialogues in messages, where it has them.
    #[cfg(feature = "sockets")]
    fn chats(&self) -> Option<&dyn Chats> {
        None
    }

    /// The same backend where it has handles of children.
    fn children(&self) -> Option<&dyn Children> {
        None
    }

    /// Its secured streams, where it has them.
    fn securing(&self) -> Option<&dyn Securing> {
        None
    }

    /// The same where they may begin and end in plain text.
    fn upgrading(&self) -> Option<&dyn Upgrading> {
        None
    }
}
