//! What follows for a relay from what has happened: how its directions, its child and its time limits are coupled.

use core::time::Duration;

use super::Relay;
use super::ends::Line;
use crate::flow::SourceEnd;
use crate::process::Child;
use crate::{Duty, End, Fault, Machine, Moment, Port, Side, Timer, Wake};

/// How far a relay has come.
///
/// ```text
/// Open --all ended--> Lingering (exec) --client's end, close deadline--> Closing
///   |  --all ended-----------------------------------------------------> Closing
///   |  --failed, time limit, abort--> Stopping (a child runs) --exit---> Closing
///   |  --failed--> Delivering (bytes are held) --delivered-------------> Closing
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Phase {
    Open,
    /// Everything was delivered; the client's own end is awaited, since closing over unread input would reset the
    /// connection and take the last output with it.
    Lingering {
        until: Moment,
    },
    /// The connection is gone, the child is being stopped.
    Stopping,
    /// One side has failed; what it had sent before is still delivered to the other.
    Delivering,
    Closing,
}

/// A client has left without a proper end, having got everything. If its child has ended as well, that is no failure:
/// nobody reads what the client might still have sent. Which of the two is looked at first must not decide.
#[derive(Clone, Copy, Debug)]
pub(super) struct Doubt {
    /// What it comes to if the child goes on.
    end: End,
    until: Moment,
}

impl Relay {
    /// Draws the conclusions. Called after every fact.
    pub(super) fn couple(&mut self) {
        match self.phase {
            Phase::Open if self.has_ended() => self.finish(),
            Phase::Lingering { .. } if self.flows.up.pipe.source().is_some() => self.close_all(Duty::Close),
            Phase::Stopping if self.child_has_ended() => self.close_all(Duty::Reset),
            Phase::Delivering if self.flows.hold_nothing() => self.close_all(Duty::Reset),
            Phase::Stopping if self.child.as_ref().is_some_and(Child::wants_stdin_closed) => {
                self.lines.close(Self::STDIN, Duty::Close, &self.layers);
            }
            _ => {}
        }
    }

    /// What is due at this moment.
    pub(super) fn pass_time(&mut self) {
        if self.flush_limit().is_some_and(|wake| wake.at <= self.now) {
            Port::first(self.lines.count()).for_each(|port| self.lines.give_up_flushing(port));
        }
        let Some(Wake { at, why }) = self.phase_limit() else { return };
        if self.now < at {
            return;
        }
        match (why, self.phase) {
            (Timer::Drain, _) if self.looked < Some(at) => {}
            (Timer::Drain, _) => {
                self.flows.down.as_mut().into_iter().for_each(|down| down.pipe.source_ended(SourceEnd::Cut));
            }
            (_, Phase::Lingering { .. }) => self.close_all(Duty::Close),
            (Timer::Exit, _) => {
                let doubt = self.doubt.map(|doubt| doubt.end);
                doubt.into_iter().for_each(|end| self.fail_at(Some(Self::CLIENT), end));
            }
            (why, _) => self.fail(End::TimedOut(why)),
        }
    }

    /// When the relay itself is to be woken; its child may want to be woken as well.
    pub(super) fn own_wake(&self) -> Option<Wake> {
        Wake::earliest(self.phase_limit(), self.flush_limit())
    }

    /// The time that a layer at a port which closes has for what it has still to say.
    fn flush_limit(&self) -> Option<Wake> {
        let at = self.flush_until.filter(|_| self.lines.are_flushing())?;
        Some(Wake { at, why: Timer::Close })
    }

    fn phase_limit(&self) -> Option<Wake> {
        match self.phase {
            Phase::Open => {
                let doubt = self.doubt.map(|doubt| Wake { at: doubt.until, why: Timer::Exit });
                let limits = Wake::earliest(self.idle_limit(), self.drain_limit());
                let beginnings = Wake::earliest(self.connect_limit(), self.handshake_limit());
                Wake::earliest(doubt, Wake::earliest(limits, beginnings))
            }
            Phase::Lingering { until } => Some(Wake { at: until, why: Timer::Close }),
            Phase::Delivering => self.idle_limit(),
            Phase::Stopping | Phase::Closing => None,
        }
    }

    fn idle_limit(&self) -> Option<Wake> {
        let limit = |limit: Option<Duration>, why| limit.map(|wait| Wake { at: self.last_moved + wait, why });
        let half_closed = self.flows.up.pipe.is_ending()
            || self.flows.down.as_ref().is_some_and(|down| down.pipe.is_ending());
        let half_close_idle = self.options.half_close_idle.filter(|_| half_closed);
        Wake::earliest(limit(half_close_idle, Timer::HalfCloseIdle), limit(self.options.idle, Timer::Idle))
    }

    fn connect_limit(&self) -> Option<Wake> {
        let wait = self.options.connect.filter(|_| self.lines.is_connecting())?;
        Some(Wake { at: self.started? + wait, why: Timer::Connect })
    }

    fn handshake_limit(&self) -> Option<Wake> {
        let shaking = !self.lines.is_connecting() && self.layers.are_shaking_hands();
        let wait = self.options.handshake.filter(|_| shaking)?;
        Some(Wake { at: self.started? + wait, why: Timer::Handshake })
    }

