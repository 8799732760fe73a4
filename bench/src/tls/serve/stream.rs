//! rustls' buffered connection and blocking sockets, a thread for each connection.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::BUFFER;
use crate::tls::server::{CAT, Work};

pub(super) fn serve(listener: &TcpListener, work: Work, config: &Arc<ServerConfig>) -> io::Result<()> {
    loop {
        let socket = listener.accept()?.0;
        socket.set_nodelay(true)?;
        let connection = ServerConnection::new(config.clone()).map_err(io::Error::other)?;
        std::thread::spawn(move || match work {
            Work::Cat => cat(connection, &socket),
            Work::Link(to) => link(StreamOwned::new(connection, socket), to),
            Work::Echo(_) => echo(StreamOwned::new(connection, socket)),
        });
    }
}

type Stream = StreamOwned<ServerConnection, TcpStream>;

fn echo(mut stream: Stream) -> io::Result<()> {
    let mut buffer = [0; 4 << 10];
    loop {
        let n = stream.read(&mut buffer)?;
        if n == 0 {
            stream.conn.send_close_notify();
            return stream.flush();
        }
        stream.write_all(&buffer[..n])?;
        stream.flush()?;
    }
}

/// One way, which is all that is measured.
fn link(mut stream: Stream, to: u16) -> io::Result<()> {
    let mut target = TcpStream::connect(("127.0.0.1", to))?;
    target.set_nodelay(true)?;
    let mut buffer = vec![0; BUFFER];
    loop {
        let n = stream.read(&mut buffer)?;
        if n == 0 {
            target.shutdown(Shutdown::Write)?;
            stream.conn.send_close_notify();
            return stream.flush();
        }
        target.write_all(&buffer[..n])?;
    }
}

/// A stream can only be read or written, so the two directions are threads that share the connection, and neither
/// holds it while it waits.
fn cat(mut connection: ServerConnection, mut socket: &TcpStream) -> io::Result<()> {
    while connection.is_handshaking() {
        connection.complete_io(&mut socket)?;
    }
    connection.set_buffer_limit(None);
    let mut child = Command::new(CAT).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let stdin = child.stdin.take().expect("stdin is a pipe");
    let stdout = child.stdout.take().expect("stdout is a pipe");
    let connection = Mutex::new(connection);
    std::thread::scope(|scope| {
        scope.spawn(|| to_child(&connection, socket, stdin));
        from_child(&connection, socket, stdout)
    })?;
    child.wait().map(drop)
}

fn lock(connection: &Mutex<ServerConnection>) -> MutexGuard<'_, ServerConnection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

fn to_child(
    connection: &Mutex<ServerConnection>,
    mut socket: &TcpStream,
    mut stdin: ChildStdin,
) -> io::Result<()> {
    let mut cipher = vec![0; BUFFER];
    let mut plain = Vec::with_capacity(2 * BUFFER);
    let mut is_closed = take_plain(&mut lock(connection), &mut plain)?;
    loop {
        stdin.write_all(&plain)?;
        plain.clear();
        if is_closed {
            return Ok(());
        }
        let n = socket.read(&mut cipher)?;
        if n == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut left = &cipher[..n];
        let mut connection = lock(connection);
        while !left.is_empty() && !is_closed {
            connection.read_tls(&mut left)?;
            is_closed = take_plain(&mut connection, &mut plain)?;
        }
    }
}

/// Whether the peer has said its end.
fn take_plain(connection: &mut ServerConnection, plain: &mut Vec<u8>) -> io::Result<bool> {
    let state = connection.process_new_packets().map_err(io::Error::other)?;
    let start = plain.len();
    plain.resize(start + state.plaintext_bytes_to_read(), 0);
    connection.reader().read_exact(&mut plain[start..])?;
    Ok(state.peer_has_closed())
}

fn from_child(
    connection: &Mutex<ServerConnection>,
    mut socket: &TcpStream,
    mut stdout: ChildStdout,
) -> io::Result<()> {
    let mut plain = vec![0; BUFFER];
    let mut cipher = Vec::with_capacity(2 * BUFFER);
    loop {
        let n = stdout.read(&mut plain)?;
        let mut connection = lock(connection);
        match n {
            0 => connection.send_close_notify(),
            n => connection.writer().write_all(&plain[..n])?,
        }
        while connection.wants_write() {
            connection.write_tls(&mut cipher)?;
        }
        drop(connection);
        socket.write_all(&cipher)?;
        cipher.clear();
        if n == 0 {
            return socket.shutdown(Shutdown::Write);
        }
    }
}
