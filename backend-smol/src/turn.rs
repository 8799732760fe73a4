//! That whoever is always ready yields all the same: [`Turn`].

use std::task::{Context, Poll};

use standpipe_core::BUDGET;

/// What an operation costs beside its bytes, so that one-byte reads are bounded as well: 128 of them are a turn.
const OPERATION: usize = BUDGET / 128;

/// How much is moved before the task yields once, although there is more to be moved: core's budget of bytes, or 128
/// operations. A wait begins it anew.
#[derive(Debug)]
pub(crate) struct Turn {
    left: usize,
}

impl Default for Turn {
    fn default() -> Self {
        Self { left: BUDGET }
    }
}

impl Turn {
    /// Pending once, and woken already, where the turn is over.
    pub(crate) fn poll_go_on(&mut self, context: &Context<'_>) -> Poll<()> {
        if self.left > 0 {
            return Poll::Ready(());
        }
        self.begin();
        context.waker().wake_by_ref();
        Poll::Pending
    }

    /// One operation has moved so much.
    pub(crate) const fn moved(&mut self, bytes: usize) {
        self.left = self.left.saturating_sub(bytes.saturating_add(OPERATION));
    }

    /// Others had their turn.
    pub(crate) const fn begin(&mut self) {
        self.left = BUDGET;
    }
}
