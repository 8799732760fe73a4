//! What a channel's bytes come and go by: [`Carrier`].

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::flow::SendQueue;
use crate::{LENT_SIZE, Layer, Lend, Loan, Pending};

use super::turning::Turning;
use super::unwrapping::{Left, Unwrapping};

/// The transport itself, or a layer such as TLS over it.
#[derive(Debug)]
pub(super) enum Carrier {
    Clear(Clear),
    Layer(Box<dyn Layer>),
    /// A layer that was put over it, while something is still to leave without it.
    Turning(Box<Turning>),
    /// A layer that is being taken off.
    Unwrapping(Box<Unwrapping>),
}

/// Bytes as they come: what was read lies in a lent buffer until it is taken.
#[derive(Debug, Default)]
pub(super) struct Clear(pub(super) Option<Loan>);

impl Clear {
    /// What was read elsewhere. Its buffer is no lender's, which is told by its size.
    pub(super) fn holding(mut bytes: Vec<u8>) -> Self {
        let end = bytes.len();
        if end == LENT_SIZE {
            bytes.push(0);
        }
        Self((end > 0).then(|| Loan { buffer: bytes.into(), start: 0, end }))
    }

    #[inline]
    pub(super) fn plain(&self) -> &[u8] {
        self.0.as_ref().map_or(&[], Loan::bytes)
    }

    #[inline]
    pub(super) fn consume(&mut self, n: usize) {
        self.0.iter_mut().for_each(|buffer| buffer.skip(n));
    }

    #[inline]
    pub(super) fn wants_read(&self) -> bool {
        self.plain().is_empty()
    }

    pub(super) fn window(&mut self, lend: &mut dyn Lend) -> &mut [u8] {
        self.0.take_if(|buffer| buffer.buffer.len() != LENT_SIZE);
        &mut self.0.get_or_insert_with(|| Loan::empty(lend)).buffer
    }

    pub(super) fn handle_read(&mut self, n: usize) {
        self.0.iter_mut().for_each(|buffer| (buffer.start, buffer.end) = (0, n));
    }

    #[inline]
    pub(super) fn settle(&mut self, lend: &mut dyn Lend) {
        let drained = self.0.take_if(|buffer| buffer.bytes().is_empty());
        drained.into_iter().for_each(|buffer| buffer.give_back(lend));
    }
}

impl Carrier {
    pub(super) fn of(layer: Option<Box<dyn Layer>>) -> Self {
        layer.map_or(Self::Clear(Clear::default()), Self::Layer)
    }

    #[inline]
    pub(super) fn layer(&self) -> Option<&dyn Layer> {
        match self {
            Self::Clear(_) => None,
            Self::Layer(layer) => Some(&**layer),
            Self::Turning(turning) => Some(&*turning.layer),
            Self::Unwrapping(unwrapping) => unwrapping.layer(),
        }
    }

    #[inline]
    pub(super) fn layer_mut(&mut self) -> Option<&mut (dyn Layer + 'static)> {
        match self {
            Self::Clear(_) => None,
            Self::Layer(layer) => Some(&mut **layer),
            Self::Turning(turning) => Some(&mut *turning.layer),
            Self::Unwrapping(unwrapping) => unwrapping.layer_mut(),
        }
    }

    #[inline]
    pub(super) fn plain(&self) -> &[u8] {
        match self {
            Self::Clear(clear) => clear.plain(),
            Self::Layer(layer) => layer.plain(),
            Self::Turning(turning) => turning.layer.plain(),
            Self::Unwrapping(unwrapping) => unwrapping.plain(),
        }
    }

    #[inline]
    pub(super) fn consume(&mut self, n: usize) {
        match self {
            Self::Clear(clear) => clear.consume(n),
            Self::Layer(layer) => layer.consume(n),
            Self::Turning(turning) => turning.layer.consume(n),
            Self::Unwrapping(unwrapping) => unwrapping.consume(n),
        }
    }

    #[inline]
    pub(super) fn wants_read(&self) -> bool {
        match self {
            Self::Clear(clear) => clear.wants_read(),
            Self::Layer(layer) => layer.wants_read(),
            Self::Turning(turning) => turning.layer.wants_read(),
            Self::Unwrapping(unwrapping) => unwrapping.wants_read(),
        }
    }

    pub(super) fn window(&mut self, lend: &mut dyn Lend) -> &mut [u8] {
        match self {
            Self::Clear(clear) => clear.window(lend),
            Self::Layer(layer) => layer.window(lend),
            Self::Turning(turning) => turning.layer.window(lend),
            Self::Unwrapping(unwrapping) => unwrapping.window(lend),
        }
    }

    pub(super) fn handle_read(&mut self, n: usize) {
        match self {
            Self::Clear(clear) => clear.handle_read(n),
            Self::Layer(layer) => layer.handle_read(n),
            Self::Turning(turning) => turning.layer.handle_read(n),
            Self::Unwrapping(unwrapping) => unwrapping.handle_read(n),
        }
    }

