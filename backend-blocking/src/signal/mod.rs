//! Signals for programs that block: as an iterator, as handlers that are ordinary code, and alarms.
//!
//! No code of yours runs in a signal handler. What arrives is kept as a set and makes a descriptor readable; you take it
//! where you like, in any thread. Nothing is changed but what you ask for, and when what you asked for is dropped, the
//! process does with its signals what it did before.
//!
//! ```no_run
//! use standpipe_blocking::signal::{Signal, Signals};
//!
//! # fn read_configuration() {}
//! let mut signals = Signals::new([Signal::TERM, Signal::INT, Signal::HUP])?;
//! for signal in &mut signals {
//!     match signal? {
//!         Signal::HUP => read_configuration(),
//!         _ => break,
//!     }
//! }
//! // From here on another SIGTERM ends the program at once, as it would have before.
//! drop(signals);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! * [`Signals`]: what arrives, one by one. [`Closer`] ends it from another thread.
//! * [`Handlers`]: a closure for each signal, run when you say so.
//! * [`alarm`], [`set_timer`], [`timer`], [`Armed`]: the kernel's timers, which end in a signal.
//! * [`Blocked`], [`pending`], [`wait_for`], [`pause`]: the mask of this thread, and waiting without a handler.
//! * [`disposition`], [`ignore`], [`set_default`], [`set_interrupt`]: what the kernel has in place.
//! * [`WakeupFd`]: signals as bytes in a descriptor of yours.
//!
//! A signal that comes again before it was taken is taken once. It says "at least one": of SIGCHLD, that some child has
//! ended, perhaps several. Signals are taken in ascending order of their numbers.
//!
//! Calls of the standard library and of this crate go on when a signal has interrupted them. To bound one that may hang,
//! give it a time limit, or see [`set_interrupt`].

mod handlers;
mod signals;

use std::io;

pub use handlers::{Handler, Handlers};
pub use signals::{Signals, Waited};
pub use standpipe_core::signal::{
    DefaultAction, Disposition, Signal, SignalError, SignalSet, TimerClock, TimerError, TimerSetting, Woken,
};
pub use standpipe_sys::signals::{
    Armed, Arrived, Blocked, Closer, Ignored, Replaced, Sender, WakeupError, WakeupFd, alarm, blocked,
    disposition, ignore, pause, pending, raise, set_default, set_timer, timer, wait_for,
};

/// Changes whether the signal interrupts: whether a blocked call fails with
/// [`Interrupted`](io::ErrorKind::Interrupted) when the signal has been caught (`true`), or goes on (`false`); and gives
/// back how it was (siginterrupt(3), SIG-33). It holds of what is in place; [`Signals`] and [`Handlers`] begin with
/// `false`, over somebody else's handler with what that one has.
///
/// Most calls of the standard library try again whatever is said here, such as
/// [`File::open`](std::fs::File::open); reads and writes do not.
///
/// ```
/// use standpipe_blocking::signal::{Signal, Signals, set_interrupt};
///
/// let signals = Signals::new([Signal::ALRM])?;
/// assert!(!set_interrupt(Signal::ALRM, true)?);
/// assert!(set_interrupt(Signal::ALRM, false)?);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// The signal has no handler, or cannot have one; the [`SignalError`] is within.
pub fn set_interrupt(signal: Signal, interrupt: bool) -> io::Result<bool> {
    standpipe_sys::signals::set_restart(signal, !interrupt).map(|restarted| !restarted)
}
