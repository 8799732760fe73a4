//! The limit: epoll, one buffer for all, and for all the lines of a read one write. By mio the same.

use std::io::{self, ErrorKind, Read};
use std::net::{TcpListener, TcpStream};

use mio::{Events, Interest, Poll, Token};

use super::lines::Lines;
use crate::epoll::Epoll;
use crate::process::listen_and_tell;

const BUFFER: usize = 64 << 10;

/// The number that no connection has.
const LISTENER: usize = usize::MAX;

/// How many events mio fetches at once.
const EVENTS: usize = 1024;

struct Guest<S> {
    socket: S,
    lines: Lines,
}

pub(super) fn epoll() -> io::Result<()> {
    let listener = listen_and_tell()?;
    listener.set_nonblocking(true)?;
    let mut epoll = Epoll::new()?;
    epoll.add(&listener, LISTENER)?;
    let mut guests: Vec<Option<Guest<TcpStream>>> = Vec::new();
    let mut buffer = vec![0; BUFFER];
    let mut arrived = Vec::new();
    loop {
        for number in epoll.wait(None)? {
            match guests.get_mut(number) {
                None => accept(&listener, &mut arrived)?,
                Some(guest) => {
                    guest.take_if(|guest| guest.turn(&mut buffer).is_err());
                }
            }
        }
        for socket in arrived.drain(..) {
            epoll.add(&socket, guests.len())?;
            guests.push(Some(Guest { socket, lines: Lines::default() }));
        }
    }
}

/// Its events tell of changes alone, so a read that fills the buffer is followed by another one.
pub(super) fn mio() -> io::Result<()> {
    let listener = listen_and_tell()?;
    listener.set_nonblocking(true)?;
    let mut poll = Poll::new()?;
    let mut watched = mio::net::TcpListener::from_std(listener.try_clone()?);
    poll.registry().register(&mut watched, Token(LISTENER), Interest::READABLE)?;
    let mut events = Events::with_capacity(EVENTS);
    let mut guests: Vec<Option<Guest<mio::net::TcpStream>>> = Vec::new();
    let mut buffer = vec![0; BUFFER];
    let mut arrived = Vec::new();
    loop {
        poll.poll(&mut events, None)?;
        for event in &events {
            match guests.get_mut(event.token().0) {
                None => accept(&listener, &mut arrived)?,
                Some(guest) => {
                    guest.take_if(|guest| guest.turns(&mut buffer).is_err());
                }
            }
        }
        for socket in arrived.drain(..) {
            let mut socket = mio::net::TcpStream::from_std(socket);
            poll.registry().register(&mut socket, Token(guests.len()), Interest::READABLE)?;
            guests.push(Some(Guest { socket, lines: Lines::default() }));
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

impl<S: Read> Guest<S>
where
    for<'a> &'a S: io::Write,
{
    /// Reads once and answers what was ended by that. How much was read; the end is an error.
    fn turn(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.socket.read(buffer)? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            n => self.lines.echo(&buffer[..n], &self.socket).map(|()| n),
        }
    }

    /// The same, until there is nothing more.
    fn turns(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        loop {
            match self.turn(buffer) {
                Ok(n) if n < buffer.len() => return Ok(()),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }
}
