//! What many scenarios of sockets need: sockets of each kind, and the errors that are expected of them.

use std::io::{IoSlice, IoSliceMut};
use std::time::Duration;

use rustix::io::Errno;
use standpipe_core::socket::constants::*;
use standpipe_core::socket::{
    BufferedReader, BufferedWriter, Buffering, Family, Operation, OptionValue, Received, SocketAddress,
    SocketError, SocketOption, TimeoutMode, UnixAddress,
};
use standpipe_sys::fault;
use standpipe_sys::socket::Beside;
use standpipe_tests::harness::{Condition, Reader, Run, Scenario, Socket, Sockets, Verdict, Writer};
use standpipe_tests::log::Log;

/// What a scenario has to put up with where nothing speaks against it.
pub(super) const MANY: &[Condition] =
    &[Condition::SignalStorm, Condition::StandardClosed, Condition::Unprivileged, Condition::DescriptorLimit];

/// The same where the scenario has many descriptors itself, or a limit of its own.
pub(super) const ROOMY: &[Condition] =
    &[Condition::SignalStorm, Condition::StandardClosed, Condition::Unprivileged];

/// A scenario that moves data or waits.
pub(super) const fn many(name: &'static str, run: fn(&dyn Sockets) -> Verdict) -> Scenario {
    Scenario { area: "socket", name, under: MANY, leaves: false, run: Run::Sockets(run) }
}

/// A scenario that does neither.
pub(super) const fn plain(name: &'static str, run: fn(&dyn Sockets) -> Verdict) -> Scenario {
    Scenario { under: &[], ..many(name, run) }
}

/// A scenario of names that are the suite's own.
pub(super) const fn named(name: &'static str, run: fn(&dyn Sockets) -> Verdict) -> Scenario {
    Scenario { under: &[Condition::OwnNames], ..many(name, run) }
}

/// Only to catch a hang.
pub(super) const LIMIT: Duration = Duration::from_secs(60);
/// The same, as a mode.
pub(super) const LONG: TimeoutMode = TimeoutMode::Timed(LIMIT);
/// A short time that is meant to be over.
pub(super) const SHORT: TimeoutMode = TimeoutMode::Timed(Duration::from_millis(5));

/// The families and types that have connections.
pub(super) const CONNECTED: [(Family, i32); 4] = [
    (Family::INET, SOCK_STREAM),
    (Family::INET6, SOCK_STREAM),
    (Family::UNIX, SOCK_STREAM),
    (Family::UNIX, SOCK_SEQPACKET),
];

/// The families that have streams.
pub(super) const FAMILIES: [Family; 3] = [Family::INET, Family::INET6, Family::UNIX];

/// Where it is enough that nothing was found wrong.
pub(super) fn fine() -> Verdict {
    Ok(Log::new())
}

/// A socket that never hangs.
pub(super) fn socket(on: &dyn Sockets, family: Family, kind: i32) -> Box<dyn Socket> {
    bounded(on.open(family, kind, 0).expect("the kernel has it"))
}

/// The same socket, which never hangs from now on.
pub(super) fn bounded(mut socket: Box<dyn Socket>) -> Box<dyn Socket> {
    socket.set_timeout(LONG);
    socket
}

/// Two Unix sockets that are connected to each other.
pub(super) fn pair(on: &dyn Sockets, kind: i32) -> [Box<dyn Socket>; 2] {
    on.pair(Family::UNIX, kind).expect("a pair").map(bounded)
}

/// An address of this machine for each family; the kernel chooses the rest.
pub(super) fn anywhere(family: Family) -> SocketAddress {
    match family {
        Family::INET => "127.0.0.1:0".parse().expect("a good address"),
        Family::INET6 => "[::1]:0".parse().expect("a good address"),
        _ => UnixAddress::UNNAMED.into(),
    }
}

/// A socket with an address.
pub(super) fn bound(on: &dyn Sockets, family: Family, kind: i32) -> (Box<dyn Socket>, SocketAddress) {
    let mut socket = socket(on, family, kind);
    socket.bind(&anywhere(family)).expect("it is free");
    let local = socket.local().expect("it has an address");
    (socket, local)
}

/// A socket that listens.
pub(super) fn listener(on: &dyn Sockets, family: Family, kind: i32) -> (Box<dyn Socket>, SocketAddress) {
    let (mut server, local) = bound(on, family, kind);
    server.listen(16).expect("it listens");
    (server, local)
}

/// The next connection, which never hangs either.
pub(super) fn accept(server: &dyn Socket) -> Box<dyn Socket> {
    bounded(server.accept().expect("one comes").0)
}

/// A connection to whoever listens there.
pub(super) fn connect(on: &dyn Sockets, to: &SocketAddress, kind: i32) -> Box<dyn Socket> {
    let mut client = socket(on, to.family(), kind);
    client.connect(to).expect("somebody listens");
    client
}

