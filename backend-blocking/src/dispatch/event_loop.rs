//! The loop itself: [`Loop`].

use std::fmt;
use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use standpipe_core::dispatch::{Key, Ready, Registry, TimerKey, Timers};
use standpipe_core::socket::{Address, Listen};
use standpipe_core::{Moment, Pool};
use standpipe_sys::dispatch::{
    Channel, ConnectionOptions, Dispatcher, ListenerOptions, Listening, LoopEvent, Member, Opening,
};
use standpipe_sys::socket::{Bound, Candidate, Endpoint, Purpose, bind, resolve};
use standpipe_sys::{Clock, Control, control_pipe};

use super::slot::{Job, Slot};
use super::waiting::Waiting;
use super::waker::{Call, Waker};
use crate::Stream;

/// How long what is open may drain after a request to stop.
const DRAIN: Duration = Duration::from_secs(30);

/// Listeners and connections, each with its handler, run by poll(2) in the thread that calls: asyncore's `loop` and its map
/// (ACO-02, ACO-04). Any number of loops may be used side by side.
///
/// Whoever has work gets turns of a bounded number of bytes, and nobody a second one before all others. Buffers are lent from one
/// pool, and an idle connection holds none. A pass costs as much as there are connections, since poll(2) does.
pub struct Loop<'a> {
    pub(super) slots: Registry<Slot<'a>>,
    pub(super) queue: Ready,
    pub(super) timers: Timers<Due<'a>>,
    /// Calls among the timers.
    pub(super) calls_due: usize,
    pub(super) clock: Clock,
    pub(super) pool: Pool,
    pub(super) waiting: Waiting,
    /// Readable when another thread wants something.
    pub(super) woken: standpipe_sys::Stream,
    pub(super) control: Control,
    pub(super) calls: Receiver<Call<'a>>,
    pub(super) caller: Sender<Call<'a>>,
    pub(super) drain: Duration,
    /// The end of the drain, once it was asked to stop.
    pub(super) draining: Option<TimerKey>,
    pub(super) log: Box<dyn FnMut(LoopEvent) + 'a>,
}

/// What a moment is for.
pub(super) enum Due<'a> {
    Turn(Key),
    Call(Box<dyn FnOnce(&mut Loop<'a>) + 'a>),
    Abort,
}

impl<'a> Loop<'a> {
    /// A loop with nothing in it.
    ///
    /// # Errors
    /// The descriptor limit.
    pub fn new() -> io::Result<Self> {
        let (woken, control) = control_pipe()?;
        let (caller, calls) = channel();
        Ok(Self {
            slots: Registry::new(),
            queue: Ready::default(),
            timers: Timers::new(),
            calls_due: 0,
            clock: Clock::start(),
            pool: Pool::default(),
            waiting: Waiting::default(),
            woken,
            control,
            calls,
            caller,
            drain: DRAIN,
            draining: None,
            log: Box::new(drop),
        })
    }

    /// Tells this whatever its owner may want to log: handlers' errors above all.
    pub fn set_log(&mut self, log: impl FnMut(LoopEvent) + 'a) {
        self.log = Box::new(log);
    }

    /// Sets how many bytes one connection's turn may move before others get theirs. Default: core's, 256 KiB.
    pub fn set_budget(&mut self, budget: usize) {
        self.queue.set_budget(budget);
    }

    /// Sets how long what is open may drain after [`Loop::stop`]. Default: 30 s.
    pub fn set_drain(&mut self, drain: Duration) {
        self.drain = drain;
    }

