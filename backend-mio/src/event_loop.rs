//! How this backend waits: [`Loop`].

use std::io;
use std::time::Duration;

use mio::{Events, Poll};
use standpipe_core::dispatch::{Key, Ready, Registry, TimerKey, Timers, Turn};
use standpipe_core::{Lend, Moment, Pool, Progress, Wake, advance};
use standpipe_sys::{Clock, PortIo, Readiness, Registered};

use crate::dispatch::tell;
use crate::registered::{Reactor, Watched};
use crate::{Task, Turned};

/// An event loop over tasks of one kind. It owns a [`mio::Poll`] and the buffers that its tasks borrow, and belongs to
/// one thread.
///
/// [`Loop::next`] advances tasks and waits, and returns whenever one of them has something to tell. A task out of its
/// budget lets all others have their turn first.
///
/// ```
/// use standpipe_core::process::{Child, Command, Exit};
/// use standpipe_mio::{Loop, Turned};
/// use standpipe_sys::{Ends, launch};
///
/// let exit = launch(&Command::shell("exit 3"))?.exit;
/// let mut event_loop = Loop::new()?;
/// let key = event_loop.insert((Child::new(), Ends::default().with(Child::EXIT, exit)))?;
/// assert_eq!(event_loop.next()?, Some(Turned::Done(key)));
/// let (child, _) = event_loop.remove(key).unwrap();
/// assert_eq!(child.exit(), Some(Exit::Code(3)));
/// assert_eq!(event_loop.next()?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Loop<T> {
    poll: Poll,
    events: Events,
    slots: Registry<Slot<T>>,
    /// Whom to advance.
    queue: Ready,
    timers: Timers<Key>,
    clock: Clock,
    pool: Pool,
}

#[derive(Debug)]
struct Slot<T> {
    task: T,
    ready: Readiness,
    registered: Registered,
    timer: Option<TimerKey>,
}

/// How many events are fetched at once.
const EVENTS: usize = 256;

impl<T: Task> Loop<T> {
    /// A loop without tasks.
    ///
    /// # Errors
    /// The descriptor limit.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            poll: Poll::new()?,
            events: Events::with_capacity(EVENTS),
            slots: Registry::new(),
            queue: Ready::default(),
            timers: Timers::new(),
            clock: Clock::start(),
            pool: Pool::default(),
        })
    }

    /// Sets how many bytes one task's turn may move before others get theirs, instead of core's default.
    pub fn set_budget(&mut self, budget: usize) {
        self.queue.set_budget(budget);
    }

    /// The time, for a deadline.
    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Takes a task in.
    ///
    /// # Errors
    /// The kernel's limit on watched descriptors; the task is dropped.
    pub fn insert(&mut self, task: T) -> io::Result<Key> {
        let slot = Slot { task, ready: Readiness::default(), registered: Registered::default(), timer: None };
        let key = self.slots.insert(slot);
        let registered = self.register(key);
        if registered.is_err() {
            self.remove(key);
        }
        registered?;
        self.enqueue(key);
        Ok(key)
    }

    /// Registers descriptors that were added to a task.
    ///
    /// # Errors
    /// The kernel's limit on watched descriptors.
    pub fn register(&mut self, key: Key) -> io::Result<()> {
        let Some(slot) = self.slots.get_mut(key) else { return Ok(()) };
        let (_, ends) = slot.task.parts();
        for port in ends.ports().iter() {
            slot.registered.add(&Watched(self.poll.registry()), key, port, ends, &mut slot.ready)?;
        }
        Ok(())
    }

    /// A task, to be touched; it is advanced before the loop waits again.
    pub fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        self.enqueue(key);
        self.slots.get_mut(key).map(|slot| &mut slot.task)
    }

    /// As [`Loop::get_mut`], with the lender of the loop's buffers, for verbs that seal data on the spot.
    pub fn borrow(&mut self, key: Key) -> Option<(&mut T, &mut dyn Lend)> {
        self.enqueue(key);
        let slot = self.slots.get_mut(key)?;
        Some((&mut slot.task, &mut self.pool))
    }

    /// The keys of all tasks.
    pub fn keys(&self) -> Vec<Key> {
        self.slots.keys().collect()
    }

    /// Takes a task out, its descriptors let go.
    pub fn remove(&mut self, key: Key) -> Option<T> {
        let mut slot = self.slots.remove(key)?;
        self.queue.remove(key);
        self.timers.follow(&mut slot.timer, None, key);
        slot.registered.remove_all(&Watched(self.poll.registry()), slot.task.parts().1);
        Some(slot.task)
    }

    /// Advances tasks and waits until one has something to tell; `None` when there is no task.
    ///
    /// # Errors
    /// Waiting failed.
    #[allow(clippy::should_implement_trait, reason = "it can fail, and goes on after None")]
    pub fn next(&mut self) -> io::Result<Option<Turned>> {
        loop {
            while let Some(turn) = self.queue.next_turn() {
                if let Some(turned) = self.turn(&turn) {
                    return Ok(Some(turned));
                }
            }
            if self.slots.is_empty() {
                return Ok(None);
            }
            self.wait()?;
        }
    }

    fn enqueue(&mut self, key: Key) {
        if self.slots.contains(key) {
            self.queue.push(key);
        }
    }

    fn turn(&mut self, turn: &Turn) -> Option<Turned> {
        let key = turn.key();
        let slot = self.slots.get_mut(key)?;
        let (machine, ends) = slot.task.parts();
        let now = self.clock.now();
        slot.ready.refresh(machine.wake(), now);
        let reactor =
            Reactor { registered: &mut slot.registered, selector: Watched(self.poll.registry()), key };
        let mut io = PortIo::new(ends, &mut slot.ready, &mut self.pool, reactor);
        let progress = advance(machine, &mut io, now, turn.left());
        match progress {
            Progress::Done => return Some(Turned::Done(key)),
            Progress::Events => {
                self.enqueue(key);
                return Some(Turned::Events(key));
            }
            Progress::Budget => self.enqueue(key),
            Progress::Blocked(blocked) => self.set_timer(key, blocked.wake),
        }
        None
    }

    fn set_timer(&mut self, key: Key, wake: Option<Wake>) {
        let Some(slot) = self.slots.get_mut(key) else { return };
        self.timers.follow(&mut slot.timer, wake.map(|wake| wake.at), key);
    }

    /// Fetches events, without waiting where tasks are still queued, and queues whatever they and the timers concern.
    fn wait(&mut self) -> io::Result<()> {
        let timer = self.timers.earliest().map(|at| self.clock.until(at));
        let at_most = if self.queue.is_empty() { timer } else { Some(Duration::ZERO) };
        match self.poll.poll(&mut self.events, at_most) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        self.take_events();
        self.take_timers();
        self.queue.begin_round();
        Ok(())
    }

    fn take_events(&mut self) {
        for event in &self.events {
            let (key, port) = Key::of(event.token().0 as u64);
            let Some(slot) = self.slots.get_mut(key) else { continue };
            tell(&mut slot.ready, event, port);
            self.queue.push(key);
        }
    }

    fn take_timers(&mut self) {
        let now = self.clock.now();
        for (_, key) in self.timers.expired(now) {
            self.queue.push(key);
        }
    }
}
