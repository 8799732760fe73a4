//! The limit: epoll, one buffer for all, and for all the lines of a read one write.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};

use memchr::memchr_iter;

use crate::epoll::Epoll;
use crate::process::listen_and_tell;

const BUFFER: usize = 64 << 10;

/// The number that no connection has.
const LISTENER: usize = usize::MAX;

struct Guest {
    socket: TcpStream,
    /// The beginning of a line.
    begun: Vec<u8>,
}

pub(super) fn serve() -> io::Result<()> {
    let listener = listen_and_tell()?;
    listener.set_nonblocking(true)?;
    let mut epoll = Epoll::new()?;
    epoll.add(&listener, LISTENER)?;
    let mut guests: Vec<Option<Guest>> = Vec::new();
    let mut buffer = vec![0; BUFFER];
    let mut arrived = Vec::new();
    loop {
        for number in epoll.wait(None)? {
            match guests.get_mut(number) {
                None => accept(&listener, &mut arrived)?,
                Some(guest) => {
                    guest.take_if(|guest| !guest.turn(&mut buffer).is_ok_and(|goes_on| goes_on));
                }
            }
        }
        for socket in arrived.drain(..) {
            epoll.add(&socket, guests.len())?;
            guests.push(Some(Guest { socket, begun: Vec::new() }));
        }
    }
}

fn accept(listener: &TcpListener, arrived: &mut Vec<TcpStream>) -> io::Result<()> {
    loop {
        match listener.accept() {
            Ok((socket, _)) => {
                socket.set_nonblocking(true)?;
                socket.set_nodelay(true)?;
                arrived.push(socket);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

impl Guest {
    /// Reads once and answers what was ended by that; whether the connection goes on.
    fn turn(&mut self, buffer: &mut [u8]) -> io::Result<bool> {
        let n = self.socket.read(buffer)?;
        let mut end = 0;
        // Each line is found, as whoever does something with it would.
        for newline in memchr_iter(b'\n', &buffer[..n]) {
            end = newline + 1;
        }
        let (ended, begun) = buffer[..n].split_at(end);
        if self.begun.is_empty() {
            self.write(ended)?;
        } else if end > 0 {
            self.begun.extend_from_slice(ended);
            let line = std::mem::take(&mut self.begun);
            self.write(&line)?;
        }
        self.begun.extend_from_slice(begun);
        Ok(n > 0)
    }

    /// Its peers never leave so much unread that there is no room.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() { Ok(()) } else { self.socket.write_all(bytes) }
    }
}
