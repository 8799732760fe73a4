//! Signals on the backends that have them as streams or as iterators.

use std::time::Duration;

use smol::future;
use smol::stream::StreamExt;
use standpipe_blocking::signal::{Ignored, Signals, Waited};
use standpipe_core::signal::{Signal, SignalSet};
use standpipe_tests::harness::{Catcher, Signalling};

/// The backend of plain threads.
pub(crate) struct Blocking;

/// That of futures, each run to its end where it is called.
pub(crate) struct Smol;

fn ignored(as_well: bool) -> Ignored {
    if as_well { Ignored::Catch } else { Ignored::Leave }
}

impl Signalling for Blocking {
    fn catch(&self, signals: SignalSet, ignored_as_well: bool) -> Box<dyn Catcher> {
        let signals = Signals::with(signals, ignored(ignored_as_well)).expect("they can be caught");
        Box::new(Blocked(signals))
    }
}

impl Signalling for Smol {
    fn catch(&self, signals: SignalSet, ignored_as_well: bool) -> Box<dyn Catcher> {
        let signals = standpipe_smol::signal::Signals::with(signals, ignored(ignored_as_well));
        Box::new(Awaited(signals.expect("they can be caught")))
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

struct Awaited(standpipe_smol::signal::Signals);

impl Catcher for Awaited {
    fn caught(&self) -> SignalSet {
        self.0.caught()
    }

    fn wait(&mut self) -> Option<Signal> {
        smol::block_on(self.0.next())
    }

    fn wait_timeout(&mut self, at_most: Duration) -> Option<Signal> {
        let timed_out = async {
            smol::Timer::after(at_most).await;
            None
        };
        smol::block_on(future::or(self.0.next(), timed_out))
    }

    fn pending(&mut self) -> Option<Signal> {
        self.0.pending()
    }

    fn closer(&self) -> Box<dyn FnOnce() + Send> {
        let closer = self.0.closer();
        Box::new(move || closer.close())
    }
}
