//! Two ends in memory, through their handshake, of each kind.

use std::io;
use std::sync::Arc;

use rustls::client::UnbufferedClientConnection;
use rustls::server::UnbufferedServerConnection;
use rustls::{ClientConfig, ClientConnection, ServerConfig, ServerConnection};
use standpipe_core::tls::{Context, Session};
use standpipe_core::{Layer, Pool};

use crate::pattern::Check;
use crate::tls::bare::{Bare, Job, Unbuffered};
use crate::tls::identity::{HOST, server_name};

/// What those by hand have for buffers.
pub(super) const BUFFER: usize = 64 << 10;

pub(super) type Bares = (Bare<UnbufferedClientConnection>, Bare<UnbufferedServerConnection>);

/// With buffers of so many bytes.
pub(super) fn by_hand(
    client: &Arc<ClientConfig>,
    server: &Arc<ServerConfig>,
    size: usize,
) -> io::Result<Bares> {
    let client = UnbufferedClientConnection::new(client.clone(), server_name()).map_err(io::Error::other)?;
    let server = UnbufferedServerConnection::new(server.clone()).map_err(io::Error::other)?;
    let (mut client, mut server) = (Bare::new(client, size), Bare::new(server, size));
    while !server.may_send || !client.may_send {
        client.turn(Job::Nothing, &mut |_| {})?;
        hand_over(&mut client, &mut server);
        server.turn(Job::Nothing, &mut |_| {})?;
        hand_over(&mut server, &mut client);
    }
    client.turn(Job::Nothing, &mut |_| {})?;
    Ok((client, server))
}

pub(super) fn hand_over<A: Unbuffered, B: Unbuffered>(from: &mut Bare<A>, to: &mut Bare<B>) {
    let n = from.pending().len();
    to.window()[..n].copy_from_slice(from.pending());
    from.written(n);
    to.filled(n);
}

pub(super) fn sessions(
    client: &Context,
    server: &Context,
    pool: &mut Pool,
) -> io::Result<(Session, Session)> {
    let mut client = Session::client(client, HOST).map_err(io::Error::other)?;
    let mut server = Session::server(server).map_err(io::Error::other)?;
    client.start();
    while !(client.may_send() && server.may_send()) {
        give_all(&mut client, &mut server, pool, &mut Check::default());
        give_all(&mut server, &mut client, pool, &mut Check::default());
        let fault = client.fault().or(server.fault());
        fault.map_or(Ok(()), |fault| Err(io::Error::other(fault)))?;
    }
    Ok((client, server))
}

pub(super) fn give_all(from: &mut Session, to: &mut Session, pool: &mut Pool, check: &mut Check) {
    while from.wants_write() && to.wants_read() {
        let window = to.window(pool);
        let n = window.len().min(from.pending().len());
        window[..n].copy_from_slice(&from.pending()[..n]);
        from.handle_written(n);
        to.handle_read(n);
        check.take(to.plain());
        to.consume(to.plain().len());
    }
    from.settle(pool);
    to.settle(pool);
}

pub(super) fn buffered(
    client: &Arc<ClientConfig>,
    server: &Arc<ServerConfig>,
) -> io::Result<(ClientConnection, ServerConnection)> {
    let mut client = ClientConnection::new(client.clone(), server_name()).map_err(io::Error::other)?;
    let mut server = ServerConnection::new(server.clone()).map_err(io::Error::other)?;
    let mut wire = Vec::new();
    while client.is_handshaking() || server.is_handshaking() {
        client.write_tls(&mut wire)?;
        take_in(&mut wire, |from| server.read_tls(from))?;
        server.process_new_packets().map_err(io::Error::other)?;
        server.write_tls(&mut wire)?;
        take_in(&mut wire, |from| client.read_tls(from))?;
        client.process_new_packets().map_err(io::Error::other)?;
    }
    Ok((client, server))
}

fn take_in(wire: &mut Vec<u8>, mut read: impl FnMut(&mut &[u8]) -> io::Result<usize>) -> io::Result<()> {
    let mut from = &wire[..];
    while !from.is_empty() {
        read(&mut from)?;
    }
    wire.clear();
    Ok(())
}
