//! What the kernel has in place for a signal, without a handler of ours: [`disposition`], [`ignore`], [`set_default`],
//! [`set_restart`].

use std::io;

use standpipe_core::signal::{Disposition, Signal, SignalError};

use super::table::{self, Claim, Claimed};

/// Keeps a signal ignored, or at its default. When it is dropped, and nothing else of this crate is in place for the
/// signal, what was found is in place again; where somebody else has changed it meanwhile, his stays.
#[derive(Debug)]
#[must_use = "what was found is put back when it is dropped"]
pub struct Replaced {
    claimed: Claimed,
    before: Disposition<()>,
}

impl Replaced {
    /// What was in place before.
    pub fn before(&self) -> Disposition<()> {
        self.before
    }

    /// Leaves it so, for the rest of the process's life.
    pub fn keep(self) {
        std::mem::forget(self.claimed);
    }
}

/// What is in place for a signal, as the kernel says it (sigaction(2)): [`Disposition::Handler`] is one of this crate's,
/// [`Disposition::Foreign`] somebody else's.
///
/// ```
/// use standpipe_core::signal::{Disposition, Signal};
/// use standpipe_sys::signals;
///
/// assert_eq!(signals::disposition(Signal::USR2)?, Disposition::Default);
/// let (_pipe, caught) = signals::signal_pipe(&[Signal::USR2])?;
/// assert_eq!(signals::disposition(Signal::USR2)?, Disposition::Handler { handler: (), restart: true });
/// drop(caught);
/// assert_eq!(signals::disposition(Signal::USR2)?, Disposition::Default);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// The signal is one that the C library keeps for itself; the [`SignalError`] is within.
pub fn disposition(signal: Signal) -> io::Result<Disposition<()>> {
    match signal.check_changeable() {
        Err(error @ SignalError::Reserved(_)) => Err(super::refused(error)),
        _ => table::disposition(signal),
    }
}

/// Has the signal ignored until the guard is dropped, whatever is in place. Children of this crate do not inherit it.
///
/// ```
/// use standpipe_core::signal::{Disposition, Signal};
/// use standpipe_sys::signals;
///
/// let ignored = signals::ignore(Signal::TERM)?;
/// assert_eq!(ignored.before(), Disposition::Default);
/// signals::raise(Signal::TERM)?; // and we live
/// drop(ignored);
/// assert_eq!(signals::disposition(Signal::TERM)?, Disposition::Default);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// The signal cannot be changed: SIGKILL, SIGSTOP, or one of the C library's own. The [`SignalError`] is within.
pub fn ignore(signal: Signal) -> io::Result<Replaced> {
    replace(signal, Claim::Ignore)
}

/// Has the signal do what it does by default until the guard is dropped, whatever is in place.
///
/// ```
/// use standpipe_core::signal::{Disposition, Signal};
/// use standpipe_sys::signals;
///
/// let (_pipe, _caught) = signals::signal_pipe(&[Signal::INT])?;
/// let default = signals::set_default(Signal::INT)?;
/// assert_eq!(signals::disposition(Signal::INT)?, Disposition::Default);
/// drop(default);
/// assert_eq!(signals::disposition(Signal::INT)?, Disposition::Handler { handler: (), restart: true });
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// As [`ignore`].
pub fn set_default(signal: Signal) -> io::Result<Replaced> {
    replace(signal, Claim::Default)
}

fn replace(signal: Signal, claim: Claim) -> io::Result<Replaced> {
    signal.check_changeable().map_err(super::refused)?;
    let before = table::disposition(signal)?;
    Ok(Replaced { claimed: table::claim(signal, claim)?, before })
}

/// Changes whether calls that the signal interrupts go on when its handler has returned (`true`, `SA_RESTART`), or fail
/// with `EINTR` (`false`); gives back how it was. It holds of the handler that is in place, whosever it is, until another
/// one is put there (siginterrupt(3), SIG-33).
///
/// A handler of this crate is put in place with `true`, over somebody else's with what that one has. The standard library
/// and this crate try most calls again by themselves, whatever is said here.
///
/// ```
/// use standpipe_core::signal::Signal;
/// use standpipe_sys::signals;
///
/// let (_pipe, _caught) = signals::signal_pipe(&[Signal::ALRM])?;
/// assert!(signals::set_restart(Signal::ALRM, false)?);
/// assert!(!signals::set_restart(Signal::ALRM, true)?);
/// assert!(signals::set_restart(Signal::WINCH, false).is_err(), "it has no handler");
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// As [`ignore`]; and [`SignalError::NoHandler`] where the signal is ignored or at its default.
pub fn set_restart(signal: Signal, restart: bool) -> io::Result<bool> {
    signal.check_changeable().map_err(super::refused)?;
    table::set_restart(signal, restart)?.ok_or_else(|| super::refused(SignalError::NoHandler(signal)))
}
