//! A layer that is being taken off a connection: [`Unwrapping`].

use alloc::boxed::Box;

use super::carrier::{Clear, seal_all};
use crate::flow::SendQueue;
use crate::{Layer, Lend, PeerEnd, Pending};

/// A layer that says its farewell, what is still to leave by it, and the bare transport behind it.
#[derive(Debug)]
pub(super) struct Unwrapping {
    layer: Box<dyn Layer>,
    before: SendQueue,
    stage: Stage,
    clear: Clear,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    /// Until both sides have said close_notify, and all data before the peer's is taken.
    Parting,
    /// It stays a layer, and says nothing more.
    GivenUp,
    /// The layer is off, and only its buffers are still to be given back.
    Parted,
}

/// What it comes to.
pub(super) enum Left {
    Clear(Clear),
    Layer(Box<dyn Layer>),
}

impl Unwrapping {
    /// Takes over what is queued.
    pub(super) fn new(layer: Box<dyn Layer>, queue: &mut SendQueue) -> Self {
        let fresh = queue.as_new();
        let before = core::mem::replace(queue, fresh);
        Self { layer, before, stage: Stage::Parting, clear: Clear::default() }
    }

    pub(super) fn is_parting(&self) -> bool {
        self.stage == Stage::Parting
    }

    pub(super) fn is_parted(&self) -> bool {
        self.stage == Stage::Parted
    }

    pub(super) fn layer(&self) -> Option<&dyn Layer> {
        (!self.is_parted()).then_some(&*self.layer)
    }

    pub(super) fn layer_mut(&mut self) -> Option<&mut (dyn Layer + 'static)> {
        (!self.is_parted()).then_some(&mut *self.layer)
    }

    pub(super) fn plain(&self) -> &[u8] {
        self.layer().map_or_else(|| self.clear.plain(), Layer::plain)
    }

    pub(super) fn consume(&mut self, n: usize) {
        match self.stage {
            Stage::Parted => self.clear.consume(n),
            _ => self.layer.consume(n),
        }
    }

    pub(super) fn wants_read(&self) -> bool {
        self.layer().map_or_else(|| self.clear.wants_read(), Layer::wants_read)
    }

    pub(super) fn window(&mut self, lend: &mut dyn Lend) -> &mut [u8] {
        match self.stage {
            Stage::Parted => self.clear.window(lend),
            _ => self.layer.window(lend),
        }
    }

    pub(super) fn handle_read(&mut self, n: usize) {
        match self.stage {
            Stage::Parted => self.clear.handle_read(n),
            _ => self.layer.handle_read(n),
        }
    }

    /// The farewell is due as long as the layer takes something, since that is the last that it takes.
    pub(super) fn wants_write(&self) -> bool {
        let farewell_due = self.is_parting() && self.layer.may_send();
        !self.is_parted() && (farewell_due || self.layer.wants_write())
    }

    pub(super) fn seal(&mut self, lend: &mut dyn Lend) {
        if self.is_parting() && seal_all(&mut *self.layer, &mut self.before, lend) {
            self.layer.close_notify(lend);
        }
    }

    pub(super) fn pending<'a>(&'a self, queue: &'a SendQueue) -> Pending<'a> {
        self.layer().map_or(Pending::Queue(queue), |layer| Pending::Slice(layer.pending()))
    }

    pub(super) fn handle_written(&mut self, n: usize, queue: &mut SendQueue) {
        match self.stage {
            Stage::Parted => queue.consume(n),
            _ => self.layer.handle_written(n),
        }
    }

    /// Takes the layer off where both sides have said their farewell. Whether that was so now.
    pub(super) fn part(&mut self) -> bool {
        let layer = &mut self.layer;
        let said = layer.has_said_close() && layer.peer_end() == Some(PeerEnd::CloseNotify);
        let over = said && !layer.wants_write() && layer.plain().is_empty() && layer.fault().is_none();
        if self.stage != Stage::Parting || !over {
            return false;
        }
        (self.stage, self.clear) = (Stage::Parted, Clear::holding(layer.take_left_over()));
        true
    }

    pub(super) fn give_up(&mut self) {
        if self.is_parting() {
            self.stage = Stage::GivenUp;
            self.before.clear();
        }
    }

    pub(super) fn settle(&mut self, lend: &mut dyn Lend) {
        self.layer.settle(lend);
        self.clear.settle(lend);
        self.before.take_buffer().into_iter().for_each(|buffer| lend.give(buffer));
    }

    /// Whether it has come to something, and nothing is kept for anything else.
    pub(super) fn is_over(&self) -> bool {
        !self.is_parting() && !self.before.has_buffer()
    }

    pub(super) fn into_left(self) -> Left {
        match self.stage {
            Stage::Parted => Left::Clear(self.clear),
            _ => Left::Layer(self.layer),
        }
    }
}
