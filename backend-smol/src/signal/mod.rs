//! Signals for tasks: as a stream, and the kernel's timers as streams of expirations.
//!
//! No code of yours runs in a signal handler. What arrives is kept as a set and wakes whoever awaits it, in whatever task. Nothing is
//! changed but what you ask for, and when what you asked for is dropped, the process does with its signals what it did before.
//!
//! ```no_run
//! use smol::stream::StreamExt;
//! use standpipe_smol::signal::{Signal, Signals};
//!
//! # fn read_configuration() {}
//! # smol::block_on(async {
//! let mut signals = Signals::new([Signal::TERM, Signal::INT, Signal::HUP])?;
//! while let Some(signal) = signals.next().await {
//!     match signal {
//!         Signal::HUP => read_configuration(),
//!         _ => break,
//!     }
//! }
//! // From here on another SIGTERM ends the program at once, as it would have before.
//! drop(signals);
//! # Ok::<(), std::io::Error>(())
//! # }).unwrap();
//! ```
//!
//! * [`Signals`]: what arrives, one by one. [`Closer`] ends it from another task or thread.
//! * [`Interval`]: a timer of the kernel's, as a stream of its expirations; [`alarm`], [`set_timer`], [`timer`], [`Armed`] set it by
//!   hand.
//! * [`Blocked`], [`pending`], [`blocked`], [`raise`]: the mask of this thread. A task that moves between threads has none of its own.
//! * [`disposition`], [`ignore`], [`set_default`], [`set_restart`]: what the kernel has in place.
//! * [`WakeupFd`]: signals as bytes in a descriptor of yours.
//!
//! A signal that comes again before it was taken is taken once. It says "at least one": of SIGCHLD, that some child has ended, perhaps
//! several. Signals are taken in ascending order of their numbers.

mod interval;
mod signals;

pub use interval::Interval;
pub use signals::Signals;
pub use standpipe_core::signal::{
    DefaultAction, Disposition, Expired, Signal, SignalError, SignalSet, TimerClock, TimerError,
    TimerSetting, Woken,
};
pub use standpipe_sys::signals::{
    Armed, Blocked, Closer, Ignored, Replaced, WakeupError, WakeupFd, alarm, blocked, disposition, ignore,
    pending, raise, set_default, set_restart, set_timer, timer,
};
