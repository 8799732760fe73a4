//! The backend of futures as the suite sees its children: each call awaits what it asks for.

use std::time::Duration;

use smol::block_on;
use standpipe_core::Target;
use standpipe_core::process::{Command, CommunicateEvent, Exit, Output, Stop, StopStep, Stream};
use standpipe_core::signal::Signal;
use standpipe_smol::{Child, ChildHandle, Dialogue, Talk};
use standpipe_tests::harness::{Living, NotRun, Shared, Talking};

use crate::real::fed;

/// Starts a command by this backend.
pub(crate) fn spawn(command: &Command) -> Result<Box<dyn Living>, NotRun> {
    Ok(Box::new(Awaited(standpipe_smol::spawn(command)?)))
}

/// One of the backend's own things.
struct Awaited<T>(T);

impl Living for Awaited<Child> {
    fn pid(&self) -> i32 {
        self.0.pid()
    }

    fn poll(&mut self) -> Option<Exit> {
        self.0.poll()
    }

    fn wait(&mut self) -> Exit {
        block_on(self.0.wait()).expect("it can be watched")
    }

    fn wait_timeout(&mut self, at_most: Duration) -> Option<Exit> {
        block_on(self.0.wait_timeout(at_most)).expect("it can be watched")
    }

    fn signal(&mut self, signal: Signal) {
        self.0.signal(signal);
    }

    fn stop(&mut self, stop: &Stop) -> (Exit, Option<StopStep>) {
        let stopped = block_on(self.0.stop(stop)).expect("it can be watched");
        (stopped.exit, stopped.by)
    }

    fn share(&self) -> Box<dyn Shared> {
        Box::new(Awaited(self.0.handle()))
    }

    fn talk(self: Box<Self>, input: Vec<u8>) -> Box<dyn Talking> {
        let dialogue = Dialogue { input: Some(fed(input)), ..Dialogue::default() };
        Box::new(Awaited(self.0.talk(dialogue).expect("what is fed has a pipe")))
    }
}

impl Shared for Awaited<ChildHandle> {
    fn poll(&self) -> Option<Exit> {
        self.0.poll()
    }

    fn wait(&self) -> Exit {
        block_on(self.0.wait()).expect("there are descriptors")
    }

    fn wait_timeout(&self, at_most: Duration) -> Option<Exit> {
        block_on(self.0.wait_timeout(at_most)).expect("there are descriptors")
    }

    fn signal(&self, signal: Signal) {
        self.0.signal(Target::Child, signal);
    }
}

impl Talking for Awaited<Talk> {
    fn run(&mut self, at_most: Option<Duration>) -> Option<CommunicateEvent> {
        block_on(self.0.run(at_most)).expect("it can be watched")
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
        Box::new(Awaited(self.0.child()))
    }

    fn finish(self: Box<Self>) -> Output {
        block_on(self.0.finish()).expect("it can be watched")
    }
}
