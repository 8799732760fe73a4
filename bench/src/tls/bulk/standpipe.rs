//! standpipe's ends: a session under the machine of this bench, as each backend waits.

use std::fs::read;
use std::io;
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use standpipe_core::tls::{
    Context, ContextOptions, Identity, Provider, Roots, Session, Trust, Version, WallClock,
};
use standpipe_mio::{Loop, Turned};
use standpipe_sys::{Ends, Stream};

use super::Terms;
use super::transfer::Transfer;
use crate::tls::identity::{HOST, Suite};
use crate::tls::pattern::Check;

/// What two sessions agree upon; they cannot be told another one.
pub(super) const SUITE: Suite = Suite::AES_256;

pub(super) fn blocking_send(socket: TcpStream, terms: &Terms) -> io::Result<()> {
    sent(blocking(client(terms)?, socket, terms.total)?)
}

pub(super) fn blocking_receive(socket: TcpStream, terms: &Terms) -> io::Result<()> {
    blocking(server(terms)?, socket, 0)?.verdict(terms.total)
}

pub(super) fn mio_send(socket: TcpStream, terms: &Terms) -> io::Result<()> {
    sent(mio(client(terms)?, socket, terms.total)?)
}

pub(super) fn mio_receive(socket: TcpStream, terms: &Terms) -> io::Result<()> {
    mio(server(terms)?, socket, 0)?.verdict(terms.total)
}

pub(super) fn smol_send(socket: TcpStream, terms: &Terms) -> io::Result<()> {
    sent(smol(client(terms)?, socket, terms.total)?)
}

pub(super) fn smol_receive(socket: TcpStream, terms: &Terms) -> io::Result<()> {
    smol(server(terms)?, socket, 0)?.verdict(terms.total)
}

fn sent(received: Check) -> io::Result<()> {
    received.verdict(0)
}

fn blocking(session: Session, socket: TcpStream, total: usize) -> io::Result<Check> {
    let (mut transfer, mut ends) = task(session, socket, total)?;
    standpipe_blocking::Waiter::default().run(&mut transfer, &mut ends)?;
    finish(transfer)
}

fn mio(session: Session, socket: TcpStream, total: usize) -> io::Result<Check> {
    let mut event_loop = Loop::new()?;
    let key = event_loop.insert(task(session, socket, total)?)?;
    while event_loop.next()? != Some(Turned::Done(key)) {}
    let (transfer, _) = event_loop.remove(key).expect("it is there");
    finish(transfer)
}

fn smol(session: Session, socket: TcpStream, total: usize) -> io::Result<Check> {
    let (mut transfer, mut ends) = task(session, socket, total)?;
    let mut waiter = standpipe_smol::Waiter::default();
    smol::block_on(waiter.run(&mut transfer, &mut ends))?;
    finish(transfer)
}

fn task(session: Session, socket: TcpStream, total: usize) -> io::Result<(Transfer, Ends)> {
    socket.set_nonblocking(true)?;
    let stream = Stream::socket(OwnedFd::from(socket));
    let ends = Ends::default().with(Transfer::SOCKET, stream);
    Ok((Transfer::new(Box::new(session), total), ends))
}

fn finish(transfer: Transfer) -> io::Result<Check> {
    transfer.finish().map_err(io::Error::other)
}

fn client(terms: &Terms) -> io::Result<Session> {
    let mut roots = Roots::default();
    roots.add_pem(&read(terms.identity.chain())?).map_err(io::Error::other)?;
    let context = Context::client(Trust::Roots(roots), None, options()).map_err(io::Error::other)?;
    Session::client(&context, HOST).map_err(io::Error::other)
}

fn server(terms: &Terms) -> io::Result<Session> {
    let (chain, key) = (read(terms.identity.chain())?, read(terms.identity.key())?);
    let identity = Identity::from_pem(&chain, &key).map_err(io::Error::other)?;
    let context = Context::server(identity, None, options()).map_err(io::Error::other)?;
    Session::server(&context).map_err(io::Error::other)
}

fn options() -> ContextOptions {
    ContextOptions {
        provider: Provider::AwsLcRs,
        oldest: Version::Tls13,
        alpn: Vec::new(),
        clock: Arc::new(Clock),
        key_log: None,
    }
}

struct Clock;

impl WallClock for Clock {
    fn unix_seconds(&self) -> Option<u64> {
        UNIX_EPOCH.elapsed().ok().map(|since| since.as_secs())
    }
}
