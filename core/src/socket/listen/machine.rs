//! The facts and wants of a [`Listen`].

use super::{Listen, Socket};
use crate::{Done, Duty, Fault, Lend, Machine, Moment, Port, Side, Timer, Wake, Wants, Window};

impl Machine for Listen {
    fn ports(&self) -> u8 {
        2
    }

    fn wants(&self, port: Port) -> Wants {
        match (port, self.socket) {
            // Another one would take what the one that is told of needs.
            (Self::SOCKET, Socket::Open | Socket::Finishing(_)) if self.accepted => Wants::NOTHING,
            (Self::SOCKET, Socket::Open) if self.rests() => Wants::NOTHING,
            (Self::SOCKET, Socket::Open) => Wants { duty: Some(Duty::Accept(self.room())), ..Wants::NOTHING },
            (Self::SOCKET, Socket::Finishing(_)) if self.pause.is_some() => Wants::NOTHING,
            (Self::SOCKET, Socket::Finishing(rest)) if !self.rests() => {
                Wants { duty: Some(Duty::AcceptRest(self.room().min(rest))), ..Wants::NOTHING }
            }
            (Self::SOCKET, Socket::Finishing(_) | Socket::Closing) => {
                Wants { duty: Some(Duty::Close), ..Wants::NOTHING }
            }
            (Self::CONTROL, _) => Wants { read: self.controlled && !self.is_done(), ..Wants::NOTHING },
            _ => Wants::NOTHING,
        }
    }

    fn wake(&self) -> Option<Wake> {
        let pause = self.pause.filter(|_| self.accepts() || self.deferred);
        let drained = self.drained.filter(|_| !self.aborted && !self.is_done());
        Wake::earliest(
            pause.map(|at| Wake { at, why: Timer::Backoff }),
            drained.map(|at| Wake { at, why: Timer::Drain }),
        )
    }

    fn handle_now(&mut self, now: Moment) {
        self.now = self.now.max(now);
        if self.pause.is_some_and(|until| until <= self.now) {
            self.try_again();
        }
        if self.drained.is_some_and(|until| until <= self.now) && !self.is_done() {
            self.abort();
        }
    }

    fn window<'a>(&'a mut self, port: Port, _: &mut dyn Lend) -> Window<'a> {
        if self.wants(port).read { Window::Slice(&mut self.control) } else { Window::NONE }
    }

    fn handle_read(&mut self, port: Port, n: usize) {
        if self.wants(port).read {
            let bytes = self.control;
            bytes.iter().take(n).for_each(|byte| self.asked(*byte));
        }
    }

    fn handle_eof(&mut self, port: Port) {
        self.controlled &= !self.wants(port).read;
    }

    fn handle_failed(&mut self, port: Port, side: Side, _: Fault) {
        if side == Side::Read {
            self.handle_eof(port);
        }
    }

    fn handle_done(&mut self, port: Port, duty: Duty, done: Done) {
        if self.wants(port).duty != Some(duty) {
            return;
        }
        match (duty, done) {
            (_, Done::Blocked) => {}
            (Duty::Accept(_), Done::Ok(0)) => self.back_off(),
            (Duty::AcceptRest(_), Done::Ok(0)) => self.close(),
            (Duty::Accept(_) | Duty::AcceptRest(_), Done::Ok(n)) => self.has_accepted(n),
            (Duty::Accept(_) | Duty::AcceptRest(_), Done::Failed(fault)) => self.failed(fault),
            _ => self.socket = Socket::Closed,
        }
    }

    fn has_event(&self) -> bool {
        self.accepted || self.abort_due || self.paused.is_some() || self.broken.is_some()
    }

    fn is_done(&self) -> bool {
        self.socket == Socket::Closed && self.active == 0
    }
}
