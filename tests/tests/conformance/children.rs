//! The blocking backend's handles of children as the suite sees them.

use std::time::Duration;

use standpipe_blocking::{Child, ChildHandle, Talk};
use standpipe_core::Target;
use standpipe_core::process::{Command, CommunicateEvent, Exit, Output, Stop, StopStep, Stream};
use standpipe_core::signal::Signal;
use standpipe_tests::harness::{Living, NotRun, Shared, Talking};

/// Starts a command by this backend.
pub(crate) fn spawn(command: &Command) -> Result<Box<dyn Living>, NotRun> {
    let child = standpipe_blocking::Command::from(command.clone()).spawn()?;
    Ok(Box::new(Blocking(child)))
}

/// One of the backend's own things.
pub(crate) struct Blocking<T>(pub(crate) T);

impl Living for Blocking<Child> {
    fn pid(&self) -> i32 {
        self.0.pid()
    }

    fn poll(&mut self) -> Option<Exit> {
        self.0.poll()
    }

    fn wait(&mut self) -> Exit {
        self.0.wait().expect("it can be waited for")
    }

    fn wait_timeout(&mut self, at_most: Duration) -> Option<Exit> {
        self.0.wait_timeout(at_most).expect("it can be waited for")
    }

    fn signal(&mut self, signal: Signal) {
        self.0.signal(signal);
    }

    fn stop(&mut self, stop: &Stop) -> (Exit, Option<StopStep>) {
        let stopped = self.0.stop(stop).expect("it can be waited for");
        (stopped.exit, stopped.by)
    }

    fn share(&self) -> Box<dyn Shared> {
        Box::new(Blocking(self.0.handle()))
    }

    fn talk(self: Box<Self>, input: Vec<u8>) -> Box<dyn Talking> {
        Box::new(Blocking(self.0.talk(input).expect("what is fed has a pipe")))
    }
}

impl Shared for Blocking<ChildHandle> {
    fn poll(&self) -> Option<Exit> {
        self.0.poll()
    }

    fn wait(&self) -> Exit {
        self.0.wait().expect("it can be waited for")
    }

    fn wait_timeout(&self, at_most: Duration) -> Option<Exit> {
        self.0.wait_timeout(at_most).expect("it can be waited for")
    }

    fn signal(&self, signal: Signal) {
        self.0.signal(Target::Child, signal);
    }
}

impl Talking for Blocking<Talk> {
    fn run(&mut self, at_most: Option<Duration>) -> Option<CommunicateEvent> {
        self.0.run(at_most).expect("it can be waited for")
    }

    fn take_output(&mut self, stream: Stream) -> Vec<u8> {
        self.0.take_output(stream)
    }

    fn set_limit(&mut self, stream: Stream, limit: usize) {
        self.0.set_limit(stream, limit);
    }

    fn stop(&mut self, stop: &Stop) {
        self.0.stop(stop);
    }

    fn share(&self) -> Box<dyn Shared> {
        Box::new(Blocking(self.0.child()))
    }

    fn finish(self: Box<Self>) -> Output {
        self.0.finish().expect("it can be waited for")
    }
}