    /// What the next write takes: this queue, or what was sealed of it.
    pub(super) fn pending<'a>(&'a self, queue: &'a SendQueue) -> Pending<'a> {
        match self {
            Self::Clear(_) => Pending::Queue(queue),
            Self::Layer(layer) => Pending::Slice(layer.pending()),
            Self::Turning(turning) => turning.pending(),
            Self::Unwrapping(unwrapping) => unwrapping.pending(queue),
        }
    }

    #[inline]
    pub(super) fn handle_written(&mut self, n: usize, queue: &mut SendQueue) {
        match self {
            Self::Clear(_) => queue.consume(n),
            Self::Layer(layer) => layer.handle_written(n),
            Self::Turning(turning) => turning.handle_written(n),
            Self::Unwrapping(unwrapping) => unwrapping.handle_written(n, queue),
        }
    }

    /// Whether something is still to be written, beside what the queue holds.
    #[inline]
    pub(super) fn wants_write(&self) -> bool {
        match self {
            Self::Clear(_) => false,
            Self::Layer(layer) => layer.wants_write(),
            Self::Turning(turning) => turning.wants_write(),
            Self::Unwrapping(unwrapping) => unwrapping.wants_write(),
        }
    }

    /// Whether what is pushed can go out.
    #[inline]
    pub(super) fn may_send(&self) -> bool {
        !self.is_unwrapping() && self.layer().is_none_or(Layer::may_send)
    }

    /// Whether the end was said, where the carrier has words for it.
    #[inline]
    pub(super) fn has_said_close(&self) -> bool {
        !self.is_unwrapping() && self.layer().is_none_or(Layer::has_said_close)
    }

    /// Hands to the layer what it has room for, and where that was all and it is to end, that it ends.
    pub(super) fn seal(&mut self, queue: &mut SendQueue, ends: bool, lend: &mut dyn Lend) {
        if let Self::Unwrapping(unwrapping) = self {
            return unwrapping.seal(lend);
        }
        let Some(layer) = self.layer_mut() else { return };
        if seal_all(layer, queue, lend) && ends {
            layer.close_notify(lend);
        }
    }

    #[inline]
    pub(super) fn settle(&mut self, lend: &mut dyn Lend) {
        match self {
            Self::Clear(clear) => clear.settle(lend),
            Self::Layer(layer) => layer.settle(lend),
            Self::Turning(turning) => turning.settle(lend),
            Self::Unwrapping(unwrapping) => unwrapping.settle(lend),
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

    /// Takes the layer off: what is queued leaves by it before.
    pub(super) fn unwrap(&mut self, queue: &mut SendQueue) {
        *self = match core::mem::take(self) {
            Self::Layer(layer) => Self::Unwrapping(Box::new(Unwrapping::new(layer, queue))),
            other => other,
        };
    }

    /// Whether the layer is being taken off.
    #[inline]
    pub(super) fn is_unwrapping(&self) -> bool {
        matches!(self, Self::Unwrapping(unwrapping) if unwrapping.is_parting())
    }

    /// The layer stays after all, and nothing more leaves by it.
    pub(super) fn stop_unwrapping(&mut self) {
        if let Self::Unwrapping(unwrapping) = self {
            unwrapping.give_up();
        }
    }

    /// Whether the layer has come off now.
    pub(super) fn part(&mut self) -> bool {
        let Self::Unwrapping(unwrapping) = self else { return false };
        unwrapping.part()
    }

    /// Once everything has left that goes without the layer, it is a layer like any other, and once a layer is off, the
    /// transport one that never had one.
    fn turned(&mut self) {
        let over = match self {
            Self::Clear(_) | Self::Layer(_) => return,
            Self::Turning(turning) => turning.is_over(),
            Self::Unwrapping(unwrapping) => unwrapping.is_over(),
        };
        if !over {
            return;
        }
        *self = match core::mem::take(self) {
            Self::Turning(turning) => Self::Layer(turning.layer),
            Self::Unwrapping(unwrapping) => match unwrapping.into_left() {
                Left::Clear(clear) => Self::Clear(clear),
                Left::Layer(layer) => Self::Layer(layer),
            },
            other => other,
        };
    }
}

/// Hands to the layer what it has room for. Whether that was all.
pub(super) fn seal_all(layer: &mut dyn Layer, queue: &mut SendQueue, lend: &mut dyn Lend) -> bool {
    while let Some(chunk) = queue.front() {
        let sealed = layer.seal(chunk, lend);
        if sealed == 0 {
            return false;
        }
        queue.consume(sealed);
    }
    true
}

impl Default for Carrier {
    fn default() -> Self {
        Self::Clear(Clear::default())
    }
}
