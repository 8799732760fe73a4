//! Handles of children as the suite sees them, of the backends whose own types they are.

use std::time::Duration;

use standpipe_core::Target;
use standpipe_core::process::{Command, CommunicateEvent, Exit, Output, Stop, StopStep, Stream};
use standpipe_core::signal::Signal;
use standpipe_tests::harness::{Living, NotRun, Shared, Talking};

/// One of the blocking backend's own things.
pub(crate) struct Blocking<T>(pub(crate) T);

/// One of the things of the backend of futures.
struct Awaited<T>(T);

/// Starts a command by the blocking backend.
pub(crate) fn spawn(command: &Command) -> Result<Box<dyn Living>, NotRun> {
    let child = standpipe_blocking::Command::from(command.clone()).spawn()?;
    Ok(Box::new(Blocking(child)))
}

/// Starts a command by the backend of futures.
pub(crate) fn spawn_awaited(command: &Command) -> Result<Box<dyn Living>, NotRun> {
    Ok(Box::new(Awaited(standpipe_smol::spawn(command)?)))
}

/// Handles of a backend by what its calls come to.
macro_rules! handles {
    ($adapter:ident, $backend:ident, $come_to:path) => {
        impl Living for $adapter<$backend::Child> {
            fn pid(&self) -> i32 {
                self.0.pid()
            }

            fn poll(&mut self) -> Option<Exit> {
                self.0.poll()
            }

            fn wait(&mut self) -> Exit {
                $come_to(self.0.wait()).expect("it can be waited for")
            }

            fn wait_timeout(&mut self, at_most: Duration) -> Option<Exit> {
                $come_to(self.0.wait_timeout(at_most)).expect("it can be waited for")
            }

            fn signal(&mut self, signal: Signal) {
                self.0.signal(signal);
            }

            fn stop(&mut self, stop: &Stop) -> (Exit, Option<StopStep>) {
                let stopped = $come_to(self.0.stop(stop)).expect("it can be waited for");
                (stopped.exit, stopped.by)
            }

            fn share(&self) -> Box<dyn Shared> {
                Box::new($adapter(self.0.handle()))
            }

            fn talk(self: Box<Self>, input: Vec<u8>) -> Box<dyn Talking> {
                Box::new($adapter(self.0.talk(input).expect("what is fed has a pipe")))
            }
        }

        impl Shared for $adapter<$backend::ChildHandle> {
            fn poll(&self) -> Option<Exit> {
                self.0.poll()
            }

            fn wait(&self) -> Exit {
                $come_to(self.0.wait()).expect("it can be waited for")
            }

            fn wait_timeout(&self, at_most: Duration) -> Option<Exit> {
                $come_to(self.0.wait_timeout(at_most)).expect("it can be waited for")
            }

            fn signal(&self, signal: Signal) {
                self.0.signal(Target::Child, signal);
            }
        }

        impl Talking for $adapter<$backend::Talk> {
            fn run(&mut self, at_most: Option<Duration>) -> Option<CommunicateEvent> {
                $come_to(self.0.run(at_most)).expect("it can be waited for")
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
                Box::new($adapter(self.0.child()))
            }

            fn finish(self: Box<Self>) -> Output {
                $come_to(self.0.finish()).expect("it can be waited for")
            }
        }
    };
}

handles! { Blocking, standpipe_blocking, std::convert::identity }
handles! { Awaited, standpipe_smol, smol::block_on }
