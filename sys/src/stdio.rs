//! The standard streams of this process, without changing their flags.

use std::fs::OpenOptions;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;

use standpipe_core::Side;

use crate::{Stream, fd};

/// Our own standard input (`Side::Read`) or standard output (`Side::Write`) as a stream.
///
/// The flags of descriptors 0 to 2 belong to everybody who shares them and are never changed. A regular file is used as
/// it is, since it is always ready. A socket is used with flags of each call. Anything else is opened once more, for
/// a description of our own; where that fails it is polled before each call.
///
/// # Errors
/// The descriptor is closed, or the descriptor limit is reached.
pub fn standard(side: Side) -> io::Result<Stream> {
    let number = match side {
        Side::Read => 0,
        Side::Write => 1,
    };
    let copy = fd::inherited(number)?;
    match fd::file_type(copy.as_fd())? {
        libc::S_IFSOCK => Ok(Stream::socket(copy)),
        libc::S_IFIFO | libc::S_IFCHR => Ok(reopened(number, side).unwrap_or_else(|_| Stream::shared(copy))),
        _ => Ok(Stream::file(copy)),
    }
}

fn reopened(number: i32, side: Side) -> io::Result<Stream> {
    OpenOptions::new()
        .read(side == Side::Read)
        .write(side == Side::Write)
        .custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY)
        .open(format!("/proc/self/fd/{number}"))
        .map(|file| Stream::file(file.into()))
}
