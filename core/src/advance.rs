//! The loop body that all drivers share: [`advance`].

use crate::{Done, Duty, Interest, Io, Machine, Moment, Outcome, Port, Ports, Side, Wake};

/// What a turn came to.
///
/// ```
/// use standpipe_core::Progress;
///
/// /// What a driver does after a turn.
/// fn next(progress: Progress) -> &'static str {
///     match progress {
///         Progress::Events => "take them, then advance again",
///         Progress::Blocked(_) => "wait, then advance again",
///         Progress::Budget => "serve others, then advance again",
///         Progress::Done => "forget the machine",
///     }
/// }
/// assert_eq!(next(Progress::Done), "forget the machine");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Progress {
    /// There are events to take; call again when they are taken.
    Events,
    /// Everything that is wanted was tried and would block. The only answer that may be waited on.
    Blocked(Blocked),
    /// The budget is spent; serve others, then call again without waiting.
    Budget,
    /// The machine has come to its end.
    Done,
}

impl Progress {
    /// What to wait for; `None` where nothing is to be waited for.
    ///
    /// ```
    /// use standpipe_core::{Blocked, Progress};
    ///
    /// assert_eq!(Progress::Blocked(Blocked::default()).blocked(), Some(Blocked::default()));
    /// assert_eq!(Progress::Budget.blocked(), None);
    /// ```
    pub const fn blocked(self) -> Option<Blocked> {
        match self {
            Self::Blocked(blocked) => Some(blocked),
            _ => None,
        }
    }
}

/// What to wait for.
///
/// ```
/// use standpipe_core::{Blocked, Moment, Port, Timer, Wake};
///
/// let mut what = Blocked { wake: Some(Wake { at: Moment::ORIGIN, why: Timer::Idle }), ..Blocked::default() };
/// what.read.insert(Port::new(0));
/// assert!(what.read.contains(Port::new(0)) && what.write.is_empty());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Blocked {
    /// Ports that must become readable.
    pub read: Ports,
    /// Ports that must become writable.
    pub write: Ports,
    /// Ports at which urgent data must have come.
    pub urgent: Ports,
    /// When to call again although no port is ready.
    pub wake: Option<Wake>,
}

/// Bytes that one turn may move before others get theirs: 256 KiB.
///
/// ```
/// # use standpipe_core::{Machine, Moment, Progress, Io};
/// use standpipe_core::{BUDGET, advance};
///
/// # fn turn(machine: &mut impl Machine, io: &mut impl Io, now: Moment) {
/// let progress = advance(machine, io, now, BUDGET); // another one waits no longer than that
/// # let _ = progress;
/// # }
/// assert_eq!(BUDGET, 262_144);
/// ```
pub const BUDGET: usize = 256 << 10;

/// What one operation costs beside its bytes, so that a turn of one-byte reads is bounded as well.
const OPERATION_COST: usize = 512;

/// Performs whatever reads, writes and duties the machine wants and the driver can do, until nothing is possible.
///
/// Never waits, never reads a clock. Per port: all writes, then the duty, then one read, and around again while
/// something moved. Stops at the first event, since the lent buffer it lies in must be drained before the next read.
/// After `budget` bytes the turn ends with [`Progress::Budget`]; each wanted operation is tried at least once before.
///
/// Only [`Progress::Blocked`] carries what to wait for, and whoever touches the machine advances it before waiting.
///
/// ```
#[doc = include_str!("../examples/in_memory.rs")]
/// ```
pub fn advance<M, I>(machine: &mut M, io: &mut I, now: Moment, budget: usize) -> Progress
where
    M: Machine + ?Sized,
    I: Io,
{
    machine.handle_now(now);
    let mut turn = Turn { machine: &mut *machine, io: &mut *io, tried: Tried::default(), left: budget };
    let progress = loop {
        match turn.round() {
            Round::GoesOn => {}
            Round::Still(blocked) => break turn.still(blocked),
            Round::Events => break Progress::Events,
            Round::Spent => break Progress::Budget,
        }
    };
    machine.settle(io);
    if progress != Progress::Events && machine.is_done() { Progress::Done } else { progress }
}

struct Turn<'a, M: ?Sized, I> {
    machine: &'a mut M,
    io: &'a mut I,
    tried: Tried,
    left: usize,
}

/// The operations of this turn that would block.
#[derive(Default)]
struct Tried {
    read: Ports,
    write: Ports,
    /// The duties themselves: a port whose blocked duty was replaced by another within the turn must try that one too. Most turns
    /// have none, and need not prepare for them.
    duties: Option<[Option<Duty>; Ports::CAPACITY]>,
}

impl Tried {
    fn has_duty(&self, port: Port, duty: Duty) -> bool {
        self.duties.as_ref().is_some_and(|duties| duties[port.index()] == Some(duty))
    }

