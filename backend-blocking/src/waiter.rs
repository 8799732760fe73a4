//! How this backend waits: [`Waiter`].

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use standpipe_core::{BUDGET, Blocked, Machine, Moment, Pool, Progress, Side, advance};
use standpipe_sys::{Clock, Ends, PollSet, PortIo};

/// Advances machines and waits in poll(2) until one of the wanted descriptors is ready or the machine's next time limit
/// has come. It belongs to one thread, and so do the buffers it lends.
#[derive(Debug)]
pub struct Waiter {
    clock: Clock,
    pool: Pool,
}

impl Default for Waiter {
    fn default() -> Self {
        Self { clock: Clock::start(), pool: Pool::default() }
    }
}

impl Waiter {
    /// The time, for a deadline.
    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Advances the machine as far as it goes without waiting.
    pub fn turn<M: Machine + ?Sized>(&mut self, machine: &mut M, ends: &mut Ends) -> Progress {
        loop {
            let mut io = PortIo::new(ends, &mut self.pool);
            match advance(machine, &mut io, self.clock.now(), BUDGET) {
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

    fn wait(&self, ends: &Ends, blocked: Blocked, also: Option<BorrowedFd<'_>>) -> io::Result<bool> {
        let mut set = PollSet::default();
        also.into_iter().for_each(|fd| set.add(fd, Side::Read));
        for (ports, side) in [(blocked.read, Side::Read), (blocked.write, Side::Write)] {
            let wanted = ports.iter().filter_map(|port| ends.descriptor(port));
            wanted.for_each(|fd| set.add(fd.as_fd(), side));
        }
        set.wait(blocked.wake.map(|wake| self.clock.until(wake.at)))?;
        Ok(also.is_some() && set.is_ready(0))
    }
}
