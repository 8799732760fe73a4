//! When connections are accepted, and when that ends: [`Listen`].

mod machine;
mod per_address;

use core::net::IpAddr;
use core::time::Duration;

use crate::{Fault, FaultKind, Moment, Port};

pub use per_address::PerAddress;

/// Limits of a [`Listen`].
#[derive(Clone, Copy, Debug)]
pub struct ListenOptions {
    /// How many connections may be open at once. Default: no limit of our own.
    pub max_connections: usize,
    /// How many connections may be open at once from one address, of those that [`Listen::admit`] is told. Default: no
    /// limit of our own.
    pub max_per_address: usize,
    /// How many are accepted at once. Default: 1, so that each is served before the next is accepted: a burst that is
    /// accepted whole can take every descriptor before the first of it is served.
    pub at_once: u16,
    /// Whether a request to stop is followed by accepting those who have connected already, as far as the limits allow; a socket
    /// that is closed over them resets them. Where a resource has run out that is tried until the end of the drain. Default: no.
    pub accepts_rest: bool,
    /// How long open connections have after a request to stop, before they are aborted. Default: 30 s.
    pub drain: Duration,
}

impl Default for ListenOptions {
    fn default() -> Self {
        let (max_connections, max_per_address) = (usize::MAX, usize::MAX);
        let (at_once, accepts_rest, drain) = (1, false, Duration::from_secs(30));
        Self { max_connections, max_per_address, at_once, accepts_rest, drain }
    }
}

/// What happened to a listener that its owner should know.
///
/// ```
/// use standpipe_core::socket::{Listen, ListenEvent, ListenOptions};
/// use standpipe_core::{Fault, FaultKind};
///
/// let mut listen = Listen::new(ListenOptions::default());
/// let full = Fault::new(FaultKind::DescriptorLimit, 24);
/// listen.exhausted(full);
/// assert_eq!(listen.next_event(), Some(ListenEvent::Paused(full)));
/// listen.stop();
/// listen.stop();
/// assert_eq!(listen.next_event(), Some(ListenEvent::Abort));
/// assert_eq!(listen.next_event(), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ListenEvent {
    /// Connections were accepted and are to be taken from the driver. No other is accepted before this is taken.
    Accepted,
    /// A resource has run out; accepting is tried again after a pause, or when a connection closes. Told once a second
    /// at most.
    Paused(Fault),
    /// The listener is broken: it closes, and open connections drain.
    Failed(Fault),
    /// It is time to abort the connections that are still open. Told once.
    Abort,
}

/// What becomes of a connection that was accepted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
#[must_use]
pub enum Admission {
    /// It is served.
    Serve,
    /// Its address has as many connections as it may have: it is closed at once. It counts no longer, and is not
    /// released.
    Refuse,
}

/// When connections are accepted: not above a number, and after a resource has run out not before a pause, which
/// doubles from 10 ms to 1 s. At the descriptor limit a listener neither burns a core nor wedges.
///
/// Its ports: [`SOCKET`](Self::SOCKET), and [`CONTROL`](Self::CONTROL), which is read while it is open: each byte is a
/// request to stop, but for [`AGAIN`](Self::AGAIN). The first one closes the socket and lets the open connections drain; a second
/// one, or the end of the drain, makes [`ListenEvent::Abort`] due. The machine is done when the last connection has ended.
///
/// Listeners may share a limit that their drivers keep: one that accepts none for it (`Done::Ok(0)`) pauses, until a byte at its
/// control port says that there may be room, or else as after a resource has run out.
///
/// The driver keeps what `Accept` gives it, asks [`Listen::admit`] where there is a limit for each address, and calls
/// [`Listen::release`] or [`Listen::release_from`] whenever one of those connections has ended.
///
/// ```
/// use standpipe_core::socket::{Listen, ListenOptions};
/// use standpipe_core::{Done, Duty, Machine};
///
/// let mut listen = Listen::new(ListenOptions { max_connections: 2, at_once: 64, ..Default::default() });
/// assert_eq!(listen.wants(Listen::SOCKET).duty, Some(Duty::Accept(2)));
/// listen.handle_done(Listen::SOCKET, Duty::Accept(2), Done::Ok(2));
/// assert!(listen.next_event().is_some());
/// assert_eq!(listen.wants(Listen::SOCKET).duty, None);
/// listen.release();
/// assert_eq!(listen.wants(Listen::SOCKET).duty, Some(Duty::Accept(1)));
/// listen.stop();
/// assert_eq!(listen.wants(Listen::SOCKET).duty, Some(Duty::Close));
/// assert!(listen.wants(Listen::CONTROL).read);
/// ```
#[derive(Debug)]
pub struct Listen {
    options: ListenOptions,
    active: usize,
    /// How many of the active ones came from which address; kept only under a limit.
    by_address: PerAddress,
    /// The owner has paused it.
    held: bool,
    pause: Option<Moment>,
    next_pause: Duration,
    /// What is to be told, apart, so that no event takes another's place.
    accepted: bool,
    paused: Option<Fault>,
    broken: Option<Fault>,
    abort_due: bool,
    /// An accepted connection waits for a resource.
    deferred: bool,
    /// Until when pauses are not told again.
    quiet_until: Moment,
    socket: Socket,
    control: [u8; 16],
    controlled: bool,
    /// When draining ends.
    drained: Option<Moment>,
    aborted: bool,
    now: Moment,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Socket {
    Open,
    /// Those who have connected already are accepted, so many at most.
    Finishing(u16),
    Closing,
    Closed,
}

const SHORTEST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// How many are accepted after a request to stop: as many as a queue usually holds. Who goes on connecting is not served without end.
const REST: u16 = 4096;

impl Listen {
    /// The listening socket.
    pub const SOCKET: Port = Port::new(0);
    /// Where requests to stop are read from, such as a pipe that signals are written to.
    pub const CONTROL: Port = Port::new(1);
    /// The byte at the control port that asks for nothing but to try again: there may be room under a limit that is shared. No
    /// signal has this number.
    ///
    /// ```
    /// use standpipe_core::socket::{Listen, ListenOptions};
    /// use standpipe_core::{Done, Duty, Machine, Pool, Window};
    ///
    /// let mut listen = Listen::new(ListenOptions::default());
    /// listen.handle_done(Listen::SOCKET, Duty::Accept(1), Done::Ok(0)); // somebody waits, and others have all places
    /// assert_eq!(listen.wants(Listen::SOCKET).duty, None);
    /// let Window::Slice(window) = listen.window(Listen::CONTROL, &mut Pool::default()) else { unreachable!() };
    /// window[0] = Listen::AGAIN;
    /// listen.handle_read(Listen::CONTROL, 1);
    /// assert_eq!(listen.wants(Listen::SOCKET).duty, Some(Duty::Accept(1)));
    /// ```
    pub const AGAIN: u8 = 0;

