//! Waiting for several descriptors: [`PollSet`].

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::Duration;

use standpipe_core::Side;

/// The descriptors of one wait (poll(2)). Filled anew for each, so none that nobody wants is in it: a hang-up there would
/// make the wait spin. Kept from wait to wait, it allocates nothing.
///
/// ```
/// use std::os::fd::AsFd;
/// use std::time::Duration;
/// use standpipe_core::Side;
/// use standpipe_sys::{PollSet, fd};
///
/// let (read, write) = fd::pipe()?;
/// let mut set = PollSet::default();
/// set.add(read.as_fd(), Side::Read);
/// set.add(write.as_fd(), Side::Write);
/// set.wait(Some(Duration::from_secs(5)))?;
/// assert!(!set.is_ready(0) && set.is_ready(1));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Default)]
pub struct PollSet {
    entries: Vec<libc::pollfd>,
}

impl PollSet {
    /// Forgets all descriptors.
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// Waits for this descriptor as well; its index is the number of those before it. One that is closed by the time of
    /// the wait counts as ready.
    pub fn add(&mut self, fd: BorrowedFd<'_>, side: Side) {
        let events = match side {
            Side::Read => libc::POLLIN,
            Side::Write => libc::POLLOUT,
        };
        self.entries.push(libc::pollfd { fd: fd.as_raw_fd(), events, revents: 0 });
    }

    /// Waits for urgent data at this descriptor as well (`POLLPRI`); otherwise as [`PollSet::add`].
    pub fn add_urgent(&mut self, fd: BorrowedFd<'_>) {
        self.entries.push(libc::pollfd { fd: fd.as_raw_fd(), events: libc::POLLPRI, revents: 0 });
    }

    /// Whether the descriptor with this index was ready, had hung up or had failed.
    pub fn is_ready(&self, index: usize) -> bool {
        self.entries.get(index).is_some_and(|entry| entry.revents != 0)
    }

    /// Waits until one is ready, at most this long; `None` waits without limit. A signal ends the wait early, with
    /// nothing ready.
    ///
    /// # Errors
    /// `ENOMEM`, `EINVAL` above the descriptor limit.
    pub fn wait(&mut self, at_most: Option<Duration>) -> io::Result<()> {
        let limit = at_most.map(|wait| libc::timespec {
            tv_sec: wait.as_secs().try_into().unwrap_or(libc::time_t::MAX),
            tv_nsec: wait.subsec_nanos().into(),
        });
        let limit = limit.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
        let count = self.entries.len() as libc::nfds_t;
        // SAFETY: the entries are ours and as many as is said; the limit is null or lives on the stack; no mask is set.
        let result = unsafe { libc::ppoll(self.entries.as_mut_ptr(), count, limit, std::ptr::null()) };
        match crate::fd::check(result) {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                self.entries.iter_mut().for_each(|entry| entry.revents = 0);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}

impl std::fmt::Debug for PollSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PollSet").field("len", &self.entries.len()).finish_non_exhaustive()
    }
}

/// Whether the descriptor is ready now, without waiting.
pub fn is_ready(fd: BorrowedFd<'_>, side: Side) -> bool {
    let mut set = PollSet::default();
    set.add(fd, side);
    set.wait(Some(Duration::ZERO)).is_ok() && set.is_ready(0)
}

/// Whether both directions of the descriptor have ended (`POLLHUP`, `POLLERR`), so that nothing will come of it any more.
pub(crate) fn has_hung_up(fd: BorrowedFd<'_>) -> bool {
    let mut set = PollSet::default();
    // Nothing is waited for: the two are told unasked.
    set.entries.push(libc::pollfd { fd: fd.as_raw_fd(), events: 0, revents: 0 });
    set.wait(Some(Duration::ZERO)).is_ok() && set.is_ready(0)
}

/// Whether nothing more will be received there, since the peer or this side has ended that direction (`POLLRDHUP`).
pub(crate) fn has_ended(fd: BorrowedFd<'_>) -> bool {
    let mut set = PollSet::default();
    set.entries.push(libc::pollfd { fd: fd.as_raw_fd(), events: libc::POLLRDHUP, revents: 0 });
    // An error is no end, and is told unasked.
    set.wait(Some(Duration::ZERO)).is_ok() && set.entries[0].revents & libc::POLLRDHUP != 0
}
