//! Making a connection to one of several candidates: [`Connect`].

mod candidates;
mod machine;

use alloc::vec::Vec;
use core::time::Duration;

pub use candidates::interleave;

use crate::{End, Fault, FaultKind, Moment, Port, Timer};

/// How a [`Connect`] tries its candidates.
///
/// ```
/// use core::time::Duration;
/// use standpipe_core::socket::ConnectOptions;
///
/// let options = ConnectOptions::default();
/// assert_eq!((options.attempt_delay, options.at_once), (Some(Duration::from_millis(250)), 4));
/// assert_eq!(ConnectOptions::SHORTEST_DELAY, Duration::from_millis(10));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ConnectOptions {
    /// After how long without an answer the next candidate is tried beside the ones before (RFC 8305, section 5); at
    /// least [`ConnectOptions::SHORTEST_DELAY`]. `None` to try one after the other. Default: 250 ms.
    pub attempt_delay: Option<Duration>,
    /// How many are tried at the same time, 1 to [`Connect::MOST_AT_ONCE`]. Default: as many.
    pub at_once: u8,
}

impl ConnectOptions {
    /// The shortest delay between two attempts (RFC 8305, section 5).
    pub const SHORTEST_DELAY: Duration = Duration::from_millis(10);
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self { attempt_delay: Some(Duration::from_millis(250)), at_once: Connect::MOST_AT_ONCE }
    }
}

/// Makes a connection to the first of several candidates that answers, as RFC 8305 says: when one has failed the next is
/// tried at once, when one has not answered for a while the next is tried beside it, and the first to answer wins. All
/// of it is under one deadline (SOC-37, SOC-T1), and why each has failed is kept (SOC-T13).
///
/// It has as many ports as attempts may be under way, of [`Connect::first`]. A [`Duty::Connect`](crate::Duty) at a
/// port has a socket of its own: where another attempt failed at this port before, that one's is closed first. Once
/// there is a result every port but the winner's is closed, also those whose attempts the kernel would go on with
/// (SOC-T17); then the machine is done. The winner's port, which [`Connect::result`] tells, stays open.
///
/// ```
/// use core::time::Duration;
/// use standpipe_core::socket::Connect;
/// use standpipe_core::{Done, Duty, Fault, FaultKind, Machine, Moment, Port};
///
/// let mut connect = Connect::new(3);
/// let (first, second) = (Port::new(0), Port::new(1));
/// connect.handle_now(Moment::ORIGIN);
/// assert_eq!(connect.wants(first).duty, Some(Duty::Connect(0)));
/// let refused = Fault::new(FaultKind::ConnectionRefused, 111);
/// connect.handle_done(first, Duty::Connect(0), Done::Failed(refused));
/// assert_eq!(connect.wants(first).duty, Some(Duty::Connect(1)));
/// connect.handle_now(Moment::ORIGIN + Duration::from_millis(250)); // no answer yet
/// assert_eq!(connect.wants(second).duty, Some(Duty::Connect(2)));
/// connect.handle_done(second, Duty::Connect(2), Done::Ok(0));
/// assert_eq!(connect.result(), Some(Ok(second)));
/// assert_eq!(connect.candidate(), Some(2));
/// assert_eq!(connect.wants(first).duty, Some(Duty::Close));
/// connect.handle_done(first, Duty::Close, Done::Ok(0));
/// assert!(connect.is_done());
/// assert_eq!(connect.errors(), [(0, refused)]);
/// ```
#[derive(Debug)]
pub struct Connect {
    count: u16,
    /// The next candidate to try.
    next: u16,
    delay: Option<Duration>,
    lanes: [Lane; Self::MOST_AT_ONCE as usize],
    at_once: u8,
    deadline: Option<Moment>,
    /// When the next candidate is tried although nobody has failed. Known from the first turn on.
    next_at: Option<Moment>,
    now: Moment,
    errors: Vec<(u16, Fault)>,
    result: Option<Result<(Port, u16), End>>,
}

/// What goes on at one port.
///
/// ```text
/// Unused → Trying → Failed → Trying (the next candidate)
///             │        └──→ Closing   once there is a result
///             ├──→ Won
///             └──→ Closing → Closed
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Lane {
    /// No attempt was made here.
    Unused,
    /// The attempt to connect to this candidate is under way.
    Trying(u16),
    /// The last attempt has failed; its socket may still be there.
    Failed,
    /// This is the connection.
    Won,
    /// To be closed.
    Closing,
    /// Closed.
    Closed,
}

impl Connect {
    /// How many candidates are tried at the same time at most, and so how many ports there are.
    ///
    /// ```
    /// use standpipe_core::Machine;
    /// use standpipe_core::socket::Connect;
    ///
    /// assert_eq!(Connect::new(99).ports(), Connect::MOST_AT_ONCE);
    /// ```
    pub const MOST_AT_ONCE: u8 = 4;

    /// Tries this many candidates, raced with the default options. Without any there is no connection at once
    /// (`EADDRNOTAVAIL`).
    pub fn new(count: u16) -> Self {
        Self::with_options(count, ConnectOptions::default())
    }

    /// Tries this many candidates, one after the other.
    ///
    /// ```
    /// use standpipe_core::socket::Connect;
    /// use standpipe_core::{Duty, Machine};
    ///
    /// let connect = Connect::sequential(2);
    /// assert_eq!(connect.wants(Connect::first().next().unwrap()).duty, Some(Duty::Connect(0)));
    /// assert_eq!((connect.ports(), connect.wake()), (1, None));
    /// ```
    pub fn sequential(count: u16) -> Self {
        Self::with_options(count, ConnectOptions { attempt_delay: None, at_once: 1 })
    }

