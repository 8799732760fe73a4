//! The channel as a machine: facts in, obligations out.

use super::{Channel, Deadline, News, Phase};
use crate::{Done, Duty, End, Fault, Lend, Machine, Moment, Pending, Port, Side, Timer, Wake, Wants, Window};

impl Channel {
    fn wants_read(&self) -> bool {
        let interesting = self.out.reading && !self.out.is_full() || !self.agreed || !self.delivers();
        self.receiving.is_none() && interesting && self.carrier.wants_read()
    }

    fn wants_write(&self) -> bool {
        let end_due = self.out.closing.is_some() && self.sending.is_none() && !self.carrier.has_said_close();
        let sealable = (!self.out.queue.is_empty() || end_due) && self.carrier.may_send();
        !self.unwritable && (sealable || self.carrier.wants_write())
    }

    fn duty(&self) -> Option<Duty> {
        if self.said_all() && self.sending.is_none() {
            return Some(Duty::CloseWrite);
        }
        let looks = self.out.urgent && self.urgent.is_none() && self.receiving.is_none();
        (looks && self.delivers() && self.carrier.layer().is_none()).then_some(Duty::Urgent)
    }

    fn is_readable(&self, port: Port) -> bool {
        port == Self::SOCKET && self.phase == Phase::Open && self.wants_read()
    }

    fn is_writable(&self, port: Port) -> bool {
        port == Self::SOCKET && self.phase == Phase::Open && self.wants_write()
    }

    fn has_done(&mut self, duty: Duty, done: Result<i32, Fault>) {
        match (duty, done) {
            (Duty::Connect(_), Ok(_)) => self.has_connected(),
            (Duty::Connect(_), Err(fault)) => {
                self.close_as(Phase::Closing);
                self.fail(End::NotConnected(fault));
            }
            (Duty::Urgent, Ok(byte)) => self.urgent = Some(byte.to_le_bytes()[0]),
            // What the reads will say as well, in their time.
            (Duty::Urgent, Err(_)) => self.out.urgent = false,
            // A peer that is gone already has nothing left to be told.
            (Duty::CloseWrite, _) => {
                self.sending = Some(End::Clean);
                self.close_until = Deadline::NONE;
                self.move_on();
            }
            _ => {
                self.phase = Phase::Closed;
                self.take_news_of(News::Room);
                self.tell(News::Closed);
            }
        }
    }

    fn has_connected(&mut self) {
        self.phase = Phase::Open;
        self.begin_until = Deadline::NONE;
        self.begin();
        self.look();
    }

    /// Begins with what has to be done before data goes either way, under its deadline.
    fn begin(&mut self) {
        let limit = match (self.phase, self.carrier.layer_mut()) {
            (Phase::Connecting, _) => self.limits.connect,
            (Phase::Open, Some(layer)) => {
                layer.start();
                self.limits.handshake
            }
            _ => return,
        };
        if !self.agreed {
            self.begin_until.begin(self.now, limit);
        }
    }

    pub(super) fn look_for_room(&mut self, was_full: bool) {
        if was_full && !self.out.is_full() {
            self.tell(News::Room);
        }
    }

    /// Late, so that all answers of a turn are sealed together.
    fn seal(&mut self, lend: &mut dyn Lend) {
        let ends = self.out.closing.is_some() && self.sending.is_none();
        self.carrier.seal(&mut self.out.queue, ends, lend);
    }
}

impl Machine for Channel {
    fn ports(&self) -> u8 {
        1
    }

    fn wants(&self, port: Port) -> Wants {
        if port != Self::SOCKET {
            return Wants::NOTHING;
        }
        match self.phase {
            Phase::Connecting => Wants { duty: Some(Duty::Connect(0)), ..Wants::NOTHING },
            Phase::Open => Wants { read: self.wants_read(), write: self.wants_write(), duty: self.duty() },
            Phase::Closing => Wants { duty: Some(Duty::Close), ..Wants::NOTHING },
            Phase::Resetting => Wants { duty: Some(Duty::Reset), ..Wants::NOTHING },
            Phase::Closed => Wants::NOTHING,
        }
    }

