//! Connections in a loop as the suite sees them: its scenarios call and wait, so each loop runs in a thread of its own.

mod chats;
mod handler;
mod streams;

use std::io;
use std::sync::mpsc::channel;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use standpipe_core::chat::{MessageEnd, MessageError};
use standpipe_core::{End, Negotiated};
use standpipe_mio::dispatch::{Channel, ConnectionOptions, Dispatcher, Key, Loop, Waker};
use standpipe_sys::{Clock, Stream, fault};

use handler::Handler;

/// The loop of the mio backend.
pub(crate) struct Mio;

/// A connection in a loop. It is dropped with the loop, which says nothing to its peer.
struct Connection {
    told: Arc<Told>,
    waker: Waker<'static>,
    key: Key,
    thread: Option<JoinHandle<()>>,
}

/// What the handler has told whoever waits.
#[derive(Default)]
struct Told {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// What comes is wanted.
    reads: bool,
    /// It is, once the layer that was asked for is there.
    reads_by_layer: bool,
    data: Vec<u8>,
    /// How much of it may have come and not been asked for, where that is not the usual.
    room: Option<usize>,
    /// What of it had come by the layer that is off.
    secured: Option<Vec<u8>>,
    message: Option<(Vec<u8>, MessageEnd)>,
    is_connected: bool,
    negotiated: Option<Negotiated>,
    /// Something was pushed and has not left.
    is_sending: bool,
    has_peer_ended: bool,
    /// Why there are no more messages.
    error: Option<MessageError>,
    end: Option<End>,
    /// Nobody needs the connection any more.
    is_dropped: bool,
}

/// So much may have come and not been asked for.
const ROOM: usize = 64 << 10;

/// So much is pushed before some of it must have left.
const PIECE: usize = 64 << 10;

impl Connection {
    /// In a new loop, with a dispatcher over the suite's handler.
    fn new<D: Dispatcher + 'static>(
        stream: Stream,
        options: ConnectionOptions,
        dispatcher: impl FnOnce(Handler) -> D + Send + 'static,
    ) -> Self {
        let told = Arc::new(Told::default());
        told.change(|state| state.is_connected = options.layer.is_none());
        let (handler, running) = (Handler(told.clone()), told.clone());
        let (tell, begun) = channel();
        let thread = thread::spawn(move || {
            let mut event_loop = Loop::new().expect("descriptors are left");
            let key = event_loop.insert(stream, options, dispatcher(handler));
            tell.send((key, event_loop.waker())).expect("somebody waits");
            while !running.change(|state| state.is_dropped) && event_loop.run_once(None).expect("it waits") {}
        });
        let (key, waker) = begun.recv().expect("it begins");
        Self { told, waker, key, thread: Some(thread) }
    }

    /// Has the loop's thread do this to the channel; `None` when it is gone.
    fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&mut Channel<'_>, &mut State) -> T + Send + 'static,
    ) -> Option<T> {
        let (tell, answered) = channel();
        let (told, key) = (self.told.clone(), self.key);
        self.waker.call(move |event_loop| {
            let Some(mut channel) = event_loop.channel(key) else { return };
            tell.send(told.change(|state| ask(&mut channel, state))).expect("somebody waits");
        });
        answered.recv().ok()
    }

    /// Waits until the handshake is over.
    fn handshake(&self, at_most: Option<Duration>) -> io::Result<()> {
        self.told.wait(at_most, |state| match state.is_connected {
            true => Some(Ok(())),
            false => state.end.map(|_| Err(state.failure())),
        })?
    }

    /// Pushes something, and waits until it has left.
    fn send(
        &self,
        at_most: Option<Duration>,
        push: impl FnOnce(&mut Channel<'_>) -> io::Result<()> + Send + 'static,
    ) -> io::Result<()> {
        self.handshake(at_most)?;
        let pushed: Option<io::Result<()>> = self.ask(|channel, state| {
            push(channel)?;
            state.is_sending = true;
            Ok(())
        });
        match pushed {
            Some(pushed) => pushed?,
            None => return Err(self.told.change(State::failure)),
        }
        self.told.wait(at_most, |state| match state.end {
            // A peer that is gone without a word may have had all of it. The next call fails.
            Some(End::Truncated) => Some(Ok(())),
            Some(_) => Some(Err(state.failure())),
            None => (!state.is_sending).then_some(Ok(())),
        })?
    }

    /// Half-close.
    fn close_write(&self) -> io::Result<()> {
        match self.ask(|channel, _| channel.close_write()) {
            Some(()) => Ok(()),
            None => self.told.change(|state| state.outcome()),
        }
    }

    /// Close: what was pushed leaves, and the peer's end is awaited.
    fn close(&self) -> io::Result<()> {
        self.ask(|channel, _| channel.close());
        self.told.wait(None, |state| state.end.is_some().then(|| state.outcome()))?
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.told.change(|state| state.is_dropped = true);
        self.waker.wake();
        if let Some(thread) = self.thread.take() {
            thread.join().expect("no panic");
        }
    }
}

impl Told {
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = change(&mut self.state.lock().expect("no panic"));
        self.changed.notify_all();
        changed
    }

    /// Waits until there is what is looked for.
    fn wait<T>(
        &self,
        at_most: Option<Duration>,
        mut find: impl FnMut(&mut State) -> Option<T>,
    ) -> io::Result<T> {
        let clock = Clock::start();
        let until = at_most.map(|wait| clock.now() + wait);
        let mut state = self.state.lock().expect("no panic");
        loop {
            if let Some(found) = find(&mut state) {
                return Ok(found);
            }
            state = match until.map(|until| clock.until(until)) {
                None => self.changed.wait(state).expect("no panic"),
                Some(Duration::ZERO) => return Err(io::ErrorKind::TimedOut.into()),
                Some(left) => self.changed.wait_timeout(state, left).expect("no panic").0,
            };
        }
    }
}

impl State {
    /// Whether it has ended well.
    fn outcome(&self) -> io::Result<()> {
        match self.end {
            Some(end) if !end.is_clean() => Err(fault::end_error(end)),
            _ => Ok(()),
        }
    }

    /// Why nothing more can be done.
    fn failure(&mut self) -> io::Error {
        self.end.map_or(io::ErrorKind::BrokenPipe.into(), fault::end_error)
    }
}
