//! Bytes both ways between two ends, half-close carried across: [`Relay`].

mod ends;
mod flows;
mod layers;
mod machine;
mod verdict;

use alloc::boxed::Box;
use core::time::Duration;

use ends::{Line, Lines};
use flows::{Direction, Flows};
use layers::Layers;
use verdict::{Doubt, Phase};

use super::SourceEnd;
use crate::process::{Child, ChildEvent, Exit, Stop, StopStep};
use crate::{Duty, End, EofPolicy, Layer, Machine, Moment, Port};

/// Limits of a [`Relay`]. All are off by default but the close deadline, the drain and the stop.
///
/// ```
/// use core::time::Duration;
/// use standpipe_core::flow::RelayOptions;
/// use standpipe_core::process::Stop;
///
/// let options = RelayOptions {
///     idle: Some(Duration::from_secs(3600)),
///     stop: Stop::terminate(Duration::from_secs(2)).whole_group(),
///     ..RelayOptions::default()
/// };
/// assert_eq!(options.drain, Duration::from_millis(200));
/// ```
#[derive(Clone, Debug)]
pub struct RelayOptions {
    /// How long no byte may move before the relay ends; traffic extends it.
    pub idle: Option<Duration>,
    /// The same once one direction has ended.
    pub half_close_idle: Option<Duration>,
    /// How long connecting may take, all candidates together. Default: 30 s.
    pub connect: Option<Duration>,
    /// How long the handshakes of layers may take. Default: 10 s.
    pub handshake: Option<Duration>,
    /// How long after its last byte a client has for its own end. Default: 5 s.
    pub close: Duration,
    /// How long after the child's end, and after the last output, a pipe that somebody else holds is read.
    /// Default: 200 ms.
    pub drain: Duration,
    /// How a child is ended whose client is gone. Default: SIGTERM, 5 s, SIGKILL.
    pub stop: Stop,
    /// Whether the peer's end is the end of all, although there may be more input. For a person at a terminal.
    pub end_with_peer: bool,
}

impl Default for RelayOptions {
    fn default() -> Self {
        Self {
            idle: None,
            half_close_idle: None,
            connect: Some(Duration::from_secs(30)),
            handshake: Some(Duration::from_secs(10)),
            close: Duration::from_secs(5),
            drain: Duration::from_millis(200),
            stop: Stop::default(),
            end_with_peer: false,
        }
    }
}

/// What happened that the driver must see to.
///
/// ```
/// use standpipe_core::flow::{Relay, RelayOptions};
///
/// let mut relay = Relay::exec_secured(RelayOptions::default());
/// if let Some(standpipe_core::flow::RelayEvent::Secured) = relay.next_event() {
///     // the child is spawned here, since its environment tells what was agreed upon
///     relay.spawned();
/// }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum RelayEvent {
    /// The layer at the client is agreed upon: it is time to spawn the child.
    Secured,
    /// A step of the stop is taken. Told where [`Relay::tell_steps`] was asked for; there is nothing to be done.
    Step(StopStep),
    /// The child that was given the connection itself has ended, or is being stopped: the connection is to be put behind
    /// [`Relay::CLIENT`], and [`Relay::taken_back`] to be called.
    TakeBack,
}

/// What a relay came to.
///
/// ```
/// use standpipe_core::flow::{Relay, RelayOptions};
/// use standpipe_core::{Done, Duty, End, Machine};
///
/// let mut relay = Relay::echo(RelayOptions::default());
/// relay.abort();
/// assert_eq!(relay.report(), None, "its connection is to be reset first");
/// relay.handle_done(Relay::CLIENT, Duty::Reset, Done::Ok(0));
/// let report = relay.report().unwrap();
/// assert_eq!((report.end, report.exit, report.sent), (End::Aborted, None, 0));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Report {
    /// How it ended.
    pub end: End,
    /// How its child ended, where there was one.
    pub exit: Option<Exit>,
    /// Bytes delivered in the first direction: from the client, or from the input.
    pub sent: u64,
    /// Bytes delivered in the second direction: to the client, or to the output.
    pub received: u64,
    /// Bytes that came when nobody took them any more.
    pub dropped: u64,
    /// Whether the connection was the child's own: what went over it was not seen, and is not counted.
    pub unseen: bool,
}

