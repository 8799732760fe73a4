//! Children and signals of a mio loop as the suite sees them: a loop in a thread of its own, which runs while it is asked something.

mod children;
mod signals;
mod talks;

use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use standpipe_core::signal::SignalSet;
use standpipe_mio::dispatch::Loop;
use standpipe_sys::signals::Blocked;

pub(crate) use children::spawn;
pub(crate) use signals::Mio;

type Ask = Box<dyn FnOnce(&mut Loop<'static>) + Send>;

/// A loop in a thread of its own. Dropping it drops the loop there.
struct Lone {
    asks: Option<Sender<Ask>>,
    thread: Option<JoinHandle<()>>,
}

impl Lone {
    fn new() -> Self {
        Self::without(SignalSet::EMPTY)
    }

    /// One whose thread takes none of these signals from those who have asked.
    fn without(signals: SignalSet) -> Self {
        let (asks, asked) = channel::<Ask>();
        let thread = thread::spawn(move || {
            let _blocked = Blocked::new(signals);
            let mut event_loop = Loop::new().expect("there are descriptors");
            asked.iter().for_each(|ask| ask(&mut event_loop));
        });
        Self { asks: Some(asks), thread: Some(thread) }
    }

    /// What comes of it in the loop's thread.
    fn ask<T: Send + 'static>(&self, ask: impl FnOnce(&mut Loop<'static>) -> T + Send + 'static) -> T {
        let (answer, answered) = channel();
        let asks = self.asks.as_ref().expect("it is there until it is dropped");
        let ask = move |event_loop: &mut Loop<'static>| {
            answer.send(ask(event_loop)).expect("the answer is waited for");
        };
        asks.send(Box::new(ask)).expect("the loop has not panicked");
        answered.recv().expect("the loop has not panicked")
    }

    /// Runs the loop until it has an answer, at most this long.
    fn run_until<T: Send + 'static>(
        &self,
        at_most: Option<Duration>,
        mut answer: impl FnMut(&mut Loop<'static>) -> Option<T> + Send + 'static,
    ) -> Option<T> {
        self.ask(move |event_loop| {
            let end = at_most.map(|wait| event_loop.now() + wait);
            loop {
                let left = end.map(|end| end.since(event_loop.now()));
                event_loop.run_once(left).expect("it can wait");
                let answer = answer(event_loop);
                if answer.is_some() || end.is_some_and(|end| end <= event_loop.now()) {
                    return answer;
                }
            }
        })
    }
}

impl Drop for Lone {
    fn drop(&mut self) {
        self.asks = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the loop has been one of whoever asked it.
            let _ = thread.join();
        }
    }
}
