//! The relay as a machine: facts in, obligations out.

use super::Relay;
use super::ends::Line;
use super::verdict::Phase;
use crate::flow::SourceEnd;
use crate::process::Child;
use crate::{Done, Duty, Fault, Lend, Machine, Moment, Pending, Port, Side, Wake, Wants, Window};

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
            Phase::Delivering => self.reading(port).is_some_and(|from| from.pipe.is_dropping()),
            Phase::Closing => false,
        };
        wanted && self.reading(port).is_some_and(|from| from.pipe.is_filling() && from.held.has_room())
    }

    fn wants_half_close(&self, port: Port) -> bool {
        self.phase == Phase::Open && self.writing(port).is_some_and(|to| to.pipe.half_close_due())
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
        if !self.lines.is_open(port) {
            return Wants { duty: self.lines.get(port).duty(), ..Wants::NOTHING };
        }
        Wants {
            read: self.wants_read(port),
            write: self.writing(port).is_some_and(|to| to.pipe.held() > 0),
            duty: self.wants_half_close(port).then_some(Duty::CloseWrite),
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
        match self.reading_mut(port) {
            Some(from) => Window::Slice(from.held.window(lend)),
            None => Window::NONE,
        }
    }

    fn pending<'a>(&'a mut self, port: Port, _: &mut dyn Lend) -> Pending<'a> {
        if !self.wants(port).write {
            return Pending::NONE;
        }
        self.writing(port).map_or(Pending::NONE, |to| Pending::Slice(to.held.bytes()))
    }

    fn settle(&mut self, lend: &mut dyn Lend) {
        self.directions().for_each(|direction| direction.held.settle(lend));
    }

    fn handle_read(&mut self, port: Port, n: usize) {
        if !self.wants(port).read {
            return;
        }
        self.last_moved = self.now;
        if port == Self::STDOUT {
            self.output_moved();
        }
        if let Some(from) = self.reading_mut(port) {
            from.pipe.filled(n);
            if !from.pipe.is_dropping() {
                from.held.filled(n);
            }
        }
        self.couple();
    }

    fn handle_eof(&mut self, port: Port) {
        if !self.wants(port).read {
            return;
        }
        if let Some(from) = self.reading_mut(port) {
            from.pipe.source_ended(SourceEnd::Eof);
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
        if let Some(to) = self.writing_mut(port) {
            to.pipe.drained(n);
            to.held.drained(n);
        }
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
                self.lines.set(port, Line::Open);
            }
            (Duty::CloseWrite, _) => self.writing_mut(port).into_iter().for_each(|to| to.pipe.half_closed()),
            _ => self.lines.set(port, Line::Closed),
        }
        self.couple();
    }

    fn is_done(&self) -> bool {
        self.lines.all_closed() && self.child.as_ref().is_none_or(Machine::is_done)
    }
}
