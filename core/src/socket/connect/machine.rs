//! The facts and wants of a [`Connect`].

use super::{Connect, Lane};
use crate::{Done, Duty, Machine, Moment, Port, Timer, Wake, Wants};

impl Machine for Connect {
    fn ports(&self) -> u8 {
        self.at_once
    }

    fn wants(&self, port: Port) -> Wants {
        let duty = match self.lanes().get(port.index()) {
            Some(Lane::Trying(candidate)) => Some(Duty::Connect(*candidate)),
            Some(Lane::Closing) => Some(Duty::Close),
            _ => None,
        };
        Wants { duty, ..Wants::NOTHING }
    }

    fn wake(&self) -> Option<Wake> {
        let next = self.next_at().map(|at| Wake { at, why: Timer::Attempt });
        let deadline = self.deadline.filter(|_| self.result.is_none());
        Wake::earliest(deadline.map(|at| Wake { at, why: Timer::Connect }), next)
    }

    fn handle_now(&mut self, now: Moment) {
        self.now = self.now.max(now);
        if self.result.is_none() && self.is_late() {
            self.timed_out();
        }
        if self.next_at.is_none() {
            self.next_at = self.delay.map(|delay| self.now + delay);
        }
        if self.next_at().is_some_and(|at| at <= self.now) {
            self.try_next();
        }
    }

    fn handle_done(&mut self, port: Port, duty: Duty, done: Done) {
        if self.wants(port).duty != Some(duty) {
            return;
        }
        match (duty, done) {
            (_, Done::Blocked) => {}
            (Duty::Connect(candidate), Done::Ok(_)) => {
                self.lanes[port.index()] = Lane::Won;
                self.end(Ok((port, candidate)));
            }
            (Duty::Connect(candidate), Done::Failed(fault)) => self.failed(port.index(), candidate, fault),
            _ => self.lanes[port.index()] = Lane::Closed,
        }
    }

    fn is_done(&self) -> bool {
        let over = |lane: &Lane| matches!(lane, Lane::Won | Lane::Closed);
        self.result.is_some() && self.lanes().iter().all(over)
    }
}
