//! A dialogue as a machine: facts in, obligations out.

use core::time::Duration;

use super::Communicate;
use crate::process::StreamEnd;
use crate::process::collector::Collector;
use crate::{Done, Duty, Fault, Lend, Machine, Moment, Pending, Port, Side, Timer, Wake, Wants, Window};

impl Communicate {
    /// When a pipe that somebody else holds is given up: the child has ended and nothing has come for a while, or
    /// nothing is to be waited for. An output over its limit waits for the caller, unless there is a verdict.
    fn drained_at(&self) -> Option<Moment> {
        let waiting = |output: &Collector| {
            output.wants().read || output.open && output.end.is_none() && self.is_stopped()
        };
        let feeding = self.stdin.open && !self.is_fed();
        let drain = if self.is_stopped() { Duration::ZERO } else { self.drain };
        let holding = feeding || waiting(&self.stdout) || waiting(&self.stderr);
        (self.exit().is_some() && holding).then(|| self.last_output + drain)
    }

    /// Whether the grace is over. The pipes are looked into once more: a driver that comes late must not lose what lies
    /// there.
    fn has_drained(&self) -> bool {
        let dry = |at| self.stdout.is_dry(at) && self.stderr.is_dry(at);
        self.drained_at().is_some_and(|at| at <= self.now && dry(at))
    }

    /// Whether standard input gets no more: all is written, or a step of the stop closes it.
    fn is_fed(&self) -> bool {
        self.stdin.queue.is_empty() || self.child().wants_stdin_closed()
    }

    /// A terminal is told of the end, which it may not take at once; nobody waits for that when the child has ended.
    fn end_of_input(&self) -> Duty {
        if self.exit().is_some() { Duty::Reset } else { Duty::Close }
    }

    fn output_moved(&mut self) {
        self.last_output = self.now;
        self.stdout.looked = None;
        self.stderr.looked = None;
    }

    fn cut(&mut self) {
        self.stdin.queue.clear();
        for output in [&mut self.stdout, &mut self.stderr] {
            if output.open {
                output.finish(StreamEnd::Cut);
            }
        }
    }
}

impl Machine for Communicate {
    fn ports(&self) -> u8 {
        3 + self.crew.stages()
    }

    fn wants(&self, port: Port) -> Wants {
        match port {
            Self::STDIN if !self.stdin.open => Wants::NOTHING,
            Self::STDIN if self.is_fed() => Wants { duty: Some(self.end_of_input()), ..Wants::NOTHING },
            Self::STDIN => Wants { write: true, ..Wants::NOTHING },
            Self::STDOUT => self.stdout.wants(),
            Self::STDERR => self.stderr.wants(),
            stage => self.crew.wants(stage.index() - Self::EXIT.index()),
        }
    }

    fn wake(&self) -> Option<Wake> {
        let deadline = self.deadline.filter(|_| !self.is_done());
        let deadline = deadline.map(|at| Wake { at, why: Timer::Deadline });
        let drained = self.drained_at().map(|at| Wake { at, why: Timer::Drain });
        Wake::earliest(Wake::earliest(deadline, drained), self.crew.wake())
    }

    fn handle_now(&mut self, now: Moment) {
        self.now = self.now.max(now);
        self.stdout.let_go();
        self.stderr.let_go();
        self.crew.handle_now(self.now);
        if self.has_drained() {
            self.cut();
        }
        if !self.is_done() && self.deadline.is_some_and(|at| at <= self.now) {
            self.deadline = None;
            self.timed_out = true;
        }
        self.decide();
    }

    fn window<'a>(&'a mut self, port: Port, lend: &mut dyn Lend) -> Window<'a> {
        let now = self.now;
        match self.output_at(port).filter(|output| output.wants().read) {
            Some(output) => output.window(lend, now),
            None => Window::NONE,
        }
    }

    fn pending<'a>(&'a mut self, port: Port, _: &mut dyn Lend) -> Pending<'a> {
        if self.wants(port).write { Pending::Queue(&self.stdin.queue) } else { Pending::NONE }
    }

    fn handle_read(&mut self, port: Port, n: usize) {
        let Some(output) = self.output_at(port).filter(|output| output.looked.is_some()) else { return };
        output.came(n);
        self.output_moved();
        self.decide();
    }

    fn handle_eof(&mut self, port: Port) {
        if let Some(output) = self.output_at(port).filter(|output| output.wants().read) {
            output.finish(StreamEnd::Eof);
        }
    }

    fn handle_written(&mut self, port: Port, n: usize) {
        if port == Self::STDIN && self.wants(port).write {
            self.stdin.queue.consume(n.min(self.stdin.queue.len()));
        }
    }

    fn handle_failed(&mut self, port: Port, side: Side, fault: Fault) {
        match (port, side) {
            (Self::STDIN, Side::Write) => self.stdin.queue.clear(),
            (_, Side::Read) => {
                if let Some(output) = self.output_at(port).filter(|output| output.wants().read) {
                    output.finish(StreamEnd::Failed(fault));
                }
            }
            _ => {}
        }
    }

    fn handle_done(&mut self, port: Port, duty: Duty, done: Done) {
        if let Some(stage) = port.index().checked_sub(Self::EXIT.index()) {
            let running = self.exit().is_none();
            self.crew.handle_done(stage, duty, done);
            if running && self.exit().is_some() {
                self.output_moved();
            }
            return;
        }
        if done == Done::Blocked || self.wants(port).duty != Some(duty) {
            return;
        }
        match self.output_at(port) {
            Some(output) => output.open = false,
            None => {
                self.stdin.open = false;
                self.stdin.queue.clear();
            }
        }
    }

    fn settle(&mut self, lend: &mut dyn Lend) {
        self.stdout.settle(lend);
        self.stderr.settle(lend);
    }

    fn has_event(&self) -> bool {
        let has_piece = self.stdout.owes_piece() || self.stderr.owes_piece();
        has_piece || self.has_question() || self.tells_steps && self.crew.has_event()
    }

    fn is_done(&self) -> bool {
        !self.stdin.open && !self.stdout.open && !self.stderr.open && self.crew.is_done()
    }
}
