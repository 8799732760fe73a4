//! The loop itself, but for how it waits: [`EventLoop`], [`Wait`].

mod awaited;
mod children;
mod datagrams;
mod lease;
mod lookups;
mod pass;
mod residents;
mod running;
mod signals;
mod slot;
mod stopping;
mod waker;

use std::fmt;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use standpipe_core::dispatch::{Key, Ready, Registry, TimerKey, Timers};
use standpipe_core::process::Command;
use standpipe_core::socket::{Address, Listen};
use standpipe_core::{Blocked, Moment, Pool};

use super::{
    Channel, ConnectionOptions, DatagramSocket, Dispatcher, Ended, Life, ListenerOptions, Listening,
    LoopEvent, Member, Opening, Others, Spawned,
};
use crate::socket::{Bound, Destination, Endpoint, bind};
use crate::{Clock, Control, Register, RunError, Stream, control_pipe};
pub use awaited::{Await, Awaited};
use lookups::Lookups;
pub use running::Block;
use slot::Job;
pub use slot::Slot;
use waker::Call;
pub use waker::Waker;

/// Whom a loop waits for and how it keeps in step with them, which with the wait itself is all that loops differ in. A loop is run by the
/// thread that calls ([`Block`]), or its passes are awaited ([`Await`]).
pub trait Wait: fmt::Debug + Sized + 'static {
    /// What it remembers of each slot.
    type Watch: Default + fmt::Debug;

    /// What keeps it in step with the descriptors of one slot.
    type Reactor<'r>: Register
    where
        Self: 'r;

    /// One that is woken when this descriptor is readable.
    ///
    /// # Errors
    /// The descriptor limit.
    fn new(woken: &Arc<OwnedFd>) -> io::Result<Self>;

    /// What keeps it in step with the descriptors of this slot.
    fn reactor<'r>(&'r mut self, key: Key, watch: &'r mut Self::Watch) -> Self::Reactor<'r>;

    /// A slot is blocked by this from now on; by nothing while it stands in the queue.
    fn note(watch: &mut Self::Watch, blocked: Blocked) {
        let _ = (watch, blocked);
    }
}

/// How long what is open may drain after a request to stop.
const DRAIN: Duration = Duration::from_secs(30);

/// Listeners and connections, each with its handler, and whatever else is adopted ([`Resident`](super::Resident)), run in the thread that
/// calls: asyncore's `loop` and its map (ACO-02, ACO-04). Any number of loops may be used side by side. Backends have it by the name of `Loop`, with their own way to wait.
///
/// Whoever has work gets turns of a bounded number of bytes, and nobody a second one before all others. Buffers are lent from one
/// pool, and an idle connection holds none. Nobody is asked anything in a pass that does not concern it, but for the handlers that say
/// that they follow others ([`Dispatcher::follows_others`]).
pub struct EventLoop<'a, W: Wait> {
    slots: Registry<Slot<'a, W>>,
    /// Those among them whom the loop does not go on for.
    in_background: usize,
    queue: Ready,
    /// Whose handlers are asked in every pass.
    followers: Vec<Key>,
    timers: Timers<Due<'a, W>>,
    /// Calls among the timers.
    calls_due: usize,
    clock: Clock,
    pool: Pool,
    waiting: W,
    /// Readable when another thread wants something.
    woken: Stream,
    control: Control,
    calls: Receiver<Call<'a, W>>,
    caller: Sender<Call<'a, W>>,
    lookups: Lookups,
    drain: Duration,
    /// The end of the drain, once it was asked to stop.
    draining: Option<TimerKey>,
    log: Box<dyn FnMut(LoopEvent) + 'a>,
}

type Later<'a, W> = Box<dyn FnOnce(&mut EventLoop<'a, W>) + 'a>;

/// What a moment is for.
enum Due<'a, W: Wait> {
    Turn(Key),
    Call(Later<'a, W>),
    Abort,
}

