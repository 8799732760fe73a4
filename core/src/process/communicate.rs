//! Input in, outputs out, until the child has ended: [`Communicate`].

use alloc::vec::Vec;
use core::time::Duration;

use super::collector::Collector;
use crate::flow::SendQueue;
use crate::process::{Child, Exit, Output, Stop, Stream, StreamEnd, Unfinished};
use crate::{Done, Duty, Fault, Lend, Machine, Moment, Pending, Port, Side, Timer, Wake, Wants, Window};

/// What happened that the caller must decide about. The machine goes on either way.
///
/// ```
/// use standpipe_core::process::{CommunicateEvent, Stream};
///
/// /// What a caller may want to say of it.
/// fn told(event: CommunicateEvent) -> String {
///     match event {
///         CommunicateEvent::TimedOut => "it takes long".into(),
///         CommunicateEvent::Limit(stream) => format!("there is much on {stream}"),
///         _ => "something else".into(),
///     }
/// }
/// assert_eq!(told(CommunicateEvent::Limit(Stream::Stdout)), "there is much on standard output");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum CommunicateEvent {
    /// The deadline has passed. It is off until [`Communicate::set_deadline`].
    TimedOut,
    /// The output has more than its limit; it is not read until [`Communicate::set_limit`] or
    /// [`Communicate::take_output`].
    Limit(Stream),
}

/// What a [`Communicate`] is made of.
///
/// ```
/// use standpipe_core::Bytes;
/// use standpipe_core::flow::SendQueue;
/// use standpipe_core::process::{CommunicateOptions, Stop};
///
/// let mut input = SendQueue::new(5, 0);
/// input.push(Bytes::from_static(b"hello"));
/// let options = CommunicateOptions {
///     input: Some(input),
///     stdout: true,
///     limit: 1 << 20,
///     stop: Some(Stop::default()), // at the deadline or the limit
///     ..CommunicateOptions::default()
/// };
/// assert!(!options.stderr);
/// ```
#[derive(Debug)]
pub struct CommunicateOptions {
    /// What standard input gets before it is closed; `None` where it is no pipe.
    pub input: Option<SendQueue>,
    /// Whether standard output is a pipe to collect from.
    pub stdout: bool,
    /// Whether standard error is a pipe to collect from.
    pub stderr: bool,
    /// How many bytes of each output are collected. Default: 64 MiB.
    pub limit: usize,
    /// How long after the child's end, and after the last output, a pipe that somebody else holds is read.
    /// Default: 200 ms.
    pub drain: Duration,
    /// How the child is brought to its end when the deadline passes or an output is over its limit. With `None` the
    /// machine tells an event instead and goes on.
    pub stop: Option<Stop>,
}

impl Default for CommunicateOptions {
    fn default() -> Self {
        Self {
            input: None,
            stdout: false,
            stderr: false,
            limit: 64 << 20,
            drain: Duration::from_millis(200),
            stop: None,
        }
    }
}

