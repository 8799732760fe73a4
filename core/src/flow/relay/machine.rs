//! The relay as a machine: facts in, obligations out.

use super::Relay;
use super::ends::Line;
use super::flows::Direction;
use super::verdict::Phase;
use crate::flow::SourceEnd;
use crate::process::Child;
use crate::{
    Done, Duty, End, EofPolicy, Fault, Lend, Machine, Moment, PeerEnd, Pending, Port, Side, Wake, Wants,
    Window,
};

impl Relay {
    fn is_exit(&self, port: Port) -> bool {
        self.child.is_some() && port == Self::EXIT
    }

    fn wants_read(&self, port: Port) -> bool {
        let wanted = match self.phase {
            Phase::Open => true,
            Phase::Lingering { .. } => port == Self::CLIENT,
            Phase::Stopping => port == Self::STDOUT,
            // Whoever takes the rest may have to be rid of its own bytes first.
            Phase::Delivering => self.flows.reading(port).is_some_and(|from| from.pipe.is_dropping()),
            Phase::Closing => false,
        };
        let filling = |from: &Direction| from.pipe.is_filling() && from.has_room(&self.layers);
        wanted && self.flows.reading(port).is_some_and(filling)
    }

    /// The layer at the client is agreed upon, and the child is not spawned yet.
    pub(super) fn is_secured(&self) -> bool {
        self.phase == Phase::Open && self.lines.has_unborn() && self.layers.may_send(Self::CLIENT)
    }

    /// The child has the connection, and it is needed here.
    pub(super) fn misses_connection(&self) -> bool {
        self.lines.get(Self::CLIENT) == Line::Away && (self.phase != Phase::Open || self.child_has_ended())
    }

    fn half_close_due(&self, port: Port) -> bool {
        self.phase == Phase::Open && self.flows.writing(port).is_some_and(|to| to.pipe.half_close_due())
    }

    /// What is to be written: bytes of a layer, bytes of the direction, or the end of them in a layer.
    fn wants_write(&self, port: Port) -> bool {
        if self.layers.wants_write(port) {
            return true;
        }
        let held = self.flows.writing(port).is_some_and(|to| to.pipe.held() > 0);
        let end = self.layers.get(port).is_some() && self.half_close_due(port);
        (held || end) && self.layers.may_send(port)
    }

    /// What a layer has come to with the bytes it was given.
    fn look_at_layer(&mut self, port: Port) {
        let Some(layer) = self.layers.get(port) else { return };
        let (fault, end) = (layer.fault(), layer.peer_end());
        if let Some(fault) = fault {
            return self.fail_at(Some(port), End::Tls(fault));
        }
        match end {
            None => {}
            Some(PeerEnd::Truncated) if self.layers.eof(port) == EofPolicy::Error => {
                self.fail_at(Some(port), End::Truncated);
            }
            Some(_) => {
                let from = self.flows.reading_mut(port);
                from.into_iter().for_each(|from| from.pipe.source_ended(SourceEnd::Eof));
            }
        }
    }

    /// Bytes of the transport were read into the layer; what came of it in plaintext was read from the port.
    fn layer_read(&mut self, port: Port, n: usize) {
        let Some(layer) = self.layers.get_mut(port) else { return };
        layer.handle_read(n);
        let plain = layer.plain().len();
        if let Some(from) = self.flows.reading_mut(port) {
            from.pipe.filled(plain);
            if from.pipe.is_dropping() {
                layer.consume(plain);
            }
        }
        self.look_at_layer(port);
    }
}

impl Machine for Relay {
    fn ports(&self) -> u8 {
        self.lines.count() + u8::from(self.child.is_some())
    }

    fn wants(&self, port: Port) -> Wants {
        if self.is_exit(port) {
            return self.child.as_ref().map_or(Wants::NOTHING, |child| child.wants(Child::EXIT));
        }
        if self.lines.is_flushing(port) {
            return Wants { write: true, ..Wants::NOTHING };
        }
        if !self.lines.is_open(port) {
            return Wants { duty: self.lines.get(port).duty(), ..Wants::NOTHING };
        }
        Wants {
            read: self.wants_read(port),
            write: self.wants_write(port),
            duty: (self.half_close_due(port) && self.layers.has_closed(port)).then_some(Duty::CloseWrite),
        }
    }

    fn wake(&self) -> Option<Wake> {
        Wake::earliest(self.own_wake(), self.child_wake())
    }

    fn handle_now(&mut self, now: Moment) {
        self.now = self.now.max(now);
        if self.started.is_none() {
            self.started = Some(self.now);
            self.last_moved = self.now;
            self.last_output = self.now;
            for port in Port::first(self.lines.count()) {
                if self.lines.is_open(port) {
                    self.layers.get_mut(port).into_iter().for_each(|layer| layer.start());
                }
            }
        }
        self.child.as_mut().into_iter().for_each(|child| child.handle_now(now));
        self.pass_time();
        self.couple();
    }

