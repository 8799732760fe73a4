//! Children that live as long as their handles, as scenarios see them: [`Children`].

use std::time::Duration;

use standpipe_core::process::{Command, CommunicateEvent, Exit, Output, Stop, StopStep, Stream};
use standpipe_core::signal::Signal;

use super::{NotRun, Processes};

/// A backend that has handles of children.
pub trait Children: Processes {
    /// Starts a command as it stands.
    ///
    /// # Errors
    /// It cannot be started.
    fn spawn(&self, command: &Command) -> Result<Box<dyn Living>, NotRun>;
}

/// A child by its handle. Waiting that fails is a panic: there is no reason why it should.
pub trait Living: Send {
    /// Its number.
    fn pid(&self) -> i32;

    /// How it ended, if it has.
    fn poll(&mut self) -> Option<Exit>;

    /// Waits for its end; its standard input is closed first.
    fn wait(&mut self) -> Exit;

    /// Waits for its end, at most this long.
    fn wait_timeout(&mut self, at_most: Duration) -> Option<Exit>;

    /// Sends a signal.
    fn signal(&mut self, signal: Signal);

    /// Brings it to its end: how it ended, and by which step.
    fn stop(&mut self, stop: &Stop) -> (Exit, Option<StopStep>);

    /// The child for another thread.
    fn share(&self) -> Box<dyn Shared>;

    /// Feeds it and listens to it.
    fn talk(self: Box<Self>, input: Vec<u8>) -> Box<dyn Talking>;
}

/// A child that belongs to another thread's handle.
pub trait Shared: Send + Sync {
    /// How it ended, if it has.
    fn poll(&self) -> Option<Exit>;

    /// Waits for its end.
    fn wait(&self) -> Exit;

    /// Waits for its end, at most this long.
    fn wait_timeout(&self, at_most: Duration) -> Option<Exit>;

    /// Sends a signal, which hits nobody once it was reaped.
    fn signal(&self, signal: Signal);
}

/// A dialogue that no deadline and no limit ends.
pub trait Talking {
    /// Goes on until there is something to decide about; `None` at its end.
    fn run(&mut self, at_most: Option<Duration>) -> Option<CommunicateEvent>;

    /// Takes out what was collected of an output so far.
    fn take_output(&mut self, stream: Stream) -> Vec<u8>;

    /// Changes how many bytes of an output are collected.
    fn set_limit(&mut self, stream: Stream, limit: usize);

    /// Begins to bring it to its end.
    fn stop(&mut self, stop: &Stop);

    /// The child for another thread.
    fn share(&self) -> Box<dyn Shared>;

    /// Runs it to its end.
    fn finish(self: Box<Self>) -> Output;
}
