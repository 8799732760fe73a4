//! A dialogue with a child, as long as its caller likes: [`Talk`].

use std::io;
use std::task::Poll;
use std::time::Duration;

use standpipe_core::process::{CommunicateEvent, Exit, Output, Stop, Stream};
use standpipe_sys::RunError;
use standpipe_sys::process::Talking;

use super::ChildHandle;
use crate::Waiter;

/// A child that is fed and listened to, as long as its caller likes: a time-out or a limit ends neither the child nor the
/// dialogue, and loses nothing (SUB-46). Made by [`Command::talk`](crate::Command::talk),
/// [`Pipeline::talk`](crate::Pipeline::talk) or [`Child::talk`](crate::Child::talk).
///
/// Any future of it may be dropped at its await: what was written to the child and read from it by then is counted and kept here, and the
/// next future goes on from there. Dropping the dialogue itself ends the child with SIGKILL and reaps it.
///
/// ```
/// use std::time::Duration;
/// use standpipe_smol::{Command, CommunicateEvent, Exit, StdStream, Stdio, Stop};
///
/// smol::block_on(async {
///     let mut talk = Command::shell("echo so far; exec sleep 600").stdout(Stdio::Pipe).talk()?;
///     while talk.collected(StdStream::Stdout).is_empty() {
///         assert_eq!(talk.run(Some(Duration::from_millis(10))).await?, Some(CommunicateEvent::TimedOut));
///     }
///     assert_eq!(talk.take_output(StdStream::Stdout), b"so far\n");
///     talk.stop(&Stop::kill());
///     let output = talk.finish().await?;
///     assert!(matches!(output.exit, Exit::Signal { .. }) && output.stdout.is_empty());
///     Ok::<(), Box<dyn std::error::Error>>(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Talk {
    talking: Talking,
    handle: ChildHandle,
    waiter: Waiter,
}

impl Talk {
    pub(crate) fn new(talking: Talking) -> Self {
        let handle = talking.handle().clone().into();
        Self::of(talking, handle, Waiter::default())
    }

    /// With a child that others may already wait for.
    pub(super) fn of(talking: Talking, handle: ChildHandle, waiter: Waiter) -> Self {
        Self { talking, handle, waiter }
    }

    /// Goes on until there is something to decide about, at most this long: `None` when everything has come to its end,
    /// [`CommunicateEvent::TimedOut`] when it has not in this time. Dropping the future loses nothing, and the time is over with it.
    ///
    /// # Errors
    /// The reactor cannot watch a descriptor.
    pub async fn run(&mut self, at_most: Option<Duration>) -> io::Result<Option<CommunicateEvent>> {
        self.talking.set_deadline(at_most.map(|wait| self.waiter.now() + wait));
        loop {
            if let Poll::Ready(event) = self.talking.poll_event() {
                return Ok(event);
            }
            let (talk, ends) = self.talking.parts();
            self.waiter.run(talk, ends).await?;
        }
    }

    /// The child, for other tasks; of several the first.
    pub fn child(&self) -> ChildHandle {
        self.handle.clone()
    }

    /// How the child has ended, as far as that is known; several as the last that has failed.
    pub fn exit(&self) -> Option<Exit> {
        self.talking.exit()
    }

    /// What was collected of an output so far.
    pub fn collected(&self, stream: Stream) -> &[u8] {
        self.talking.collected(stream)
    }

    /// Takes out what was collected of an output so far; one that was over its limit is read on.
    pub fn take_output(&mut self, stream: Stream) -> Vec<u8> {
        self.talking.take_output(stream)
    }

    /// Changes how many bytes of an output are collected.
    pub fn set_limit(&mut self, stream: Stream, limit: usize) {
        self.talking.set_limit(stream, limit);
    }

    /// Begins to bring the child, or the group of several, to its end. [`Talk::run`] does it.
    pub fn stop(&mut self, stop: &Stop) {
        self.talking.stop(stop);
    }

    /// Runs it to its end, or to its limit: where an output has more than that, and nothing was done about it, the child is ended by
    /// SIGKILL. Dropping the future kills and reaps it.
    ///
    /// # Errors
    /// [`Unfinished::Limit`](crate::Unfinished::Limit) with what was collected; or the reactor cannot watch a descriptor.
    pub async fn finish(mut self) -> Result<Output, RunError> {
        while !self.talking.is_over_limit() && self.go_on().await? {}
        if self.talking.is_over_limit() {
            self.talking.stop(&Stop::kill());
            while self.go_on().await? {}
        }
        self.talking.finish()
    }

    async fn go_on(&mut self) -> Result<bool, RunError> {
        self.run(None).await.map(|event| event.is_some()).map_err(RunError::Wait)
    }
}
