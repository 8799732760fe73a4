//! When connections are accepted: [`Listen`].

use core::time::Duration;

use crate::{Done, Duty, Fault, FaultKind, Machine, Moment, Port, Timer, Wake, Wants};

/// Limits of a [`Listen`].
#[derive(Clone, Copy, Debug)]
pub struct ListenOptions {
    /// How many connections may be open at once. Default: no limit of our own.
    pub max_connections: usize,
    /// How many are accepted in one turn. Default: 64.
    pub per_turn: u16,
}

impl Default for ListenOptions {
    fn default() -> Self {
        Self { max_connections: usize::MAX, per_turn: 64 }
    }
}

/// What happened to a listener that its owner should know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ListenEvent {
    /// A resource has run out; accepting is tried again after a pause, or when a connection closes. Told once until
    /// accepting succeeds again.
    Paused(Fault),
    /// The listener is broken and closes.
    Failed(Fault),
}

/// When connections are accepted: not above a number, and after a resource has run out not before a pause, which
/// doubles from 10 ms to 1 s. At the descriptor limit a listener neither burns a core nor wedges.
///
/// Its port is [`Listen::SOCKET`]. The driver keeps what `Accept` gives it, and calls [`Listen::release`] whenever one
/// of those connections has ended.
///
/// ```
/// use standpipe_core::socket::{Listen, ListenOptions};
/// use standpipe_core::{Done, Duty, Machine};
///
/// let mut listen = Listen::new(ListenOptions { max_connections: 2, ..Default::default() });
/// assert_eq!(listen.wants(Listen::SOCKET).duty, Some(Duty::Accept(2)));
/// listen.handle_done(Listen::SOCKET, Duty::Accept(2), Done::Ok(2));
/// assert_eq!(listen.wants(Listen::SOCKET).duty, None);
/// listen.release();
/// assert_eq!(listen.wants(Listen::SOCKET).duty, Some(Duty::Accept(1)));
/// ```
#[derive(Debug)]
pub struct Listen {
    options: ListenOptions,
    active: usize,
    pause: Option<Moment>,
    next_pause: Duration,
    event: Option<ListenEvent>,
    told: bool,
    state: State,
    now: Moment,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Open,
    Closing,
    Closed,
}

const SHORTEST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

impl Listen {
    /// The listening socket.
    pub const SOCKET: Port = Port::new(0);

    /// Begins to accept.
    pub const fn new(options: ListenOptions) -> Self {
        Self {
            options,
            active: 0,
            pause: None,
            next_pause: SHORTEST_PAUSE,
            event: None,
            told: false,
            state: State::Open,
            now: Moment::ORIGIN,
        }
    }

    /// How many of the accepted connections have not ended.
    pub fn active(&self) -> usize {
        self.active
    }

    /// A connection has ended: there is room for another, and perhaps a descriptor.
    pub fn release(&mut self) {
        self.active = self.active.saturating_sub(1);
        self.pause = None;
    }

    /// A connection could not be served because a resource ran out: accepting pauses as well.
    pub fn exhausted(&mut self, fault: Fault) {
        if !self.told {
            self.told = true;
            self.event = Some(ListenEvent::Paused(fault));
        }
        self.pause = Some(self.now + self.next_pause);
        self.next_pause = (self.next_pause * 2).min(LONGEST_PAUSE);
    }

    /// Accepts no more, and closes the listening socket.
    pub fn close(&mut self) {
        if self.state == State::Open {
            self.state = State::Closing;
        }
    }

    /// The next thing to know.
    pub fn next_event(&mut self) -> Option<ListenEvent> {
        self.event.take()
    }

    fn room(&self) -> u16 {
        let room = self.options.max_connections.saturating_sub(self.active);
        u16::try_from(room).unwrap_or(u16::MAX).min(self.options.per_turn)
    }

    fn failed(&mut self, fault: Fault) {
        match fault.kind() {
            FaultKind::ConnectionAborted => {}
            FaultKind::DescriptorLimit | FaultKind::OutOfResources => self.exhausted(fault),
            _ => {
                self.event = Some(ListenEvent::Failed(fault));
                self.close();
            }
        }
    }
}

impl Machine for Listen {
    fn ports(&self) -> u8 {
        1
    }

    fn wants(&self, port: Port) -> Wants {
        let duty = match self.state {
            _ if port != Self::SOCKET => None,
            State::Open if self.pause.is_some() || self.room() == 0 => None,
            State::Open => Some(Duty::Accept(self.room())),
            State::Closing => Some(Duty::Close),
            State::Closed => None,
        };
        Wants { duty, ..Wants::NOTHING }
    }

    fn wake(&self) -> Option<Wake> {
        let at = self.pause.filter(|_| self.state == State::Open)?;
        Some(Wake { at, why: Timer::Backoff })
    }

    fn handle_now(&mut self, now: Moment) {
        self.now = self.now.max(now);
        if self.pause.is_some_and(|until| until <= self.now) {
            self.pause = None;
        }
    }

    fn handle_done(&mut self, port: Port, duty: Duty, done: Done) {
        if self.wants(port).duty != Some(duty) {
            return;
        }
        match (duty, done) {
            (_, Done::Blocked) => {}
            (Duty::Accept(_), Done::Ok(n)) => {
                self.active += usize::try_from(n).unwrap_or(0);
                self.next_pause = SHORTEST_PAUSE;
                self.told = false;
            }
            (Duty::Accept(_), Done::Failed(fault)) => self.failed(fault),
            _ => self.state = State::Closed,
        }
    }

    fn has_event(&self) -> bool {
        self.event.is_some()
    }

    fn is_done(&self) -> bool {
        self.state == State::Closed
    }
}
