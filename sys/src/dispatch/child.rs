//! Children of a loop: [`ChildHandler`], [`Life`], [`Ended`].

use standpipe_core::dispatch::Key;
use standpipe_core::process::{Child, ChildState, Exit, Stop, StopStep, WaitStatus};
use standpipe_core::signal::Signal;
use standpipe_core::{Machine, Target};

use super::{EventLoop, Wait};
use crate::{ChildHandle, Ends, Stream};

/// What happens to a child of a loop. Of one that is only waited for, a closure is enough that takes the loop and how it [`Ended`].
///
/// The end of a child and those of its pipes are apart: what it has written may still be told by its pipes' channels when it has
/// ended, and a pipe that somebody else holds goes on. One that panics while its child lives has it killed and reaped; the panic leaves
/// the loop, which can be run again.
///
/// ```
/// use std::time::Duration;
/// use standpipe_core::process::{Command, Stop};
/// use standpipe_core::signal::Signal;
/// use standpipe_sys::RunError;
/// use standpipe_sys::dispatch::{ChildHandler, Ended, EventLoop, Life, Wait};
///
/// /// Is started again whenever it ends badly.
/// struct Stubborn(Command);
///
/// impl<'a, W: Wait> ChildHandler<'a, W> for Stubborn {
///     fn handle_stop(&mut self, _: &mut EventLoop<'a, W>, child: &mut Life) {
///         child.stop(&Stop::signal(Signal::INT).grace(Duration::from_secs(10)).then(Signal::KILL));
///     }
///
///     fn handle_exit(self: Box<Self>, event_loop: &mut EventLoop<'a, W>, ended: Ended) {
///         if !ended.exit.success() && !event_loop.is_stopping() {
///             event_loop.call_after(Duration::from_secs(1), |event_loop| {
///                 let command = self.0.clone();
///                 let _ = event_loop.spawn(&command, *self);
///             });
///         }
///     }
/// }
///
/// fn begin<W: Wait>(event_loop: &mut EventLoop<'_, W>) -> Result<(), RunError> {
///     event_loop.spawn(&Command::new("worker"), Stubborn(Command::new("worker")))?;
///     event_loop.spawn(&Command::new("once"), |_: &mut EventLoop<'_, W>, ended: Ended| {
///         println!("{}: {}", ended.pid, ended.exit);
///     })?;
///     Ok(())
/// }
/// ```
pub trait ChildHandler<'a, W: Wait> {
    /// Whether it is to be told when the child is stopped and continued (job control). Asked once.
    fn observes_stops(&self) -> bool {
        false
    }

    /// This signal has stopped it, where that was asked for.
    fn handle_stopped(&mut self, event_loop: &mut EventLoop<'a, W>, child: &mut Life, signal: Signal) {
        let _ = (event_loop, child, signal);
    }

    /// It goes on after having been stopped, where that was asked for.
    fn handle_continued(&mut self, event_loop: &mut EventLoop<'a, W>, child: &mut Life) {
        let _ = (event_loop, child);
    }

    /// A step of its stop is taken. [`StopStep::CloseStdin`] is for the handler to do, who knows the channel of its standard input.
    fn handle_step(&mut self, event_loop: &mut EventLoop<'a, W>, child: &mut Life, step: StopStep) {
        let _ = (event_loop, child, step);
    }

    /// The loop was asked to stop. By default the child is as well, unless a stop is under way: SIGTERM, and SIGKILL after 5 s, or
    /// when the loop's drain is over; for its whole group where it leads one.
    fn handle_stop(&mut self, event_loop: &mut EventLoop<'a, W>, child: &mut Life) {
        let _ = event_loop;
        if !child.is_stopping() {
            child.stop_all(Stop::default());
        }
    }

    /// It has ended and is reaped: always last, and told once.
    fn handle_exit(self: Box<Self>, event_loop: &mut EventLoop<'a, W>, ended: Ended);
}

impl<'a, W: Wait, F: FnOnce(&mut EventLoop<'a, W>, Ended)> ChildHandler<'a, W> for F {
    fn handle_exit(self: Box<Self>, event_loop: &mut EventLoop<'a, W>, ended: Ended) {
        self(event_loop, ended);
    }
}

