//! The connection as a machine: facts in, obligations out.

use super::{Line, Secured};
use crate::{Done, Duty, End, Fault, Lend, Machine, Moment, Pending, Port, Side, Timer, Wake, Wants, Window};

impl Machine for Secured {
    fn ports(&self) -> u8 {
        1
    }

    fn wants(&self, port: Port) -> Wants {
        if port != Self::SOCKET {
            return Wants::NOTHING;
        }
        match self.line {
            Line::Open => Wants {
                read: self.receiving.is_none() && self.layer.wants_read(),
                write: self.wants_write(),
                duty: self.half_close_due().then_some(Duty::CloseWrite),
            },
            Line::Closing(duty) => Wants { duty: Some(duty), ..Wants::NOTHING },
            Line::Closed => Wants::NOTHING,
        }
    }

    fn wake(&self) -> Option<Wake> {
        if self.line != Line::Open {
            return None;
        }
        let wake = |at: Option<Moment>, why| at.map(|at| Wake { at, why });
        Wake::earliest(
            wake(self.handshake_until.filter(|_| !self.agreed), Timer::Handshake),
            wake(self.close_until.or_else(|| self.waits_for_peer().then_some(self.now)), Timer::Close),
        )
    }

    fn handle_now(&mut self, now: Moment) {
        self.now = self.now.max(now);
        if self.line != Line::Open {
            return;
        }
        self.layer.start();
        if !self.agreed && self.handshake_until.is_none() {
            self.handshake_until = self.options.handshake.map(|wait| self.now + wait);
        }
        self.wait_for_peer();
        self.pass_time();
    }

    fn window<'a>(&'a mut self, port: Port, lend: &mut dyn Lend) -> Window<'a> {
        if !self.wants(port).read {
            return Window::NONE;
        }
        Window::Slice(self.layer.window(lend))
    }

    fn pending<'a>(&'a mut self, port: Port, lend: &mut dyn Lend) -> Pending<'a> {
        if !self.wants(port).write {
            return Pending::NONE;
        }
        self.say_end(lend);
        Pending::Slice(self.layer.pending())
    }

    fn is_last(&self, port: Port) -> bool {
        port == Self::SOCKET && (self.end_due() || self.sending.is_none() && self.layer.has_said_close())
    }

    fn settle(&mut self, lend: &mut dyn Lend) {
        if self.unwritable {
            self.layer.drop_pending(lend);
        }
        self.layer.settle(lend);
    }

    fn handle_read(&mut self, port: Port, n: usize) {
        if self.wants(port).read {
            self.layer.handle_read(n);
            self.has_read();
        }
    }

    fn handle_eof(&mut self, port: Port) {
        if self.wants(port).read {
            self.layer.handle_eof();
            self.look();
            self.wait_for_peer();
        }
    }

    fn handle_written(&mut self, port: Port, n: usize) {
        if self.wants(port).write {
            self.layer.handle_written(n);
            self.has_written(n);
            self.has_written_all();
        }
    }

    /// A peer that takes nothing any more may still have sent something: that is read to its end.
    fn handle_failed(&mut self, port: Port, side: Side, fault: Fault) {
        let wants = self.wants(port);
        let end = End::Failed { port, side, fault };
        match side {
            Side::Read if wants.read => self.fail(end),
            Side::Write if wants.write => {
                self.unwritable = true;
                self.sending.get_or_insert(end);
                self.move_on();
            }
            _ => return,
        }
        self.wait_for_peer();
    }

    fn handle_done(&mut self, port: Port, duty: Duty, done: Done) {
        if done == Done::Blocked || self.wants(port).duty != Some(duty) {
            return;
        }
        match duty {
            // A peer that is gone already has nothing left to be told.
            Duty::CloseWrite => {
                self.sending = Some(End::Clean);
                self.close_until = None;
                self.move_on();
                self.wait_for_peer();
            }
            _ => {
                self.line = Line::Closed;
                self.layer.handle_closed();
            }
        }
    }

    fn has_event(&self) -> bool {
        self.news != 0
    }

    fn is_done(&self) -> bool {
        self.line == Line::Closed
    }
}
