//! Datagrams that come and go: [`Datagrams`].

mod machine;

use alloc::collections::VecDeque;
use core::time::Duration;

use crate::dispatch::PushError;
use crate::{End, Fault, Moment, Port, Side};

/// Limits of [`Datagrams`].
///
/// ```
/// use standpipe_core::socket::DatagramOptions;
///
/// let options = DatagramOptions { at_once: 8, ..DatagramOptions::default() };
/// assert_eq!(options.most_unsent, 256 << 10);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DatagramOptions {
    /// How many are received or sent before others have their turn. Default: 64.
    pub at_once: u16,
    /// From how many unsent bytes on no datagram is taken any more, each counted with [`Datagrams::WEIGHT`] beside its own. Default:
    /// 256 KiB.
    pub most_unsent: usize,
    /// At how many one is taken again. Default: 64 KiB.
    pub low_water: usize,
    /// After how long a call is tried again for which resources were missing, of which no readiness tells. Default: 5 ms.
    pub pause: Duration,
    /// How long what is unsent may take to leave when it is closed. Default: 5 s.
    pub close: Duration,
}

impl Default for DatagramOptions {
    fn default() -> Self {
        Self {
            at_once: 64,
            most_unsent: 256 << 10,
            low_water: 64 << 10,
            pause: Duration::from_millis(5),
            close: Duration::from_secs(5),
        }
    }
}

/// What has happened to [`Datagrams`].
///
/// ```
/// use standpipe_core::socket::DatagramEvent;
/// use standpipe_core::{End, Fault, Side};
///
/// fn tell(event: DatagramEvent) -> String {
///     match event {
///         DatagramEvent::Failed(Side::Write, fault) => format!("one is lost: {fault}"),
///         DatagramEvent::Closed(end) => format!("closed: {end}"),
///         event => format!("{event:?}"),
///     }
/// }
/// assert_eq!(tell(DatagramEvent::Closed(End::Clean)), "closed: clean");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum DatagramEvent {
    /// The next datagram that was received is to be taken from where the driver keeps it.
    Received,
    /// The first that was to be sent cannot be, and is gone; or receiving has failed. Both go on.
    Failed(Side, Fault),
    /// There is room again for datagrams after there was none.
    Room,
    /// It is closed, and this is how it has ended: the last event. What had not left is lost where that is not clean.
    Closed(End),
}

/// Datagrams that come and go by one socket: how many are received at once, which of those that wait are sent, and when it is closed.
/// It counts; the datagrams themselves, with the addresses they come from and go to, lie at the driver, in the same order. Empty ones are
/// datagrams like any other.
///
/// Its ports are [`Datagrams::RECEIVE`] and [`Datagrams::SEND`], each with a descriptor of its own, and their duties
/// [`Duty::Receive`](crate::Duty::Receive) and [`Duty::Send`](crate::Duty::Send): neither waits for the other. While no more is taken to be
/// sent, nothing is received either, since a little that comes can be a lot of answers.
///
/// ```
/// use standpipe_core::socket::{DatagramEvent, Datagrams};
/// use standpipe_core::{Done, Duty, Machine};
///
/// let mut datagrams = Datagrams::default();
/// assert_eq!(datagrams.wants(Datagrams::RECEIVE).duty, Some(Duty::Receive(64)));
/// datagrams.handle_done(Datagrams::RECEIVE, Duty::Receive(64), Done::Ok(1));
/// assert_eq!(datagrams.next_event(), Some(DatagramEvent::Received));
///
/// datagrams.push(5)?; // an answer of five bytes
/// assert_eq!(datagrams.wants(Datagrams::SEND).duty, Some(Duty::Send(1)));
/// datagrams.handle_done(Datagrams::SEND, Duty::Send(1), Done::Ok(1));
/// datagrams.close();
/// assert_eq!(datagrams.wants(Datagrams::SEND).duty, Some(Duty::Close));
/// # Ok::<(), standpipe_core::dispatch::PushError>(())
/// ```
#[derive(Debug)]
pub struct Datagrams {
    options: DatagramOptions,
    /// How much each weighs that waits to be sent.
    waiting: VecDeque<usize>,
    unsent: usize,
    full: bool,
    /// Received, and not told yet.
    received: u16,
    reading: bool,
    closing: bool,
    /// Why it ends although not everything has left.
    lost: Option<End>,
    receive: Line,
    send: Line,
    room: bool,
    told: bool,
    close_until: Option<Moment>,
    now: Moment,
}

/// One direction.
#[derive(Clone, Copy, Debug, Default)]
struct Line {
    closed: bool,
    /// Rests until then.
    rests: Option<Moment>,
    failed: Option<Fault>,
}

impl Datagrams {
    /// Where datagrams come in.
    pub const RECEIVE: Port = Port::new(0);
    /// Where they go out.
    pub const SEND: Port = Port::new(1);
    /// What each counts beside its bytes, so that empty ones are bounded as well.
    pub const WEIGHT: usize = 64;

    /// Over a socket with these limits.
    ///
    /// ```
    /// use standpipe_core::socket::{DatagramOptions, Datagrams};
    ///
    /// assert_eq!(Datagrams::new(DatagramOptions::default()).unsent(), 0);
    /// ```
    pub const fn new(options: DatagramOptions) -> Self {
        const OPEN: Line = Line { closed: false, rests: None, failed: None };
        Self {
            options,
            waiting: VecDeque::new(),
            unsent: 0,
            full: false,
            received: 0,
            reading: true,
            closing: false,
            lost: None,
            receive: OPEN,
            send: OPEN,
            room: false,
            told: false,
            close_until: None,
            now: Moment::ORIGIN,
        }
    }