    fn wake(&self) -> Option<Wake> {
        if !matches!(self.phase, Phase::Open | Phase::Connecting) {
            return None;
        }
        let wake = |at: Option<Moment>, why| at.map(|at| Wake { at, why });
        let begin = if self.phase == Phase::Connecting { Timer::Connect } else { Timer::Handshake };
        Wake::earliest(
            wake(self.begin_until.at(), begin),
            wake(self.close_until.at().or_else(|| self.waits_for_peer().then_some(self.now)), Timer::Close),
        )
    }

    fn handle_now(&mut self, now: Moment) {
        self.now = self.now.max(now);
        self.release();
        if !matches!(self.phase, Phase::Open | Phase::Connecting) {
            return;
        }
        self.begin();
        self.wait_for_peer();
        self.pass_time();
    }

    /// Room for answers is taken together with the room for what is to be answered.
    fn window<'a>(&'a mut self, port: Port, lend: &mut dyn Lend) -> Window<'a> {
        if !self.is_readable(port) {
            return Window::NONE;
        }
        if !self.out.queue.has_buffer() {
            let _ = self.out.queue.give_buffer(lend.take());
        }
        Window::Slice(self.carrier.window(lend))
    }

    fn pending<'a>(&'a mut self, port: Port, lend: &mut dyn Lend) -> Pending<'a> {
        if !self.is_writable(port) {
            return Pending::NONE;
        }
        let was_full = self.out.is_full();
        self.seal(lend);
        self.look_for_room(was_full);
        self.carrier.pending(&self.out.queue)
    }

    /// Where the peer has ended as well, the connection waits for its owner to have heard of it all.
    fn is_last(&self, port: Port) -> bool {
        let may_end = self.carrier.may_send() || self.carrier.has_said_close();
        let ends = self.out.closing.is_some() && self.sending.is_none() && may_end;
        port == Self::SOCKET && ends && (self.receiving.is_none() || self.has_told_all())
    }

    fn settle(&mut self, lend: &mut dyn Lend) {
        let closed = self.phase == Phase::Closed;
        if closed {
            self.out.queue.clear();
        }
        if closed || self.unwritable {
            self.carrier.drop_clear();
        }
        match self.carrier.layer_mut() {
            Some(layer) if closed => layer.handle_closed(),
            Some(layer) if self.unwritable => layer.drop_pending(lend),
            _ => {}
        }
        // Whoever handles data finds a buffer for the answer.
        let drained = if self.has_data() { None } else { self.out.queue.take_buffer() };
        drained.into_iter().for_each(|buffer| lend.give(buffer));
        self.carrier.settle(lend);
    }

    fn handle_read(&mut self, port: Port, n: usize) {
        if !self.is_readable(port) {
            return;
        }
        self.carrier.handle_read(n);
        self.look();
        self.move_on();
        self.wait_for_peer();
    }

    fn handle_eof(&mut self, port: Port) {
        if !self.is_readable(port) {
            return;
        }
        match self.carrier.layer_mut() {
            Some(layer) => layer.handle_eof(),
            None => self.ended(End::Clean),
        }
        self.look();
        self.move_on();
        self.wait_for_peer();
    }

    fn handle_written(&mut self, port: Port, n: usize) {
        if !self.is_writable(port) {
            return;
        }
        let was_full = self.out.is_full();
        self.carrier.handle_written(n, &mut self.out.queue);
        self.look_for_room(was_full);
        if n > 0 {
            self.close_until = Deadline::NONE;
        }
        self.agree();
        self.move_on();
        self.wait_for_peer();
    }

    /// A peer that takes nothing any more may still have sent something: that is read to its end.
    fn handle_failed(&mut self, port: Port, side: Side, fault: Fault) {
        let wants = self.wants(port);
        let end = End::Failed { port, side, fault };
        match side {
            Side::Read if wants.read => self.fail(end),
            Side::Write if wants.write => {
                self.unwritable = true;
                self.cannot_send(end);
                self.move_on();
            }
            _ => return,
        }
        self.wait_for_peer();
    }

    fn handle_done(&mut self, port: Port, duty: Duty, done: Done) {
        if self.wants(port).duty != Some(duty) {
            return;
        }
        match done {
            Done::Blocked => return,
            Done::Ok(value) => self.has_done(duty, Ok(value)),
            Done::Failed(fault) => self.has_done(duty, Err(fault)),
        }
        self.wait_for_peer();
    }

    fn has_event(&self) -> bool {
        self.has_data() || self.has_event_beside_data()
    }

    fn is_done(&self) -> bool {
        self.phase == Phase::Closed && !self.has_event()
    }
}