/// Bytes both ways between two ends. A half-close is carried across; a failure, a time limit or an abort is not an end
/// of input and never becomes one: a child fed by such a stream is stopped, and its standard input is closed only
/// after it has ended, unless a step of its stop is to close it.
///
/// | made by | ports |
/// |---|---|
/// | [`Relay::echo`] | [`CLIENT`](Self::CLIENT) |
/// | [`Relay::link`] | [`CLIENT`](Self::CLIENT), [`SERVER`](Self::SERVER) |
/// | [`Relay::exec`], [`Relay::exec_secured`] | [`CLIENT`](Self::CLIENT), [`STDIN`](Self::STDIN), [`STDOUT`](Self::STDOUT), [`EXIT`](Self::EXIT) |
/// | [`Relay::handed_over`] | [`CLIENT`](Self::CLIENT) in the end, [`EXIT`](Self::EXIT) |
/// | [`Relay::terminal`] | [`INPUT`](Self::INPUT), [`OUTPUT`](Self::OUTPUT), [`PEER`](Self::PEER) |
///
/// In flight is at most one lent buffer in each direction, with a layer one more for what it has sealed, and none while
/// nothing moves; what a [spliced](Self::spliced) one has under way lies in kernel pipes.
///
/// ```
/// use standpipe_core::flow::{Relay, RelayOptions};
/// use standpipe_core::{Duty, Machine};
///
/// let mut relay = Relay::exec(RelayOptions::default());
/// relay.handle_eof(Relay::CLIENT);
/// assert_eq!(relay.wants(Relay::STDIN).duty, Some(Duty::CloseWrite)); // the child reads to its end
/// assert!(relay.wants(Relay::STDOUT).read); // and still answers
/// assert_eq!(relay.wants(Relay::EXIT).duty, Some(Duty::Observe)); // and its exit is a fact of its own
/// ```
///
/// The other kinds:
///
/// ```
/// use standpipe_core::flow::{Relay, RelayOptions};
/// use standpipe_core::{Duty, Machine};
///
/// let options = RelayOptions::default;
/// assert!(Relay::echo(options()).wants(Relay::CLIENT).read);
/// let link = Relay::link(options(), 2);
/// assert_eq!(link.wants(Relay::SERVER).duty, Some(Duty::Connect(0)));
/// let terminal = Relay::terminal(options(), 0); // which is connected already
/// assert!(terminal.wants(Relay::INPUT).read && terminal.wants(Relay::PEER).read);
/// assert!(!terminal.wants(Relay::OUTPUT).write);
/// let mut late = Relay::exec_secured(options()); // its child is yet to be spawned
/// assert!(late.layer(Relay::CLIENT).is_none() && late.next_event().is_some());
/// late.spawned();
/// assert_eq!(late.wants(Relay::EXIT).duty, Some(Duty::Observe));
/// late.abort();
/// assert!(late.report().is_none(), "the child is stopped first");
/// ```
#[derive(Debug)]
pub struct Relay {
    lines: Lines,
    flows: Flows,
    layers: Layers,
    child: Option<Child>,
    options: RelayOptions,
    phase: Phase,
    end: Option<End>,
    now: Moment,
    started: Option<Moment>,
    last_moved: Moment,
    last_output: Moment,
    doubt: Option<Doubt>,
    /// Whether the event was taken.
    told: bool,
    tells_steps: bool,
    /// Whether the connection was given to the child.
    unseen: bool,
    /// Until when layers at closing ports may say what they have still to say.
    flush_until: Option<Moment>,
    /// When the child's output was last looked into, if nothing came of it.
    looked: Option<Moment>,
}

impl Relay {
    /// The connection that was accepted.
    pub const CLIENT: Port = Port::new(0);
    /// The connection that a link was made to.
    pub const SERVER: Port = Port::new(1);
    /// The child's standard input.
    pub const STDIN: Port = Port::new(1);
    /// The child's standard output.
    pub const STDOUT: Port = Port::new(2);
    /// The child's exit.
    pub const EXIT: Port = Port::new(3);
    /// Our own standard input.
    pub const INPUT: Port = Port::new(0);
    /// Our own standard output.
    pub const OUTPUT: Port = Port::new(1);
    /// The connection that was made for a terminal.
    pub const PEER: Port = Port::new(2);
    /// The conduit of the first direction, from the client or the input, of a relay that is [spliced](Self::spliced).
    pub const UP: Port = Port::new(4);
    /// The conduit of the second one.
    pub const DOWN: Port = Port::new(5);

    /// Sends the client whatever it sends.
    pub fn echo(options: RelayOptions) -> Self {
        Self::new(options, &[Line::Open], Direction::new(Self::CLIENT, Self::CLIENT), None)
    }

    /// Couples a client and a server that is connected first, trying this many candidate addresses in turn; with none it
    /// is connected already.
    pub fn link(options: RelayOptions, candidates: u16) -> Self {
        let up = Direction::new(Self::CLIENT, Self::SERVER);
        let down = Direction::new(Self::SERVER, Self::CLIENT);
        Self::new(options, &[Line::Open, Line::connecting(candidates)], up, Some(down))
    }

