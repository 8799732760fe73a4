//! Reaching a loop from other threads: [`Waker`].

use std::fmt;
use std::sync::mpsc::Sender;

use standpipe_sys::Control;

use super::Loop;
use crate::Signal;

/// What another thread has a loop do.
pub(super) type Call<'a> = Box<dyn FnOnce(&mut Loop<'a>) + Send + 'a>;

/// Reaches a [`Loop`] from any thread.
///
/// ```
/// use standpipe_blocking::dispatch::{Dispatcher, Loop};
///
/// struct Silent;
/// impl Dispatcher for Silent {}
///
/// let mut event_loop = Loop::new()?;
/// event_loop.listen(&"127.0.0.1:0".parse()?, |_| Silent)?;
/// let waker = event_loop.waker();
/// std::thread::spawn(move || waker.stop());
/// event_loop.run()?; // until it was asked to stop
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Waker<'a> {
    pub(super) control: Control,
    pub(super) calls: Sender<Call<'a>>,
}

impl<'a> Waker<'a> {
    /// Ends the wait of the loop, or the next one.
    pub fn wake(&self) {
        self.control.ask(Signal::CHLD);
    }

    /// As [`Loop::stop`].
    pub fn stop(&self) {
        self.call(Loop::stop);
    }

    /// Has the loop's thread call this, in order. Whether the loop is still there.
    pub fn call(&self, call: impl FnOnce(&mut Loop<'a>) + Send + 'a) -> bool {
        let is_there = self.calls.send(Box::new(call)).is_ok();
        self.wake();
        is_there
    }
}

impl fmt::Debug for Waker<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waker").finish_non_exhaustive()
    }
}
