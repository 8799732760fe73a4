//! Sockets that were handed over at the start, as systemd does (sd_listen_fds(3)): [`take_listen_fds`].

use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};

use super::socket_type;
use crate::fd::check;

/// The number of the first descriptor that is handed over.
pub const LISTEN_FDS_START: i32 = 3;

/// What a descriptor is called that was handed over without a name.
const UNNAMED: &str = "unknown";

const VARIABLES: [&str; 3] = ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"];

/// Why nothing can be taken over, or handed over. No descriptor has a new owner.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ActivationError {
    /// A variable that is no number, or none that there can be.
    #[error("{variable}={value:?} is no number from 1 up: whoever starts this program must set it right")]
    Number {
        /// Its name.
        variable: &'static str,
        /// What it is.
        value: OsString,
    },
    /// There are not as many names as descriptors.
    #[error("LISTEN_FDNAMES has {names} names for {descriptors} descriptors")]
    Names {
        /// How many names there are.
        names: usize,
        /// How many descriptors.
        descriptors: usize,
    },
    /// A name with a colon or without printable ASCII, or over 255 bytes.
    #[error("{0:?} is no name for a descriptor: printable ASCII without a colon, 1 to 255 bytes")]
    Name(String),
    /// A descriptor that is not open, or is no socket.
    #[error("descriptor {number} was handed over as '{name}' and is no socket: {source}")]
    Descriptor {
        /// Its number.
        number: i32,
        /// Its name.
        name: String,
        /// Why.
        source: io::Error,
    },
    /// They were taken over before, and have an owner.
    #[error("the descriptors were taken over before")]
    Taken,
    /// The variables cannot be removed while other threads may read them.
    #[error("this process has {0} threads: remove the variables before it starts any")]
    Threads(usize),
}

/// What the environment says of descriptors that were handed over.
///
/// ```
/// use std::ffi::OsStr;
/// use standpipe_sys::socket::ListenVariables;
///
/// let told = |text| Some(OsStr::new(text));
/// let variables = ListenVariables { pid: told("7"), fds: told("2"), names: told("web:admin") };
/// assert_eq!(variables.numbers(7)?, [(3, "web".into()), (4, "admin".into())]);
/// assert_eq!(variables.numbers(8)?, []); // they are for another process
/// let wrong = ListenVariables { fds: told("two"), ..variables };
/// assert!(wrong.numbers(7).is_err());
/// # Ok::<(), standpipe_sys::socket::ActivationError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ListenVariables<'a> {
    /// `LISTEN_PID`: the process that they are for.
    pub pid: Option<&'a OsStr>,
    /// `LISTEN_FDS`: how many there are.
    pub fds: Option<&'a OsStr>,
    /// `LISTEN_FDNAMES`: their names, with colons between them.
    pub names: Option<&'a OsStr>,
}

impl ListenVariables<'_> {
    /// The numbers and names of the descriptors that are for this process; none where nothing was handed over, or to another
    /// one.
    ///
    /// # Errors
    /// [`ActivationError::Number`], [`ActivationError::Names`].
    pub fn numbers(&self, own_pid: u32) -> Result<Vec<(i32, String)>, ActivationError> {
        let (Some(pid), Some(fds)) = (self.pid, self.fds) else { return Ok(Vec::new()) };
        if number("LISTEN_PID", pid)? != own_pid {
            return Ok(Vec::new());
        }
        let wrong = || ActivationError::Number { variable: "LISTEN_FDS", value: fds.into() };
        let count = i32::try_from(number("LISTEN_FDS", fds)?).map_err(|_| wrong())?;
        let end = LISTEN_FDS_START.checked_add(count).ok_or_else(wrong)?;
        let Some(names) = self.names else {
            return Ok((LISTEN_FDS_START..end).map(|number| (number, UNNAMED.into())).collect());
        };
        let names = names.to_string_lossy();
        let names: Vec<&str> = names.split(':').collect();
        if names.len() != count as usize {
            return Err(ActivationError::Names { names: names.len(), descriptors: count as usize });
        }
        Ok((LISTEN_FDS_START..end).zip(names.into_iter().map(String::from)).collect())
    }
}