    fn window<'a>(&'a mut self, port: Port, lend: &mut dyn Lend) -> Window<'a> {
        if !self.wants(port).read {
            return Window::NONE;
        }
        if port == Self::STDOUT {
            self.looked = Some(self.now);
        }
        if let Some(layer) = self.layers.get_mut(port) {
            return Window::Slice(layer.window(lend));
        }
        self.flows.reading_mut(port).map_or(Window::NONE, |from| from.window(lend))
    }

    fn pending<'a>(&'a mut self, port: Port, lend: &mut dyn Lend) -> Pending<'a> {
        if !self.wants(port).write {
            return Pending::NONE;
        }
        if let Some(to) = self.flows.writing_mut(port).filter(|_| self.lines.is_open(port)) {
            self.layers.seal(to, lend);
        }
        match self.layers.get(port) {
            Some(layer) => Pending::Slice(layer.pending()),
            None => {
                let to = self.flows.writing(port);
                to.map_or(Pending::NONE, |to| to.pending(&self.layers))
            }
        }
    }

    fn is_last(&self, port: Port) -> bool {
        let holds_last = self.flows.writing(port).is_some_and(|to| to.pipe.holds_last());
        holds_last && self.phase == Phase::Open && self.layers.may_end(port)
    }

    fn settle(&mut self, lend: &mut dyn Lend) {
        self.flows.iter_mut().for_each(|direction| direction.settle(lend));
        self.layers.settle(lend);
    }

    fn handle_read(&mut self, port: Port, n: usize) {
        if !self.wants(port).read {
            return;
        }
        self.last_moved = self.now;
        if port == Self::STDOUT {
            self.output_moved();
        }
        self.layer_read(port, n);
        if let Some(from) = self.flows.reading_mut(port).filter(|_| self.layers.get(port).is_none()) {
            from.filled(n);
        }
        self.couple();
    }

    fn handle_eof(&mut self, port: Port) {
        if !self.wants(port).read {
            return;
        }
        match self.layers.get_mut(port) {
            Some(layer) => {
                layer.handle_eof();
                self.look_at_layer(port);
            }
            None => {
                let from = self.flows.reading_mut(port);
                from.into_iter().for_each(|from| from.pipe.source_ended(SourceEnd::Eof));
            }
        }
        self.couple();
    }

    fn handle_written(&mut self, port: Port, n: usize) {
        if !self.wants(port).write {
            return;
        }
        self.last_moved = self.now;
        if port == Self::CLIENT {
            self.output_moved();
        }
        match self.layers.get_mut(port) {
            Some(layer) => layer.handle_written(n),
            None => {
                let to = self.flows.writing_mut(port);
                to.into_iter().for_each(|to| to.drain(&mut self.layers, n));
            }
        }
        self.lines.flushed(port, &self.layers);
        self.couple();
    }

    fn handle_failed(&mut self, port: Port, side: Side, fault: Fault) {
        let wants = self.wants(port);
        if !matches!((side, wants.read, wants.write), (Side::Read, true, _) | (Side::Write, _, true)) {
            return;
        }
        self.port_failed(port, side, fault);
        self.couple();
    }

    fn handle_done(&mut self, port: Port, duty: Duty, done: Done) {
        if done == Done::Blocked || self.wants(port).duty != Some(duty) {
            return;
        }
        if self.is_exit(port) {
            let running = !self.child_has_ended();
            self.child.as_mut().into_iter().for_each(|child| child.handle_done(Child::EXIT, duty, done));
            if running && self.child_has_ended() {
                self.output_moved();
            }
            return self.couple();
        }
        match (duty, done) {
            (Duty::Connect(_), Done::Failed(fault)) => self.not_connected(port, fault),
            (Duty::Connect(_), _) => {
                self.last_moved = self.now;
                self.started = Some(self.now);
                self.lines.set(port, Line::Open);
                self.layers.get_mut(port).into_iter().for_each(|layer| layer.start());
            }
            (Duty::CloseWrite, _) => {
                self.flows.writing_mut(port).into_iter().for_each(|to| to.pipe.half_closed())
            }
            _ => {
                self.lines.set(port, Line::Closed);
                self.layers.get_mut(port).into_iter().for_each(|layer| layer.handle_closed());
            }
        }
        self.couple();
    }

    fn has_event(&self) -> bool {
        let has_step = || self.child.as_ref().is_some_and(Machine::has_event);
        let must_tell = (self.is_secured() || self.misses_connection()) && !self.told;
        must_tell || self.tells_steps && has_step()
    }

    fn is_done(&self) -> bool {
        self.lines.all_closed() && self.child.as_ref().is_none_or(Machine::is_done)
    }
}