    /// Couples a client and a child that was just spawned with pipes.
    pub fn exec(options: RelayOptions) -> Self {
        let up = Direction::new(Self::CLIENT, Self::STDIN);
        let down = Direction::new(Self::STDOUT, Self::CLIENT);
        Self { child: Some(Child::new()), ..Self::new(options, &[Line::Open; 3], up, Some(down)) }
    }

    /// Couples a client and a child that is spawned when the layer at [`Relay::CLIENT`] has been agreed upon:
    /// [`RelayEvent::Secured`] tells when, and [`Relay::spawned`] that it was.
    pub fn exec_secured(options: RelayOptions) -> Self {
        let up = Direction::new(Self::CLIENT, Self::STDIN);
        let down = Direction::new(Self::STDOUT, Self::CLIENT);
        Self::new(options, &[Line::Open, Line::Unborn, Line::Unborn], up, Some(down))
    }

    /// Watches over a child that was just spawned with the connection itself as its standard input and output. No byte
    /// passes through the relay, so it has no idle limits. When the child has ended [`RelayEvent::TakeBack`] asks for the
    /// connection, which then ends as after any child: its end is said, and the client's own is awaited, since closing over
    /// input that nobody has read would take the last output with it.
    ///
    /// ```
    /// use standpipe_core::flow::{Relay, RelayEvent, RelayOptions};
    /// use standpipe_core::{Done, Duty, Machine};
    ///
    /// let mut relay = Relay::handed_over(RelayOptions::default());
    /// assert!(!relay.wants(Relay::CLIENT).read, "what the client sends is the child's");
    /// relay.handle_done(Relay::EXIT, Duty::Observe, Done::Ok(3 << 8));
    /// assert_eq!(relay.next_event(), Some(RelayEvent::TakeBack));
    /// relay.taken_back();
    /// assert_eq!(relay.wants(Relay::CLIENT).duty, Some(Duty::CloseWrite));
    /// ```
    pub fn handed_over(options: RelayOptions) -> Self {
        let options = RelayOptions { idle: None, half_close_idle: None, ..options };
        let mut up = Direction::new(Self::CLIENT, Self::STDIN);
        up.pipe.discard();
        let mut down = Direction::new(Self::STDOUT, Self::CLIENT);
        down.pipe.source_ended(SourceEnd::Eof);
        let lines = [Line::Away, Line::Closed, Line::Closed];
        Self { child: Some(Child::new()), unseen: true, ..Self::new(options, &lines, up, Some(down)) }
    }

    /// Couples our own standard input and output and a peer that is connected first, trying this many candidate
    /// addresses in turn; with none it is connected already.
    pub fn terminal(options: RelayOptions, candidates: u16) -> Self {
        let up = Direction::new(Self::INPUT, Self::PEER);
        let down = Direction::new(Self::PEER, Self::OUTPUT);
        Self::new(options, &[Line::Open, Line::Open, Line::connecting(candidates)], up, Some(down))
    }

    fn new(options: RelayOptions, lines: &[Line], up: Direction, down: Option<Direction>) -> Self {
        Self {
            lines: Lines::new(lines),
            flows: Flows { up, down },
            layers: Layers::default(),
            child: None,
            options,
            phase: Phase::Open,
            end: None,
            now: Moment::ORIGIN,
            started: None,
            last_moved: Moment::ORIGIN,
            last_output: Moment::ORIGIN,
            doubt: None,
            told: false,
            tells_steps: false,
            unseen: false,
            flush_until: None,
            looked: None,
        }
    }

    /// Puts a layer, such as a TLS session, between a port's connection and the relay. With it goes what a connection is
    /// taken for that ends without saying so in the layer.
    ///
    /// ```
    /// use standpipe_core::flow::{Relay, RelayOptions};
    /// use standpipe_core::{EofPolicy, Layer};
    ///
    /// /// A relay whose client speaks TLS, or whatever the layer is.
    /// fn secured(layer: Box<dyn Layer>) -> Relay {
    ///     let relay = Relay::exec_secured(RelayOptions::default());
    ///     relay.with_layer(Relay::CLIENT, layer, EofPolicy::Error)
    /// }
    /// # let _ = secured;
    /// ```
    #[must_use]
    pub fn with_layer(mut self, port: Port, layer: Box<dyn Layer>, eof: EofPolicy) -> Self {
        self.layers.add(port, layer, eof);
        self.flows.iter_mut().for_each(|direction| direction.layered(port));
        self
    }

