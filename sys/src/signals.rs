//! Signals as bytes to read: [`signal_pipe`], and the same from another thread: [`control_pipe`].

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::Arc;

use signal_hook_registry::SigId;
use standpipe_core::Pending;
use standpipe_core::signal::Signal;

use crate::transfer::{self, Calls};
use crate::{Stream, fault, fd};

/// Keeps signals caught; dropping it takes our handlers away and leaves those of others.
#[derive(Debug)]
pub struct Caught {
    handlers: Vec<SigId>,
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
/// The descriptor limit, or a signal that cannot be caught.
pub fn signal_pipe(signals: &[Signal]) -> io::Result<(Stream, Caught)> {
    let (read, write) = fd::pipe()?;
    fd::set_nonblocking(write.as_fd())?;
    let write = Arc::new(write);
    let mut caught = Caught { handlers: Vec::new() };
    for signal in signals.iter().filter(|signal| !is_ignored(**signal)) {
        caught.handlers.push(register(*signal, write.clone())?);
    }
    Ok((Stream::pipe(read)?, caught))
}

/// Async-signal-safe.
pub(crate) fn is_ignored(signal: Signal) -> bool {
    // SAFETY: an all-zero sigaction is a valid value of that plain C struct, and no new one is passed.
    unsafe {
        let mut current = std::mem::zeroed::<libc::sigaction>();
        let known = libc::sigaction(signal.number(), std::ptr::null(), &raw mut current) == 0;
        known && current.sa_sigaction == libc::SIG_IGN
    }
}

fn register(signal: Signal, write: Arc<OwnedFd>) -> io::Result<SigId> {
    if signal_hook_registry::FORBIDDEN.contains(&signal.number()) {
        return Err(fault::error(crate::fault(libc::EINVAL)));
    }
    let byte = signal.number() as u8;
    let handler = move || {
        // SAFETY: write(2) is async-signal-safe, the byte lives in the closure and the descriptor with it. A full
        // pipe loses nothing: it is readable already.
        unsafe { libc::write(write.as_raw_fd(), (&raw const byte).cast(), 1) };
    };
    // SAFETY: the handler makes one async-signal-safe call, allocates nothing, takes no lock and cannot panic;
    // signal-hook-registry keeps errno.
    unsafe { signal_hook_registry::register(signal.number(), handler) }
}

impl Drop for Caught {
    fn drop(&mut self) {
        for handler in self.handlers.drain(..) {
            signal_hook_registry::unregister(handler);
        }
    }
}

/// Asks, from any thread, as a signal would.
#[derive(Clone, Debug)]
pub struct Control(Arc<OwnedFd>);

/// A pipe on which other threads ask as a signal would, and its asking end.
///
/// # Errors
/// The descriptor limit.
pub fn control_pipe() -> io::Result<(Stream, Control)> {
    let (read, write) = fd::pipe()?;
    fd::set_nonblocking(write.as_fd())?;
    Ok((Stream::pipe(read)?, Control(Arc::new(write))))
}

impl Control {
    /// One request, as the number of this signal. It is lost only where thousands wait already.
    pub fn ask(&self, signal: Signal) {
        let byte = [signal.number() as u8];
        let _ = transfer::write(self.0.as_fd(), Calls::File, Pending::Slice(&byte), 1);
    }
}
