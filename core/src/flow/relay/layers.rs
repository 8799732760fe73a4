//! The layers at a relay's ports: [`Layers`].

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::flows::Direction;
use crate::{EofPolicy, Layer, Lend, Port};

/// The layers at a relay's ports; at most of them there is none.
#[derive(Debug, Default)]
pub(super) struct Layers(Vec<Layered>);

#[derive(Debug)]
struct Layered {
    port: Port,
    layer: Box<dyn Layer>,
    eof: EofPolicy,
}

impl Layers {
    pub(super) fn add(&mut self, port: Port, layer: Box<dyn Layer>, eof: EofPolicy) {
        self.0.reserve_exact(1);
        self.0.push(Layered { port, layer, eof });
    }

    pub(super) fn get(&self, port: Port) -> Option<&dyn Layer> {
        self.0.iter().find(|layered| layered.port == port).map(|layered| &*layered.layer)
    }

    pub(super) fn get_mut(&mut self, port: Port) -> Option<&mut Box<dyn Layer>> {
        self.0.iter_mut().find(|layered| layered.port == port).map(|layered| &mut layered.layer)
    }

    pub(super) fn eof(&self, port: Port) -> EofPolicy {
        self.0.iter().find(|layered| layered.port == port).map_or(EofPolicy::Accept, |layered| layered.eof)
    }

    /// Whether bytes of the layer itself wait to be written to the port.
    pub(super) fn wants_write(&self, port: Port) -> bool {
        self.get(port).is_some_and(Layer::wants_write)
    }

    /// Whether plaintext can be written to the port: always where there is no layer.
    pub(super) fn may_send(&self, port: Port) -> bool {
        self.get(port).is_none_or(Layer::may_send)
    }

    /// Whether the end may be said in the layer, or was.
    pub(super) fn may_end(&self, port: Port) -> bool {
        self.get(port).is_none_or(|layer| layer.may_send() || layer.has_said_close())
    }

    /// Whether the end was said in the layer, and that has left.
    pub(super) fn has_closed(&self, port: Port) -> bool {
        self.get(port).is_none_or(|layer| layer.has_said_close() && !layer.wants_write())
    }

    /// Whether some handshake is not over.
    pub(super) fn are_shaking_hands(&self) -> bool {
        self.0.iter().any(|layered| !layered.layer.may_send() && !layered.layer.has_said_close())
    }

    pub(super) fn settle(&mut self, lend: &mut dyn Lend) {
        self.0.iter_mut().for_each(|layered| layered.layer.settle(lend));
    }

    /// Seals what the direction has for its port, as much as there is room for, and then its end, where that is due.
    pub(super) fn seal(&mut self, direction: &mut Direction, lend: &mut dyn Lend) {
        let Some(index) = self.0.iter().position(|layered| layered.port == direction.to) else { return };
        // Taken out for the moment, since the bytes may lie in another one.
        let mut sink = self.0.swap_remove(index);
        if direction.from == direction.to {
            // An echo: what is to be sealed lies in the very buffer that is opened into.
            let plain = sink.layer.plain().to_vec();
            let sealed = sink.layer.seal(&plain, lend);
            sink.layer.consume(sealed);
            direction.pipe.drained(sealed);
        } else {
            let sealed = sink.layer.seal(direction.bytes(self), lend);
            direction.drain(self, sealed);
        }
        if direction.pipe.half_close_due() {
            sink.layer.close_notify(lend);
        }
        self.0.push(sink);
    }
}
