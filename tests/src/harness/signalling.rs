//! Signals as scenarios see them, on backends that have them: [`Signalling`].

use std::time::Duration;

use standpipe_core::signal::{Signal, SignalSet};

/// What a backend offers for signals.
pub trait Signalling: Sync {
    /// Catches these signals until it is dropped, also those that are ignored where that is asked for.
    ///
    /// # Panics
    /// When one of them cannot be caught.
    fn catch(&self, signals: SignalSet, ignored_as_well: bool) -> Box<dyn Catcher>;
}

/// Signals that are caught.
pub trait Catcher: Send {
    /// Which they are.
    fn caught(&self) -> SignalSet;

    /// Waits for the next one; `None` when it was closed.
    fn wait(&mut self) -> Option<Signal>;

    /// Waits for the next one, at most this long; `None` when none has come.
    fn wait_timeout(&mut self, at_most: Duration) -> Option<Signal>;

    /// The next one, without waiting.
    fn pending(&mut self) -> Option<Signal>;

    /// What closes it from another thread.
    fn closer(&self) -> Box<dyn FnOnce() + Send>;
}
