//! Input in, outputs out, until the child has ended: [`Communicate`].

mod machine;
mod options;

use alloc::vec::Vec;
use core::time::Duration;

pub use options::{CommunicateEvent, CommunicateOptions};

use super::collector::Collector;
use super::crew::Crew;
use crate::flow::SendQueue;
use crate::process::{Child, Exit, Output, Stop, Stream, StreamEnd, Unfinished};
use crate::{Machine, Moment, Port, Ports};

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
///
/// Several children in a row, of which the first leads the group of all (SUB-66):
///
/// ```
/// use standpipe_core::process::{Communicate, CommunicateOptions, Exit};
/// use standpipe_core::{Done, Duty, Machine};
///
/// let stages = Communicate::MOST_STAGES;
/// let mut talk = Communicate::new(CommunicateOptions { stages, ..Default::default() });
/// (1..stages).for_each(|index| talk.handle_done(Communicate::stage(index), Duty::Observe, Done::Ok(0)));
/// assert_eq!((talk.exit(), talk.exits().flatten().count()), (None, 28));
/// talk.handle_done(Communicate::EXIT, Duty::Observe, Done::Ok(2 << 8));
/// assert_eq!(talk.exit(), Some(Exit::Code(2))); // the last that failed
/// assert_eq!(talk.wants(Communicate::EXIT).duty, Some(Duty::Reap));
/// ```
///
/// An output that is delivered as it comes, of any length and from one buffer:
///
/// ```
/// use standpipe_core::process::{Communicate, CommunicateEvent, CommunicateOptions, Stream};
/// use standpipe_core::{Machine, Moment, Pool, Window};
///
/// let (mut talk, mut pool) = (Communicate::new(CommunicateOptions { stdout: true, deliver: true, ..Default::default() }), Pool::default());
/// let Window::Slice(room) = talk.window(Communicate::STDOUT, &mut pool) else { panic!() };
/// room[..5].copy_from_slice(b"hello");
/// talk.handle_read(Communicate::STDOUT, 5);
/// assert_eq!(talk.next_event(), Some(CommunicateEvent::Output(Stream::Stdout)));
/// assert_eq!(talk.collected(Stream::Stdout), b"hello");
/// talk.handle_now(Moment::ORIGIN); // the next turn
/// assert!(talk.collected(Stream::Stdout).is_empty() && talk.wants(Communicate::STDOUT).read);
/// ```
#[derive(Debug)]
pub struct Communicate {
    stdin: Input,
    stdout: Collector,
    stderr: Collector,
    crew: Crew,
    drain: Duration,
    stop: Option<Stop>,
    verdict: Option<Question>,
    deadline: Option<Moment>,
    timed_out: bool,
    tells_steps: bool,
    now: Moment,
    last_output: Moment,
}

/// What is to be decided about: by the caller, or by the stop that was given.
#[derive(Clone, Copy, Debug)]
enum Question {
    TimedOut,
    Limit(Stream),
}