    /// Tries this many candidates as the options say.
    ///
    /// ```
    /// use standpipe_core::socket::{Connect, ConnectOptions};
    ///
    /// let pair = ConnectOptions { at_once: 2, ..Default::default() };
    /// assert!(Connect::with_options(5, pair).result().is_none());
    /// ```
    pub fn with_options(count: u16, options: ConnectOptions) -> Self {
        let most = u8::try_from(count).unwrap_or(u8::MAX).clamp(1, Self::MOST_AT_ONCE);
        let mut connect = Self {
            count,
            next: 0,
            delay: options.attempt_delay.map(|delay| delay.max(ConnectOptions::SHORTEST_DELAY)),
            lanes: [Lane::Unused; Self::MOST_AT_ONCE as usize],
            at_once: if options.attempt_delay.is_some() { options.at_once.clamp(1, most) } else { 1 },
            deadline: None,
            next_at: None,
            now: Moment::ORIGIN,
            errors: Vec::new(),
            result: None,
        };
        if count == 0 {
            connect.end(Err(End::NotConnected(Fault::new(FaultKind::AddressNotAvailable, 99))));
        }
        connect.try_next();
        connect
    }

    /// The ports at which attempts are made, the first ones first.
    pub fn first() -> impl Iterator<Item = Port> {
        Port::first(Self::MOST_AT_ONCE)
    }

    /// Sets or clears the moment at which it is given up as a whole.
    ///
    /// ```
    /// use core::time::Duration;
    /// use standpipe_core::socket::Connect;
    /// use standpipe_core::{End, Machine, Moment, Timer};
    ///
    /// let mut connect = Connect::new(2);
    /// connect.set_deadline(Some(Moment::ORIGIN + Duration::from_secs(30)));
    /// connect.handle_now(Moment::ORIGIN + Duration::from_secs(30));
    /// assert_eq!(connect.result(), Some(Err(End::TimedOut(Timer::Connect))));
    /// ```
    pub fn set_deadline(&mut self, deadline: Option<Moment>) {
        self.deadline = deadline;
    }

    /// What it came to: the port of the connection; or [`End::NotConnected`] with the reason of the candidate that failed
    /// last, [`End::TimedOut`], [`End::Aborted`].
    pub fn result(&self) -> Option<Result<Port, End>> {
        self.result.map(|result| result.map(|(port, _)| port))
    }

    /// The candidate that won.
    pub fn candidate(&self) -> Option<u16> {
        self.result.and_then(Result::ok).map(|(_, candidate)| candidate)
    }

    /// Which candidates have failed and why, in the order in which they did. One that had not answered when another won,
    /// or when the time was over, is not among them.
    pub fn errors(&self) -> &[(u16, Fault)] {
        &self.errors
    }

    /// How many candidates were tried.
    ///
    /// ```
    /// assert_eq!(standpipe_core::socket::Connect::new(2).tried(), 1);
    /// ```
    pub fn tried(&self) -> u16 {
        self.next
    }

    /// Gives it up now.
    ///
    /// ```
    /// use standpipe_core::End;
    /// use standpipe_core::socket::Connect;
    ///
    /// let mut connect = Connect::new(2);
    /// connect.abort();
    /// assert_eq!(connect.result(), Some(Err(End::Aborted)));
    /// ```
    pub fn abort(&mut self) {
        self.end(Err(End::Aborted));
    }

    fn lanes(&self) -> &[Lane] {
        &self.lanes[..self.at_once.into()]
    }

    /// A port at which the next candidate may be tried, if there is one.
    fn free(&self) -> Option<usize> {
        let free = |lane: &Lane| matches!(lane, Lane::Unused | Lane::Failed);
        self.lanes().iter().position(free).filter(|_| self.result.is_none() && self.next < self.count)
    }

    fn try_next(&mut self) {
        if let Some(index) = self.free() {
            self.lanes[index] = Lane::Trying(self.next);
            self.next += 1;
            self.next_at = self.next_at.and(self.delay).map(|delay| self.now + delay);
        }
    }

    /// Whether one more candidate is to be tried at some moment.
    fn next_at(&self) -> Option<Moment> {
        self.next_at.filter(|_| self.free().is_some())
    }

    fn failed(&mut self, index: usize, candidate: u16, fault: Fault) {
        self.lanes[index] = Lane::Failed;
        self.errors.push((candidate, fault));
        self.try_next();
        if !self.lanes().iter().any(|lane| matches!(lane, Lane::Trying(_))) {
            self.end(Err(End::NotConnected(fault)));
        }
    }

    /// Everything that was begun is closed, but the winner.
    fn end(&mut self, result: Result<(Port, u16), End>) {
        if self.result.is_some() {
            return;
        }
        self.result = Some(result);
        for lane in &mut self.lanes {
            *lane = match lane {
                Lane::Won => Lane::Won,
                Lane::Unused => Lane::Closed,
                _ => Lane::Closing,
            };
        }
    }

    fn is_late(&self) -> bool {
        self.deadline.is_some_and(|at| at <= self.now)
    }

    fn timed_out(&mut self) {
        self.end(Err(End::TimedOut(Timer::Connect)));
    }
}
