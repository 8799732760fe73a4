//! The peers' ends. rustls' buffered connection takes 64 KiB a write at most, whatever it is given, unless its limit is
//! changed: here it is what one write is given.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};

use rustls::{ClientConnection, ServerConnection, StreamOwned};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::Terms;
use crate::pattern::{Check, piece};
use crate::tls::identity::server_name;

pub(super) fn plain_send(mut socket: TcpStream, terms: &Terms) -> io::Result<()> {
    write_all(&mut socket, terms.total, terms.at_once)?;
    socket.shutdown(Shutdown::Write)?;
    until_the_end(&mut socket)
}

pub(super) fn plain_receive(mut socket: TcpStream, terms: &Terms) -> io::Result<()> {
    read_all(&mut socket, terms.total, terms.at_once)
}

pub(super) fn stream_send(socket: TcpStream, terms: &Terms) -> io::Result<()> {
    let connection = ClientConnection::new(terms.client(), server_name());
    let mut stream = StreamOwned::new(connection.map_err(io::Error::other)?, socket);
    stream.conn.set_buffer_limit(Some(terms.at_once));
    write_all(&mut stream, terms.total, terms.at_once)?;
    stream.conn.send_close_notify();
    stream.flush()?;
    until_the_end(&mut stream)
}

pub(super) fn stream_receive(socket: TcpStream, terms: &Terms) -> io::Result<()> {
    let connection = ServerConnection::new(terms.server()).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(connection, socket);
    read_all(&mut stream, terms.total, terms.at_once)?;
    stream.conn.send_close_notify();
    stream.flush()
}

pub(super) fn write_all(to: &mut impl Write, total: usize, at_once: usize) -> io::Result<()> {
    let mut sent = 0;
    while sent < total {
        let next = piece(sent, at_once.min(total - sent));
        to.write_all(next)?;
        sent += next.len();
    }
    to.flush()
}

pub(super) fn read_all(from: &mut impl Read, total: usize, at_once: usize) -> io::Result<()> {
    let mut buffer = vec![0; at_once];
    let mut check = Check::default();
    loop {
        match from.read(&mut buffer)? {
            0 => return check.verdict(total),
            n => check.take(&buffer[..n]),
        }
    }
}

pub(super) fn until_the_end(from: &mut impl Read) -> io::Result<()> {
    match from.read(&mut [0])? {
        0 => Ok(()),
        _ => Err(io::Error::other("the receiver has sent something")),
    }
}

pub(super) fn tokio_send(socket: TcpStream, terms: &Terms) -> io::Result<()> {
    let connector = TlsConnector::from(terms.client());
    runtime(socket, async |socket| {
        let mut stream = connector.connect(server_name(), socket).await?;
        stream.get_mut().1.set_buffer_limit(Some(terms.at_once));
        let mut sent = 0;
        while sent < terms.total {
            let next = piece(sent, terms.at_once.min(terms.total - sent));
            stream.write_all(next).await?;
            sent += next.len();
        }
        stream.shutdown().await?;
        match stream.read(&mut [0]).await? {
            0 => Ok(()),
            _ => Err(io::Error::other("the receiver has sent something")),
        }
    })
}

pub(super) fn tokio_receive(socket: TcpStream, terms: &Terms) -> io::Result<()> {
    let acceptor = TlsAcceptor::from(terms.server());
    runtime(socket, async |socket| {
        let mut stream = acceptor.accept(socket).await?;
        let mut buffer = vec![0; terms.at_once];
        let mut check = Check::default();
        loop {
            match stream.read(&mut buffer).await? {
                0 => break,
                n => check.take(&buffer[..n]),
            }
        }
        stream.shutdown().await?;
        check.verdict(terms.total)
    })
}

fn runtime(
    socket: TcpStream,
    work: impl AsyncFnOnce(tokio::net::TcpStream) -> io::Result<()>,
) -> io::Result<()> {
    socket.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async { work(tokio::net::TcpStream::from_std(socket)?).await })
}

pub(super) fn futures_send(socket: TcpStream, terms: &Terms) -> io::Result<()> {
    use smol::io::{AsyncReadExt, AsyncWriteExt};
    smol::block_on(async {
        let connector = futures_rustls::TlsConnector::from(terms.client());
        let mut stream = connector.connect(server_name(), smol::net::TcpStream::try_from(socket)?).await?;
        stream.get_mut().1.set_buffer_limit(Some(terms.at_once));
        let mut sent = 0;
        while sent < terms.total {
            let next = piece(sent, terms.at_once.min(terms.total - sent));
            stream.write_all(next).await?;
            sent += next.len();
        }
        stream.close().await?;
        match stream.read(&mut [0]).await? {
            0 => Ok(()),
            _ => Err(io::Error::other("the receiver has sent something")),
        }
    })
}

pub(super) fn futures_receive(socket: TcpStream, terms: &Terms) -> io::Result<()> {
    use smol::io::{AsyncReadExt, AsyncWriteExt};
    smol::block_on(async {
        let acceptor = futures_rustls::TlsAcceptor::from(terms.server());
        let mut stream = acceptor.accept(smol::net::TcpStream::try_from(socket)?).await?;
        let mut buffer = vec![0; terms.at_once];
        let mut check = Check::default();
        loop {
            match stream.read(&mut buffer).await? {
                0 => break,
                n => check.take(&buffer[..n]),
            }
        }
        stream.close().await?;
        check.verdict(terms.total)
    })
}
