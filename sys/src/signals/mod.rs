//! Signals of this process: caught as bytes or as sets to read, blocked, waited for, ignored, and timers that send them.
//!
//! * [`signal_pipe`], [`Arrivals`], [`WakeupFd`]: caught signals, told to a pipe, to a set that a pipe wakes for, or to a
//!   descriptor of the caller's; [`Incoming`] hands those of a set out one by one.
//! * [`Blocked`], [`wait_for`]: this thread's mask, and taking what is pending.
//! * [`disposition`], [`ignore`], [`set_default`], [`set_restart`]: what the kernel has in place.
//! * [`set_timer`], [`timer`], [`alarm`], [`Armed`]: the kernel's interval timers.
//!
//! What is caught or ignored is counted for each signal, in one table of the process (`table.rs`), so that everything is as
//! it was found when the last one that changed it is dropped.

mod action;
mod arrivals;
mod caught;
mod control;
mod disposition;
mod handler;
mod incoming;
mod mask;
mod sink;
mod table;
mod timer;
mod wait;
mod wakeup;

use std::io;

use standpipe_core::signal::{Signal, SignalError};

pub use arrivals::{Arrivals, Closer};
pub(crate) use caught::catch;
pub use caught::{Caught, Ignored, signal_control_pipe, signal_pipe};
pub use control::{Control, control_pipe};
pub use disposition::{Replaced, disposition, ignore, set_default, set_restart};
pub use incoming::{Incoming, Next};
pub(crate) use mask::to_raw;
pub use mask::{Blocked, blocked, pending};
pub(crate) use sink::Sink;
pub(crate) use table::was_found_ignored;
pub use timer::{Armed, alarm, set_timer, timer};
pub use wait::{Arrived, Sender, wait_for};
pub use wakeup::{WakeupError, WakeupFd};

/// Sends a signal to the calling thread (raise(3)). Where it is not blocked, what it does has happened when this returns.
///
/// ```
/// use standpipe_core::signal::Signal;
/// use standpipe_sys::signals;
///
/// let _ignored = signals::ignore(Signal::USR1)?;
/// signals::raise(Signal::USR1)?;
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// The signal is one that the C library keeps for itself.
pub fn raise(signal: Signal) -> io::Result<()> {
    // SAFETY: raise takes a number.
    match unsafe { libc::raise(signal.number()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Waits until a handler was run in this thread (pause(2)). A signal that came before does not end it, nor does an ignored
/// one; [`Blocked::suspend`] misses none.
pub fn pause() {
    mask::pause();
}

/// The standard library's error for a signal that is refused; the reason is within.
fn refused(error: SignalError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, error)
}
