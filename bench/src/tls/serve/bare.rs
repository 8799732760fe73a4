//! rustls' unbuffered connection with nothing around it: what a relay cannot do without.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::server::UnbufferedServerConnection;

use crate::tls::bare::{Bare, Job};

/// Several records are read, opened and written at once.
const BUFFER: usize = 256 << 10;

/// Connects each connection to this port, one way.
pub(super) fn link(listener: &TcpListener, to: u16, config: &Arc<ServerConfig>) -> io::Result<()> {
    loop {
        let socket = listener.accept()?.0;
        socket.set_nodelay(true)?;
        let connection = UnbufferedServerConnection::new(config.clone()).map_err(io::Error::other)?;
        std::thread::spawn(move || relay(Bare::new(connection, BUFFER), socket, to));
    }
}

fn relay(mut tls: Bare<UnbufferedServerConnection>, mut socket: TcpStream, to: u16) -> io::Result<()> {
    let mut target = TcpStream::connect(("127.0.0.1", to))?;
    let mut plain = Vec::with_capacity(BUFFER);
    while !tls.is_closed {
        let n = socket.read(tls.window())?;
        if n == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        tls.filled(n);
        tls.turn(Job::Nothing, &mut |bytes| plain.extend_from_slice(bytes))?;
        socket.write_all(tls.pending())?;
        tls.written(tls.pending().len());
        target.write_all(&plain)?;
        plain.clear();
    }
    target.shutdown(Shutdown::Write)
}
