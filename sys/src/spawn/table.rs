//! The child's descriptor table, the one thing in which the two ways to spawn differ: [`Table`].

use std::io;
use std::os::fd::RawFd;

use super::fetch::Fetch;
use crate::fd::check;

/// Where the child's descriptor table came from, and so how it is unshared and closed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Table<'a> {
    /// It is the parent's until it is unshared; ranges are closed by close_range(2).
    Shared,
    /// The same, and what lies high in the parent's is fetched afterwards.
    Fetched(&'a Fetch),
    /// fork(2) has made a copy; ranges are closed number by number, except one that is needed to the end.
    Copied {
        /// The error pipe.
        spared: RawFd,
    },
}

impl Table<'_> {
    /// Makes the table the child's own, without the numbers from `from` up; no descriptor has the number `u32::MAX`.
    pub(super) fn unshare(self, from: u32) -> io::Result<()> {
        match self {
            Self::Shared => unshare_below(from),
            Self::Fetched(fetch) => fetch.run(),
            Self::Copied { .. } => self.close(from, u32::MAX),
        }
    }

    /// Closes the numbers from `first` to `last`.
    pub(super) fn close(self, first: u32, last: u32) -> io::Result<()> {
        match self {
            Self::Shared | Self::Fetched(_) => close_range(first, last, 0),
            Self::Copied { spared } => {
                walk(first, last, spared);
                Ok(())
            }
        }
    }
}

/// Whether close_range(2) is there and no filter refuses it: then it finds fault with a range that ends before it
/// begins. Linux 5.9 has it, and so everything else that [`Table::Shared`] needs.
pub(super) fn has_close_range() -> bool {
    close_range(1, 0, 0).is_err_and(|error| error.raw_os_error() == Some(libc::EINVAL))
}

pub(super) fn unshare_below(from: u32) -> io::Result<()> {
    close_range(from, u32::MAX, libc::CLOSE_RANGE_UNSHARE)
}

fn close_range(first: u32, last: u32, flags: libc::c_uint) -> io::Result<()> {
    // SAFETY: close_range(2) with its three arguments; no pointer. The table is the child's own, or becomes so first.
    check(unsafe { libc::syscall(libc::SYS_close_range, first, last, flags) } as libc::c_int).map(drop)
}

fn walk(first: u32, last: u32, spared: RawFd) {
    let end = last.saturating_add(1).min(places());
    for number in (first..end).map(|number| number as RawFd).filter(|number| *number != spared) {
        // SAFETY: close takes no pointers; the table is the child's own. A number that is not open is an error.
        unsafe { libc::close(number) };
    }
}

/// A number above every open one. The kernel tells how many places the table has, which after a fork is close; without
/// /proc it is the limit on new descriptors.
fn places() -> u32 {
    let mut status = [0; 1024];
    let length = read_status(&mut status).unwrap_or(0);
    status.get(..length).and_then(table_size).unwrap_or_else(limit)
}

fn read_status(into: &mut [u8]) -> io::Result<usize> {
    // SAFETY: the path is a constant C string.
    let file = check(unsafe { libc::open(c"/proc/self/status".as_ptr(), libc::O_RDONLY) })?;
    // SAFETY: `into` is writable and as long as is said.
    let length = unsafe { libc::read(file, into.as_mut_ptr().cast(), into.len()) };
    // SAFETY: this number was just opened here, and nobody else uses it.
    unsafe { libc::close(file) };
    usize::try_from(length).map_err(|_| io::Error::last_os_error())
}

/// The number in the line `FDSize:` of proc_pid_status(5).
fn table_size(status: &[u8]) -> Option<u32> {
    let value = status.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(b"FDSize:"))?;
    let digits = value.trim_ascii();
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| u32::from(*byte & 0x0f));
    digits.iter().try_fold(0u32, |size, byte| Some(size.wrapping_mul(10).wrapping_add(digit(byte)?)))
}

/// The most that is walked where nothing tells how far: the kernel's own default bound (`fs.nr_open`).
const MOST: u32 = 1 << 20;

fn limit() -> u32 {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` is writable and of the right type. A failure leaves zero.
    let result = unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) };
    if result == -1 { MOST } else { u32::try_from(limit.rlim_cur).unwrap_or(MOST).min(MOST) }
}

#[cfg(test)]
mod tests {
    use super::{MOST, limit, places, table_size};

    #[test]
    fn the_size_is_read_from_its_line() {
        assert_eq!(table_size(b"Name:\tFDSize\nFDSize:\t256\nGroups:\t0 \n"), Some(256));
        assert_eq!(table_size(b"FDSize:\t64"), Some(64));
    }

    #[test]
    fn anything_else_is_no_size() {
        assert_eq!(table_size(b""), None);
        assert_eq!(table_size(b"Name:\tx\n"), None);
        assert_eq!(table_size(b"FDSize:\t-1\n"), None);
    }

    #[test]
    fn every_open_number_lies_below_the_places() {
        let file = std::fs::File::open("/dev/null").expect("/dev/null opens");
        assert!(places() > std::os::fd::AsRawFd::as_raw_fd(&file) as u32);
        assert!((1..=MOST).contains(&limit()));
    }
}
