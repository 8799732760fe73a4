//! One secured connection in two hands: [`ReadHalf`], [`WriteHalf`].

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use standpipe_core::{
    Done, Duty, End, Fault, Lend, Loan, Machine, Moment, Pending, Port, Secured, SecuredEvent, Side, Wake,
    Wants, Window,
};

/// What plaintext comes from.
pub trait Receive: Machine {
    /// Copies data out: how much, with 0 for the clean end of it. `None` where nothing has come; the machine is to be
    /// run then.
    ///
    /// # Errors
    /// How the peer's side has ended, if not cleanly, once all data is taken.
    fn take(&mut self, into: &mut [u8]) -> Option<Result<usize, End>>;
}

/// What plaintext goes to.
pub trait Transmit: Machine {
    /// Seals data to be sent: how much, which is 0 while there is no room; the machine is to be run then.
    ///
    /// # Errors
    /// How sending has ended; [`End::Clean`] where it was this side that has ended it.
    fn send(&mut self, data: &[u8], lend: &mut dyn Lend) -> Result<usize, End>;

    /// Half-close, once everything has left.
    fn close_write(&mut self);

    /// Whether everything has left, the end included; the machine is to be run while it has not.
    fn is_flushed(&mut self) -> bool;

    /// How sending has ended.
    fn sending_end(&self) -> Option<End>;
}

impl Receive for Secured {
    fn take(&mut self, into: &mut [u8]) -> Option<Result<usize, End>> {
        while self.next_event().is_some() {}
        Self::take(self, into)
    }
}

impl Transmit for Secured {
    fn send(&mut self, data: &[u8], lend: &mut dyn Lend) -> Result<usize, End> {
        while self.next_event().is_some() {}
        Self::send(self, data, lend)
    }

    fn close_write(&mut self) {
        Self::close_write(self);
    }

    fn is_flushed(&mut self) -> bool {
        while self.next_event().is_some() {}
        !self.has_unsent()
    }

    fn sending_end(&self) -> Option<End> {
        Self::sending_end(self)
    }
}

/// A connection that two hands hold. The lock is held for one word of the machine at a time: never across a system call,
/// and never across a wait. What a system call reads into or writes from is taken out of the machine meanwhile.
#[derive(Clone, Debug)]
struct Handle(Arc<Mutex<Secured>>);

