//! Signals that a mio loop tells.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use standpipe_core::dispatch::Key;
use standpipe_core::signal::{Signal, SignalSet};
use standpipe_mio::dispatch::{Loop, SignalHandler, Watching};
use standpipe_sys::signals::{Closer, Ignored};
use standpipe_tests::harness::{Catcher, Signalling};

use super::Lone;

/// That of a mio loop.
pub(crate) struct Mio;

impl Signalling for Mio {
    fn catch(&self, signals: SignalSet, ignored_as_well: bool) -> Box<dyn Catcher> {
        let ignored = if ignored_as_well { Ignored::Catch } else { Ignored::Leave };
        let (lone, told) = (Lone::without(signals), Told::default());
        let telling = Telling(told.clone());
        let (key, caught, closer) = lone.ask(move |event_loop| {
            let key = event_loop.signals_with(signals, ignored, telling).expect("they can be caught");
            let catching = event_loop.catching(key).expect("it was just put there");
            (key, catching.signals(), catching.closer())
        });
        Box::new(Caught { lone, key, caught, closer, told })
    }
}

type Told = Arc<Mutex<VecDeque<Signal>>>;

struct Telling(Told);

impl<'a> SignalHandler<'a, Watching> for Telling {
    fn keeps_loop(&self) -> bool {
        true
    }

    fn handle_signal(&mut self, _: &mut Loop<'a>, _: Key, signal: Signal) {
        self.0.lock().expect("no panic").push_back(signal);
    }
}

struct Caught {
    lone: Lone,
    key: Key,
    caught: SignalSet,
    closer: Closer,
    told: Told,
}

impl Caught {
    fn take(&self) -> Option<Signal> {
        self.told.lock().expect("no panic").pop_front()
    }

    fn next(&self, at_most: Option<Duration>) -> Option<Signal> {
        let (key, told) = (self.key, self.told.clone());
        let next = move |event_loop: &mut Loop<'_>| {
            let next = told.lock().expect("no panic").pop_front();
            (next.is_some() || event_loop.keys().all(|other| other != key)).then_some(next)
        };
        self.take().or_else(|| self.lone.run_until(at_most, next).flatten())
    }
}

impl Catcher for Caught {
    fn caught(&self) -> SignalSet {
        self.caught
    }

    fn wait(&mut self) -> Option<Signal> {
        self.next(None)
    }

    fn wait_timeout(&mut self, at_most: Duration) -> Option<Signal> {
        self.next(Some(at_most))
    }

    fn pending(&mut self) -> Option<Signal> {
        self.next(Some(Duration::ZERO))
    }

    fn closer(&self) -> Box<dyn FnOnce() + Send> {
        let closer = self.closer.clone();
        Box::new(move || closer.close())
    }
}
