//! What a dialogue with a child is given, and what it tells: [`CommunicateOptions`] and [`CommunicateEvent`].

use core::time::Duration;

use crate::flow::SendQueue;
use crate::process::{Stop, StopStep, Stream};

/// What happened that the caller must know or decide about. The machine goes on either way.
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
    /// The deadline has passed. It is off until [`Communicate::set_deadline`](super::Communicate::set_deadline).
    TimedOut,
    /// The next piece of an output that is delivered lies in [`Communicate::collected`](super::Communicate::collected), until the
    /// machine is advanced again.
    Output(Stream),
    /// A step of the stop is taken. Told where [`Communicate::tell_steps`](super::Communicate::tell_steps) was asked for; there is nothing to be done.
    Step(StopStep),
    /// The output has more than its limit; it is not read until [`Communicate::set_limit`](super::Communicate::set_limit) or
    /// [`Communicate::take_output`](super::Communicate::take_output).
    Limit(Stream),
}

/// What a [`Communicate`](super::Communicate) is made of.
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
    /// How many children there are, 1 to [`Communicate::MOST_STAGES`](super::Communicate::MOST_STAGES): the first reads
    /// standard input, each other one what the one before it writes. Default: 1.
    pub stages: u8,
    /// What standard input gets before it is closed; `None` where it is no pipe.
    pub input: Option<SendQueue>,
    /// Whether standard output, of several children the last one's, is a pipe to collect from.
    pub stdout: bool,
    /// Whether standard error is a pipe to collect from, which several children share.
    pub stderr: bool,
    /// How many bytes of each output are collected. Default: 64 MiB.
    pub limit: usize,
    /// Whether the outputs are delivered as they come, by [`CommunicateEvent::Output`], instead of collected: nothing is kept of
    /// them then, and there is no limit. Default: no.
    pub deliver: bool,
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
            stages: 1,
            input: None,
            stdout: false,
            stderr: false,
            limit: 64 << 20,
            deliver: false,
            drain: Duration::from_millis(200),
            stop: None,
        }
    }
}
