//! Signals on the backend that has them.

use std::time::Duration;

use standpipe_blocking::signal::{Ignored, Signals, Waited};
use standpipe_core::signal::{Signal, SignalSet};
use standpipe_tests::harness::{Catcher, Signalling};

/// The backend of plain threads.
pub(crate) struct Blocking;

impl Signalling for Blocking {
    fn catch(&self, signals: SignalSet, ignored_as_well: bool) -> Box<dyn Catcher> {
        let ignored = if ignored_as_well { Ignored::Catch } else { Ignored::Leave };
        Box::new(Blocked(Signals::with(signals, ignored).expect("they can be caught")))
    }
}

struct Blocked(Signals);

impl Catcher for Blocked {
    fn caught(&self) -> SignalSet {
        self.0.caught()
    }

    fn wait(&mut self) -> Option<Signal> {
        self.0.wait().expect("it can wait")
    }

    fn wait_timeout(&mut self, at_most: Duration) -> Option<Signal> {
        match self.0.wait_timeout(at_most).expect("it can wait") {
            Waited::Signal(signal) => Some(signal),
            Waited::TimedOut | Waited::Closed => None,
        }
    }

    fn pending(&mut self) -> Option<Signal> {
        self.0.pending()
    }

    fn closer(&self) -> Box<dyn FnOnce() + Send> {
        let closer = self.0.closer();
        Box::new(move || closer.close())
    }
}