/// Feeds a child its input, collects its outputs, and reaps it (SUB-42 to SUB-46), without the original's faults: any
/// sizes in any order never deadlock, a grandchild that holds a pipe cannot keep the call (SUB-54), the outputs are
/// bounded, and after a deadline or a limit everything collected is there and the machine goes on when asked to.
///
/// A child that stops reading is no failure: the rest of the input is dropped (SUB-45).
///
/// Its ports: [`STDIN`](Self::STDIN), [`STDOUT`](Self::STDOUT), [`STDERR`](Self::STDERR), [`EXIT`](Self::EXIT).
///
/// ```
/// use standpipe_core::process::{Communicate, CommunicateOptions, Exit, Stream};
/// use standpipe_core::{Done, Duty, Machine};
///
/// let mut talk = Communicate::new(CommunicateOptions { stdout: true, ..Default::default() });
/// talk.handle_eof(Communicate::STDOUT);
/// talk.handle_done(Communicate::STDOUT, Duty::Close, Done::Ok(0));
/// for duty in [Duty::Observe, Duty::Reap, Duty::Close] {
///     talk.handle_done(Communicate::EXIT, duty, Done::Ok(0));
/// }
/// assert!(talk.is_done());
/// assert_eq!(talk.exit(), Some(Exit::Code(0)));
/// assert_eq!(talk.take_output(Stream::Stdout), b"");
/// assert!(!talk.finish().unwrap().cut);
/// ```
///
/// A deadline that is told, then put off, and a child that is stopped in the end:
///
/// ```
/// use core::time::Duration;
/// use standpipe_core::process::{
///     Communicate, CommunicateEvent, CommunicateOptions, Stop, Stream, StreamEnd,
/// };
/// use standpipe_core::{Done, Duty, Machine, Moment};
///
/// let mut talk = Communicate::new(CommunicateOptions { stderr: true, ..Default::default() });
/// talk.set_deadline(Some(Moment::ORIGIN + Duration::from_secs(1)));
/// talk.handle_now(talk.wake().unwrap().at);
/// assert_eq!(talk.next_event(), Some(CommunicateEvent::TimedOut));
/// talk.stop(&Stop::kill());
/// assert!(talk.child().is_stopping());
/// assert!(matches!(talk.wants(Communicate::EXIT).duty, Some(Duty::Signals(..))));
///
/// talk.handle_eof(Communicate::STDERR);
/// assert_eq!(talk.end(Stream::Stderr), Some(StreamEnd::Eof));
/// assert_eq!(talk.collected(Stream::Stderr), b"");
/// assert!(talk.wants(Communicate::STDIN).duty.is_none(), "it is no pipe");
/// ```
#[derive(Debug)]
pub struct Communicate {
    stdin: Input,
    stdout: Collector,
    stderr: Collector,
    child: Child,
    drain: Duration,
    stop: Option<Stop>,
    verdict: Option<CommunicateEvent>,
    deadline: Option<Moment>,
    timed_out: bool,
    now: Moment,
    last_output: Moment,
}

#[derive(Debug)]
struct Input {
    queue: SendQueue,
    open: bool,
}

impl Communicate {
    /// The child's standard input.
    pub const STDIN: Port = Port::new(0);
    /// The child's standard output.
    pub const STDOUT: Port = Port::new(1);
    /// The child's standard error.
    pub const STDERR: Port = Port::new(2);
    /// The child's exit.
    pub const EXIT: Port = Port::new(3);

    /// Begins to talk to a child that was just spawned.
    pub fn new(options: CommunicateOptions) -> Self {
        Self {
            stdin: Input {
                open: options.input.is_some(),
                queue: options.input.unwrap_or_else(|| SendQueue::new(0, 0)),
            },
            stdout: Collector::new(options.stdout, options.limit),
            stderr: Collector::new(options.stderr, options.limit),
            child: Child::new(),
            drain: options.drain,
            stop: options.stop,
            verdict: None,
            deadline: None,
            timed_out: false,
            now: Moment::ORIGIN,
            last_output: Moment::ORIGIN,
        }
    }

    /// Sets or clears the moment at which [`CommunicateEvent::TimedOut`] is due.
    pub fn set_deadline(&mut self, deadline: Option<Moment>) {
        self.deadline = deadline;
    }

    /// Changes how many bytes of an output are collected; an output over its old limit is read on.
    ///
    /// ```
    /// use standpipe_core::process::{Communicate, CommunicateEvent, CommunicateOptions, Stream};
    /// use standpipe_core::{Machine, Pool, Window};
    ///
    /// let mut talk = Communicate::new(CommunicateOptions { stdout: true, limit: 4, ..Default::default() });
    /// let Window::Append { into, .. } = talk.window(Communicate::STDOUT, &mut Pool::default()) else { panic!() };
    /// into.extend_from_slice(b"hello");
    /// talk.handle_read(Communicate::STDOUT, 5);
    /// assert_eq!(talk.next_event(), Some(CommunicateEvent::Limit(Stream::Stdout)));
    /// assert!(!talk.wants(Communicate::STDOUT).read);
    /// talk.set_limit(Stream::Stdout, 100);
    /// assert!(talk.wants(Communicate::STDOUT).read);
    /// ```
    pub fn set_limit(&mut self, stream: Stream, limit: usize) {
        let output = self.output_mut(stream);
        output.capture.set_limit(limit);
        output.limit_told = false;
        output.looked = None;
        self.decide();
    }

