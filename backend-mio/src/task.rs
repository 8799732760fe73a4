//! What a loop runs: [`Task`].

use standpipe_core::Machine;
use standpipe_core::dispatch::Key;
use standpipe_sys::{Ends, Front, Served};

/// What a loop runs: a machine and what stands behind its ports.
pub trait Task {
    /// Both.
    fn parts(&mut self) -> (&mut dyn Machine, &mut Ends);
}

impl<M: Machine> Task for (M, Ends) {
    fn parts(&mut self) -> (&mut dyn Machine, &mut Ends) {
        (&mut self.0, &mut self.1)
    }
}

impl Task for Served {
    fn parts(&mut self) -> (&mut dyn Machine, &mut Ends) {
        (&mut self.relay, &mut self.ends)
    }
}

impl Task for Front<'_> {
    fn parts(&mut self) -> (&mut dyn Machine, &mut Ends) {
        (&mut self.listen, &mut self.ends)
    }
}

/// What a loop's turn came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Turned {
    /// The task's machine has events to take.
    Events(Key),
    /// The task's machine has come to its end; the task is to be removed.
    Done(Key),
}