    /// Begins to accept.
    pub const fn new(options: ListenOptions) -> Self {
        Self {
            options,
            active: 0,
            by_address: PerAddress::new(),
            held: false,
            pause: None,
            next_pause: SHORTEST_PAUSE,
            accepted: false,
            paused: None,
            broken: None,
            abort_due: false,
            deferred: false,
            quiet_until: Moment::ORIGIN,
            socket: Socket::Open,
            control: [0; 16],
            controlled: true,
            drained: None,
            aborted: false,
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
        self.try_again();
    }

    /// Whether a connection that was accepted is served, now that the driver knows where it came from (SOC-56). Told once
    /// for each, before it is served; `None` for a peer without an internet address, which no limit is for. An IPv4
    /// address counts the same when an IPv6 socket has accepted from it.
    ///
    /// ```
    /// use standpipe_core::socket::{Admission, Listen, ListenOptions};
    /// use standpipe_core::{Done, Duty, Machine};
    ///
    /// let mut listen = Listen::new(ListenOptions { max_per_address: 1, at_once: 2, ..Default::default() });
    /// listen.handle_done(Listen::SOCKET, Duty::Accept(2), Done::Ok(2));
    /// let peer = Some([192, 0, 2, 1].into());
    /// assert_eq!(listen.admit(peer), Admission::Serve);
    /// assert_eq!(listen.admit(peer), Admission::Refuse); // to be closed at once
    /// assert_eq!(listen.active(), 1);
    /// listen.release_from(peer);
    /// assert_eq!(listen.active(), 0);
    /// ```
    pub fn admit(&mut self, address: Option<IpAddr>) -> Admission {
        let most = self.options.max_per_address;
        let Some(address) = address.filter(|_| most < usize::MAX) else { return Admission::Serve };
        if self.by_address.admit(address, most) {
            return Admission::Serve;
        }
        self.release();
        Admission::Refuse
    }

    /// A connection that was admitted from this address has ended.
    pub fn release_from(&mut self, address: Option<IpAddr>) {
        if let Some(address) = address {
            self.by_address.release(address);
        }
        self.release();
    }

    /// Accepts nothing until [`Listen::resume`]: the kernel queues what comes, up to its backlog. Requests to stop are
    /// heard.
    ///
    /// ```
    /// use standpipe_core::Machine;
    /// use standpipe_core::socket::{Listen, ListenOptions};
    ///
    /// let mut listen = Listen::new(ListenOptions::default());
    /// listen.pause();
    /// assert!(listen.wants(Listen::SOCKET).duty.is_none() && listen.is_paused());
    /// listen.resume();
    /// assert!(listen.wants(Listen::SOCKET).duty.is_some() && !listen.is_paused());
    /// ```
    pub fn pause(&mut self) {
        self.held = true;
    }

    /// Accepts again after [`Listen::pause`]. A pause for want of a resource goes on.
    pub fn resume(&mut self) {
        self.held = false;
    }

    /// Whether its owner has paused it.
    pub fn is_paused(&self) -> bool {
        self.held
    }

    fn try_again(&mut self) {
        self.pause = None;
        self.accepted |= core::mem::take(&mut self.deferred);
    }

    /// An accepted connection cannot be served for want of a resource, and the driver keeps it: accepting pauses, and
    /// [`ListenEvent::Accepted`] is told again when it resumes.
    ///
    /// ```
    /// use standpipe_core::socket::{Listen, ListenEvent, ListenOptions};
    /// use standpipe_core::{Done, Duty, Fault, FaultKind, Machine};
    ///
    /// let mut listen = Listen::new(ListenOptions::default());
    /// listen.handle_done(Listen::SOCKET, Duty::Accept(1), Done::Ok(1));
    /// assert_eq!(listen.next_event(), Some(ListenEvent::Accepted));
    /// let full = Fault::new(FaultKind::DescriptorLimit, 24);
    /// listen.defer(full);
    /// assert_eq!(listen.next_event(), Some(ListenEvent::Paused(full)));
    /// listen.handle_now(listen.wake().unwrap().at);
    /// assert_eq!(listen.wants(Listen::SOCKET).duty, None); // before another one it is the turn of this one
    /// assert_eq!(listen.next_event(), Some(ListenEvent::Accepted));
    /// ```
    pub fn defer(&mut self, fault: Fault) {
        self.deferred = true;
        self.exhausted(fault);
    }

    /// A resource has run out: accepting pauses.
    pub fn exhausted(&mut self, fault: Fault) {
        if self.quiet_until <= self.now {
            self.quiet_until = self.now + LONGEST_PAUSE;
            self.paused = Some(fault);
        }
        self.back_off();
    }

    fn back_off(&mut self) {
        self.pause = Some(self.now + self.next_pause);
        self.next_pause = (self.next_pause * 2).min(LONGEST_PAUSE);
    }

    /// A request to stop: the first one closes the socket and lets the open connections drain, the next one aborts
    /// them.
    ///
    /// ```
    /// use standpipe_core::socket::{Listen, ListenOptions};
    /// use standpipe_core::{Done, Duty, Machine};
    ///
    /// let mut listen = Listen::new(ListenOptions { accepts_rest: true, ..Default::default() });
    /// listen.stop();
    /// assert_eq!(listen.wants(Listen::SOCKET).duty, Some(Duty::AcceptRest(1)));
    /// listen.handle_done(Listen::SOCKET, Duty::AcceptRest(1), Done::Ok(0)); // nobody waits any more
    /// assert_eq!(listen.wants(Listen::SOCKET).duty, Some(Duty::Close));
    /// ```
    pub fn stop(&mut self) {
        match self.drained {
            None => {
                self.finish();
                self.drained = Some(self.now + self.options.drain);
            }
            Some(_) => self.abort(),
        }
    }

    fn finish(&mut self) {
        match self.socket {
            Socket::Open if self.options.accepts_rest => self.socket = Socket::Finishing(REST),
            _ => self.close(),
        }
    }

    fn close(&mut self) {
        if self.accepts() {
            self.socket = Socket::Closing;
        }
    }

    fn abort(&mut self) {
        self.close();
        if !self.aborted {
            self.aborted = true;
            self.abort_due = true;
        }
    }

    /// The next thing to know.
    pub fn next_event(&mut self) -> Option<ListenEvent> {
        if core::mem::take(&mut self.accepted) {
            return Some(ListenEvent::Accepted);
        }
        let fault = self
            .paused
            .take()
            .map(ListenEvent::Paused)
            .or_else(|| self.broken.take().map(ListenEvent::Failed));
        fault.or_else(|| core::mem::take(&mut self.abort_due).then_some(ListenEvent::Abort))
    }

    /// Whether anybody may still be accepted.
    fn accepts(&self) -> bool {
        matches!(self.socket, Socket::Open | Socket::Finishing(_))
    }

    fn rests(&self) -> bool {
        self.held || self.pause.is_some() || self.room() == 0
    }

    fn room(&self) -> u16 {
        let room = self.options.max_connections.saturating_sub(self.active);
        u16::try_from(room).unwrap_or(u16::MAX).min(self.options.at_once)
    }

    /// A byte at the control port.
    fn asked(&mut self, byte: u8) {
        match byte {
            Self::AGAIN => self.try_again(),
            _ => self.stop(),
        }
    }

    fn has_accepted(&mut self, n: i32) {
        let n = u16::try_from(n).unwrap_or(0);
        self.active += usize::from(n);
        self.accepted = true;
        self.next_pause = SHORTEST_PAUSE;
        self.count_rest(n);
    }

    fn count_rest(&mut self, n: u16) {
        if let Socket::Finishing(rest) = self.socket {
            let left = rest.saturating_sub(n);
            self.socket = if left == 0 { Socket::Closing } else { Socket::Finishing(left) };
        }
    }

    fn failed(&mut self, fault: Fault) {
        self.count_rest(1);
        match fault.kind() {
            // Of the connection that was to be accepted, not of the listener (accept(2)).
            FaultKind::ConnectionAborted | FaultKind::Unreachable => {}
            FaultKind::DescriptorLimit | FaultKind::OutOfResources => self.exhausted(fault),
            _ => {
                self.broken = Some(fault);
                self.close();
                self.drained.get_or_insert(self.now + self.options.drain);
            }
        }
    }
}
