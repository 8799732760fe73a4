//! The standard streams of this process, without changing their flags.

use std::fs::OpenOptions;
use std::io;
use std::os::fd::AsRawFd;

use standpipe_core::Side;

use crate::fd::Access;
use crate::{Stream, fd};

/// Our own standard input (`Side::Read`) or standard output (`Side::Write`) as a stream.
///
/// The flags of descriptors 0 to 2 belong to everybody who shares them and are never changed: as by [`Stream::from_fd`].
///
/// # Errors
/// The descriptor is closed, or the descriptor limit is reached.
pub fn standard(side: Side) -> io::Result<Stream> {
    let (number, access) = match side {
        Side::Read => (0, Access::Read),
        Side::Write => (1, Access::Write),
    };
    Stream::by_kind(fd::inherited(number)?, access)
}

/// Puts the null device in the place of our standard output, for the whole process: whoever reads it sees its end as
/// soon as what [`standard`] gave is closed, though this process goes on.
///
/// # Errors
/// The null device cannot be opened.
pub fn release_standard_output() -> io::Result<()> {
    let null = OpenOptions::new().write(true).open("/dev/null")?;
    // SAFETY: dup2 passes no pointer, and what is at 1 is replaced at once, so that its number is never anybody else's.
    fd::check(unsafe { libc::dup2(null.as_raw_fd(), 1) }).map(drop)
}

/// Closes our standard streams, for the whole process, as a program may be started that nobody has given any. What is
/// opened next comes to lie at their numbers; the standard library's own streams are then whatever that is.
pub fn close_standard() {
    for number in 0..3 {
        // SAFETY: close passes no pointer. Nobody owns these numbers: the standard library only names them, and takes one
        // that is closed for one that swallows everything.
        unsafe { libc::close(number) };
    }
}
