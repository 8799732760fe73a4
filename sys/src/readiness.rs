//! Which operations are worth trying: [`Readiness`].

use standpipe_core::{Moment, Outcome, Port, Ports, Side, Wake};

/// Which reads and writes of a machine's ports are worth trying, kept from turn to turn so that nothing is asked of the
/// kernel whose answer is known. A bit is cleared by an operation that would block or that took all there was, and set
/// again by what a driver's wait has shown. At first every bit is set.
///
/// ```
/// use standpipe_core::{Port, Side};
/// use standpipe_sys::Readiness;
///
/// let mut ready = Readiness::default();
/// assert!(ready.is_ready(Port::new(0), Side::Read));
/// ready.clear(Port::new(0), Side::Read);
/// assert!(!ready.is_ready(Port::new(0), Side::Read));
/// ready.set(Port::new(0), Side::Read);
/// assert!(ready.is_ready(Port::new(0), Side::Read));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Readiness {
    dry: Ports,
    full: Ports,
    /// Ports that never block, such as regular files: no wait can say anything about them.
    always: Ports,
    /// Ports whose end was announced: a short read is not the last one.
    hung_up: Ports,
    /// How many bytes the last read took.
    taken: u32,
}

impl Readiness {
    /// Whether the operation is worth trying.
    pub fn is_ready(&self, port: Port, side: Side) -> bool {
        match side {
            Side::Read => !self.dry.contains(port),
            Side::Write => !self.full.contains(port),
        }
    }

    /// Before a turn at this moment of a machine that wanted to be woken then. Where its time has come, what is known may
    /// be older than that, and the machine must not conclude from it that nothing has come: everything is tried once.
    pub fn refresh(&mut self, wake: Option<Wake>, now: Moment) {
        if wake.is_some_and(|wake| wake.at <= now) {
            self.dry = Ports::default();
            self.full = Ports::default();
        }
    }

    /// A wait has shown that the operation is worth trying.
    pub fn set(&mut self, port: Port, side: Side) {
        match side {
            Side::Read => self.dry.remove(port),
            Side::Write => self.full.remove(port),
        }
    }

    /// The operation would block.
    pub fn clear(&mut self, port: Port, side: Side) {
        if self.always.contains(port) {
            return;
        }
        match side {
            Side::Read => self.dry.insert(port),
            Side::Write => self.full.insert(port),
        }
    }

    /// The port never blocks.
    pub fn set_always(&mut self, port: Port) {
        self.set(port, Side::Read);
        self.set(port, Side::Write);
        self.always.insert(port);
    }

    /// Whether the port never blocks: there is nothing to wait for.
    pub fn is_always(&self, port: Port) -> bool {
        self.always.contains(port)
    }

    /// The end of the port's input was announced.
    pub fn set_hung_up(&mut self, port: Port) {
        self.hung_up.insert(port);
        self.set(port, Side::Read);
    }

    /// How many bytes the last read took that took any: whether what comes are messages or comes in bulk.
    ///
    /// ```
    /// assert_eq!(standpipe_sys::Readiness::default().last_read(), 0);
    /// ```
    pub fn last_read(&self) -> usize {
        self.taken as usize
    }

    /// What a read of a window of `room` bytes has shown. One that did not fill it took all there was: whatever comes
    /// later makes the port readable anew.
    pub(crate) fn after_read(&mut self, port: Port, room: usize, outcome: Outcome) {
        if let Outcome::Ready(n) = outcome {
            self.taken = u32::try_from(n).unwrap_or(u32::MAX);
        }
        let dry = match outcome {
            Outcome::Blocked => true,
            Outcome::Ready(n) => n < room && !self.hung_up.contains(port),
            Outcome::Eof | Outcome::Failed(_) => false,
        };
        if dry {
            self.clear(port, Side::Read);
        }
    }
}

#[cfg(test)]
mod tests {
    use standpipe_core::{Moment, Port, Side, Timer, Wake};

    use super::Readiness;

    #[test]
    fn what_is_known_is_forgotten_when_a_time_limit_has_come() {
        let (port, mut ready) = (Port::new(2), Readiness::default());
        ready.clear(port, Side::Read);
        let wake = Some(Wake { at: Moment::from_nanos(5), why: Timer::Drain });
        ready.refresh(None, Moment::from_nanos(5));
        ready.refresh(wake, Moment::from_nanos(4));
        assert!(!ready.is_ready(port, Side::Read));
        ready.refresh(wake, Moment::from_nanos(5));
        assert!(ready.is_ready(port, Side::Read));
    }
}
