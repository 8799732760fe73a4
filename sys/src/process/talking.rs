//! A dialogue as long as its caller likes, whoever waits for it: [`Talking`].

use std::task::Poll;

use standpipe_core::process::{
    Communicate, CommunicateEvent, Exit, Output, Stop, Stream as StdStream, Unfinished,
};
use standpipe_core::{Machine, Moment};

use crate::{ChildHandle, Ends, RunError};

/// A dialogue that a time-out or a limit does not end, and which loses nothing by one (SUB-46): what follows from its
/// events, without the wait for them.
///
/// Dropping it ends the children with SIGKILL and reaps them.
///
/// ```
/// use standpipe_core::process::{Command, Stdio, Stop, Stream};
/// use standpipe_sys::process::Talking;
/// use standpipe_sys::{Dialogue, communicate};
///
/// let (talk, ends) = communicate(&Command::new("yes").stdout(Stdio::Pipe), Dialogue::default())?;
/// let mut talking = Talking::new(talk, ends);
/// assert!(talking.poll_event().is_pending(), "a driver advances it first");
/// talking.set_limit(Stream::Stdout, 1000);
/// assert!(!talking.is_over_limit() && talking.collected(Stream::Stdout).is_empty());
/// # Ok::<(), standpipe_sys::LaunchError>(())
/// ```
#[derive(Debug)]
pub struct Talking {
    talk: Communicate,
    ends: Ends,
    handle: ChildHandle,
    /// The outputs that are over their limits, the first at the front, until something is done about them.
    over: Vec<StdStream>,
}

impl Talking {
    /// Of a machine with what stands behind its ports.
    ///
    /// # Panics
    /// Where that is no child.
    pub fn new(talk: Communicate, ends: Ends) -> Self {
        let handle = ends.child(Communicate::EXIT).expect("a dialogue has a child");
        Self { talk, ends, handle, over: Vec::new() }
    }

    /// The machine and what stands behind its ports, to be advanced.
    pub fn parts(&mut self) -> (&mut Communicate, &mut Ends) {
        (&mut self.talk, &mut self.ends)
    }

    /// The child for others; of several the first.
    pub fn handle(&self) -> &ChildHandle {
        &self.handle
    }

    /// Until when the next event is waited for.
    pub fn set_deadline(&mut self, deadline: Option<Moment>) {
        self.talk.set_deadline(deadline);
    }

    /// What there is to decide about, after which no deadline holds any more: `None` when everything has come to its end, and
    /// pending as long as the machine must be advanced first.
    pub fn poll_event(&mut self) -> Poll<Option<CommunicateEvent>> {
        let event = self.talk.next_event();
        if event.is_none() && !self.talk.is_done() {
            return Poll::Pending;
        }
        self.talk.set_deadline(None);
        if let Some(CommunicateEvent::Limit(stream)) = event {
            self.over.push(stream);
        }
        Poll::Ready(event)
    }

    /// How the child has ended, as far as that is known; several as the last that has failed.
    pub fn exit(&self) -> Option<Exit> {
        self.talk.exit()
    }

    /// What was collected of an output so far.
    pub fn collected(&self, stream: StdStream) -> &[u8] {
        self.talk.collected(stream)
    }

    /// Takes out what was collected of an output so far; one that was over its limit is read on.
    pub fn take_output(&mut self, stream: StdStream) -> Vec<u8> {
        self.dealt_with(stream);
        self.talk.take_output(stream)
    }

    /// Changes how many bytes of an output are collected.
    pub fn set_limit(&mut self, stream: StdStream, limit: usize) {
        self.dealt_with(stream);
        self.talk.set_limit(stream, limit);
    }

    fn dealt_with(&mut self, stream: StdStream) {
        self.over.retain(|over| *over != stream);
    }

    /// Begins to bring the child, or the group of several, to its end.
    pub fn stop(&mut self, stop: &Stop) {
        self.talk.stop(stop);
    }

    /// Whether an output is over its limit, and nothing was done about it: it is not read then, and may hold up everything.
    pub fn is_over_limit(&self) -> bool {
        !self.over.is_empty()
    }

    /// What it came to, once it is at its end.
    ///
    /// # Errors
    /// [`Unfinished::Limit`] with what was collected, where an output was over its limit.
    pub fn finish(self) -> Result<Output, RunError> {
        let output = self.talk.finish()?;
        match self.over.first() {
            None => Ok(output),
            Some(stream) => Err(Unfinished::Limit { stream: *stream, output }.into()),
        }
    }
}