    /// One of so many bytes waits to be sent, behind all others.
    ///
    /// # Errors
    /// [`PushError`]; it is not taken then.
    ///
    /// ```
    /// use standpipe_core::dispatch::PushError;
    /// use standpipe_core::socket::{DatagramOptions, Datagrams};
    ///
    /// let mut datagrams = Datagrams::new(DatagramOptions { most_unsent: 100, ..DatagramOptions::default() });
    /// datagrams.push(40)?; // it weighs 104
    /// assert_eq!(datagrams.push(0), Err(PushError::Full { unsent: 104, limit: 100 }));
    /// datagrams.close();
    /// assert_eq!(datagrams.push(0), Err(PushError::Closing));
    /// # Ok::<(), PushError>(())
    /// ```
    pub fn push(&mut self, len: usize) -> Result<(), PushError> {
        if self.closing {
            return Err(PushError::Closing);
        }
        if self.full {
            return Err(PushError::Full { unsent: self.unsent, limit: self.options.most_unsent });
        }
        let weight = len.saturating_add(Self::WEIGHT);
        self.unsent = self.unsent.saturating_add(weight);
        self.waiting.push_back(weight);
        self.full = self.unsent >= self.options.most_unsent;
        Ok(())
    }

    /// How much waits to be sent, as it is counted.
    ///
    /// ```
    /// use standpipe_core::socket::Datagrams;
    ///
    /// let mut datagrams = Datagrams::default();
    /// datagrams.push(0)?;
    /// assert_eq!(datagrams.unsent(), Datagrams::WEIGHT);
    /// # Ok::<(), standpipe_core::dispatch::PushError>(())
    /// ```
    pub const fn unsent(&self) -> usize {
        self.unsent
    }

    /// Whether no more is taken until enough has left, of which [`DatagramEvent::Room`] tells.
    ///
    /// ```
    /// assert!(!standpipe_core::socket::Datagrams::default().is_full());
    /// ```
    pub const fn is_full(&self) -> bool {
        self.full
    }

    /// Whether it was asked to end.
    ///
    /// ```
    /// assert!(!standpipe_core::socket::Datagrams::default().is_closing());
    /// ```
    pub const fn is_closing(&self) -> bool {
        self.closing
    }

    /// Whether datagrams are wanted: `true` to begin with. While they are not, none is told, and none is received.
    ///
    /// ```
    /// use standpipe_core::Machine;
    /// use standpipe_core::socket::Datagrams;
    ///
    /// let mut datagrams = Datagrams::default();
    /// datagrams.set_reading(false);
    /// assert_eq!(datagrams.wants(Datagrams::RECEIVE).duty, None);
    /// ```
    pub const fn set_reading(&mut self, reading: bool) {
        self.reading = reading;
    }

    /// Closes it once everything has left, within its time. None is told or received any more.
    ///
    /// ```
    /// use standpipe_core::socket::Datagrams;
    /// use standpipe_core::{Duty, Machine};
    ///
    /// let mut datagrams = Datagrams::default();
    /// datagrams.push(5)?;
    /// datagrams.close();
    /// assert_eq!(datagrams.wants(Datagrams::RECEIVE).duty, Some(Duty::Close));
    /// assert_eq!(datagrams.wants(Datagrams::SEND).duty, Some(Duty::Send(1)));
    /// # Ok::<(), standpipe_core::dispatch::PushError>(())
    /// ```
    pub const fn close(&mut self) {
        self.closing = true;
        self.received = 0;
    }

    /// Closes it now; what has not left is lost.
    ///
    /// ```
    /// use standpipe_core::socket::Datagrams;
    /// use standpipe_core::{Duty, Machine};
    ///
    /// let mut datagrams = Datagrams::default();
    /// datagrams.push(5)?;
    /// datagrams.abort();
    /// assert_eq!(datagrams.wants(Datagrams::SEND).duty, Some(Duty::Close));
    /// # Ok::<(), standpipe_core::dispatch::PushError>(())
    /// ```
    pub fn abort(&mut self) {
        self.give_up(End::Aborted);
    }

    fn give_up(&mut self, end: End) {
        self.close();
        self.waiting.clear();
        self.unsent = 0;
        self.lost.get_or_insert(end);
    }

    /// What is to be told next.
    ///
    /// ```
    /// assert_eq!(standpipe_core::socket::Datagrams::default().next_event(), None);
    /// ```
    pub fn next_event(&mut self) -> Option<DatagramEvent> {
        if self.tells_received() {
            self.received -= 1;
            return Some(DatagramEvent::Received);
        }
        for (side, line) in [(Side::Read, &mut self.receive), (Side::Write, &mut self.send)] {
            if let Some(fault) = line.failed.take() {
                return Some(DatagramEvent::Failed(side, fault));
            }
        }
        if core::mem::take(&mut self.room) && !self.closing {
            return Some(DatagramEvent::Room);
        }
        if self.tells_closed() {
            self.told = true;
            return Some(DatagramEvent::Closed(self.lost.unwrap_or(End::Clean)));
        }
        None
    }

    const fn tells_received(&self) -> bool {
        self.received > 0 && self.reading && !self.full
    }

    const fn tells_closed(&self) -> bool {
        self.receive.closed && self.send.closed && !self.told
    }
}

impl Default for Datagrams {
    fn default() -> Self {
        Self::new(DatagramOptions::default())
    }
}