    /// The time.
    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Listens at an address, and makes a handler for each who connects.
    ///
    /// # Errors
    /// As [`bind`].
    pub fn listen<D: Dispatcher + 'a>(
        &mut self,
        address: &Address,
        make: impl FnMut(&Endpoint) -> D + 'a,
    ) -> io::Result<Key> {
        Ok(self.listen_with(bind(address)?, ListenerOptions::default(), make))
    }

    /// Accepts from a socket that listens, with these limits, and with TLS where the options say so.
    pub fn listen_with<D: Dispatcher + 'a>(
        &mut self,
        bound: Bound,
        options: ListenerOptions,
        make: impl FnMut(&Endpoint) -> D + 'a,
    ) -> Key {
        self.take_in(Job::Listener(Box::new(Listening::new(bound, options, make))))
    }

    /// Connects to an address, racing what its name stands for (RFC 8305), within core's default of 30 s. A name is looked up
    /// at once. Whether anybody answers is told to the handler.
    ///
    /// # Errors
    /// The name cannot be looked up.
    pub fn connect(&mut self, address: &Address, handler: impl Dispatcher + 'a) -> io::Result<Key> {
        let candidates = resolve(address, Purpose::Connect).map_err(io::Error::other)?;
        Ok(self.connect_with(candidates, ConnectionOptions::default(), handler))
    }

    /// Connects to the first of several candidates that answers, with these limits, and with a layer such as TLS where the options
    /// have one.
    pub fn connect_with(
        &mut self,
        candidates: Vec<Candidate>,
        options: ConnectionOptions,
        handler: impl Dispatcher + 'a,
    ) -> Key {
        self.open(Opening { candidates, options, handler: Box::new(handler) })
    }

    /// Takes in a connection that is made, or a child's pipe.
    pub fn insert(
        &mut self,
        stream: Stream,
        options: ConnectionOptions,
        handler: impl Dispatcher + 'a,
    ) -> Key {
        let peer = Some(stream.peer());
        let member = Member::connected(stream.into_inner(), options, peer, Box::new(handler));
        self.take_in(Job::Member(Box::new(member)))
    }

    pub(super) fn open(&mut self, opening: Opening<'a>) -> Key {
        let now = self.clock.now();
        self.take_in(Job::Member(Box::new(Member::connecting(opening, now))))
    }

    pub(super) fn take_in(&mut self, job: Job<'a>) -> Key {
        let key = self.slots.insert(Slot::new(job));
        if let Some(member) = self.slots.get_mut(key).and_then(Slot::member) {
            member.set_key(key);
        }
        self.queue.push(key);
        key
    }

    /// Where a listener listens, a port that the system chose included.
    pub fn local(&self, listener: Key) -> Option<Endpoint> {
        match &self.slots.get(listener)?.job {
            Some(Job::Listener(listener)) => Some(listener.local().clone()),
            _ => None,
        }
    }

    /// A connection, to be told something; it has a turn before the loop waits. `None` when it is gone.
    pub fn channel(&mut self, key: Key) -> Option<Channel<'_>> {
        let now = self.clock.now();
        let member = self.slots.get_mut(key)?.member()?;
        self.queue.push(key);
        Some(member.channel(now))
    }

    /// A listener, to be paused, resumed or stopped. `None` when it is gone.
    pub fn listener(&mut self, key: Key) -> Option<&mut Listen> {
        let listener = self.slots.get_mut(key)?.listener()?;
        self.queue.push(key);
        Some(listener.listen())
    }

    /// The keys of all listeners and connections.
    pub fn keys(&self) -> impl Iterator<Item = Key> {
        self.slots.keys()
    }

    /// How many listeners and connections there are.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there is neither a listener nor a connection.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Calls this once, after so long.
    pub fn call_after(&mut self, after: Duration, call: impl FnOnce(&mut Self) + 'a) -> TimerKey {
        // Later than now: one that is due within the pass that set it would never let it end.
        let at = self.now() + after.max(Duration::from_nanos(1));
        self.calls_due += 1;
        self.timers.set(at, Due::Call(Box::new(call)))
    }

    /// Takes such a call back. Whether it was still to come.
    pub fn cancel(&mut self, timer: TimerKey) -> bool {
        let is_call = matches!(self.timers.get(timer), Some(Due::Call(_)));
        if is_call {
            self.timers.cancel(timer);
            self.calls_due -= 1;
        }
        is_call
    }

    /// What reaches it from other threads.
    pub fn waker(&self) -> Waker<'a> {
        Waker { control: self.control.clone(), calls: self.caller.clone() }
    }

    /// Runs until there is nothing left: no listener, no connection, no call that is still to come.
    ///
    /// # Errors
    /// Waiting failed; nothing is lost by that.
    pub fn run(&mut self) -> io::Result<()> {
        while self.run_once(None)? {}
        Ok(())
    }

    /// Runs so many passes at most, each waiting so long at most: the `timeout` and the `count` of asyncore's loop.
    ///
    /// # Errors
    /// As [`Loop::run`].
    pub fn run_count(&mut self, timeout: Option<Duration>, count: usize) -> io::Result<()> {
        for _ in 0..count {
            if !self.run_once(timeout)? {
                break;
            }
        }
        Ok(())
    }

    /// One pass: waits until something is ready or due, so long at most, and gives one turn to each whom it concerns. Whether there
    /// is anything left.
    ///
    /// # Errors
    /// As [`Loop::run`].
    pub fn run_once(&mut self, timeout: Option<Duration>) -> io::Result<bool> {
        self.take_calls();
        if self.has_anything() {
            self.wait(timeout)?;
            self.take_timers();
            self.take_calls();
            self.queue.begin_round();
            while let Some(turn) = self.queue.next_turn() {
                self.turn(&turn);
            }
        }
        Ok(self.has_anything())
    }

    pub(super) fn has_anything(&self) -> bool {
        !self.slots.is_empty() || self.calls_due > 0
    }
}

impl fmt::Debug for Loop<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loop").field("slots", &self.slots).finish_non_exhaustive()
    }
}