impl Handle {
    /// A poisoned lock means that a caller's lender has panicked; the machine is as whole as before its word.
    fn lock(&self) -> MutexGuard<'_, Secured> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Cuts a secured connection in two, for two threads or tasks: each half is a machine of its own, to be run over a
/// descriptor of its own or a shared one. Neither waits for the other.
///
/// Only after the handshake, which needs both directions in one hand.
///
/// # Errors
/// The handshake is not over: the connection comes back.
pub fn split(connection: Secured) -> Result<(ReadHalf, WriteHalf), Box<Secured>> {
    if !connection.is_agreed() {
        return Err(Box::new(connection));
    }
    let shared = Handle(Arc::new(Mutex::new(connection)));
    let read = ReadHalf {
        outgoing: Outgoing::new(shared.clone()),
        shared: shared.clone(),
        window: None,
        is_shut: false,
    };
    Ok((read, WriteHalf { outgoing: Outgoing::new(shared.clone()), shared }))
}

/// Puts the halves of one connection together again.
///
/// # Errors
/// They are of two connections, and come back.
pub fn join(read: ReadHalf, write: WriteHalf) -> Result<Secured, Box<(ReadHalf, WriteHalf)>> {
    if !Arc::ptr_eq(&read.shared.0, &write.shared.0) {
        return Err(Box::new((read, write)));
    }
    let shared = read.shared.clone();
    drop((read, write));
    let shared = Arc::into_inner(shared.0).expect("only the two halves have shared it");
    Ok(shared.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Writing, which both halves do: the writer its data, the reader what a session answers by itself.
#[derive(Debug)]
struct Outgoing {
    shared: Handle,
    out: Option<Loan>,
    /// A buffer that is written, to be given back.
    drained: Option<Loan>,
}

impl Outgoing {
    fn new(shared: Handle) -> Self {
        Self { shared, out: None, drained: None }
    }

    /// Empty where the other half is just writing; it goes on until nothing is left or the connection is full.
    fn pending(&mut self, lend: &mut dyn Lend) -> &[u8] {
        self.give_drained(lend);
        if self.out.is_none() {
            self.out = self.shared.lock().take_pending(lend);
        }
        self.out.as_ref().map_or(&[], Loan::bytes)
    }

    fn written(&mut self, n: usize) {
        let Some(out) = &mut self.out else { return };
        out.skip(n);
        let mut connection = self.shared.lock();
        connection.has_written(n);
        if out.bytes().is_empty() {
            self.drained = self.out.take();
            connection.has_written_all();
        }
    }

    fn give_drained(&mut self, lend: &mut dyn Lend) {
        self.drained.take().into_iter().for_each(|drained| drained.give_back(lend));
    }

    /// What is not written yet goes back, so that either half may go on with it.
    fn settle(&mut self, lend: &mut dyn Lend) {
        self.give_drained(lend);
        if let Some(out) = self.out.take() {
            self.shared.lock().give_pending(out);
        }
    }

    /// Whether something is to be written that the other half is not writing already.
    fn wants_write(&self) -> bool {
        self.out.is_some() || self.shared.lock().wants(Secured::SOCKET).write
    }

    /// What is out goes back first, since a connection that has nothing to write has not failed to.
    fn failed(&mut self, port: Port, fault: Fault) {
        let mut connection = self.shared.lock();
        if let Some(out) = self.out.take() {
            connection.give_pending(out);
        }
        connection.handle_failed(port, Side::Write, fault);
    }
}

/// The half that data is received from. It also writes what the session answers by itself, such as a key update.
#[derive(Debug)]
pub struct ReadHalf {
    shared: Handle,
    outgoing: Outgoing,
    window: Option<Loan>,
    /// The connection has failed, and the transport was ended in the writer's direction.
    is_shut: bool,
}

/// The half that data is sent to.
#[derive(Debug)]
pub struct WriteHalf {
    shared: Handle,
    outgoing: Outgoing,
}

impl Receive for ReadHalf {
    fn take(&mut self, into: &mut [u8]) -> Option<Result<usize, End>> {
        let mut connection = self.shared.lock();
        connection.take_news_of(SecuredEvent::Data);
        connection.take_news_of(SecuredEvent::PeerEnded);
        connection.take(into)
    }
}

impl Transmit for WriteHalf {
    fn send(&mut self, data: &[u8], lend: &mut dyn Lend) -> Result<usize, End> {
        let mut connection = self.shared.lock();
        connection.take_news_of(SecuredEvent::Sent);
        connection.send(data, lend)
    }

    fn close_write(&mut self) {
        self.shared.lock().close_write();
    }

    fn is_flushed(&mut self) -> bool {
        let mut connection = self.shared.lock();
        connection.take_news_of(SecuredEvent::Sent);
        !connection.has_unsent()
    }

    fn sending_end(&self) -> Option<End> {
        self.shared.lock().sending_end()
    }
}

impl ReadHalf {
    /// A writer that waits for a peer which takes nothing would never learn that the connection has failed: its end of
    /// the transport is closed, after the alert, which wakes it.
    fn shuts(&self) -> Option<Duty> {
        let connection = self.shared.lock();
        let failed = connection.receiving_end().is_some_and(|end| !end.is_clean());
        (failed && !self.is_shut && !connection.is_done()).then_some(Duty::CloseWrite)
    }
}

impl Machine for ReadHalf {
    fn ports(&self) -> u8 {
        1
    }

    fn wants(&self, port: Port) -> Wants {
        if port != Secured::SOCKET {
            return Wants::NOTHING;
        }
        let read = self.shared.lock().wants(port).read;
        Wants { read, write: self.outgoing.wants_write(), duty: self.shuts() }
    }

    fn wake(&self) -> Option<Wake> {
        self.shared.lock().wake()
    }

    fn handle_now(&mut self, now: Moment) {
        self.shared.lock().handle_now(now);
    }

    fn window<'a>(&'a mut self, _: Port, lend: &mut dyn Lend) -> Window<'a> {
        if self.window.is_none() {
            self.window = self.shared.lock().take_window(lend);
        }
        self.window.as_mut().map_or(Window::NONE, |window| Window::Slice(window.room()))
    }

    fn pending<'a>(&'a mut self, _: Port, lend: &mut dyn Lend) -> Pending<'a> {
        Pending::Slice(self.outgoing.pending(lend))
    }

    fn settle(&mut self, lend: &mut dyn Lend) {
        if let Some(window) = self.window.take() {
            window.give_back(lend);
        }
        self.outgoing.settle(lend);
        self.shared.lock().settle(lend);
    }

    fn handle_read(&mut self, _: Port, n: usize) {
        if let Some(window) = self.window.take() {
            self.window = self.shared.lock().give_window(window, n);
        }
    }

    fn handle_eof(&mut self, port: Port) {
        self.shared.lock().handle_eof(port);
    }

    fn handle_written(&mut self, _: Port, n: usize) {
        self.outgoing.written(n);
    }

    fn handle_failed(&mut self, port: Port, side: Side, fault: Fault) {
        match side {
            Side::Read => self.shared.lock().handle_failed(port, side, fault),
            Side::Write => self.outgoing.failed(port, fault),
        }
    }

    fn handle_done(&mut self, _: Port, duty: Duty, done: Done) {
        self.is_shut |= duty == Duty::CloseWrite && done != Done::Blocked;
    }

    fn has_event(&self) -> bool {
        let connection = self.shared.lock();
        connection.has_news_of(SecuredEvent::Data) || connection.has_news_of(SecuredEvent::PeerEnded)
    }

    /// Once nothing more comes and what the session had to say of it has left.
    fn is_done(&self) -> bool {
        let over = self.shared.lock().receiving_end().is_some();
        over && !self.outgoing.wants_write() && self.shuts().is_none()
    }
}

