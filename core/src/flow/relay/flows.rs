//! The directions of a relay: [`Flows`].

use super::layers::Layers;
use crate::Port;
use crate::flow::{Held, Pipe};

/// One direction: from which port to which, and what is under way.
#[derive(Debug)]
pub(super) struct Direction {
    pub(super) from: Port,
    pub(super) to: Port,
    pub(super) pipe: Pipe,
    /// Where the bytes lie, unless a layer at the port they come from has them.
    pub(super) held: Held,
}

impl Direction {
    pub(super) fn new(from: Port, to: Port) -> Self {
        Self { from, to, pipe: Pipe::new(), held: Held::default() }
    }

    /// The bytes under way.
    pub(super) fn bytes<'a>(&'a self, layers: &'a Layers) -> &'a [u8] {
        layers.get(self.from).map_or(self.held.bytes(), |layer| layer.plain())
    }

    /// The first `n` of them are gone.
    pub(super) fn drain(&mut self, layers: &mut Layers, n: usize) {
        self.pipe.drained(n);
        match layers.get_mut(self.from) {
            Some(layer) => layer.consume(n),
            None => self.held.drained(n),
        }
    }

    /// Whether a read has room.
    pub(super) fn has_room(&self, layers: &Layers) -> bool {
        layers.get(self.from).map_or(self.held.has_room(), |layer| layer.wants_read())
    }

    /// The sink is gone: what is held and what comes is dropped.
    pub(super) fn discard(&mut self, layers: &mut Layers) {
        self.pipe.discard();
        self.held.clear();
        if let Some(layer) = layers.get_mut(self.from) {
            layer.consume(layer.plain().len());
        }
    }
}

/// Both directions, or the one of an echo.
#[derive(Debug)]
pub(super) struct Flows {
    pub(super) up: Direction,
    pub(super) down: Option<Direction>,
}

impl Flows {
    pub(super) fn iter(&self) -> impl Iterator<Item = &Direction> {
        core::iter::once(&self.up).chain(self.down.as_ref())
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Direction> {
        core::iter::once(&mut self.up).chain(self.down.as_mut())
    }

    /// The direction that reads from the port.
    pub(super) fn reading(&self, port: Port) -> Option<&Direction> {
        self.iter().find(|direction| direction.from == port)
    }

    /// The direction that writes to the port.
    pub(super) fn writing(&self, port: Port) -> Option<&Direction> {
        self.iter().find(|direction| direction.to == port)
    }

    pub(super) fn reading_mut(&mut self, port: Port) -> Option<&mut Direction> {
        self.iter_mut().find(|direction| direction.from == port)
    }

    pub(super) fn writing_mut(&mut self, port: Port) -> Option<&mut Direction> {
        self.iter_mut().find(|direction| direction.to == port)
    }

    pub(super) fn hold_nothing(&self) -> bool {
        self.iter().all(|direction| direction.pipe.held() == 0)
    }
}
