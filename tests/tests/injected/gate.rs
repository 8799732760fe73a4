//! How a performer and whoever watches it tell each other how far they are: [`Gate`].

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// One end of a connection on which each side tells a line and waits for the other's. Its calls are those of sockets, which
/// nothing else here makes, so that none of them is let fail.
pub(crate) struct Gate(UnixStream);

impl Gate {
    /// Ours, and what is to be the other's standard input. Nobody is waited for longer than this.
    pub(crate) fn new(bound: Duration) -> io::Result<(Self, OwnedFd)> {
        let (ours, theirs) = UnixStream::pair()?;
        ours.set_read_timeout(Some(bound))?;
        Ok((Self(ours), theirs.into()))
    }

    /// The one that is standard input.
    pub(crate) fn inherited() -> io::Result<Self> {
        io::stdin().as_fd().try_clone_to_owned().map(|end| Self(end.into()))
    }

    /// Tells a line.
    pub(crate) fn tell(&mut self, line: &str) -> io::Result<()> {
        self.0.write_all(format!("{}\n", line.replace('\n', " ")).as_bytes())
    }

    /// The other's next line.
    pub(crate) fn hear(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        loop {
            let mut byte = [0];
            match self.0.read(&mut byte)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                _ if byte == *b"\n" => return Ok(String::from_utf8_lossy(&line).into_owned()),
                _ => line.extend(byte),
            }
        }
    }
}
