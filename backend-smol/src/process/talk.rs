//! A dialogue with a child, as long as its caller likes: [`Talk`].

use std::io;
use std::time::Duration;

use standpipe_core::Machine;
use standpipe_core::process::{Communicate, CommunicateEvent, Exit, Output, Stop, Stream, Unfinished};
use standpipe_sys::{Ends, RunError};

use super::ChildHandle;
use crate::Waiter;

/// A child that is fed and listened to, as long as its caller likes: a time-out or a limit ends neither the child nor the
/// dialogue, and loses nothing (SUB-46). Made by [`Child::talk`](crate::Child::talk).
///
/// Any future of it may be dropped at its await: what was written to the child and read from it by then is counted and kept here, and the
/// next future goes on from there. Dropping the dialogue itself ends the child with SIGKILL and reaps it.
///
/// ```
/// use std::time::Duration;
/// use standpipe_smol::{Command, CommunicateEvent, Dialogue, Exit, StdStream, Stdio, Stop, spawn};
///
/// smol::block_on(async {
///     let child = spawn(&Command::shell("echo so far; exec sleep 600").stdout(Stdio::Pipe))?;
///     let mut talk = child.talk(Dialogue::default())?;
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
    talk: Communicate,
    ends: Ends,
    waiter: Waiter,
    handle: ChildHandle,
    /// The output that is over its limit, until something is done about it.
    over: Option<Stream>,
}

impl Talk {
    pub(crate) fn new(talk: Communicate, ends: Ends, waiter: Waiter) -> Self {
        let handle = ends.child(Communicate::EXIT).expect("a dialogue has a child");
        Self { talk, ends, waiter, handle: handle.into(), over: None }
    }

    /// Goes on until there is something to decide about, at most this long: `None` when everything has come to its end,
    /// [`CommunicateEvent::TimedOut`] when it has not in this time.
    ///
    /// # Errors
    /// The reactor cannot watch a descriptor.
    pub async fn run(&mut self, at_most: Option<Duration>) -> io::Result<Option<CommunicateEvent>> {
        self.talk.set_deadline(at_most.map(|wait| self.waiter.now() + wait));
        let event = loop {
            match self.talk.next_event() {
                None if self.talk.is_done() => break None,
                None => self.waiter.run(&mut self.talk, &mut self.ends).await?,
                event => break event,
            }
        };
        self.talk.set_deadline(None);
        if let Some(CommunicateEvent::Limit(stream)) = event {
            self.over = Some(stream);
        }
        Ok(event)
    }

    /// The child, for other tasks.
    pub fn child(&self) -> ChildHandle {
        self.handle.clone()
    }

    /// How the child has ended, as far as that is known.
    pub fn exit(&self) -> Option<Exit> {
        self.talk.exit()
    }

    /// What was collected of an output so far.
    pub fn collected(&self, stream: Stream) -> &[u8] {
        self.talk.collected(stream)
    }

    /// Takes out what was collected of an output so far; one that was over its limit is read on.
    pub fn take_output(&mut self, stream: Stream) -> Vec<u8> {
        self.dealt_with(stream);
        self.talk.take_output(stream)
    }

    /// Changes how many bytes of an output are collected.
    pub fn set_limit(&mut self, stream: Stream, limit: usize) {
        self.dealt_with(stream);
        self.talk.set_limit(stream, limit);
    }

    fn dealt_with(&mut self, stream: Stream) {
        self.over = self.over.filter(|over| *over != stream);
    }

    /// Begins to bring the child to its end. [`Talk::run`] does it.
    pub fn stop(&mut self, stop: &Stop) {
        self.talk.stop(stop);
    }

    /// Runs it to its end, or to its limit: where an output has more than that, and nothing was done about it, the child is ended by
    /// SIGKILL. Dropping the future kills and reaps it.
    ///
    /// # Errors
    /// [`Unfinished::Limit`] with what was collected; or the reactor cannot watch a descriptor.
    pub async fn finish(mut self) -> Result<Output, RunError> {
        while self.over.is_none() && self.run(None).await.map_err(RunError::Wait)?.is_some() {}
        let over = self.over;
        if over.is_some() {
            self.talk.stop(&Stop::kill());
            while self.run(None).await.map_err(RunError::Wait)?.is_some() {}
        }
        let output = self.talk.finish()?;
        match over {
            None => Ok(output),
            Some(stream) => Err(Unfinished::Limit { stream, output }.into()),
        }
    }
}
