//! The directions of a relay: [`Flows`].

use super::layers::Layers;
use crate::flow::{Held, Pipe};
use crate::{Lend, Pending, Port, Window};

/// One direction: from which port to which, and what is under way.
#[derive(Debug)]
pub(super) struct Direction {
    pub(super) from: Port,
    pub(super) to: Port,
    pub(super) pipe: Pipe,
    store: Store,
}

/// Where the bytes lie, unless a layer at the port they come from has them.
#[derive(Debug)]
enum Store {
    Held(Held),
    /// The driver's, behind this port.
    Conduit(Port),
}

/// The most that a read may put into a conduit, in bytes: what a big kernel pipe holds.
const CONDUIT: usize = 1 << 20;

impl Direction {
    pub(super) fn new(from: Port, to: Port) -> Self {
        Self { from, to, pipe: Pipe::new(), store: Store::Held(Held::default()) }
    }

    /// Lets the bytes lie in a conduit, unless some lie here already, or are dropped, which is nothing that a conduit can do.
    pub(super) fn splice(&mut self, conduit: Port) {
        if self.pipe.held() == 0 && !self.pipe.is_dropping() {
            self.store = Store::Conduit(conduit);
        }
    }

    /// Has the bytes itself, as it had at first. Those in a conduit are nobody's from now on.
    fn hold(&mut self) {
        self.store = Store::Held(Held::default());
    }

    /// A layer looks at the bytes of this port.
    pub(super) fn layered(&mut self, port: Port) {
        if [self.from, self.to].contains(&port) {
            self.hold();
        }
    }

    /// Where the next read goes, without a layer.
    pub(super) fn window(&mut self, lend: &mut dyn Lend) -> Window<'_> {
        match &mut self.store {
            Store::Held(held) => Window::Slice(held.window(lend)),
            Store::Conduit(conduit) => Window::Counted { conduit: *conduit, max: CONDUIT },
        }
    }

    /// `n` bytes have come to where no layer is.
    pub(super) fn filled(&mut self, n: usize) {
        self.pipe.filled(n);
        match &mut self.store {
            Store::Held(held) if !self.pipe.is_dropping() => held.filled(n),
            _ => {}
        }
    }

    /// What the next write takes, without a layer.
    pub(super) fn pending<'a>(&'a self, layers: &'a Layers) -> Pending<'a> {
        match self.store {
            Store::Held(_) => Pending::Slice(self.bytes(layers)),
            Store::Conduit(conduit) => Pending::Counted { conduit, len: self.pipe.held() },
        }
    }

    /// The bytes under way, of which a conduit shows none.
    pub(super) fn bytes<'a>(&'a self, layers: &'a Layers) -> &'a [u8] {
        match (layers.get(self.from), &self.store) {
            (Some(layer), _) => layer.plain(),
            (None, Store::Held(held)) => held.bytes(),
            (None, Store::Conduit(_)) => &[],
        }
    }

    /// The first `n` of them are gone.
    pub(super) fn drain(&mut self, layers: &mut Layers, n: usize) {
        self.pipe.drained(n);
        match (layers.get_mut(self.from), &mut self.store) {
            (Some(layer), _) => layer.consume(n),
            (None, Store::Held(held)) => held.drained(n),
            (None, Store::Conduit(_)) => {}
        }
    }

    /// Whether a read has room. A conduit that is not empty may be full, though few bytes lie in it: it counts pieces.
    pub(super) fn has_room(&self, layers: &Layers) -> bool {
        match (layers.get(self.from), &self.store) {
            (Some(layer), _) => layer.wants_read(),
            (None, Store::Held(held)) => held.has_room(),
            (None, Store::Conduit(_)) => self.pipe.held() == 0,
        }
    }

    /// The sink is gone: what is held and what comes is dropped.
    pub(super) fn discard(&mut self, layers: &mut Layers) {
        self.pipe.discard();
        match &mut self.store {
            Store::Held(held) => held.clear(),
            Store::Conduit(_) => self.hold(),
        }
        if let Some(layer) = layers.get_mut(self.from) {
            layer.consume(layer.plain().len());
        }
    }

    pub(super) fn settle(&mut self, lend: &mut dyn Lend) {
        if let Store::Held(held) = &mut self.store {
            held.settle(lend);
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
