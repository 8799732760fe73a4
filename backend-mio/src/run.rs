//! One task run to its end in a loop of its own.

use std::io;
use std::time::Duration;

use standpipe_core::flow::{Relay, Report};
use standpipe_core::process::{Command, Output, Pipeline, Stream as StdStream};
use standpipe_core::socket::Connect;
use standpipe_core::{Handshake, Layer, Machine, Moment};
use standpipe_sys::socket::{Candidate, connecting};
use standpipe_sys::{Dialogue, Ends, RunError, Stream};

use crate::{Loop, Turned};

/// Runs a relay to its end.
///
/// # Errors
/// Waiting failed; the ends are closed, a child is killed and reaped.
pub fn relay(relay: Relay, ends: Ends) -> io::Result<Report> {
    let relay = run(relay, ends, |_, _| {})?;
    relay.report().ok_or(io::ErrorKind::UnexpectedEof.into())
}

/// Runs a pipeline to its end, or to the end of its stop after the time-out.
///
/// # Errors
/// Waiting failed; the children are killed and reaped.
pub fn pipeline(pipeline: Pipeline, ends: Ends, timeout: Option<Duration>) -> io::Result<Pipeline> {
    run(pipeline, ends, |pipeline, now| pipeline.set_deadline(timeout.map(|wait| now + wait)))
}

/// Runs a command, feeding and collecting the standard streams that are pipes. The child is stopped at the time-out and at a limit.
///
/// ```
/// use standpipe_mio::{Command, Dialogue, RunError, Stdio, Unfinished, communicate};
///
/// let yes = Command::new("yes").stdout(Stdio::Pipe);
/// let error = communicate(&yes, Dialogue { limit: Some(4), ..Dialogue::default() }, None).unwrap_err();
/// let RunError::Unfinished(Unfinished::Limit { output, .. }) = error else { panic!("{error}") };
/// assert_eq!(output.stdout, b"y\ny\n");
/// ```
///
/// # Errors
/// It could not be started; or it was stopped at the time-out or a limit, and what it had written is inside.
pub fn communicate(
    command: &Command,
    dialogue: Dialogue,
    timeout: Option<Duration>,
) -> Result<Output, RunError> {
    let (talk, ends) = standpipe_sys::communicate(command, dialogue.ending())?;
    let talk = run(talk, ends, |talk, now| talk.set_deadline(timeout.map(|wait| now + wait)));
    Ok(talk.map_err(RunError::Wait)?.finish()?)
}

/// The same, but nothing is kept: what is written is handed to `sink` as it comes, in pieces from one buffer that is used again
/// and again. The limit does not hold; the outputs of the result are empty.
///
/// ```
/// use standpipe_mio::{Command, Dialogue, Stdio, deliver};
///
/// let mut bytes = 0;
/// let seq = Command::new("seq").arg("100000").stdout(Stdio::Pipe);
/// let output = deliver(&seq, Dialogue::default(), None, |_, piece| bytes += piece.len())?;
/// assert!(output.exit.success());
/// assert_eq!(bytes, 588_895);
/// # Ok::<(), standpipe_mio::RunError>(())
/// ```
///
/// # Errors
/// As [`communicate`]; what was written by then was handed over.
pub fn deliver(
    command: &Command,
    dialogue: Dialogue,
    timeout: Option<Duration>,
    mut sink: impl FnMut(StdStream, &[u8]),
) -> Result<Output, RunError> {
    let dialogue = Dialogue { deliver: true, ..dialogue.ending() };
    let (mut talk, ends) = standpipe_sys::communicate(command, dialogue)?;
    let mut event_loop = Loop::new().map_err(RunError::Wait)?;
    talk.set_deadline(timeout.map(|wait| event_loop.now() + wait));
    let key = event_loop.insert((talk, ends)).map_err(RunError::Wait)?;
    while event_loop.next().map_err(RunError::Wait)? == Some(Turned::Events(key)) {
        if let Some((talk, _)) = event_loop.get_mut(key) {
            talk.hand_over(&mut sink);
        }
    }
    let (talk, _) = event_loop.remove(key).expect("nobody else takes it out");
    Ok(talk.finish()?)
}

/// Connects to the first of the candidates that answers.
///
/// # Errors
/// Why the last candidate failed, or the time-out.
pub fn connect_to(candidates: Vec<Candidate>, timeout: Option<Duration>) -> io::Result<Stream> {
    let (connect, ends) = connecting(candidates);
    let start = |connect: &mut Connect, now| connect.set_deadline(timeout.map(|wait| now + wait));
    let (connect, ends) = run_task(connect, ends, start)?;
    ends.into_connected(&connect)
}

/// Agrees upon a layer, such as TLS, with the other side of a connection.
///
/// # Errors
/// Why nothing was agreed upon, or the time-out.
pub fn secure(
    stream: Stream,
    layer: Box<dyn Layer>,
    timeout: Option<Duration>,
) -> io::Result<(Stream, Box<dyn Layer>)> {
    let ends = Ends::default().with(Handshake::SOCKET, stream);
    let start = |handshake: &mut Handshake, now| handshake.set_deadline(timeout.map(|wait| now + wait));
    let (handshake, ends) = run_task(Handshake::new(layer), ends, start)?;
    ends.into_secured(handshake)
}

fn run<M: Machine>(machine: M, ends: Ends, start: impl FnOnce(&mut M, Moment)) -> io::Result<M> {
    run_task(machine, ends, start).map(|(machine, _)| machine)
}

fn run_task<M: Machine>(
    mut machine: M,
    ends: Ends,
    start: impl FnOnce(&mut M, Moment),
) -> io::Result<(M, Ends)> {
    let mut event_loop = Loop::new()?;
    start(&mut machine, event_loop.now());
    let key = event_loop.insert((machine, ends))?;
    while event_loop.next()? != Some(Turned::Done(key)) {}
    event_loop.remove(key).ok_or(io::ErrorKind::UnexpectedEof.into())
}
