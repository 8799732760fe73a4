//! rustls' buffered connections in one event loop: of each, its state alone is kept.

use std::collections::HashMap;
use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use rustls::{ServerConfig, ServerConnection};

const LISTENER: Token = Token(0);

struct Held {
    socket: TcpStream,
    connection: ServerConnection,
}

/// An echo.
pub(super) fn serve(listener: std::net::TcpListener, config: &Arc<ServerConfig>) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let mut listener = TcpListener::from_std(listener);
    let mut poll = Poll::new()?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut events = Events::with_capacity(256);
    let mut all: HashMap<Token, Box<Held>> = HashMap::new();
    let mut next = LISTENER;
    let mut buffer = vec![0; super::BUFFER];
    loop {
        poll.poll(&mut events, None)?;
        for event in &events {
            if event.token() != LISTENER {
                let Some(held) = all.get_mut(&event.token()) else { continue };
                if !held.go_on(&mut buffer).is_ok_and(|is_open| is_open) {
                    all.remove(&event.token());
                }
                continue;
            }
            while let Some(mut socket) = later(listener.accept())?.map(|(socket, _)| socket) {
                next = Token(next.0 + 1);
                socket.set_nodelay(true)?;
                poll.registry().register(&mut socket, next, Interest::READABLE)?;
                let connection = ServerConnection::new(config.clone()).map_err(io::Error::other)?;
                all.insert(next, Box::new(Held { socket, connection }));
            }
        }
    }
}

impl Held {
    /// Reads until there is nothing more, and answers; whether the connection goes on.
    fn go_on(&mut self, buffer: &mut [u8]) -> io::Result<bool> {
        let Self { socket, connection } = self;
        loop {
            let read = later(connection.read_tls(socket))?;
            let state = connection.process_new_packets().map_err(io::Error::other)?;
            let plain = &mut buffer[..state.plaintext_bytes_to_read()];
            connection.reader().read_exact(plain)?;
            connection.writer().write_all(plain)?;
            if state.peer_has_closed() {
                connection.send_close_notify();
            }
            // A line and its answer always find room.
            while connection.wants_write() {
                connection.write_tls(socket)?;
            }
            match read {
                None => return Ok(true),
                Some(0) => return Ok(false),
                Some(_) if state.peer_has_closed() => return Ok(false),
                Some(_) => {}
            }
        }
    }
}

fn later<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}
