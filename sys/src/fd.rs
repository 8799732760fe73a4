//! Descriptors that are close-on-exec and non-blocking from their birth.

use std::fs::OpenOptions;
use std::io::{self, IsTerminal};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;

/// Turns the C convention of -1 and `errno` into a result.
pub(crate) fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// As [`check`], for calls that give a size; repeats a call that a signal interrupted.
pub(crate) fn check_size(mut call: impl FnMut() -> libc::ssize_t) -> io::Result<usize> {
    loop {
        let result = call();
        if result >= 0 {
            return Ok(result as usize);
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

/// A new pipe, its reading end first, both ends close-on-exec and blocking (pipe2(2)). A child must get a blocking end.
///
/// # Errors
/// The descriptor limit.
pub fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends = [-1; 2];
    // SAFETY: `ends` has room for the two numbers that pipe2 writes.
    check(unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) })?;
    // SAFETY: pipe2 has just given us these two, and nobody else owns them.
    Ok(unsafe { (OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])) })
}

/// Makes an open file description non-blocking. Only for one that is ours alone: a pipe's two ends are separate, what
/// was inherited is not.
///
/// # Errors
/// A bad descriptor.
pub fn set_nonblocking(fd: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: fcntl on a borrowed, therefore open descriptor; no pointer is passed.
    let flags = check(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_GETFL) })?;
    // SAFETY: as above.
    check(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETFL, flags | libc::O_NONBLOCK) }).map(drop)
}

/// What a descriptor was opened for (fcntl(2), `F_GETFL`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// It can be read.
    Read,
    /// It can be written.
    Write,
    /// Both.
    Both,
}

/// What a descriptor was opened for.
///
/// # Errors
/// A bad descriptor, or `EBADF` where it was opened as a path alone.
pub fn access(fd: BorrowedFd<'_>) -> io::Result<Access> {
    // SAFETY: fcntl on a borrowed, therefore open descriptor; no pointer is passed.
    let flags = check(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_GETFL) })?;
    match flags & (libc::O_ACCMODE | libc::O_PATH) {
        libc::O_RDONLY => Ok(Access::Read),
        libc::O_WRONLY => Ok(Access::Write),
        libc::O_RDWR => Ok(Access::Both),
        _ => Err(io::Error::from_raw_os_error(libc::EBADF)),
    }
}

/// The same file through an open file description of its own, non-blocking, so that the flags of the one that others use stay as
/// they are (proc(5), `/proc/pid/fd`).
///
/// # Errors
/// There is no such list, or its file may not be opened anew.
pub(crate) fn reopened(fd: BorrowedFd<'_>, access: Access) -> io::Result<OwnedFd> {
    OpenOptions::new()
        .read(access != Access::Write)
        .write(access != Access::Read)
        .custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY)
        .open(format!("/proc/self/fd/{}", fd.as_raw_fd()))
        .map(OwnedFd::from)
}

/// Makes a descriptor close-on-exec, whoever has opened it. Until then a child may have got it.
///
/// # Errors
/// A bad descriptor.
pub fn set_close_on_exec(fd: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: fcntl on a borrowed, therefore open descriptor; no pointer is passed.
    check(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETFD, libc::FD_CLOEXEC) }).map(drop)
}

/// What kind of file a descriptor stands for: `S_IFMT` of its mode (fstat(2)).
///
/// # Errors
/// A bad descriptor.
pub fn file_type(fd: BorrowedFd<'_>) -> io::Result<libc::mode_t> {
    Ok(stat(fd)?.st_mode & libc::S_IFMT)
}

/// Whether a character device is the same one when it is opened anew: a terminal and what lies in memory, such as the null device,
/// is. To open the master of a pseudo-terminal makes another terminal (pts(4)), and other devices do as they please.
///
/// # Errors
/// A bad descriptor.
pub(crate) fn is_same_when_reopened(fd: BorrowedFd<'_>) -> io::Result<bool> {
    /// mem(4), null(4), random(4).
    const MEMORY: libc::c_uint = 1;
    Ok(libc::major(stat(fd)?.st_rdev) == MEMORY || fd.is_terminal() && !is_master(fd))
}

/// Whether it is the side of a pseudo-terminal that is not the terminal: it alone knows its number (ioctl_tty(2)).
fn is_master(fd: BorrowedFd<'_>) -> bool {
    let mut number: libc::c_uint = 0;
    // SAFETY: TIOCGPTN writes one unsigned int, for which there is room.
    unsafe { libc::ioctl(fd.as_raw_fd(), libc::TIOCGPTN, &raw mut number) == 0 }
}

fn stat(fd: BorrowedFd<'_>) -> io::Result<libc::stat> {
    // SAFETY: an all-zero stat is a valid value of that plain C struct.
    let mut stat = unsafe { std::mem::zeroed::<libc::stat>() };
    // SAFETY: `stat` is writable and of the right type.
    check(unsafe { libc::fstat(fd.as_raw_fd(), &raw mut stat) })?;
    Ok(stat)
}

/// Takes over an inherited descriptor by number, made close-on-exec, as socket activation hands them over.
///
/// # Errors
/// `EBADF` when it is not open.
pub fn inherited(number: i32) -> io::Result<OwnedFd> {
    // SAFETY: F_DUPFD_CLOEXEC passes no pointer; a number that is not open is an error.
    let copy = check(unsafe { libc::fcntl(number, libc::F_DUPFD_CLOEXEC, 3) })?;
    // SAFETY: the copy was just made and nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(copy) })
}