    /// Begins to bring the child to its end. What lies in its pipes then is still collected; nothing is waited for.
    pub fn stop(&mut self, stop: &Stop) {
        self.child.stop(stop);
    }

    /// What the dialogue came to, once it is done.
    ///
    /// # Errors
    /// [`Unfinished`] when it was ended before its time.
    ///
    /// # Panics
    /// When it is not done.
    pub fn finish(self) -> Result<Output, Unfinished> {
        assert!(self.is_done(), "only a dialogue that is done can be finished");
        let cut = [&self.stdout, &self.stderr].iter().any(|output| output.end == Some(StreamEnd::Cut));
        let (mut stdout, mut stderr) = (self.stdout.capture, self.stderr.capture);
        let output = Output {
            exit: self.child.exit().unwrap_or(Exit::Unknown),
            stdout: stdout.take(),
            stderr: stderr.take(),
            cut,
        };
        match self.verdict {
            None => Ok(output),
            Some(CommunicateEvent::TimedOut) => Err(Unfinished::TimedOut { output }),
            Some(CommunicateEvent::Limit(stream)) => Err(Unfinished::Limit { stream, output }),
        }
    }

    /// Takes what is to be decided about as the reason to stop, where that was asked for.
    fn decide(&mut self) {
        if self.stop.is_none() || !self.has_event() {
            return;
        }
        let event = self.next_event();
        if self.verdict.is_none() {
            self.verdict = event;
            self.stop.clone().into_iter().for_each(|stop| self.child.stop(&stop));
        }
    }

    fn is_stopped(&self) -> bool {
        self.child.is_stopping() || self.verdict.is_some()
    }

    /// The child's life.
    pub fn child(&self) -> &Child {
        &self.child
    }

    /// How the child ended, as soon as that is known.
    pub fn exit(&self) -> Option<Exit> {
        self.child.exit()
    }

    /// How an output ended; `None` while it is read, and where it is not collected.
    pub fn end(&self, stream: Stream) -> Option<StreamEnd> {
        self.output(stream).end
    }

    /// What was collected so far, at most the limit.
    pub fn collected(&self, stream: Stream) -> &[u8] {
        self.output(stream).capture.bytes()
    }

    /// Takes out what was collected so far, at most the limit; an output that was over it is read on.
    pub fn take_output(&mut self, stream: Stream) -> Vec<u8> {
        let output = self.output_mut(stream);
        let bytes = output.capture.take();
        output.limit_told &= output.capture.is_over();
        bytes
    }

    /// The next thing to decide about.
    pub fn next_event(&mut self) -> Option<CommunicateEvent> {
        if core::mem::take(&mut self.timed_out) {
            return Some(CommunicateEvent::TimedOut);
        }
        for stream in [Stream::Stdout, Stream::Stderr] {
            let output = self.output_mut(stream);
            if output.owes_event() {
                output.limit_told = true;
                return Some(CommunicateEvent::Limit(stream));
            }
        }
        None
    }

    fn output(&self, stream: Stream) -> &Collector {
        match stream {
            Stream::Stdout => &self.stdout,
            Stream::Stderr => &self.stderr,
        }
    }