/// Lets a TCP socket listen and fills it, so that it answers no more for as long as these are there.
pub(super) fn filled(on: &dyn Sockets, server: &mut dyn Socket) -> Vec<Box<dyn Socket>> {
    server.listen(0).expect("it listens");
    let local = server.local().expect("it has an address");
    let first = connect(on, &local, SOCK_STREAM);
    let begun = || {
        let mut client = socket(on, local.family(), SOCK_STREAM);
        client.set_timeout(TimeoutMode::NonBlocking);
        let _begun = client.connect(&local);
        client
    };
    std::iter::once(first).chain(std::iter::repeat_with(begun).take(3)).collect()
}

/// Both ends of a connection, the client's first.
pub(super) fn connection(on: &dyn Sockets, family: Family, kind: i32) -> [Box<dyn Socket>; 2] {
    let (server, local) = listener(on, family, kind);
    let client = connect(on, &local, kind);
    [client, accept(&*server)]
}

/// What comes, with these flags.
pub(super) fn receive_with(
    socket: &dyn Socket,
    buffer: &mut [u8],
    flags: i32,
) -> Result<Received, SocketError> {
    socket.receive(&mut [IoSliceMut::new(buffer)], 0, flags).map(|message| message.received)
}

/// What comes.
pub(super) fn receive(socket: &dyn Socket, buffer: &mut [u8]) -> Result<Received, SocketError> {
    receive_with(socket, buffer, 0)
}

/// The bytes that come, up to so many.
pub(super) fn bytes(socket: &dyn Socket, most: usize) -> Result<Vec<u8>, SocketError> {
    let mut buffer = vec![0; most];
    let len = receive(socket, &mut buffer)?.len();
    buffer.truncate(len);
    Ok(buffer)
}

/// What comes, and from where.
pub(super) fn receive_from(
    socket: &dyn Socket,
    buffer: &mut [u8],
) -> Result<(Received, Option<SocketAddress>), SocketError> {
    let message = socket.receive(&mut [IoSliceMut::new(buffer)], 0, 0)?;
    Ok((message.received, message.from))
}

/// A datagram that came whole.
pub(super) const fn whole(len: usize) -> Received {
    Received::Datagram { len, whole: len, control_cut: false }
}

/// Sends once.
pub(super) fn send(socket: &dyn Socket, bytes: &[u8]) -> Result<usize, SocketError> {
    socket.send(&[IoSlice::new(bytes)], &Beside::default())
}

/// Sends a datagram there.
pub(super) fn send_to(
    socket: &dyn Socket,
    bytes: &[u8],
    address: &SocketAddress,
) -> Result<usize, SocketError> {
    socket.send(&[IoSlice::new(bytes)], &Beside { to: Some(address), ..Beside::default() })
}

/// A file to read from, which keeps bytes in the usual way.
pub(super) fn reader(socket: &dyn Socket) -> Box<dyn Reader + '_> {
    socket.reader(BufferedReader::default())
}

/// A file to write to, which keeps bytes in the usual way.
pub(super) fn writer(socket: &dyn Socket) -> Box<dyn Writer + '_> {
    socket.writer(BufferedWriter::new(Buffering::default()))
}

/// Exactly so many bytes, or at the end what there is.
pub(super) fn exactly(socket: &dyn Socket, len: usize) -> Vec<u8> {
    let mut all = Vec::with_capacity(len);
    while all.len() < len {
        let piece = bytes(socket, (len - all.len()).min(1 << 16)).expect("they come");
        if piece.is_empty() {
            break;
        }
        all.extend(piece);
    }
    all
}

/// Everything up to the end.
pub(super) fn to_end(socket: &dyn Socket) -> Vec<u8> {
    reader(socket).read(None).expect("it ends")
}

/// Sends back what comes, up to the end.
pub(super) fn send_back(peer: &dyn Socket) {
    loop {
        let came = bytes(peer, 1024).expect("it holds");
        if came.is_empty() {
            return;
        }
        peer.send_all(&came).expect("it holds");
    }
}

/// An option that is known.
pub(super) fn known(name: &str) -> &'static SocketOption {
    SocketOption::by_name(name).expect("it is known")
}

/// Sets an option that can be set.
pub(super) fn set(socket: &mut dyn Socket, name: &str, value: &OptionValue) {
    socket.set_option(known(name), value).expect("it can be set");
}

/// The system refuses this operation for this reason.
pub(super) fn system(operation: Operation, errno: Errno) -> SocketError {
    SocketError::System { operation, fault: fault(errno.raw_os_error()) }
}

/// This operation had to wait and must not.
pub(super) const fn blocked(operation: Operation) -> SocketError {
    SocketError::WouldBlock { operation, done: 0 }
}

/// This operation took too long.
pub(super) const fn late(operation: Operation) -> SocketError {
    SocketError::TimedOut { operation, done: 0 }
}