fn number(variable: &'static str, value: &OsStr) -> Result<u32, ActivationError> {
    let text = value.to_str().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let number = text.and_then(|text| text.parse().ok()).filter(|number| *number > 0);
    number.ok_or_else(|| ActivationError::Number { variable, value: value.into() })
}

/// Takes over the sockets that were handed over to this process, once, with their names; none where there are none. Each is
/// close-on-exec from here on. The environment stays as it is: children see the variables, and that they are not for them.
///
/// # Errors
/// [`ActivationError`]. A descriptor that is no socket keeps all of them from being taken.
///
/// ```
/// assert!(standpipe_sys::socket::take_listen_fds()?.is_empty()); // nobody has handed anything over to this example
/// # Ok::<(), standpipe_sys::socket::ActivationError>(())
/// ```
pub fn take_listen_fds() -> Result<Vec<(String, OwnedFd)>, ActivationError> {
    static TAKEN: AtomicBool = AtomicBool::new(false);
    let [pid, fds, names] = VARIABLES.map(env::var_os);
    let variables = ListenVariables { pid: pid.as_deref(), fds: fds.as_deref(), names: names.as_deref() };
    let numbers = variables.numbers(std::process::id())?;
    // Before anything is touched: by now their numbers may stand for something else.
    if !numbers.is_empty() && TAKEN.load(Ordering::Relaxed) {
        return Err(ActivationError::Taken);
    }
    for (number, name) in &numbers {
        is_socket(*number).map_err(|source| ActivationError::Descriptor {
            number: *number,
            name: name.clone(),
            source,
        })?;
    }
    if !numbers.is_empty() && TAKEN.swap(true, Ordering::Relaxed) {
        return Err(ActivationError::Taken);
    }
    // SAFETY: whoever started this process has given them to it, by number, and this is the first and only time that they are
    // taken: nobody else owns them.
    let own = |(number, name)| (name, unsafe { OwnedFd::from_raw_fd(number) });
    Ok(numbers.into_iter().map(own).collect())
}

/// Whether the descriptor is an open socket, which is made close-on-exec.
fn is_socket(number: RawFd) -> io::Result<()> {
    // SAFETY: passes numbers; one that is not open is an error.
    check(unsafe { libc::fcntl(number, libc::F_SETFD, libc::FD_CLOEXEC) })?;
    // SAFETY: it is open, as the call before has shown, and was given to this process, which closes it nowhere else.
    socket_type(unsafe { BorrowedFd::borrow_raw(number) }).map(drop)
}

/// Takes the three variables away, for children that would be misled by them. Other threads may be reading the environment, so
/// it is done only while there are none.
///
/// # Errors
/// [`ActivationError::Threads`].
pub fn remove_listen_variables() -> Result<(), ActivationError> {
    let threads = std::fs::read_dir("/proc/self/task").map_or(usize::MAX, Iterator::count);
    if threads != 1 {
        return Err(ActivationError::Threads(threads));
    }
    for variable in VARIABLES {
        // SAFETY: this thread is the only one, so nobody reads or writes the environment meanwhile.
        unsafe { env::remove_var(variable) };
    }
    Ok(())
}

/// Whether this can be the name of a descriptor in `LISTEN_FDNAMES` (sd_listen_fds_with_names(3)).
///
/// # Errors
/// [`ActivationError::Name`].
///
/// ```
/// use standpipe_sys::socket::check_listen_name;
///
/// assert!(check_listen_name("web").is_ok());
/// assert!(check_listen_name("a:b").is_err() && check_listen_name("").is_err());
/// ```
pub fn check_listen_name(name: &str) -> Result<(), ActivationError> {
    let fits = |byte: u8| matches!(byte, b' '..=b'~') && byte != b':';
    if (1..=255).contains(&name.len()) && name.bytes().all(fits) {
        return Ok(());
    }
    Err(ActivationError::Name(name.into()))
}
