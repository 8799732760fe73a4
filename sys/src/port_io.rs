//! Advancing a machine over its descriptors: [`PortIo`].

use std::io;

use standpipe_core::{Done, Duty, Interest, Io, Lend, Outcome, Pending, Port, Side, Window};

use crate::{Ends, Readiness, fault, transfer};

/// Keeps a reactor in step with the descriptors behind a machine's ports.
pub trait Register {
    /// The descriptor behind the port is about to be closed, or to be replaced by another.
    fn let_go(&mut self, port: Port, ends: &Ends);

    /// A duty was tried, after which there may be a new descriptor behind the port.
    ///
    /// # Errors
    /// The reactor cannot watch it.
    fn take_in(&mut self, port: Port, ends: &Ends, ready: &mut Readiness) -> io::Result<()>;
}

/// For drivers that name the descriptors anew at each wait.
impl Register for () {
    fn let_go(&mut self, _: Port, _: &Ends) {}

    fn take_in(&mut self, _: Port, _: &Ends, _: &mut Readiness) -> io::Result<()> {
        Ok(())
    }
}

/// One turn's [`Io`]: the ends of a machine, what is known of their readiness, a lender of buffers, and the reactor that
/// watches the ends, if there is one.
#[derive(Debug)]
pub struct PortIo<'a, L, R = ()> {
    ends: &'a mut Ends,
    ready: &'a mut Readiness,
    lend: &'a mut L,
    reactor: R,
}

impl<'a, L: Lend, R: Register> PortIo<'a, L, R> {
    /// For one turn.
    pub fn new(ends: &'a mut Ends, ready: &'a mut Readiness, lend: &'a mut L, reactor: R) -> Self {
        Self { ends, ready, lend, reactor }
    }

    fn write_by(&mut self, port: Port, write: impl FnOnce(&mut Ends) -> Outcome) -> Outcome {
        if !self.ready.is_ready(port, Side::Write) {
            return Outcome::Blocked;
        }
        let outcome = write(self.ends);
        if outcome == Outcome::Blocked {
            self.ready.clear(port, Side::Write);
        }
        outcome
    }
}

impl<L: Lend, R> Lend for PortIo<'_, L, R> {
    fn take(&mut self) -> Box<[u8]> {
        self.lend.take()
    }

    fn give(&mut self, buffer: Box<[u8]>) {
        self.lend.give(buffer);
    }
}

impl<L: Lend, R: Register> Io for PortIo<'_, L, R> {
    fn try_read(&mut self, port: Port, mut window: Window<'_>) -> Outcome {
        if !self.may_read(port) {
            return Outcome::Blocked;
        }
        let room = transfer::make_room(&mut window);
        // Of a window without room no read is short.
        let room = if self.ends.are_emptied_by_a_short_read(port) { room } else { 0 };
        let outcome = self.ends.try_read(port, window);
        self.ready.after_read(port, room, outcome);
        outcome
    }

    fn try_write(&mut self, port: Port, pending: Pending<'_>) -> Outcome {
        self.write_by(port, |ends| ends.try_write(port, pending))
    }

    fn try_last_write(&mut self, port: Port, pending: Pending<'_>) -> Outcome {
        self.write_by(port, |ends| ends.try_last_write(port, pending))
    }

    fn may_read(&self, port: Port) -> bool {
        self.ready.is_ready(port, Side::Read)
    }

    /// Duties that wait for reading know when it is no use to ask: an exit is not asked for in every turn.
    fn try_duty(&mut self, port: Port, duty: Duty) -> Done {
        let known = duty.waits_for() == Interest::Read;
        if known && !self.ready.is_ready(port, Side::Read) {
            return Done::Blocked;
        }
        let closes = self.ends.is_closed_by(port, duty);
        if closes {
            self.reactor.let_go(port, self.ends);
        }
        let stays = !closes && self.ends.descriptor(port).is_some();
        let done = self.ends.try_duty(port, duty);
        if known && done == Done::Blocked {
            self.ready.clear(port, Side::Read);
        }
        // Only what the duty has opened is new to the reactor. That another cannot be watched is told to whoever waits for
        // it: the duty has not failed by that.
        if stays {
            return done;
        }
        match self.reactor.take_in(port, self.ends, self.ready) {
            Ok(()) => done,
            Err(error) => Done::Failed(fault::of(&error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use standpipe_core::process::Command;
    use standpipe_core::{Done, Duty, Io, Outcome, Pending, Pool, Port, Side, Window};

    use super::{PortIo, Register};
    use crate::{Ends, Readiness, Stream, fd, launch};

    /// What an ordinary pipe holds, and the least room that a vector is given.
    const PIPE: usize = 64 << 10;

    /// An edge-triggered driver that took it for all there was would wait for ever: a writer who blocks in mid-write on
    /// a pipe that was never empty makes no edge.
    #[test]
    fn a_read_that_filled_its_vector_leaves_the_port_ready() {
        let (read, write) = fd::pipe().expect("a pipe can be made");
        let mut write = Stream::pipe(write).expect("it is a pipe");
        assert_eq!(write.try_write(Pending::Slice(&[7; PIPE])), Outcome::Ready(PIPE));
        let port = Port::new(0);
        let mut ends = Ends::default().with(port, Stream::pipe(read).expect("it is a pipe"));
        let (mut ready, mut pool) = (Readiness::default(), Pool::default());
        let mut into = Vec::with_capacity(PIPE);
        let window = Window::Append { into: &mut into, max: 16 * PIPE };
        let outcome = PortIo::new(&mut ends, &mut ready, &mut pool, ()).try_read(port, window);
        assert_eq!(outcome, Outcome::Ready(PIPE));
        assert!(ready.is_ready(port, Side::Read));
    }

    /// A reactor that cannot watch any more.
    struct Full;

    impl Register for Full {
        fn let_go(&mut self, _: Port, _: &Ends) {}

        fn take_in(&mut self, _: Port, _: &Ends, _: &mut Readiness) -> io::Result<()> {
            Err(io::ErrorKind::StorageFull.into())
        }
    }

    #[test]
    fn a_child_that_cannot_be_watched_is_not_taken_for_reaped() {
        let port = Port::new(0);
        let child = launch(&Command::new("/bin/true")).expect("it runs");
        let mut ends = Ends::default().with(port, child.exit);
        let (mut ready, mut pool) = (Readiness::default(), Pool::default());
        let done = PortIo::new(&mut ends, &mut ready, &mut pool, Full).try_duty(port, Duty::Observe);
        assert!(matches!(done, Done::Blocked | Done::Ok(0)), "{done:?}");
    }
}
