//! A socket for datagrams that lives in a loop: [`Postman`].

use std::any::Any;
use std::io;
use std::os::fd::OwnedFd;

use standpipe_core::dispatch::Key;
use standpipe_core::socket::{DatagramEvent, DatagramOptions, Datagrams};
use standpipe_core::{End, Machine, Moment};

use super::{Datagram, DatagramHandler, DatagramSocket, Post};
use crate::Ends;
use crate::dispatch::{EventLoop, LoopEvent, Resident, Wait};
use crate::socket::{Inbox, Outbox};

/// A socket for datagrams with its handler.
pub(in crate::dispatch) struct Postman<H> {
    post: Post,
    handler: H,
    errors: Vec<io::Error>,
}

impl<H: DatagramHandler> Postman<H> {
    pub(in crate::dispatch) fn new(
        socket: OwnedFd,
        options: DatagramOptions,
        handler: H,
    ) -> io::Result<Self> {
        Ok(Self { post: Post::new(socket, options)?, handler, errors: Vec::new() })
    }

    fn call(&mut self, told: impl FnOnce(&mut H, &mut DatagramSocket<'_>) -> io::Result<()>) {
        let socket = &mut DatagramSocket(&mut self.post);
        if let Err(error) = told(&mut self.handler, socket) {
            self.handler.handle_error(socket, &error);
            socket.close();
            self.errors.push(error);
        }
    }

    fn attend_timers(&mut self) -> bool {
        let mut touched = false;
        while let Some((timer, ())) = { self.post.timers.expired(self.post.now).next() } {
            self.call(|handler, socket| handler.handle_timer(socket, timer));
            touched = true;
        }
        touched
    }

    fn attend_failure(&mut self) -> bool {
        let failure = self.post.ends.outbox(Datagrams::SEND).and_then(Outbox::failure);
        if let Some(fault) = failure {
            self.call(|handler, socket| handler.handle_fault(socket, fault));
        }
        failure.is_some()
    }

    fn attend_event(&mut self, event: DatagramEvent) {
        match event {
            DatagramEvent::Received => {
                let inbox = self.post.ends.inbox(Datagrams::RECEIVE);
                let Some(arrived) = inbox.and_then(Inbox::take) else { return };
                let datagram =
                    Datagram { bytes: &arrived.bytes, from: arrived.from.as_ref(), whole: arrived.whole };
                self.call(|handler, socket| handler.handle_datagram(socket, datagram));
            }
            DatagramEvent::Failed(_, fault) => {
                self.call(|handler, socket| handler.handle_fault(socket, fault));
            }
            DatagramEvent::Room => self.call(|handler, socket| handler.handle_room(socket)),
            DatagramEvent::Closed(end) => self.handler.handle_close(end),
            _ => {}
        }
    }
}

impl<'a, W: Wait, H: DatagramHandler> Resident<'a, W> for Postman<H> {
    fn parts(&mut self) -> (&mut dyn Machine, &mut Ends) {
        (&mut self.post.machine, &mut self.post.ends)
    }

    fn ends(&self) -> &Ends {
        &self.post.ends
    }

    fn as_any(&mut self) -> Option<&mut dyn Any> {
        Some(&mut self.post)
    }

    fn attend(&mut self, event_loop: &mut EventLoop<'a, W>, key: Key) -> bool {
        (self.post.key, self.post.now) = (key, event_loop.now());
        let mut touched = self.attend_timers() | self.attend_failure();
        while let Some(event) = self.post.machine.next_event() {
            self.attend_event(event);
            touched = true;
        }
        for error in self.errors.drain(..) {
            event_loop.report(LoopEvent::Failed { key, peer: None, error });
        }
        for errand in self.post.errands.drain(..) {
            errand.0(event_loop);
        }
        touched
    }

    fn wake(&self) -> Option<Moment> {
        self.post.timers.earliest()
    }

    fn stop(&mut self, event_loop: &mut EventLoop<'a, W>, key: Key) {
        (self.post.key, self.post.now) = (key, event_loop.now());
        self.call(|handler, socket| handler.handle_stop(socket));
    }

    fn abort(&mut self) {
        self.post.machine.abort();
    }

    fn close(mut self: Box<Self>, _: &mut EventLoop<'a, W>) {
        self.handler.handle_close(End::Aborted);
    }
}
