//! A listener of a loop: [`Listening`].

use std::fmt;
use std::net::IpAddr;

use standpipe_core::dispatch::{ChannelOptions, Key};
use standpipe_core::socket::{Admission, Listen, ListenEvent, ListenOptions};
use standpipe_core::{EofPolicy, Machine};

use super::{ConnectionOptions, Dispatcher, LoopEvent, Member};
use crate::socket::{Bound, Endpoint};
use crate::{Ends, Security};

/// What a listener and its connections are given.
#[derive(Clone, Debug, Default)]
pub struct ListenerOptions {
    /// When connections are accepted, and how long they drain.
    pub listen: ListenOptions,
    /// The limits of each connection.
    pub channel: ChannelOptions,
    /// How connections are secured; plain where that is not said.
    pub security: Option<Security>,
}

type Make<'a> = Box<dyn FnMut(&Endpoint) -> Box<dyn Dispatcher + 'a> + 'a>;

/// A listener of a loop: its machine, its descriptor, and what makes a handler of who connects.
pub struct Listening<'a> {
    listen: Listen,
    ends: Ends,
    local: Endpoint,
    options: ListenerOptions,
    make: Make<'a>,
    /// Whose handler is being made.
    making: Option<Option<IpAddr>>,
}

impl<'a> Listening<'a> {
    /// Accepts from this socket.
    pub fn new<D: Dispatcher + 'a>(
        bound: Bound,
        options: ListenerOptions,
        mut make: impl FnMut(&Endpoint) -> D + 'a,
    ) -> Self {
        let local = bound.local().clone();
        Self {
            listen: Listen::new(options.listen),
            ends: Ends::default().with(Listen::SOCKET, bound.into_acceptor()),
            local,
            options,
            make: Box::new(move |peer| Box::new(make(peer))),
            making: None,
        }
    }

    /// Where it listens, a port that the system chose included.
    pub fn local(&self) -> &Endpoint {
        &self.local
    }

    /// The machine, for verbs such as to pause or to stop.
    pub fn listen(&mut self) -> &mut Listen {
        &mut self.listen
    }

    /// The machine and what stands behind its ports.
    pub fn parts(&mut self) -> (&mut dyn Machine, &mut Ends) {
        (&mut self.listen, &mut self.ends)
    }

    /// What stands behind its ports.
    pub fn ends(&self) -> &Ends {
        &self.ends
    }

    /// Whether it is closed and its last connection has ended.
    pub fn is_done(&self) -> bool {
        self.listen.is_done()
    }

    /// One of its connections has ended.
    pub fn release(&mut self, address: Option<IpAddr>) {
        self.listen.release_from(address);
    }

    /// Its maker of handlers has panicked: the connection is gone, the listener goes on.
    pub fn give_up_making(&mut self) {
        if let Some(address) = self.making.take() {
            self.listen.release_from(address);
        }
    }

    /// The next connection, with its handler. `key` is the listener's own.
    pub fn next_member(&mut self, key: Key, log: &mut dyn FnMut(LoopEvent)) -> Option<Member<'a>> {
        loop {
            let accepted = self.ends.acceptor(Listen::SOCKET)?.take()?;
            let address = accepted.peer.ip();
            if self.listen.admit(address) == Admission::Refuse {
                log(LoopEvent::Crowded(accepted.peer));
                continue;
            }
            self.making = Some(address);
            let handler = (self.make)(&accepted.peer);
            self.making = None;
            return Some(Member::accepted(accepted, self.connection(), key, handler));
        }
    }

    fn connection(&self) -> ConnectionOptions {
        let eof = self.options.security.as_ref().map_or(EofPolicy::default(), |security| security.eof);
        ConnectionOptions {
            channel: ChannelOptions { eof, ..self.options.channel },
            layer: self.options.security.as_ref().map(|security| (security.layer)()),
        }
    }

    /// Tells what has happened to it. `true` when those of its connections that are still open are to be reset.
    pub fn must_abort(&mut self, log: &mut dyn FnMut(LoopEvent)) -> bool {
        let mut abort = false;
        while let Some(event) = self.listen.next_event() {
            match event {
                ListenEvent::Paused(fault) => log(LoopEvent::Paused(fault)),
                ListenEvent::Failed(fault) => log(LoopEvent::Broken(fault)),
                ListenEvent::Abort => abort = true,
                _ => {}
            }
        }
        abort
    }
}

impl fmt::Debug for Listening<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listening").field("local", &self.local).finish_non_exhaustive()
    }
}