const STREAMS: [Stream; 2] = [Stream::Stdout, Stream::Stderr];

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
    /// The child's exit; of several children the first one's.
    pub const EXIT: Port = Port::new(3);
    /// The most children in a row that can be talked to at once.
    pub const MOST_STAGES: u8 = Ports::CAPACITY as u8 - 3;

    /// The exit of the child with this index.
    ///
    /// # Panics
    /// When the index is not below [`Communicate::MOST_STAGES`].
    pub const fn stage(index: u8) -> Port {
        Port::new(3 + index)
    }

    /// Begins to talk to a child that was just spawned.
    pub fn new(options: CommunicateOptions) -> Self {
        let collector = |piped| match options.deliver {
            true => Collector::delivering(piped),
            false => Collector::collecting(piped, options.limit),
        };
        Self {
            stdin: Input {
                open: options.input.is_some(),
                queue: options.input.unwrap_or_else(|| SendQueue::new(0, 0)),
            },
            stdout: collector(options.stdout),
            stderr: collector(options.stderr),
            crew: Crew::new(options.stages),
            drain: options.drain,
            stop: options.stop,
            verdict: None,
            deadline: None,
            timed_out: false,
            tells_steps: false,
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
        self.output_mut(stream).set_limit(limit);
        self.decide();
    }

    /// Whether each step of a stop is told when it is taken. Default: no.
    ///
    /// ```
    /// use standpipe_core::process::{Communicate, CommunicateEvent, CommunicateOptions, Stop, StopStep};
    /// use standpipe_core::{Duty, Machine};
    ///
    /// let input = Some(standpipe_core::flow::SendQueue::new(0, 0));
    /// let mut talk = Communicate::new(CommunicateOptions { input, ..Default::default() });
    /// talk.tell_steps(true);
    /// talk.stop(&Stop::close_stdin());
    /// assert_eq!(talk.next_event(), Some(CommunicateEvent::Step(StopStep::CloseStdin)));
    /// assert_eq!(talk.wants(Communicate::STDIN).duty, Some(Duty::Close)); // it sees to that itself
    /// ```
    pub fn tell_steps(&mut self, tells: bool) {
        self.tells_steps = tells;
    }

    /// Begins to bring the child, or the group of several, to its end. What lies in its pipes then is still collected; nothing is waited for.
    pub fn stop(&mut self, stop: &Stop) {
        self.crew.stop(stop);
    }

    /// What the dialogue came to, once it is done.
    ///
    /// # Errors
    /// [`Unfinished`] when it was ended before its time.
    ///
    /// # Panics
    /// When it is not done.
    pub fn finish(mut self) -> Result<Output, Unfinished> {
        assert!(self.is_done(), "only a dialogue that is done can be finished");
        let cut = [&self.stdout, &self.stderr].iter().any(|output| output.end == Some(StreamEnd::Cut));
        let output = Output {
            exit: self.crew.exit().unwrap_or(Exit::Unknown),
            stages: self.crew.exits().map(|exit| exit.unwrap_or(Exit::Unknown)).collect(),
            stdout: self.stdout.take(),
            stderr: self.stderr.take(),
            cut,
        };
        match self.verdict {
            None => Ok(output),
            Some(Question::TimedOut) => Err(Unfinished::TimedOut { output }),
            Some(Question::Limit(stream)) => Err(Unfinished::Limit { stream, output }),
        }
    }

    /// Takes what is to be decided about as the reason to stop, where that was asked for.
    fn decide(&mut self) {
        if self.stop.is_none() {
            return;
        }
        let Some(question) = self.next_question() else { return };
        if self.verdict.is_none() {
            self.verdict = Some(question);
            self.stop.clone().into_iter().for_each(|stop| self.crew.stop(&stop));
        }
    }

    fn is_stopped(&self) -> bool {
        self.crew.leader().is_stopping() || self.verdict.is_some()
    }

    /// The life of the child; of several children the first one's.
    pub fn child(&self) -> &Child {
        self.crew.leader()
    }

    /// How the child ended, as soon as that is known; several children as the last one that failed, or well.
    pub fn exit(&self) -> Option<Exit> {
        self.crew.exit()
    }

    /// How each child ended, as far as that is known.
    pub fn exits(&self) -> impl Iterator<Item = Option<Exit>> + '_ {
        self.crew.exits()
    }

    /// How an output ended; `None` while it is read, and where it is not collected.
    pub fn end(&self, stream: Stream) -> Option<StreamEnd> {
        self.output(stream).end
    }

    /// What was collected so far, at most the limit; of an output that is delivered the piece that was told last, until the
    /// machine is advanced again.
    pub fn collected(&self, stream: Stream) -> &[u8] {
        self.output(stream).bytes()
    }

    /// Takes out what was collected so far, at most the limit; an output that was over it is read on.
    pub fn take_output(&mut self, stream: Stream) -> Vec<u8> {
        self.output_mut(stream).take()
    }

    /// The next thing to know or to decide about.
    pub fn next_event(&mut self) -> Option<CommunicateEvent> {
        match self.next_question() {
            Some(Question::TimedOut) => return Some(CommunicateEvent::TimedOut),
            Some(Question::Limit(stream)) => return Some(CommunicateEvent::Limit(stream)),
            None => {}
        }
        if let Some(stream) = STREAMS.into_iter().find(|stream| self.output(*stream).owes_piece()) {
            self.output_mut(stream).tell_piece();
            return Some(CommunicateEvent::Output(stream));
        }
        let step = if self.tells_steps { self.crew.next_step() } else { None };
        step.map(CommunicateEvent::Step)
    }

    /// Takes all events, and hands the pieces of outputs that are delivered to `sink`: for whoever has a stop decide about the rest.
    ///
    /// ```
    /// use standpipe_core::process::{Communicate, CommunicateOptions};
    /// use standpipe_core::{Machine, Pool, Window};
    ///
    /// let (mut pool, mut came) = (Pool::default(), Vec::new());
    /// let mut talk = Communicate::new(CommunicateOptions { stdout: true, deliver: true, ..Default::default() });
    /// let Window::Slice(room) = talk.window(Communicate::STDOUT, &mut pool) else { panic!() };
    /// room[..2].copy_from_slice(b"hi");
    /// talk.handle_read(Communicate::STDOUT, 2);
    /// talk.hand_over(|_, piece| came.extend_from_slice(piece));
    /// assert_eq!(came, b"hi");
    /// assert!(!talk.has_event());
    /// ```
    pub fn hand_over(&mut self, mut sink: impl FnMut(Stream, &[u8])) {
        while let Some(event) = self.next_event() {
            if let CommunicateEvent::Output(stream) = event {
                sink(stream, self.collected(stream));
            }
        }
    }

    fn next_question(&mut self) -> Option<Question> {
        if core::mem::take(&mut self.timed_out) {
            return Some(Question::TimedOut);
        }
        let stream = STREAMS.into_iter().find(|stream| self.output(*stream).owes_limit())?;
        self.output_mut(stream).tell_limit();
        Some(Question::Limit(stream))
    }

    fn has_question(&self) -> bool {
        self.timed_out || self.stdout.owes_limit() || self.stderr.owes_limit()
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
}