    /// Moves the bytes between ports without layers by conduits, kernel pipes that the driver has behind [`Relay::UP`] and
    /// [`Relay::DOWN`] (an echo has the first alone): they are counted, and not looked at. In flight is then what such a pipe holds,
    /// at most 1 MiB in each direction, in place of a lent buffer. A direction that holds bytes already, or drops them, stays as it is.
    ///
    /// ```
    /// use standpipe_core::flow::{Relay, RelayOptions};
    /// use standpipe_core::{Machine, Pending, Pool, Window};
    ///
    /// let (mut relay, mut pool) = (Relay::link(RelayOptions::default(), 0).spliced(), Pool::default());
    /// let window = relay.window(Relay::CLIENT, &mut pool);
    /// assert!(matches!(window, Window::Counted { conduit: Relay::UP, max: 1_048_576 }));
    /// relay.handle_read(Relay::CLIENT, 5);
    /// assert!(!relay.wants(Relay::CLIENT).read, "they go first");
    /// let pending = relay.pending(Relay::SERVER, &mut pool);
    /// assert!(matches!(pending, Pending::Counted { conduit: Relay::UP, len: 5 }));
    /// relay.handle_written(Relay::SERVER, 5);
    /// assert!(relay.wants(Relay::CLIENT).read);
    /// let answers = relay.window(Relay::SERVER, &mut pool);
    /// assert!(matches!(answers, Window::Counted { conduit: Relay::DOWN, .. }));
    /// ```
    #[must_use]
    pub fn spliced(mut self) -> Self {
        let layers = &self.layers;
        let is_plain =
            |direction: &Direction| layers.get(direction.from).or(layers.get(direction.to)).is_none();
        for (direction, conduit) in self.flows.iter_mut().zip([Self::UP, Self::DOWN]) {
            if is_plain(direction) {
                direction.splice(conduit);
            }
        }
        self
    }

    /// The layer at a port.
    pub fn layer(&self, port: Port) -> Option<&dyn Layer> {
        self.layers.get(port)
    }

    /// The next thing to decide about or to know.
    pub fn next_event(&mut self) -> Option<RelayEvent> {
        if self.is_secured() && !self.told {
            self.told = true;
            return Some(RelayEvent::Secured);
        }
        if self.misses_connection() && !self.told {
            self.told = true;
            return Some(RelayEvent::TakeBack);
        }
        match self.child.as_mut().filter(|_| self.tells_steps)?.next_event() {
            Some(ChildEvent::Step(step)) => Some(RelayEvent::Step(step)),
            _ => None,
        }
    }

    /// Whether each step of a child's stop is told when it is taken. Default: no.
    ///
    /// ```
    /// use standpipe_core::flow::{Relay, RelayEvent, RelayOptions};
    /// use standpipe_core::process::{Stop, StopStep};
    /// use standpipe_core::signal::Signal;
    ///
    /// let mut relay = Relay::exec(RelayOptions { stop: Stop::kill(), ..RelayOptions::default() });
    /// relay.tell_steps(true);
    /// relay.abort();
    /// let kill = StopStep::Signal(Signal::KILL);
    /// assert_eq!((relay.next_event(), relay.stop_step()), (Some(RelayEvent::Step(kill)), Some(kill)));
    /// ```
    pub fn tell_steps(&mut self, tells: bool) {
        self.tells_steps = tells;
    }

    /// The step of the stop that ended the child, if there was one and one did: see [`Child::stop_step`].
    pub fn stop_step(&self) -> Option<StopStep> {
        self.child.as_ref().and_then(Child::stop_step)
    }

    /// The child of a relay that was made by [`Relay::exec_secured`] was spawned with pipes.
    pub fn spawned(&mut self) {
        if self.child.is_none() && self.phase == Phase::Open {
            self.child = Some(Child::new());
            self.last_output = self.now;
            self.lines.bear();
        }
    }

    /// The connection of a relay that was made by [`Relay::handed_over`] is behind its port, as [`RelayEvent::TakeBack`] has
    /// asked for.
    pub fn taken_back(&mut self) {
        if !self.misses_connection() {
            return;
        }
        self.lines.set(Self::CLIENT, Line::Open);
        if self.phase != Phase::Open {
            self.lines.close(Self::CLIENT, Duty::Reset, &self.layers);
        }
    }

    /// Ends it now: a child is stopped, connections are reset.
    pub fn abort(&mut self) {
        self.fail(End::Aborted);
    }

    /// What it came to, once it is done.
    pub fn report(&self) -> Option<Report> {
        let down = self.flows.down.as_ref();
        self.is_done().then(|| Report {
            end: self.end.unwrap_or(End::Clean),
            exit: self.child.as_ref().and_then(Child::exit),
            sent: self.flows.up.pipe.delivered(),
            received: down.unwrap_or(&self.flows.up).pipe.delivered(),
            dropped: self.flows.up.pipe.dropped() + down.map_or(0, |down| down.pipe.dropped()),
            unseen: self.unseen,
        })
    }
}
