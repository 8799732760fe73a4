//! Signals as bytes to read: [`signal_pipe`]; and how long they are caught: [`Caught`].

use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;

use standpipe_core::signal::{Signal, SignalSet};

use super::Control;
use super::sink::Sink;
use super::table::{self, Claim, Claimed};
use crate::{Stream, fd};

/// Keeps signals caught. When it is dropped, and nobody else in this process catches one of them by this crate, what was
/// found before is in place again: the default, that the signal was ignored, or somebody else's handler.
///
/// Who has come meanwhile and put a handler of his own over ours keeps it.
#[derive(Debug)]
pub struct Caught(Vec<Claimed>);

/// What becomes of signals that are ignored when they are to be caught.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Ignored {
    /// They stay ignored: who has started us with nohup(1), or in the background of a shell, wants it so.
    #[default]
    Leave,
    /// They are caught as well, and ignored again afterwards.
    Catch,
}

/// Catches these signals from now on. Each that comes is one byte to read, its number; what the signals would have
/// done otherwise does not happen. One that the process was started to ignore, as nohup(1) has it, stays ignored.
///
/// ```
/// use standpipe_core::signal::Signal;
/// use standpipe_core::{Outcome, Window};
///
/// let (mut pipe, caught) = standpipe_sys::signal_pipe(&[Signal::USR1])?;
/// assert_eq!(pipe.try_read(Window::Slice(&mut [0])), Outcome::Blocked);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// The descriptor limit, or a signal that cannot be caught: a
/// [`SignalError`](standpipe_core::signal::SignalError) is within then.
pub fn signal_pipe(signals: &[Signal]) -> io::Result<(Stream, Caught)> {
    signal_control_pipe(signals).map(|(pipe, _, caught)| (pipe, caught))
}

/// The same, and what other threads ask by as well.
///
/// ```
/// use standpipe_core::signal::Signal;
/// use standpipe_core::{Outcome, Window};
///
/// let (mut pipe, control, caught) = standpipe_sys::signal_control_pipe(&[Signal::USR1])?;
/// standpipe_sys::signals::raise(Signal::USR1)?;
/// control.ask(Signal::TERM);
/// assert_eq!(pipe.try_read(Window::Slice(&mut [0; 9])), Outcome::Ready(2));
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// As [`signal_pipe`].
pub fn signal_control_pipe(signals: &[Signal]) -> io::Result<(Stream, Control, Caught)> {
    let (read, write) = fd::pipe()?;
    fd::set_nonblocking(write.as_fd())?;
    let control = Control::new(write.try_clone()?);
    let signals = signals.iter().copied().collect();
    let caught = catch(signals, &Arc::new(Sink::of_bytes(write)), Ignored::Leave)?;
    Ok((Stream::pipe(read)?, control, caught))
}

/// Tells this sink of these signals from now on.
///
/// # Errors
/// One of them cannot be caught. Nothing has changed then.
pub(crate) fn catch(signals: SignalSet, sink: &Arc<Sink>, ignored: Ignored) -> io::Result<Caught> {
    signals.iter().try_for_each(Signal::check_catchable).map_err(super::refused)?;
    let is_left = |signal| ignored == Ignored::Leave && table::is_found_ignored(signal);
    let signals = signals.iter().filter(|signal| !is_left(*signal));
    let claimed = signals.map(|signal| table::claim(signal, Claim::Tell(sink.clone())));
    Ok(Caught(claimed.collect::<io::Result<_>>()?))
}

impl Caught {
    /// The signals that are caught: without those that were ignored and stay so.
    pub fn signals(&self) -> SignalSet {
        self.0.iter().map(Claimed::signal).collect()
    }

    /// Keeps what the other one keeps as well.
    pub(super) fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    /// Lets a signal go.
    pub(super) fn release(&mut self, signal: Signal) {
        self.0.retain(|claimed| claimed.signal() != signal);
    }
}