impl Machine for WriteHalf {
    fn ports(&self) -> u8 {
        1
    }

    fn wants(&self, port: Port) -> Wants {
        if port != Secured::SOCKET {
            return Wants::NOTHING;
        }
        let write = self.outgoing.wants_write();
        let connection = self.shared.lock();
        let duty = connection.wants(port).duty.filter(|duty| *duty == Duty::CloseWrite);
        Wants { write: write || connection.has_taken_pending(), duty, ..Wants::NOTHING }
    }

    fn wake(&self) -> Option<Wake> {
        self.shared.lock().wake()
    }

    fn handle_now(&mut self, now: Moment) {
        self.shared.lock().handle_now(now);
    }

    fn pending<'a>(&'a mut self, _: Port, lend: &mut dyn Lend) -> Pending<'a> {
        Pending::Slice(self.outgoing.pending(lend))
    }

    fn is_last(&self, port: Port) -> bool {
        self.shared.lock().is_last(port)
    }

    fn settle(&mut self, lend: &mut dyn Lend) {
        self.outgoing.settle(lend);
        self.shared.lock().settle(lend);
    }

    fn handle_written(&mut self, _: Port, n: usize) {
        self.outgoing.written(n);
    }

    fn handle_failed(&mut self, port: Port, side: Side, fault: Fault) {
        if side == Side::Write {
            self.outgoing.failed(port, fault);
        }
    }

    fn handle_done(&mut self, port: Port, duty: Duty, done: Done) {
        self.shared.lock().handle_done(port, duty, done);
    }

    fn has_event(&self) -> bool {
        self.shared.lock().has_news_of(SecuredEvent::Sent)
    }

    fn is_done(&self) -> bool {
        let over = self.shared.lock().sending_end().is_some();
        over && !self.outgoing.wants_write()
    }
}
