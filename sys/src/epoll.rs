//! Who has become ready, of many: [`Epoll`].

use std::fmt;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::sync::Arc;

use standpipe_core::{Port, Side};

use crate::fd::check;
use crate::{Readiness, Selector};

/// How many events are fetched at once.
const EVENTS: usize = 256;

/// Descriptors that are watched for all they can become ready for, each change told once (epoll(7), edge-triggered). It never waits:
/// its own descriptor is readable when there is something to be told, and lives in whatever loop or reactor a program has.
///
/// ```
/// use std::os::fd::AsFd;
/// use standpipe_core::{Port, Side};
/// use standpipe_sys::{Epoll, Readiness, Selector, fd, is_ready};
///
/// let mut epoll = Epoll::new()?;
/// let (read, _write) = fd::pipe()?;
/// epoll.add(read.as_fd(), 7)?;
/// assert!(!is_ready(epoll.descriptor().as_fd(), Side::Read));
///
/// drop(_write);
/// assert!(is_ready(epoll.descriptor().as_fd(), Side::Read));
/// let mut ready = Readiness::default();
/// ready.clear(Port::new(0), Side::Read);
/// epoll.fetch()?;
/// for (token, shown) in epoll.events() {
///     assert_eq!(token, 7);
///     shown.tell(&mut ready, Port::new(0));
/// }
/// assert!(ready.is_ready(Port::new(0), Side::Read));
/// assert!(!is_ready(epoll.descriptor().as_fd(), Side::Read), "it was told");
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Epoll {
    fd: Arc<OwnedFd>,
    events: Vec<libc::epoll_event>,
    fetched: usize,
}

/// What an event has shown of one descriptor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shown(u32);

impl Epoll {
    /// One that watches nothing.
    ///
    /// # Errors
    /// The descriptor limit.
    pub fn new() -> io::Result<Self> {
        // SAFETY: no pointer is passed.
        let number = check(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })?;
        // SAFETY: it has just been given to us, and nobody else owns it.
        let fd = Arc::new(unsafe { OwnedFd::from_raw_fd(number) });
        Ok(Self { fd, events: vec![libc::epoll_event { events: 0, u64: 0 }; EVENTS], fetched: 0 })
    }

    /// What is readable when there is something to be told.
    pub fn descriptor(&self) -> &Arc<OwnedFd> {
        &self.fd
    }

    /// Fetches what has changed, without waiting. Whether there may be more than it could take.
    ///
    /// # Errors
    /// Only for what is no fault of the watched, such as `ENOMEM`.
    pub fn fetch(&mut self) -> io::Result<bool> {
        self.fetched = 0;
        let (room, events) = (self.events.len() as libc::c_int, self.events.as_mut_ptr());
        // SAFETY: the events are ours, and there is room for as many as is said.
        let fetched = check(unsafe { libc::epoll_wait(self.fd.as_raw_fd(), events, room, 0) })?;
        self.fetched = fetched as usize;
        Ok(self.fetched == EVENTS)
    }

    /// What was fetched last, by the tokens.
    pub fn events(&self) -> impl Iterator<Item = (u64, Shown)> {
        self.events[..self.fetched].iter().map(|event| (event.u64, Shown(event.events)))
    }

    fn control(&self, operation: libc::c_int, fd: BorrowedFd<'_>, token: u64) -> io::Result<()> {
        const ALL: libc::c_int =
            libc::EPOLLIN | libc::EPOLLOUT | libc::EPOLLPRI | libc::EPOLLRDHUP | libc::EPOLLET;
        let mut event = libc::epoll_event { events: ALL as u32, u64: token };
        // SAFETY: both descriptors are open, and the event lives on the stack.
        check(unsafe { libc::epoll_ctl(self.fd.as_raw_fd(), operation, fd.as_raw_fd(), &raw mut event) })
            .map(drop)
    }
}

impl Selector for Epoll {
    fn add(&self, fd: BorrowedFd<'_>, token: u64) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_ADD, fd, token)
    }

    fn remove(&self, fd: BorrowedFd<'_>) {
        // It is about to be closed, which would take it out of the kernel's table as well.
        let _ = self.control(libc::EPOLL_CTL_DEL, fd, 0);
    }
}

impl Shown {
    /// Tells what is known of a port.
    pub fn tell(self, ready: &mut Readiness, port: Port) {
        let any = |flags: libc::c_int| self.0 & flags as u32 != 0;
        // What has ended or failed is found out by trying.
        if any(libc::EPOLLIN | libc::EPOLLPRI) {
            ready.set(port, Side::Read);
        }
        if any(libc::EPOLLRDHUP | libc::EPOLLHUP | libc::EPOLLERR) {
            ready.set_hung_up(port);
        }
        if any(libc::EPOLLOUT | libc::EPOLLHUP | libc::EPOLLERR) {
            ready.set(port, Side::Write);
        }
    }
}

impl fmt::Debug for Epoll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Epoll").field("fd", &self.fd).finish_non_exhaustive()
    }
}