    /// The grace for a pipe that outlives its child. It does not run while the client keeps us from reading, and once it
    /// is over the pipe is looked into once more: a driver that comes late must not lose what lies there.
    fn drain_limit(&self) -> Option<Wake> {
        let down = self.flows.down.as_ref().filter(|down| down.pipe.is_filling() && down.pipe.held() == 0)?;
        let reading = self.child_has_ended() && !down.pipe.is_dropping();
        reading.then(|| Wake { at: self.last_output + self.options.drain, why: Timer::Drain })
    }

    /// Something of the child's output has moved, or the child has ended: the grace begins anew, and nobody has looked
    /// for more since.
    pub(super) fn output_moved(&mut self) {
        self.last_output = self.now;
        self.looked = None;
    }

    pub(super) fn child_has_ended(&self) -> bool {
        self.child.as_ref().is_some_and(|child| child.exit().is_some())
    }

    fn has_ended(&self) -> bool {
        let down = self.flows.down.as_ref().is_none_or(|down| down.pipe.is_finished());
        let up = self.flows.up.pipe.is_finished();
        match &self.child {
            Some(child) => down && child.exit().is_some(),
            None if self.lines.has_unborn() => false,
            None => down && (up || self.options.end_with_peer && self.flows.down.is_some()),
        }
    }

    /// Everything was delivered.
    fn finish(&mut self) {
        let cut = self.flows.down.as_ref().is_some_and(|down| down.pipe.source() == Some(SourceEnd::Cut));
        self.end = Some(if cut { End::Cut } else { End::Clean });
        if self.child.is_none() || self.doubt.is_some() || self.flows.up.pipe.source().is_some() {
            return self.close_all(Duty::Close);
        }
        self.flows.up.discard(&mut self.layers);
        self.lines.close(Self::STDIN, Duty::Close, &self.layers);
        self.lines.close(Self::STDOUT, Duty::Close, &self.layers);
        self.phase = Phase::Lingering { until: self.now + self.options.close };
    }

    /// All of a child's output was delivered, and only its exit was not seen yet.
    fn has_answered(&self) -> bool {
        let delivered = self.flows.down.as_ref().is_some_and(|down| down.pipe.is_finished());
        delivered && self.child.is_some() && !self.child_has_ended()
    }

    /// A port has failed in one direction.
    pub(super) fn port_failed(&mut self, port: Port, side: Side, fault: Fault) {
        if self.lines.is_flushing(port) {
            return self.lines.give_up_flushing(port);
        }
        if self.child.is_some() && port == Self::STDIN {
            self.flows.up.discard(&mut self.layers);
            return self.lines.close(Self::STDIN, Duty::Close, &self.layers);
        }
        if let Some(direction) = self.flows.reading_mut(port).filter(|_| side == Side::Read) {
            direction.pipe.source_ended(SourceEnd::Failed(fault));
        }
        if self.phase == Phase::Delivering {
            return self.close_all(Duty::Reset);
        }
        self.fail_at(Some(port), End::Failed { port, side, fault });
    }

    /// It ends, and not cleanly. Only the first reason counts.
    pub(super) fn fail(&mut self, end: End) {
        self.fail_at(None, end);
    }

    /// It ends, and not cleanly, by what has happened at this port.
    pub(super) fn fail_at(&mut self, port: Option<Port>, end: End) {
        match self.phase {
            Phase::Open => {}
            Phase::Lingering { .. } => return self.close_all(Duty::Close),
            Phase::Delivering => return self.close_all(Duty::Reset),
            Phase::Stopping | Phase::Closing => return,
        }
        if port == Some(Self::CLIENT) && self.doubt.is_none() && self.has_answered() {
            return self.doubt = Some(Doubt { end, until: self.now + self.options.drain });
        }
        self.end = Some(end);
        self.flush_until = Some(self.now + self.options.close);
        match &mut self.child {
            Some(child) if child.exit().is_none() => {
                child.stop(&self.options.stop);
                self.flows.iter_mut().for_each(|direction| direction.discard(&mut self.layers));
                self.lines.close(Self::CLIENT, Duty::Reset, &self.layers);
                self.phase = Phase::Stopping;
            }
            None if self.lines.has_unborn() => self.close_all(Duty::Reset),
            None => self.deliver_the_rest(port),
            Some(_) => self.close_all(Duty::Reset),
        }
    }

    /// What a failed port had sent before it failed still goes to the other side.
    fn deliver_the_rest(&mut self, port: Option<Port>) {
        let Some(port) = port else { return self.close_all(Duty::Reset) };
        self.lines.close(port, Duty::Reset, &self.layers);
        for direction in self.flows.iter_mut().filter(|direction| direction.to == port) {
            direction.discard(&mut self.layers);
        }
        self.phase = Phase::Delivering;
        self.couple();
    }

    fn close_all(&mut self, duty: Duty) {
        let held = self.flows.iter_mut().filter(|direction| direction.pipe.held() > 0);
        held.for_each(|direction| direction.discard(&mut self.layers));
        self.lines.close_all(duty, &self.layers);
        self.flush_until.get_or_insert(self.now + self.options.close);
        self.phase = Phase::Closing;
    }

    /// A connection attempt has failed: the next candidate, or the end.
    pub(super) fn not_connected(&mut self, port: Port, fault: Fault) {
        match self.lines.get(port) {
            Line::Connecting { candidate, count } if candidate + 1 < count => {
                self.lines.set(port, Line::Connecting { candidate: candidate + 1, count });
            }
            _ => self.fail(End::NotConnected(fault)),
        }
    }

    pub(super) fn child_wake(&self) -> Option<Wake> {
        self.child.as_ref().and_then(Child::wake)
    }
}
