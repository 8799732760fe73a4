//! Taking signals that are pending: [`wait_for`].

use std::io;
use std::mem::zeroed;
use std::time::Duration;

use libc::siginfo_t;
use standpipe_core::signal::{Signal, SignalSet};

use super::mask::{Blocked, to_raw};
use crate::Clock;

/// A signal that was taken, and what the kernel tells of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Arrived {
    /// Which one.
    pub signal: Signal,
    /// Why it was sent: `si_code` of sigaction(2), such as `SI_USER` or `CLD_EXITED`.
    pub code: i32,
    /// Who has sent it, where a process has; of SIGCHLD, the child.
    pub sender: Option<Sender>,
}

/// A process, as the kernel tells of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Sender {
    /// Its number; 0 where it is in another process namespace. It may have ended since.
    pub pid: i32,
    /// Its real user.
    pub uid: u32,
}

/// Waits until one of these signals has come, at most this long, and takes it; `None` when none has. No handler is run for
/// it (sigtimedwait(2)). They are blocked in this thread while it waits.
///
/// A signal that was pending already is taken at once: the lowest number first, and of SIGRTMIN to SIGRTMAX each as often as
/// it was sent. To miss none between two waits, keep them [`Blocked`] in every thread. Other signals interrupt nothing: the
/// wait goes on, under the same time limit.
///
/// ```
/// use std::time::Duration;
/// use standpipe_core::signal::Signal;
/// use standpipe_sys::signals::{self, Blocked};
///
/// let _blocked = Blocked::new(Signal::USR1.into());
/// signals::raise(Signal::USR1)?;
/// let arrived = signals::wait_for(Signal::USR1.into(), None)?.expect("there is no time limit");
/// assert_eq!(arrived.signal, Signal::USR1);
/// assert_eq!(arrived.sender.map(|sender| sender.pid), Some(std::process::id() as i32));
/// assert_eq!(signals::wait_for(Signal::USR1.into(), Some(Duration::ZERO))?, None);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// A signal that can never be taken: SIGKILL, SIGSTOP, or one of the C library's own. The
/// [`SignalError`](standpipe_core::signal::SignalError) is within.
pub fn wait_for(signals: SignalSet, at_most: Option<Duration>) -> io::Result<Option<Arrived>> {
    signals.iter().try_for_each(Signal::check_changeable).map_err(super::refused)?;
    let _blocked = Blocked::new(signals);
    let set = to_raw(signals);
    let clock = Clock::start();
    let end = at_most.map(|wait| clock.now() + wait);
    loop {
        let limit = end.map(|end| timespec(clock.until(end)));
        let limit = limit.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
        // SAFETY: an all-zero siginfo_t is valid; it, the set and the limit live on this stack.
        let mut info = unsafe { zeroed::<siginfo_t>() };
        // SAFETY: as above.
        let number = unsafe { libc::sigtimedwait(&raw const set, &raw mut info, limit) };
        if let Some(signal) = Signal::new(number) {
            return Ok(Some(arrived(signal, &info)));
        }
        let error = io::Error::last_os_error();
        match error.raw_os_error() {
            Some(libc::EINTR) => {}
            Some(libc::EAGAIN) => return Ok(None),
            _ => return Err(error),
        }
    }
}

fn timespec(wait: Duration) -> libc::timespec {
    libc::timespec {
        tv_sec: wait.as_secs().try_into().unwrap_or(libc::time_t::MAX),
        tv_nsec: wait.subsec_nanos().into(),
    }
}

fn arrived(signal: Signal, info: &siginfo_t) -> Arrived {
    let is_of_a_process = match info.si_code {
        libc::SI_USER | libc::SI_QUEUE | libc::SI_TKILL => true,
        _ => signal == Signal::CHLD,
    };
    // SAFETY: with these codes the kernel has filled both in.
    let sender = is_of_a_process.then(|| unsafe { Sender { pid: info.si_pid(), uid: info.si_uid() } });
    Arrived { signal, code: info.si_code, sender }
}
