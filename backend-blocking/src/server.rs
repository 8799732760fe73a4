//! A server with a thread for each connection: [`serve`].

use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use standpipe_core::{Machine, Window};
use standpipe_sys::socket::Endpoint;
use standpipe_sys::{Control, Front, Served, Stream, Verdict, control_pipe};

use crate::buffers::Buffers;
use crate::{Interrupt, Signal, Waiter};

/// A thread's stack: a relay's frames are small, and its buffers are on the heap.
const STACK: usize = 256 << 10;

/// Serves every connection in a thread of its own, until the front was asked to stop and the connections have drained.
///
/// # Errors
/// Waiting failed, or the descriptor limit before the first connection.
pub fn serve(front: Front<'_>) -> io::Result<()> {
    let (woken, waker) = control_pipe()?;
    let (sender, ended) = channel();
    let shared =
        Arc::new(Shared { interrupt: Interrupt::new()?, buffers: Buffers::shared(), waker, ended: sender });
    Server { front, woken, ended, shared }.run()
}

struct Server<'a> {
    front: Front<'a>,
    /// Readable when a connection has ended.
    woken: Stream,
    ended: Receiver<Ended>,
    shared: Arc<Shared>,
}

type Ended = (Endpoint, io::Result<Verdict>);

struct Shared {
    interrupt: Interrupt,
    buffers: Buffers,
    waker: Control,
    ended: Sender<Ended>,
}

impl Server<'_> {
    fn run(mut self) -> io::Result<()> {
        let mut waiter = Waiter::default();
        while !self.front.listen.is_done() {
            let Front { listen, ends, .. } = &mut self.front;
            if waiter.run_until(listen, ends, Some(self.woken.as_fd()))? {
                self.collect();
            }
            if self.front.must_abort() {
                self.shared.interrupt.raise();
            }
            while let Some(served) = self.front.next_served() {
                self.start(served);
            }
        }
        Ok(())
    }

    fn start(&mut self, served: Served) {
        let peer = served.peer.clone();
        let shared = self.shared.clone();
        let thread = std::thread::Builder::new().stack_size(STACK).spawn(move || shared.run(served));
        if let Err(error) = thread {
            self.front.lost(peer, error);
        }
    }

    fn collect(&mut self) {
        let mut bytes = [0; 64];
        let _ = self.woken.try_read(Window::Slice(&mut bytes));
        while let Ok((peer, result)) = self.ended.try_recv() {
            match result {
                Ok(verdict) => self.front.ended(verdict),
                Err(error) => self.front.lost(peer, error),
            }
        }
    }
}

impl Shared {
    fn run(&self, served: Served) {
        let peer = served.peer.clone();
        let result = self.run_to_its_end(served);
        // The receiver outlives every connection, and a full pipe is readable already.
        let _ = self.ended.send((peer, result));
        self.waker.ask(Signal::CHLD);
    }

    fn run_to_its_end(&self, mut served: Served) -> io::Result<Verdict> {
        let mut waiter = Waiter::with_budget(served.budget).lending(self.buffers.clone());
        let mut also = Some(self.interrupt.as_fd());
        while !served.relay.is_done() {
            if waiter.run_until(&mut served.relay, &mut served.ends, also)? {
                also = None;
                served.relay.abort();
            }
            served.attend();
        }
        served.verdict().ok_or(io::ErrorKind::UnexpectedEof.into())
    }
}
