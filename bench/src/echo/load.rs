//! What talks to the servers: [`Load`].

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::epoll::Epoll;

/// How long a line is, with its end.
pub(super) const LINE: usize = 64;

/// The most lines that are on their way in one connection.
const MOST: usize = 64;

/// How long a server may stand still.
const PATIENCE: Duration = Duration::from_secs(10);

const fn lines() -> [u8; LINE * MOST] {
    let mut lines = [b'm'; LINE * MOST];
    let mut line = 0;
    while line < MOST {
        line += 1;
        lines[LINE * line - 1] = b'\n';
    }
    lines
}

/// As many as are ever sent at once.
static LINES: [u8; LINE * MOST] = lines();

/// So many connections, each of which has echoed a line.
///
/// They come in groups, so that neither side waits to be woken for each; a group is smaller than what any server leaves in its backlog.
pub(crate) fn open(port: u16, count: usize) -> io::Result<Vec<TcpStream>> {
    let mut sockets = Vec::with_capacity(count);
    while sockets.len() < count {
        let first = sockets.len();
        for _ in first..count.min(first + GROUP) {
            sockets.push(begin(port)?);
        }
        sockets[first..].iter_mut().try_for_each(finish)?;
    }
    Ok(sockets)
}

const GROUP: usize = 32;

/// Connects and sends a line.
fn begin(port: u16) -> io::Result<TcpStream> {
    let mut socket = TcpStream::connect(("127.0.0.1", port))?;
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.write_all(&LINES[..LINE])?;
    Ok(socket)
}

/// Takes its echo.
fn finish(socket: &mut TcpStream) -> io::Result<()> {
    let mut answer = [0; LINE];
    socket.read_exact(&mut answer)?;
    compare(&answer, 0)
}

/// Connections that send lines and take their echoes, in one thread.
pub(super) struct Load {
    epoll: Epoll,
    guests: Vec<Guest>,
    buffer: Vec<u8>,
}

struct Guest {
    socket: TcpStream,
    /// Bytes that were sent and did not come back yet.
    missing: usize,
    /// Lines that came back and were not replaced yet.
    owed: usize,
}

impl Load {
    pub(super) fn open(port: u16, count: usize) -> io::Result<Self> {
        let epoll = Epoll::new()?;
        let mut guests = Vec::new();
        for socket in open(port, count)? {
            socket.set_nonblocking(true)?;
            epoll.add(&socket, guests.len())?;
            guests.push(Guest { socket, missing: 0, owed: 0 });
        }
        Ok(Self { epoll, guests, buffer: vec![0; LINE * MOST] })
    }

    /// Sends so many lines in all, with so many on their way in each connection, and waits until all have come back.
    pub(super) fn echo(&mut self, outstanding: usize, lines: usize) -> io::Result<()> {
        let (mut to_send, mut to_come) = (lines, lines * LINE);
        for guest in &mut self.guests {
            guest.owed = outstanding;
            guest.send(&mut to_send)?;
        }
        while to_come > 0 {
            let before = to_come;
            for index in self.epoll.wait(Some(PATIENCE))? {
                let guest = &mut self.guests[index];
                to_come -= guest.receive(&mut self.buffer)?;
                // In halves, so that the client's writes are not what limits.
                if guest.owed >= (outstanding / 2).max(1) {
                    guest.send(&mut to_send)?;
                }
            }
            if to_come == before {
                return Err(ErrorKind::TimedOut.into());
            }
        }
        Ok(())
    }
}

impl Guest {
    /// Sends what it owes, as far as there is something left to be sent.
    fn send(&mut self, to_send: &mut usize) -> io::Result<()> {
        let lines = self.owed.min(*to_send);
        self.owed = 0;
        *to_send -= lines;
        self.missing += lines * LINE;
        // As little as always finds room.
        self.socket.write_all(&LINES[..lines * LINE])
    }

    /// Reads once. How many bytes have come.
    fn receive(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = match self.socket.read(buffer) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(0),
            result => result?,
        };
        if n == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let begun = (LINE - self.missing % LINE) % LINE;
        compare(&buffer[..n], begun)?;
        let whole = |missing: usize| missing.div_ceil(LINE);
        let before = whole(self.missing);
        self.missing =
            self.missing.checked_sub(n).ok_or_else(|| io::Error::other("more came than was sent"))?;
        self.owed += before - whole(self.missing);
        Ok(n)
    }
}

/// Whether these are the lines that were sent, from this byte of a line on.
fn compare(bytes: &[u8], begun: usize) -> io::Result<()> {
    let (mut bytes, mut begun) = (bytes, begun);
    while !bytes.is_empty() {
        let n = bytes.len().min(LINES.len() - begun);
        if bytes[..n] != LINES[begun..][..n] {
            return Err(io::Error::other("other bytes came than were sent"));
        }
        (bytes, begun) = (&bytes[n..], 0);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_recognised_wherever_they_are_cut() {
        for begun in [0, 1, LINE - 1] {
            assert!(compare(&LINES[begun..], begun).is_ok());
        }
        assert!(compare(&LINES.repeat(2)[5..], 5).is_ok());
        assert!(compare(&LINES[1..], 0).is_err());
    }
}
