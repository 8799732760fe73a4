//! What is still to leave without the layer that was put over a connection: [`Turning`].

use alloc::boxed::Box;

use crate::flow::SendQueue;
use crate::{Layer, Lend, Loan, Pending};

/// A layer, and what is still to leave without it.
#[derive(Debug)]
pub(super) struct Turning {
    pub(super) layer: Box<dyn Layer>,
    before: SendQueue,
    /// A lent buffer in which nothing lies any more.
    spare: Option<Loan>,
}

impl Turning {
    /// Takes over what is queued, and the buffer that was read into.
    pub(super) fn new(layer: Box<dyn Layer>, queue: &mut SendQueue, buffer: Option<Loan>) -> Self {
        let fresh = queue.as_new();
        Self { layer, before: core::mem::replace(queue, fresh), spare: buffer }
    }

    pub(super) fn wants_write(&self) -> bool {
        !self.before.is_empty() || self.layer.wants_write()
    }

    pub(super) fn pending(&self) -> Pending<'_> {
        if self.before.is_empty() {
            Pending::Slice(self.layer.pending())
        } else {
            Pending::Queue(&self.before)
        }
    }

    pub(super) fn handle_written(&mut self, n: usize) {
        if self.before.is_empty() {
            self.layer.handle_written(n);
        } else {
            self.before.consume(n);
        }
    }

    pub(super) fn drop_clear(&mut self) {
        self.before.clear();
    }

    pub(super) fn settle(&mut self, lend: &mut dyn Lend) {
        self.layer.settle(lend);
        self.spare.take().into_iter().for_each(|spare| spare.give_back(lend));
        self.before.take_buffer().into_iter().for_each(|buffer| lend.give(buffer));
    }

    /// Whether nothing more leaves without the layer, and nothing is kept for that.
    pub(super) fn is_over(&self) -> bool {
        self.before.is_empty() && !self.before.has_buffer() && self.spare.is_none()
    }
}