    fn insert_duty(&mut self, port: Port, duty: Duty) {
        self.duties.get_or_insert([None; Ports::CAPACITY])[port.index()] = Some(duty);
    }
}

enum Round {
    GoesOn,
    Still(Blocked),
    Events,
    Spent,
}

impl<M: Machine + ?Sized, I: Io> Turn<'_, M, I> {
    /// Every operation that is wanted is tried at least once, whatever the budget: a port that always has something
    /// must not keep the ones behind it from their turn.
    fn round(&mut self) -> Round {
        for port in Port::first(self.machine.ports()) {
            self.serve(port);
            if self.machine.has_event() {
                return Round::Events;
            }
        }
        match self.blocked() {
            Some(blocked) => Round::Still(blocked),
            None if self.left == 0 => Round::Spent,
            None => Round::GoesOn,
        }
    }

    /// All writes, then the duty, then one read. What is wanted is asked again only where it may have changed: a busy loop spends
    /// much of its own time on that.
    fn serve(&mut self, port: Port) {
        let mut wants = self.machine.wants(port);
        while wants.write && !self.tried.write.contains(port) {
            let written = self.write(port);
            wants = self.machine.wants(port);
            if !written || self.left == 0 {
                break;
            }
        }
        if let Some(duty) = wants.duty
            && !self.tried.has_duty(port, duty)
        {
            self.perform(port, duty);
            wants = self.machine.wants(port);
        }
        if wants.read && self.may_read(port) && !self.machine.has_event() {
            self.read(port);
        }
    }

    /// Whether a read was not tried in vain yet, and is not known to be.
    fn may_read(&mut self, port: Port) -> bool {
        if self.tried.read.contains(port) {
            return false;
        }
        let may_read = self.io.may_read(port);
        if !may_read {
            self.tried.read.insert(port);
        }
        may_read
    }

    fn write(&mut self, port: Port) -> bool {
        match self.try_write(port) {
            Outcome::Ready(n) if n > 0 => {
                self.machine.handle_written(port, n);
                self.spend(n);
            }
            Outcome::Failed(fault) => self.machine.handle_failed(port, Side::Write, fault),
            Outcome::Ready(_) | Outcome::Eof | Outcome::Blocked => {
                self.tried.write.insert(port);
                return false;
            }
        }
        true
    }

    fn try_write(&mut self, port: Port) -> Outcome {
        let is_last = self.machine.is_last(port);
        let pending = self.machine.pending(port, self.io);
        match is_last {
            true => self.io.try_last_write(port, pending),
            false => self.io.try_write(port, pending),
        }
    }

    fn perform(&mut self, port: Port, duty: Duty) {
        let done = self.io.try_duty(port, duty);
        if done == Done::Blocked {
            return self.tried.insert_duty(port, duty);
        }
        self.machine.handle_done(port, duty, done);
        self.spend(0);
    }

    fn read(&mut self, port: Port) {
        let window = self.machine.window(port, self.io);
        match self.io.try_read(port, window) {
            Outcome::Ready(n) if n > 0 => {
                self.machine.handle_read(port, n);
                self.spend(n);
            }
            Outcome::Eof => self.machine.handle_eof(port),
            Outcome::Failed(fault) => self.machine.handle_failed(port, Side::Read, fault),
            Outcome::Ready(_) | Outcome::Blocked => self.tried.read.insert(port),
        }
    }

    fn spend(&mut self, bytes: usize) {
        self.left = self.left.saturating_sub(bytes + OPERATION_COST);
    }

    /// Nothing moves any more. Another hand on the machine may have brought about an event meanwhile, and with it the end of
    /// what was to be waited for.
    fn still(&self, blocked: Blocked) -> Progress {
        if self.machine.has_event() { Progress::Events } else { Progress::Blocked(blocked) }
    }

    /// What is still wanted, unless some of it was not tried in this turn: what has moved at one port may have brought about a want
    /// at another. An operation that blocked early in the turn may not be wanted any more at its end, and a driver that waited
    /// for it would spin.
    fn blocked(&self) -> Option<Blocked> {
        let mut blocked = Blocked::default();
        for port in Port::first(self.machine.ports()) {
            let wants = self.machine.wants(port);
            let is_tried = (!wants.read || self.tried.read.contains(port))
                && (!wants.write || self.tried.write.contains(port))
                && wants.duty.is_none_or(|duty| self.tried.has_duty(port, duty));
            if !is_tried {
                return None;
            }
            let duty = wants.duty.map(|duty| duty.waits_for());
            if wants.read || duty == Some(Interest::Read) {
                blocked.read.insert(port);
            }
            if wants.write || duty == Some(Interest::Write) {
                blocked.write.insert(port);
            }
            if duty == Some(Interest::Urgent) {
                blocked.urgent.insert(port);
            }
        }
        Some(Blocked { wake: self.machine.wake(), ..blocked })
    }
}