    fn output_mut(&mut self, stream: Stream) -> &mut Collector {
        match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        }
    }

    fn output_at(&mut self, port: Port) -> Option<&mut Collector> {
        match port {
            Self::STDOUT => Some(&mut self.stdout),
            Self::STDERR => Some(&mut self.stderr),
            _ => None,
        }
    }

    /// When a pipe that somebody else holds is given up: the child has ended and nothing has come for a while, or
    /// nothing is to be waited for. An output over its limit waits for the caller, unless there is a verdict.
    fn drained_at(&self) -> Option<Moment> {
        let waiting = |output: &Collector| {
            output.wants().read || output.open && output.end.is_none() && self.is_stopped()
        };
        let feeding = self.stdin.open && !self.stdin.queue.is_empty();
        let drain = if self.is_stopped() { Duration::ZERO } else { self.drain };
        let holding = feeding || waiting(&self.stdout) || waiting(&self.stderr);
        (self.child.exit().is_some() && holding).then(|| self.last_output + drain)
    }

    /// Whether the grace is over. The pipes are looked into once more: a driver that comes late must not lose what lies
    /// there.
    fn has_drained(&self) -> bool {
        let dry = |at| self.stdout.is_dry(at) && self.stderr.is_dry(at);
        self.drained_at().is_some_and(|at| at <= self.now && dry(at))
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
        4
    }

    fn wants(&self, port: Port) -> Wants {
        match port {
            Self::STDIN if !self.stdin.open => Wants::NOTHING,
            Self::STDIN if self.stdin.queue.is_empty() => Wants { duty: Some(Duty::Close), ..Wants::NOTHING },
            Self::STDIN => Wants { write: true, ..Wants::NOTHING },
            Self::STDOUT => self.stdout.wants(),
            Self::STDERR => self.stderr.wants(),
            Self::EXIT => self.child.wants(Child::EXIT),
            _ => Wants::NOTHING,
        }
    }

    fn wake(&self) -> Option<Wake> {
        let deadline = self.deadline.filter(|_| !self.is_done());
        let deadline = deadline.map(|at| Wake { at, why: Timer::Deadline });
        let drained = self.drained_at().map(|at| Wake { at, why: Timer::Drain });
        Wake::earliest(Wake::earliest(deadline, drained), self.child.wake())
    }

    fn handle_now(&mut self, now: Moment) {
        self.now = self.now.max(now);
        self.child.handle_now(self.now);
        if self.has_drained() {
            self.cut();
        }
        if !self.is_done() && self.deadline.is_some_and(|at| at <= self.now) {
            self.deadline = None;
            self.timed_out = true;
        }
        self.decide();
    }

    fn window<'a>(&'a mut self, port: Port, _: &mut dyn Lend) -> Window<'a> {
        let now = self.now;
        match self.output_at(port).filter(|output| output.wants().read) {
            Some(output) => {
                output.looked = Some(now);
                output.capture.window()
            }
            None => Window::NONE,
        }
    }

    fn pending<'a>(&'a mut self, port: Port, _: &mut dyn Lend) -> Pending<'a> {
        if self.wants(port).write { Pending::Queue(&self.stdin.queue) } else { Pending::NONE }
    }

    fn handle_read(&mut self, port: Port, _: usize) {
        if self.output_at(port).is_some_and(|output| output.looked.is_some()) {
            self.output_moved();
            self.decide();
        }
    }

    fn handle_eof(&mut self, port: Port) {
        if let Some(output) = self.output_at(port).filter(|output| output.wants().read) {
            output.finish(StreamEnd::Eof);
        }
    }

    fn handle_written(&mut self, port: Port, n: usize) {
        if port == Self::STDIN {
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
        if port == Self::EXIT {
            let running = self.child.exit().is_none();
            self.child.handle_done(Child::EXIT, duty, done);
            if running && self.child.exit().is_some() {
                self.output_moved();
            }
            return;
        }
        if done == Done::Blocked || self.wants(port).duty != Some(duty) {
            return;
        }
        match self.output_at(port) {
            Some(output) => output.open = false,
            None => self.stdin.open = false,
        }
    }

    fn has_event(&self) -> bool {
        self.timed_out || self.stdout.owes_event() || self.stderr.owes_event()
    }

    fn is_done(&self) -> bool {
        !self.stdin.open && !self.stdout.open && !self.stderr.open && self.child.is_done()
    }
}
