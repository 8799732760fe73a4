//! Signals that are caught for a loop: [`SignalHandler`], [`Catching`].

use std::any::Any;
use std::io;
use std::os::fd::AsFd;

use standpipe_core::dispatch::Key;
use standpipe_core::signal::{PendingSignals, Signal, SignalSet};
use standpipe_core::{Fault, Lend, Machine, Moment, Port, Side, Wake, Wants, Window};

use super::{EventLoop, Resident, Wait};
use crate::signals::{Arrivals, Closer, Ignored};
use crate::{Ends, Stream};

/// What happens when a signal has come. A closure is enough that takes the loop and the signal.
///
/// It is called by the loop as any other handler, and not in the midst of whatever the signal has interrupted: it may do all that a
/// program may do. One that panics is told of nothing any more, and its signals are let go.
pub trait SignalHandler<'a, W: Wait> {
    /// Whether the loop goes on for these signals, until they are caught no more or it is asked to stop. Otherwise it ends when there
    /// is nothing else, and they are caught until it is dropped.
    fn keeps_loop(&self) -> bool {
        false
    }

    /// This signal has come, once at least since it was last told. Several are told in ascending order, and none a second time before
    /// all others that had come.
    fn handle_signal(&mut self, event_loop: &mut EventLoop<'a, W>, key: Key, signal: Signal);
}

impl<'a, W: Wait, F: FnMut(&mut EventLoop<'a, W>, Signal)> SignalHandler<'a, W> for F {
    fn handle_signal(&mut self, event_loop: &mut EventLoop<'a, W>, _: Key, signal: Signal) {
        self(event_loop, signal);
    }
}

/// Signals that are caught for a loop.
#[derive(Debug)]
pub struct Catching {
    arrivals: Arrivals,
    pending: PendingSignals,
    /// Where bytes go that mean nothing but that there is something to take.
    bytes: [u8; 64],
    rung: bool,
    is_over: bool,
}

impl Catching {
    const BELL: Port = Port::new(0);

    pub(super) fn new(signals: SignalSet, ignored: Ignored) -> io::Result<Self> {
        Ok(Self {
            arrivals: Arrivals::new(signals, ignored)?,
            pending: PendingSignals::default(),
            bytes: [0; 64],
            // Some may have come before anybody waits.
            rung: true,
            is_over: false,
        })
    }

    /// The signals that are caught: without those that were ignored and stay so.
    pub fn signals(&self) -> SignalSet {
        self.arrivals.signals()
    }

    /// What ends it from any thread: what had come is told, then they are caught no more.
    pub fn closer(&self) -> Closer {
        self.arrivals.closer()
    }

    fn take(&mut self) {
        if std::mem::take(&mut self.rung) {
            // Asked first: what came before the end is taken before that.
            self.is_over = self.arrivals.is_closed();
            self.pending.handle_arrivals(self.arrivals.take());
        }
    }
}

/// It decides nothing: it reads what wakes it.
impl Machine for Catching {
    fn ports(&self) -> u8 {
        1
    }

    fn wants(&self, _: Port) -> Wants {
        Wants { read: !self.is_over, ..Wants::NOTHING }
    }

    fn wake(&self) -> Option<Wake> {
        None
    }

    fn handle_now(&mut self, _: Moment) {}

    fn window<'a>(&'a mut self, _: Port, _: &mut dyn Lend) -> Window<'a> {
        match self.is_over {
            true => Window::NONE,
            false => Window::Slice(&mut self.bytes),
        }
    }

    fn handle_read(&mut self, _: Port, _: usize) {
        self.rung = true;
    }

    fn handle_eof(&mut self, _: Port) {
        self.is_over = true;
    }

    fn handle_failed(&mut self, _: Port, _: Side, _: Fault) {
        self.is_over = true;
    }

    fn has_event(&self) -> bool {
        self.rung
    }

    fn is_done(&self) -> bool {
        self.is_over
    }
}

/// The same with its descriptor, and who is told.
pub(super) struct Alarm<H> {
    catching: Catching,
    ends: Ends,
    keeps_loop: bool,
    handler: H,
}

impl<H> Alarm<H> {
    pub(super) fn new<'a, W: Wait>(catching: Catching, handler: H) -> io::Result<Self>
    where
        H: SignalHandler<'a, W>,
    {
        let bell = Stream::pipe(catching.arrivals.as_fd().try_clone_to_owned()?)?;
        let ends = Ends::default().with(Catching::BELL, bell);
        Ok(Self { catching, ends, keeps_loop: handler.keeps_loop(), handler })
    }
}

impl<'a, W: Wait, H: SignalHandler<'a, W>> Resident<'a, W> for Alarm<H> {
    fn parts(&mut self) -> (&mut dyn Machine, &mut Ends) {
        (&mut self.catching, &mut self.ends)
    }

    fn ends(&self) -> &Ends {
        &self.ends
    }

    fn as_any(&mut self) -> Option<&mut dyn Any> {
        Some(&mut self.catching)
    }

    fn attend(&mut self, event_loop: &mut EventLoop<'a, W>, key: Key) -> bool {
        let touched = self.catching.rung;
        self.catching.take();
        while let Some(signal) = self.catching.pending.take_next() {
            self.handler.handle_signal(event_loop, key, signal);
        }
        touched
    }

    fn is_background(&self) -> bool {
        !self.keeps_loop
    }

    /// Goes on, in the background: a second signal is to find the loop as well.
    fn stop(&mut self, _: &mut EventLoop<'a, W>, _: Key) {
        self.keeps_loop = false;
    }

    fn abort(&mut self) {
        self.keeps_loop = false;
    }
}
