//! Socket activation: sockets that were handed over to this process, and handing them over to a child.

use std::os::fd::OwnedFd;

use standpipe_sys::socket::{ActivationError, LISTEN_FDS_START, check_listen_name};

use super::Socket;
use crate::Command;

/// What sets `LISTEN_PID` in the child itself: a shell that then becomes the program (exec keeps the process number).
const WRAPPER: [&str; 3] = ["-c", "LISTEN_PID=$$; export LISTEN_PID; exec \"$@\"", "sh"];

/// The sockets that were handed over to this process, as systemd does, with their names (sd_listen_fds(3)); none where there
/// are none. They are taken once, and close in children from then on.
///
/// The environment stays as it is. Who wants the variables gone calls
/// [`remove_listen_variables`](standpipe_sys::socket::remove_listen_variables) before any thread starts.
///
/// # Errors
/// [`ActivationError`]: a variable is malformed, a descriptor is no socket, or they were taken before.
///
/// ```
/// for (name, socket) in standpipe_blocking::socket::activated()? {
///     println!("{name} listens at {:?}", socket.local());
/// }
/// # Ok::<(), standpipe_blocking::socket::ActivationError>(())
/// ```
pub fn activated() -> Result<Vec<(String, Socket)>, ActivationError> {
    let named = |(name, socket)| (name, Socket::from(socket));
    Ok(standpipe_sys::socket::activated()?.into_iter().map(named).collect())
}

impl Command {
    /// A command that hands these sockets over to a program, as systemd does: from descriptor 3 on, with `LISTEN_FDS`,
    /// `LISTEN_FDNAMES` and `LISTEN_PID` (sd_listen_fds(3)). What is said of the command afterwards, arguments above all,
    /// goes to the program; [`env_clear`](Command::env_clear) forgets the variables, and
    /// [`executable`](Command::executable) is not to be used.
    ///
    /// `LISTEN_PID` is the child's own number, which nobody knows before it is born. So the child begins as `/bin/sh`, which
    /// sets it and becomes the program, keeping the number. The price: a program that cannot be run is no error of the launch
    /// but exit code 127 or 126, as of a shell.
    ///
    /// # Errors
    /// [`ActivationError::Name`].
    ///
    /// ```
    /// use standpipe_blocking::{Command, socket::Socket};
    ///
    /// let listener = Socket::from(std::net::TcpListener::bind("127.0.0.1:0")?);
    /// let script = "test $LISTEN_PID = $$ && echo $LISTEN_FDS $LISTEN_FDNAMES $1";
    /// let command = Command::listen_fds("sh", [("web", listener)])?.args(["-c", script, "sh", "more"]);
    /// assert_eq!(command.output()?.stdout, b"1 web more\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn listen_fds<N: AsRef<str>, F: Into<OwnedFd>>(
        program: impl AsRef<std::ffi::OsStr>,
        sockets: impl IntoIterator<Item = (N, F)>,
    ) -> Result<Self, ActivationError> {
        let mut command = Self::new("/bin/sh").args(WRAPPER).arg(program);
        let mut names: Vec<String> = Vec::new();
        for (number, (name, socket)) in (LISTEN_FDS_START..).zip(sockets) {
            check_listen_name(name.as_ref())?;
            names.push(name.as_ref().into());
            command = command.fd(number, socket);
        }
        Ok(command.env("LISTEN_FDS", names.len().to_string()).env("LISTEN_FDNAMES", names.join(":")))
    }
}
