//! Pseudo-terminals: [`pty`].

use std::ffi::{CStr, OsStr, c_char};
use std::fs::OpenOptions;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;

use crate::fd::check;

/// Both sides of a pseudo-terminal, close-on-exec and blocking.
#[derive(Debug)]
pub struct Pty {
    /// Ours: what is written here is typed, what is read here is shown. Once no process has the other side open, reading
    /// fails with `EIO`.
    pub master: OwnedFd,
    /// The terminal itself, for the child. The parent drops its own when the child has begun, or it will see no end.
    pub slave: OwnedFd,
}

/// Opens a new pseudo-terminal (posix_openpt(3), grantpt(3), unlockpt(3), ptsname(3)). It becomes nobody's controlling
/// terminal by that.
///
/// ```
/// use standpipe_core::process::{Command, Group, Stdio};
/// use std::io::Read;
/// use std::os::fd::AsRawFd;
///
/// let pty = standpipe_sys::pty()?;
/// let number = pty.slave.as_raw_fd();
/// let command = Command::shell("test -t 0 && echo on a terminal >/dev/tty")
///     .group(Group::Session)
///     .controlling_terminal(number)
///     .stdin(Stdio::Descriptor(number));
/// let child = standpipe_sys::launch(&command)?;
/// drop(pty.slave);
/// let mut shown = [0; 15];
/// std::fs::File::from(pty.master).read_exact(&mut shown)?;
/// assert_eq!(&shown, b"on a terminal\r\n");
/// # child.exit.kill_and_reap();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The descriptor limit, or no pseudo-terminal is left or offered.
pub fn pty() -> io::Result<Pty> {
    // SAFETY: posix_openpt takes no pointers.
    let number = check(unsafe { libc::posix_openpt(libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC) })?;
    // SAFETY: posix_openpt has just given us this descriptor, and nobody else owns it.
    let master = unsafe { OwnedFd::from_raw_fd(number) };
    // SAFETY: neither takes a pointer; the descriptor is ours.
    unsafe {
        check(libc::grantpt(number))?;
        check(libc::unlockpt(number))?;
    }
    let slave =
        OpenOptions::new().read(true).write(true).custom_flags(libc::O_NOCTTY).open(name(&master)?)?;
    Ok(Pty { master, slave: slave.into() })
}

fn name(master: &OwnedFd) -> io::Result<std::path::PathBuf> {
    let mut name: [c_char; 64] = [0; 64];
    // SAFETY: `name` is writable and as long as is said.
    let errno = unsafe { libc::ptsname_r(master.as_raw_fd(), name.as_mut_ptr(), name.len()) };
    if errno != 0 {
        return Err(io::Error::from_raw_os_error(errno));
    }
    // SAFETY: ptsname_r has ended the name with NUL, within the array.
    let name = unsafe { CStr::from_ptr(name.as_ptr()) };
    Ok(OsStr::from_bytes(name.to_bytes()).into())
}

#[cfg(test)]
mod tests {
    use std::io::IsTerminal;
    use std::os::fd::{AsRawFd, OwnedFd};

    use super::pty;

    fn is_close_on_exec(fd: &OwnedFd) -> bool {
        // SAFETY: F_GETFD passes no pointer.
        unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_GETFD) & libc::FD_CLOEXEC != 0 }
    }

    #[test]
    fn both_sides_are_terminals_that_no_child_inherits() {
        let pty = pty().expect("a pseudo-terminal");
        assert!(pty.master.is_terminal() && pty.slave.is_terminal());
        assert!(is_close_on_exec(&pty.master) && is_close_on_exec(&pty.slave));
    }

    #[test]
    fn two_of_them_are_apart() {
        let pair = [(); 2].map(|()| pty().expect("a pseudo-terminal"));
        let [a, b] = pair.each_ref().map(|pty| super::name(&pty.master).expect("its name"));
        assert_ne!(a, b);
    }
}
