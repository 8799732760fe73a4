//! standpipe's ends: the streams and tasks of its backends, as their users have them.

use std::io::{self, BufRead};
use std::net::TcpStream;
use std::os::fd::OwnedFd;

use smol::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use standpipe_core::tls::TlsError;
use standpipe_core::{End, Lend, Secured};
use standpipe_mio::{Key, Loop, Turned};
use standpipe_sys::fault::end_error;
use standpipe_sys::{Ends, Stream};

use super::Terms;
use super::peers::{read_all, until_the_end, write_all};
use crate::pattern::{Check, piece};
use crate::tls::contexts;
use crate::tls::identity::HOST;

pub(super) fn blocking_send(socket: TcpStream, terms: &Terms) -> io::Result<()> {
    let mut stream =
        blocking(socket).tls(&contexts::client(&terms.identity)?, HOST).map_err(io::Error::other)?;
    write_all(&mut stream, terms.total, terms.at_once)?;
    stream.close_write()?;
    until_the_end(&mut stream)
}

pub(super) fn blocking_read(socket: TcpStream, terms: &Terms) -> io::Result<()> {
    let mut stream =
        blocking(socket).tls_server(&contexts::server(&terms.identity)?).map_err(io::Error::other)?;
    read_all(&mut stream, terms.total, terms.at_once)?;
    stream.close_write()
}

pub(super) fn blocking_fill(socket: TcpStream, terms: &Terms) -> io::Result<()> {
    let mut stream =
        blocking(socket).tls_server(&contexts::server(&terms.identity)?).map_err(io::Error::other)?;
    let mut check = Check::default();
    loop {
        let data = stream.fill_buf()?;
        if data.is_empty() {
            break;
        }
        check.take(data);
        let n = data.len();
        stream.consume(n);
    }
    check.verdict(terms.total)?;
    stream.close_write()
}

fn blocking(socket: TcpStream) -> standpipe_blocking::Stream {
    owned(socket).into()
}

pub(super) fn mio_send(socket: TcpStream, terms: &Terms) -> io::Result<()> {
    let task = standpipe_mio::tls::client(owned(socket), &contexts::client(&terms.identity)?, HOST);
    let mut sent = 0;
    turn(task, |connection, lend| {
        while sent < terms.total {
            let next = piece(sent, terms.at_once.min(terms.total - sent));
            match connection.send(next, lend)? {
                0 => return Ok(()),
                n => sent += n,
            }
        }
        connection.close_write();
        Ok(())
    })
}

pub(super) fn mio_receive(socket: TcpStream, terms: &Terms) -> io::Result<()> {
    let task = standpipe_mio::tls::server(owned(socket), &contexts::server(&terms.identity)?);
    let mut check = Check::default();
    turn(task, |connection, _| {
        let data = connection.plain();
        check.take(data);
        connection.consume(data.len());
        if connection.receiving_end().is_some() {
            connection.close_write();
        }
        Ok(())
    })?;
    check.verdict(terms.total)
}

/// Runs the task alone in a loop, and serves its connection whenever it has something to tell.
fn turn(
    task: Result<(Secured, Ends), TlsError>,
    mut serve: impl FnMut(&mut Secured, &mut dyn Lend) -> Result<(), End>,
) -> io::Result<()> {
    let mut event_loop = Loop::new()?;
    let key = event_loop.insert(task.map_err(io::Error::other)?)?;
    while let Some(Turned::Events(_)) = event_loop.next()? {
        let Some(((connection, _), lend)) = event_loop.borrow(key) else { break };
        while connection.next_event().is_some() {}
        serve(connection, lend).map_err(end_error)?;
    }
    ended(&mut event_loop, key)
}

fn ended(event_loop: &mut Loop<(Secured, Ends)>, key: Key) -> io::Result<()> {
    match event_loop.remove(key).and_then(|(connection, _)| connection.end()) {
        Some(end) if end.is_clean() => Ok(()),
        end => Err(io::Error::other(format!("ended by {end:?}"))),
    }
}

pub(super) fn smol_send(socket: TcpStream, terms: &Terms) -> io::Result<()> {
    smol::block_on(async {
        let mut stream =
            smol(socket)?.tls(&contexts::client(&terms.identity)?, HOST).map_err(io::Error::other)?;
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

pub(super) fn smol_read(socket: TcpStream, terms: &Terms) -> io::Result<()> {
    smol::block_on(async {
        let mut stream =
            smol(socket)?.tls_server(&contexts::server(&terms.identity)?).map_err(io::Error::other)?;
        let mut buffer = vec![0; terms.at_once];
        let mut check = Check::default();
        loop {
            match stream.read(&mut buffer).await? {
                0 => break,
                n => check.take(&buffer[..n]),
            }
        }
        check.verdict(terms.total)?;
        stream.close().await
    })
}

pub(super) fn smol_fill(socket: TcpStream, terms: &Terms) -> io::Result<()> {
    smol::block_on(async {
        let mut stream =
            smol(socket)?.tls_server(&contexts::server(&terms.identity)?).map_err(io::Error::other)?;
        let mut check = Check::default();
        loop {
            let data = stream.fill_buf().await?;
            if data.is_empty() {
                break;
            }
            check.take(data);
            let n = data.len();
            stream.consume(n);
        }
        check.verdict(terms.total)?;
        stream.close().await
    })
}

fn smol(socket: TcpStream) -> io::Result<standpipe_smol::Stream> {
    standpipe_smol::Stream::new(owned(socket))
}

fn owned(socket: TcpStream) -> Stream {
    Stream::socket(OwnedFd::from(socket))
}