/// How a child of a loop has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ended {
    /// Its name in the loop, as long as it lived.
    pub key: Key,
    /// The process number that it had.
    pub pid: i32,
    /// How it ended.
    pub exit: Exit,
    /// The raw wait status; `None` where somebody else has reaped it.
    pub status: Option<WaitStatus>,
    /// The step of a stop that ended it: the last that was taken while it lived. `None` where none was.
    pub by: Option<StopStep>,
}

/// A child that lives in a loop. What is asked of it is done in its next turn, before the loop waits.
#[derive(Debug)]
pub struct Life {
    pub(super) key: Key,
    pub(super) child: Child,
    pub(super) ends: Ends,
    handle: ChildHandle,
    leads_group: bool,
}

impl Life {
    pub(super) fn new(child: Child, ends: Ends, handle: ChildHandle, leads_group: bool) -> Self {
        Self { key: Key::of(Key::RESERVED_TOKEN).0, child, ends, handle, leads_group }
    }

    /// Its name in the loop.
    pub fn key(&self) -> Key {
        self.key
    }

    /// Its process number: its own until it is reaped.
    pub fn pid(&self) -> i32 {
        self.handle.pid()
    }

    /// The child for other threads.
    pub fn handle(&self) -> ChildHandle {
        self.handle.clone()
    }

    /// Where it is in its life, as far as that is known.
    pub fn state(&self) -> ChildState {
        self.child.state()
    }

    /// Sends a signal to the child alone. Nothing happens where it has ended: a number that was given up is never signalled.
    pub fn signal(&mut self, signal: Signal) {
        self.signal_to(Target::Child, signal);
    }

    /// Sends a signal to the child, or to the group or session that it leads.
    pub fn signal_to(&mut self, target: Target, signal: Signal) {
        self.child.signal(target, signal);
    }

    /// Begins to bring it to its end; replaces a stop that is under way. Its end is told as any other.
    pub fn stop(&mut self, stop: &Stop) {
        self.child.stop(stop);
    }

    /// As [`Life::stop`], for its whole group where it leads one.
    pub fn stop_all(&mut self, stop: Stop) {
        self.child.stop(&if self.leads_group { stop.whole_group() } else { stop });
    }

    /// Whether a stop is under way.
    pub fn is_stopping(&self) -> bool {
        self.child.is_stopping()
    }

    /// How it has ended, once it is reaped; by whoever keeps it where that is not done.
    pub(super) fn ended(&self) -> Ended {
        let told = |raw| WaitStatus::from_raw(raw);
        let status = self.child.status().or(match self.handle.observe() {
            standpipe_core::Done::Ok(raw) => Some(told(raw)),
            _ => None,
        });
        let exit = self.child.exit().or_else(|| status?.exit()).unwrap_or(Exit::Unknown);
        Ended { key: self.key, pid: self.pid(), exit, status, by: self.child.stop_step() }
    }

    pub(super) fn parts(&mut self) -> (&mut dyn Machine, &mut Ends) {
        (&mut self.child, &mut self.ends)
    }
}

/// A child that was just started in a loop, with our ends of its pipes.
#[derive(Debug)]
pub struct Spawned {
    /// Its name in the loop.
    pub key: Key,
    /// The child for other threads.
    pub handle: ChildHandle,
    pub(super) pipes: Vec<(i32, Stream)>,
}

impl Spawned {
    /// Its process number: its own until it is reaped.
    pub fn pid(&self) -> i32 {
        self.handle.pid()
    }

    /// Takes our end of the pipe or the terminal at the child's descriptor of this number, to be inserted into the loop as a channel.
    /// Of standard input that is closed by dropping it, and as a channel by closing that.
    pub fn pipe(&mut self, number: i32) -> Option<Stream> {
        let index = self.pipes.iter().position(|(at, _)| *at == number)?;
        Some(self.pipes.swap_remove(index).1)
    }

    /// Takes our ends of its standard input and output as one stream, for a channel that talks with it: where they are a terminal,
    /// with what is typed and what is shown there. `None` where one of them is missing.
    pub fn dialogue(&mut self) -> Option<Stream> {
        let there = [0, 1].iter().all(|number| self.pipes.iter().any(|(at, _)| at == number));
        let (read, write) = there.then(|| (self.pipe(1), self.pipe(0)))?;
        Some(Stream::pair(read?, write?))
    }
}
