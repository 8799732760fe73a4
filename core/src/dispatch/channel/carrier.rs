//! What a channel's bytes come and go by: [`Carrier`].

use alloc::boxed::Box;

use crate::flow::SendQueue;
use crate::{Layer, Lend, Loan, Pending};

use super::turning::Turning;

/// The transport itself, or a layer such as TLS over it.
#[derive(Debug)]
pub(super) enum Carrier {
    Clear(Clear),
    Layer(Box<dyn Layer>),
    /// A layer that was put over it, while something is still to leave without it.
    Turning(Box<Turning>),
}

/// Bytes as they come: what was read lies in a lent buffer until it is taken.
#[derive(Debug, Default)]
pub(super) struct Clear(pub(super) Option<Loan>);

impl Clear {
    fn plain(&self) -> &[u8] {
        self.0.as_ref().map_or(&[], Loan::bytes)
    }
}

impl Carrier {
    pub(super) fn of(layer: Option<Box<dyn Layer>>) -> Self {
        layer.map_or(Self::Clear(Clear::default()), Self::Layer)
    }

    pub(super) fn layer(&self) -> Option<&dyn Layer> {
        match self {
            Self::Clear(_) => None,
            Self::Layer(layer) => Some(&**layer),
            Self::Turning(turning) => Some(&*turning.layer),
        }
    }

    pub(super) fn layer_mut(&mut self) -> Option<&mut (dyn Layer + 'static)> {
        match self {
            Self::Clear(_) => None,
            Self::Layer(layer) => Some(&mut **layer),
            Self::Turning(turning) => Some(&mut *turning.layer),
        }
    }

    pub(super) fn plain(&self) -> &[u8] {
        match self {
            Self::Clear(clear) => clear.plain(),
            Self::Layer(layer) => layer.plain(),
            Self::Turning(turning) => turning.layer.plain(),
        }
    }

    pub(super) fn consume(&mut self, n: usize) {
        match self {
            Self::Clear(Clear(buffer)) => buffer.iter_mut().for_each(|buffer| buffer.skip(n)),
            Self::Layer(layer) => layer.consume(n),
            Self::Turning(turning) => turning.layer.consume(n),
        }
    }

    pub(super) fn wants_read(&self) -> bool {
        match self {
            Self::Clear(clear) => clear.plain().is_empty(),
            Self::Layer(layer) => layer.wants_read(),
            Self::Turning(turning) => turning.layer.wants_read(),
        }
    }

    pub(super) fn window(&mut self, lend: &mut dyn Lend) -> &mut [u8] {
        match self {
            Self::Clear(Clear(buffer)) => &mut buffer.get_or_insert_with(|| Loan::empty(lend)).buffer,
            Self::Layer(layer) => layer.window(lend),
            Self::Turning(turning) => turning.layer.window(lend),
        }
    }

    pub(super) fn handle_read(&mut self, n: usize) {
        match self {
            Self::Clear(Clear(buffer)) => {
                buffer.iter_mut().for_each(|buffer| (buffer.start, buffer.end) = (0, n))
            }
            Self::Layer(layer) => layer.handle_read(n),
            Self::Turning(turning) => turning.layer.handle_read(n),
        }
    }

    /// What the next write takes: this queue, or what was sealed of it.
    pub(super) fn pending<'a>(&'a self, queue: &'a SendQueue) -> Pending<'a> {
        match self {
            Self::Clear(_) => Pending::Queue(queue),
            Self::Layer(layer) => Pending::Slice(layer.pending()),
            Self::Turning(turning) => turning.pending(),
        }
    }

    pub(super) fn handle_written(&mut self, n: usize, queue: &mut SendQueue) {
        match self {
            Self::Clear(_) => queue.consume(n),
            Self::Layer(layer) => layer.handle_written(n),
            Self::Turning(turning) => turning.handle_written(n),
        }
    }

    /// Whether something is still to be written, beside what the queue holds.
    pub(super) fn wants_write(&self) -> bool {
        match self {
            Self::Clear(_) => false,
            Self::Layer(layer) => layer.wants_write(),
            Self::Turning(turning) => turning.wants_write(),
        }
    }

    /// Whether what is pushed can go out.
    pub(super) fn may_send(&self) -> bool {
        self.layer().is_none_or(Layer::may_send)
    }

    /// Whether the end was said, where the carrier has words for it.
    pub(super) fn has_said_close(&self) -> bool {
        self.layer().is_none_or(Layer::has_said_close)
    }

    pub(super) fn settle(&mut self, lend: &mut dyn Lend) {
        match self {
            Self::Clear(Clear(buffer)) => {
                let drained = buffer.take_if(|buffer| buffer.bytes().is_empty());
                drained.into_iter().for_each(|buffer| buffer.give_back(lend));
            }
            Self::Layer(layer) => layer.settle(lend),
            Self::Turning(turning) => turning.settle(lend),
        }
        self.turned();
    }

    /// Puts a layer over it: what is queued leaves before.
    pub(super) fn turn(&mut self, layer: Box<dyn Layer>, queue: &mut SendQueue) {
        if let Self::Clear(Clear(buffer)) = self {
            *self = Self::Turning(Box::new(Turning::new(layer, queue, buffer.take())));
        }
    }

    /// Nothing that leaves without the layer can be written any more.
    pub(super) fn drop_clear(&mut self) {
        if let Self::Turning(turning) = self {
            turning.drop_clear();
        }
    }

    /// Once everything has left that goes without the layer, it is a layer like any other.
    fn turned(&mut self) {
        if !matches!(self, Self::Turning(turning) if turning.is_over()) {
            return;
        }
        if let Self::Turning(turning) = core::mem::take(self) {
            *self = Self::Layer(turning.layer);
        }
    }
}

impl Default for Carrier {
    fn default() -> Self {
        Self::Clear(Clear::default())
    }
}
