//! Signals as values: numbers and sets of them, what is in place for each, what has arrived, and alarm clocks.
//!
//! No system call is made here. A driver catches signals and tells them as facts; what follows is decided by these
//! types, without a handler that runs at any odd moment.
//!
//! * [`Signal`], [`SignalSet`]: names, numbers, default actions; sets in the kernel's layout.
//! * [`Dispositions`]: what is in place for each signal, what must be put back, what a child is born with.
//! * [`PendingSignals`], [`Woken`]: what has arrived, and the bytes that tell of it.
//! * [`IntervalTimer`]: the alarm clocks that end in a signal, as arithmetic.
//!
//! # A time limit on something that may hang (SIG-53)
//!
//! The original arms an alarm whose handler raises an error from within the blocked call. Here the alarm is a value and
//! the limit is an ordinary return: the driver waits for the device until [`IntervalTimer::wake`] at the latest.
//!
//! ```
//! use core::time::Duration;
//! use standpipe_core::Moment;
//! use standpipe_core::signal::{IntervalTimer, PendingSignals, TimerClock};
//!
//! #[derive(PartialEq, Debug)]
//! struct TookTooLong;
//!
//! /// Opens a device that answers at this moment, if ever.
//! fn open(answer: Option<Moment>) -> Result<&'static str, TookTooLong> {
//!     let mut now = Moment::ORIGIN;
//!     let mut alarm = IntervalTimer::new(TimerClock::Real);
//!     let mut pending = PendingSignals::default();
//!     alarm.alarm(now, 5);
//!     loop {
//!         // A driver waits for the device, at most until the alarm is due.
//!         let due = alarm.wake().expect("it was set").at;
//!         now = answer.unwrap_or(due).min(due);
//!         alarm.handle_now(now);
//!         if alarm.take_expired().is_some() {
//!             pending.handle_arrival(alarm.clock().signal());
//!         }
//!         while let Some(_signal) = pending.take_next() {
//!             return Err(TookTooLong);
//!         }
//!         if answer.is_some_and(|at| at <= now) {
//!             alarm.alarm(now, 0);
//!             assert_eq!(alarm.wake(), None);
//!             return Ok("open");
//!         }
//!     }
//! }
//!
//! assert_eq!(open(Some(Moment::ORIGIN + Duration::from_secs(2))), Ok("open"));
//! assert_eq!(open(None), Err(TookTooLong));
//! ```

mod birth;
mod dispositions;
mod number;
mod pending;
mod set;
mod timer;
mod wakeup;

pub use birth::{ChildSignals, SignalReset, SignalState};
pub use dispositions::{Disposition, Dispositions, Found};
pub use number::{DefaultAction, Signal, SignalError};
pub use pending::PendingSignals;
pub use set::{SignalSet, Signals};
pub use timer::{Expired, IntervalTimer, TimerClock, TimerError, TimerSetting};
pub use wakeup::{Told, Woken};
