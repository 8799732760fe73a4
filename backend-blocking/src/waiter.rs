//! How this backend waits: [`Waiter`].

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use standpipe_core::{BUDGET, Blocked, Lend, Machine, Moment, Port, Progress, Side, Timer, Wake, advance};
use standpipe_sys::{Clock, Ends, PollSet, PortIo, Readiness, ThreadPool};

use crate::buffers::Buffers;

/// Advances machines and waits in poll(2) until one of the wanted descriptors is ready or the machine's next time limit
/// has come. It belongs to one thread.
///
/// One waiter serves one machine at a time: it remembers which of the machine's ports are worth trying.
#[derive(Debug)]
pub struct Waiter {
    clock: Clock,
    pool: Buffers,
    ready: Readiness,
    budget: usize,
    set: PollSet,
    /// What the entries of the set are for.
    waiting: Vec<(Port, Side)>,
}

impl Default for Waiter {
    fn default() -> Self {
        Self {
            clock: Clock::start(),
            pool: Buffers::Thread(ThreadPool),
            ready: Readiness::default(),
            budget: BUDGET,
            set: PollSet::default(),
            waiting: Vec::new(),
        }
    }
}

impl Waiter {
    /// One whose turns move at most so many bytes, instead of core's default.
    pub fn with_budget(budget: usize) -> Self {
        Self { budget, ..Self::default() }
    }

    /// This one, lending these.
    pub(crate) fn lending(self, buffers: Buffers) -> Self {
        Self { pool: buffers, ..self }
    }

    /// One that goes on with the time of this one.
    pub(crate) fn successor(&self) -> Self {
        Self { clock: self.clock, ..Self::default() }
    }

    /// The time, for a deadline.
    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Lends buffers, which go back by [`Waiter::settle`] or in a turn.
    pub(crate) fn lender(&mut self) -> &mut dyn Lend {
        &mut self.pool
    }

    /// Gives back what the machine was lent and needs no more.
    pub(crate) fn settle<M: Machine + ?Sized>(&mut self, machine: &mut M) {
        machine.settle(&mut self.pool);
    }

    /// Advances the machine as far as it goes without waiting.
    pub fn turn<M: Machine + ?Sized>(&mut self, machine: &mut M, ends: &mut Ends) -> Progress {
        loop {
            let now = self.clock.now();
            self.ready.refresh(machine.wake(), now);
            let mut io = PortIo::new(ends, &mut self.ready, &mut self.pool, ());
            match advance(machine, &mut io, now, self.budget) {
                Progress::Budget => {}
                progress => return progress,
            }
        }
    }

    /// Runs the machine to its next event or its end.
    ///
    /// # Errors
    /// Waiting failed: `ENOMEM`, or more descriptors than the limit.
    pub fn run<M: Machine + ?Sized>(&mut self, machine: &mut M, ends: &mut Ends) -> io::Result<()> {
        self.run_until(machine, ends, None).map(drop)
    }

    /// Runs the machine to its next event or its end, or until `also` is readable, which is told by `true`. Whoever
    /// touches the machine then runs it again before anything else.
    ///
    /// # Errors
    /// As [`Waiter::run`].
    pub fn run_until<M: Machine + ?Sized>(
        &mut self,
        machine: &mut M,
        ends: &mut Ends,
        also: Option<BorrowedFd<'_>>,
    ) -> io::Result<bool> {
        while let Progress::Blocked(blocked) = self.turn(machine, ends) {
            if self.wait(ends, blocked, also)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Waits for what a turn has said, until the deadline at most, which is told by `false`.
    ///
    /// # Errors
    /// As [`Waiter::run`].
    pub(crate) fn wait_before(
        &mut self,
        ends: &Ends,
        mut blocked: Blocked,
        deadline: Option<Moment>,
    ) -> io::Result<bool> {
        if deadline.is_some_and(|at| at <= self.now()) {
            return Ok(false);
        }
        let deadline = deadline.map(|at| Wake { at, why: Timer::Deadline });
        blocked.wake = Wake::earliest(blocked.wake, deadline);
        self.wait(ends, blocked, None).map(|_| true)
    }

    fn wait(&mut self, ends: &Ends, blocked: Blocked, also: Option<BorrowedFd<'_>>) -> io::Result<bool> {
        self.set.clear();
        self.waiting.clear();
        for (ports, side) in [(blocked.read, Side::Read), (blocked.write, Side::Write)] {
            for port in ports.iter() {
                if let Some(fd) = ends.descriptor_for(port, side) {
                    self.set.add(fd.as_fd(), side);
                    self.waiting.push((port, side));
                }
            }
        }
        also.into_iter().for_each(|fd| self.set.add(fd, Side::Read));
        self.set.wait(blocked.wake.map(|wake| self.clock.until(wake.at)))?;
        for (index, (port, side)) in self.waiting.iter().enumerate() {
            if self.set.is_ready(index) {
                self.ready.set(*port, *side);
            }
        }
        Ok(also.is_some() && self.set.is_ready(self.waiting.len()))
    }
}
