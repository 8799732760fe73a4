//! The facts and wants of [`Datagrams`].

use super::{Datagrams, Line};
use crate::{Done, Duty, End, Fault, FaultKind, Machine, Moment, Port, Timer, Wake, Wants};

impl Datagrams {
    fn receive_duty(&self) -> Option<Duty> {
        let wanted = self.reading && !self.full && self.received == 0 && self.receive.failed.is_none();
        match self.receive {
            Line { closed: true, .. } => None,
            _ if self.closing => Some(Duty::Close),
            Line { rests: None, .. } if wanted => Some(Duty::Receive(self.options.at_once.max(1))),
            _ => None,
        }
    }

    fn send_duty(&self) -> Option<Duty> {
        let waiting = u16::try_from(self.waiting.len()).unwrap_or(u16::MAX);
        match self.send {
            Line { closed: true, .. } => None,
            _ if waiting == 0 => self.closing.then_some(Duty::Close),
            Line { rests: None, failed: None, .. } => {
                Some(Duty::Send(waiting.min(self.options.at_once.max(1))))
            }
            _ => None,
        }
    }

    fn received(&mut self, done: Result<i32, Fault>) {
        match done {
            Ok(count) => self.received = u16::try_from(count).unwrap_or(0),
            Err(fault) => {
                self.receive.failed = Some(fault);
                // What the kernel tells of a peer it tells once; of anything else it may speak for ever.
                if !is_of_peer(fault) {
                    self.receive.rests = Some(self.now + self.options.pause);
                }
            }
        }
    }

    fn sent(&mut self, done: Result<i32, Fault>) {
        match done {
            Ok(count) => self.take_away(usize::try_from(count).unwrap_or(0)),
            Err(fault) if fault.kind() == FaultKind::OutOfResources => {
                self.send.rests = Some(self.now + self.options.pause);
            }
            Err(fault) => {
                self.send.failed = Some(fault);
                self.take_away(1);
            }
        }
    }

    /// The first of those that wait are gone.
    fn take_away(&mut self, count: usize) {
        let count = count.min(self.waiting.len());
        self.unsent -= self.waiting.drain(..count).sum::<usize>();
        if self.full && self.unsent <= self.options.low_water {
            self.full = false;
            self.room = true;
        }
    }
}

/// Whether it is a peer's doing, as icmp(7) tells of it.
const fn is_of_peer(fault: Fault) -> bool {
    matches!(
        fault.kind(),
        FaultKind::ConnectionRefused
            | FaultKind::ConnectionReset
            | FaultKind::Unreachable
            | FaultKind::TimedOut
    )
}

impl Machine for Datagrams {
    fn ports(&self) -> u8 {
        2
    }

    fn wants(&self, port: Port) -> Wants {
        let duty = match port {
            Self::RECEIVE => self.receive_duty(),
            Self::SEND => self.send_duty(),
            _ => None,
        };
        Wants { duty, ..Wants::NOTHING }
    }

    fn wake(&self) -> Option<Wake> {
        let rest =
            |line: &Line| line.rests.filter(|_| !line.closed).map(|at| Wake { at, why: Timer::Backoff });
        let close =
            self.close_until.or_else(|| self.closing.then_some(self.now)).filter(|_| !self.send.closed);
        let rests = Wake::earliest(rest(&self.receive), rest(&self.send));
        Wake::earliest(rests, close.map(|at| Wake { at, why: Timer::Close }))
    }

    fn handle_now(&mut self, now: Moment) {
        self.now = self.now.max(now);
        for line in [&mut self.receive, &mut self.send] {
            line.rests = line.rests.filter(|at| *at > self.now);
        }
        if self.closing {
            let until = *self.close_until.get_or_insert(self.now + self.options.close);
            if until <= self.now && !self.waiting.is_empty() {
                self.give_up(End::TimedOut(Timer::Close));
            }
        }
    }

    fn handle_done(&mut self, port: Port, duty: Duty, done: Done) {
        if self.wants(port).duty != Some(duty) {
            return;
        }
        let done = match done {
            Done::Blocked => return,
            Done::Ok(value) => Ok(value),
            Done::Failed(fault) => Err(fault),
        };
        match (duty, port) {
            (Duty::Receive(_), _) => self.received(done),
            (Duty::Send(_), _) => self.sent(done),
            (_, Self::RECEIVE) => self.receive.closed = true,
            _ => self.send.closed = true,
        }
    }

    fn has_event(&self) -> bool {
        let failed = self.receive.failed.is_some() || self.send.failed.is_some();
        self.tells_received() || failed || self.room && !self.closing || self.tells_closed()
    }

    fn is_done(&self) -> bool {
        self.told
    }
}