impl<'a, W: Wait> EventLoop<'a, W> {
    /// A loop with nothing in it.
    ///
    /// # Errors
    /// The descriptor limit.
    pub fn new() -> io::Result<Self> {
        let (woken, control) = control_pipe()?;
        let (caller, calls) = channel();
        Ok(Self {
            slots: Registry::new(),
            in_background: 0,
            queue: Ready::default(),
            followers: Vec::new(),
            timers: Timers::new(),
            calls_due: 0,
            clock: Clock::start(),
            pool: Pool::default(),
            waiting: W::new(woken.descriptor())?,
            woken,
            lookups: Lookups::new(control.clone()),
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

    /// Sets how long what is open may drain after [`EventLoop::stop`]. Default: 30 s.
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

    /// Connects to an address, racing what its name stands for (RFC 8305), within core's default of 30 s, in which the name is
    /// looked up as well. Whether it is known and whether anybody answers is told to the handler, as its end where not.
    ///
    /// Nothing waits for a name: as getaddrinfo(3) does, it is called by a thread of its own. There are at most four of a loop, begun when there is
    /// a name to be looked up, and ended when there is none; the names that are over that wait for one of them. Numbers need none.
    ///
    /// # Errors
    /// The path is none for a socket, or the address is nothing that can be connected to.
    pub fn connect(&mut self, address: &Address, handler: impl Dispatcher + 'a) -> io::Result<Key> {
        let to = Destination::of(address).map_err(io::Error::other)?;
        Ok(self.connect_with(to, ConnectionOptions::default(), handler))
    }

    /// Connects to a name, or to the first of several candidates that answers, with these limits, and with a layer such as TLS where
    /// the options have one.
    pub fn connect_with(
        &mut self,
        to: impl Into<Destination>,
        options: ConnectionOptions,
        handler: impl Dispatcher + 'a,
    ) -> Key {
        self.open(Opening { to: to.into(), options, handler: Box::new(handler) })
    }

    /// Takes in a connection that is made, or a child's pipe.
    pub fn insert(
        &mut self,
        stream: impl Into<Stream>,
        options: ConnectionOptions,
        handler: impl Dispatcher + 'a,
    ) -> Key {
        let stream = stream.into();
        let peer = Some(Endpoint::peer(stream.as_fd()));
        let member = Member::connected(stream, options, peer, Box::new(handler));
        self.take_in(Job::Member(Box::new(member)))
    }

    fn open(&mut self, opening: Opening<'a>) -> Key {
        let Opening { to, options, handler } = opening;
        let now = self.clock.now();
        let mut member = Member::connecting(options, handler, now);
        let name = match to {
            Destination::Known(candidates) => {
                member.found(Ok(candidates), now);
                None
            }
            name => Some(name),
        };
        let key = self.take_in(Job::Member(Box::new(member)));
        if let Some(name) = name {
            self.lookups.ask(key, name);
        }
        key
    }

    fn take_in(&mut self, job: Job<'a, W>) -> Key {
        let key = self.slots.insert(Slot::new(job));
        if let Some(slot) = self.slots.get_mut(key) {
            if let Some(member) = slot.member() {
                member.set_key(key);
                self.followers.extend(member.follows_others().then_some(key));
            }
            if let Err(error) = slot.watch(key, &mut self.waiting) {
                slot.fail(error);
            }
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

    /// The keys of all listeners, connections and residents.
    pub fn keys(&self) -> impl Iterator<Item = Key> {
        self.slots.keys()
    }

    /// How many listeners, connections and residents there are.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there is neither a listener nor a connection nor a resident.
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
    pub fn waker(&self) -> Waker<'a, W> {
        Waker { control: self.control.clone(), calls: self.caller.clone() }
    }

    /// How it waits.
    pub fn waiting(&mut self) -> &mut W {
        &mut self.waiting
    }

    /// How long another loop, in which this one lives, may wait before this one wants a pass although nothing is ready; `None`
    /// where nothing is due.
    pub fn timeout(&self) -> Option<Duration> {
        match self.queue.is_empty() {
            true => self.timers.earliest().map(|at| self.clock.until(at)),
            false => Some(Duration::ZERO),
        }
    }

    /// Whether there is anything that a pass is for.
    fn has_work(&self) -> bool {
        !self.slots.is_empty() || self.has_anything()
    }

    fn has_anything(&self) -> bool {
        !self.is_left_alone() || self.calls_due > 0
    }
}

impl<W: Wait> Others for EventLoop<'_, W> {
    fn channel(&mut self, key: Key) -> Option<Channel<'_>> {
        Self::channel(self, key)
    }

    fn datagrams(&mut self, key: Key) -> Option<DatagramSocket<'_>> {
        Self::datagrams(self, key)
    }

    fn keys(&self) -> Vec<Key> {
        Self::keys(self).collect()
    }

    fn insert(&mut self, stream: Stream, options: ConnectionOptions, handler: Box<dyn Dispatcher>) -> Key {
        Self::insert(self, stream, options, handler)
    }

    fn spawn(
        &mut self,
        command: &Command,
        told: Box<dyn FnOnce(&mut dyn Others, Ended)>,
    ) -> Result<Spawned, RunError> {
        Self::spawn(self, command, |event_loop: &mut Self, ended| told(event_loop, ended))
    }

    fn child(&mut self, key: Key) -> Option<&mut Life> {
        Self::child(self, key)
    }
}

impl<W: Wait> fmt::Debug for EventLoop<'_, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventLoop").field("slots", &self.slots).finish_non_exhaustive()
    }
}
