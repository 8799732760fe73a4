//! rustls' unbuffered connection with nothing around it: several records are sealed into one buffer and leave by one write, and
//! what a read has found is opened and looked at where it lies. It blocks in its calls, and can do nothing else meanwhile.

use std::io::{self, Read, Write};
use std::net::TcpStream;

use rustls::client::UnbufferedClientConnection;
use rustls::server::UnbufferedServerConnection;

use super::Terms;
use crate::pattern::{Check, piece};
use crate::tls::bare::{Bare, Job, Unbuffered};
use crate::tls::identity::server_name;

pub(super) fn send(mut socket: TcpStream, terms: &Terms) -> io::Result<()> {
    let connection = UnbufferedClientConnection::new(terms.client(), server_name());
    let mut tls = Bare::new(connection.map_err(io::Error::other)?, 2 * terms.at_once);
    tls.turn(Job::Nothing, &mut |_| {})?;
    write(&mut tls, &mut socket)?;
    while !tls.may_send {
        read(&mut tls, &mut socket, &mut |_| {})?;
    }
    let mut sent = 0;
    while sent < terms.total {
        let next = piece(sent, terms.at_once.min(terms.total - sent));
        tls.turn(Job::Seal(next), &mut |_| {})?;
        write(&mut tls, &mut socket)?;
        sent += next.len();
    }
    tls.turn(Job::Close, &mut |_| {})?;
    write(&mut tls, &mut socket)?;
    while !tls.is_closed {
        read(&mut tls, &mut socket, &mut |_| {})?;
    }
    Ok(())
}

pub(super) fn receive(mut socket: TcpStream, terms: &Terms) -> io::Result<()> {
    let connection = UnbufferedServerConnection::new(terms.server()).map_err(io::Error::other)?;
    let mut tls = Bare::new(connection, 2 * terms.at_once);
    let mut check = Check::default();
    while !tls.is_closed {
        read(&mut tls, &mut socket, &mut |plain| check.take(plain))?;
    }
    tls.turn(Job::Close, &mut |_| {})?;
    write(&mut tls, &mut socket)?;
    check.verdict(terms.total)
}

/// Opens what one read finds, and writes what that is answered by.
pub(super) fn read<C: Unbuffered>(
    tls: &mut Bare<C>,
    socket: &mut TcpStream,
    sink: &mut dyn FnMut(&[u8]),
) -> io::Result<()> {
    match socket.read(tls.window())? {
        0 => return Err(io::ErrorKind::UnexpectedEof.into()),
        n => tls.filled(n),
    }
    tls.turn(Job::Nothing, sink)?;
    write(tls, socket)
}

pub(super) fn write<C: Unbuffered>(tls: &mut Bare<C>, socket: &mut TcpStream) -> io::Result<()> {
    socket.write_all(tls.pending())?;
    tls.written(tls.pending().len());
    Ok(())
}
