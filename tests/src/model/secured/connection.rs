//! What one side of a connection is held by: [`Connection`].

use standpipe_core::{End, Lend, Machine, Moment, Progress, Secured, advance};

use crate::tls::Wire;

/// One side's machine, or machines: what is called a hand may be had by another thread.
pub trait Connection: std::fmt::Debug {
    /// How many lent buffers it may hold.
    const LENT: usize;

    /// A connection in one hand.
    fn new(connection: Secured) -> Self;
    /// How many hands hold it.
    fn hands(&self) -> usize;
    /// It itself, while it is in one hand.
    fn whole(&mut self) -> Option<&mut Secured>;
    /// Cuts it in two, if it can be.
    fn cut(&mut self);
    /// Puts it together again.
    fn join(&mut self);
    /// Lets one hand have a turn. The other one has its own during the operation with this number, if it can.
    fn run(
        &mut self,
        hand: usize,
        wire: &mut Wire<'_>,
        now: Moment,
        budget: usize,
        meanwhile: Option<u8>,
    ) -> Progress;
    /// See [`Secured::take`].
    fn take(&mut self, into: &mut [u8]) -> Option<Result<usize, End>>;
    /// See [`Secured::send`].
    ///
    /// # Errors
    /// How sending has ended.
    fn send(&mut self, data: &[u8], lend: &mut dyn Lend) -> Result<usize, End>;
    /// See [`Secured::close_write`].
    fn close_write(&mut self);
    /// Whether everything that was sent has left.
    fn is_flushed(&mut self) -> bool;
    /// Gives back what is drained.
    fn settle(&mut self, lend: &mut dyn Lend);
    /// Whether this hand has nothing left to do.
    fn is_done(&self, hand: usize) -> bool;
}

impl Connection for Secured {
    const LENT: usize = 2;

    fn new(connection: Secured) -> Self {
        connection
    }

    fn hands(&self) -> usize {
        1
    }

    fn whole(&mut self) -> Option<&mut Secured> {
        Some(self)
    }

    fn cut(&mut self) {}

    fn join(&mut self) {}

    fn run(&mut self, _: usize, wire: &mut Wire<'_>, now: Moment, budget: usize, _: Option<u8>) -> Progress {
        advance(self, wire, now, budget)
    }

    fn take(&mut self, into: &mut [u8]) -> Option<Result<usize, End>> {
        Self::take(self, into)
    }

    fn send(&mut self, data: &[u8], lend: &mut dyn Lend) -> Result<usize, End> {
        Self::send(self, data, lend)
    }

    fn close_write(&mut self) {
        Self::close_write(self);
    }

    fn is_flushed(&mut self) -> bool {
        !self.has_unsent()
    }

    fn settle(&mut self, lend: &mut dyn Lend) {
        Machine::settle(self, lend);
    }

    fn is_done(&self, _: usize) -> bool {
        Machine::is_done(self)
    }
}
