//! Sockets of every family and type, held to what their documentation says; for now those of plain threads.

mod connections;
mod files;
mod messages;
mod timeouts;

use std::time::Duration;

use standpipe_blocking::socket::{Family, Socket, SocketAddress, TimeoutMode, UnixAddress};

/// Only to catch a hang: ten times what an idle machine takes, and more.
const LIMIT: Duration = Duration::from_secs(60);

/// The same, as a mode.
const LONG: TimeoutMode = TimeoutMode::Timed(LIMIT);

/// A short time that is meant to be over.
const SHORT: TimeoutMode = TimeoutMode::Timed(Duration::from_millis(1));

/// A socket that never hangs.
fn socket(family: Family, kind: i32) -> Socket {
    let mut socket = Socket::new(family, kind, 0).expect("the kernel has it");
    socket.set_timeout(LONG);
    socket
}

fn pair(kind: i32) -> [Socket; 2] {
    let (left, right) = standpipe_blocking::socket::socket_pair(Family::UNIX, kind, 0).expect("a pair");
    [left, right].map(|mut socket| {
        socket.set_timeout(LONG);
        socket
    })
}

/// An address of this machine for each family; the kernel chooses the rest.
fn anywhere(family: Family) -> SocketAddress {
    match family {
        Family::INET => "127.0.0.1:0".parse().expect("a good address"),
        Family::INET6 => "[::1]:0".parse().expect("a good address"),
        _ => UnixAddress::UNNAMED.into(),
    }
}

fn listener(family: Family, kind: i32) -> (Socket, SocketAddress) {
    let mut server = socket(family, kind);
    server.bind(&anywhere(family)).expect("it is free");
    server.listen(16).expect("it listens");
    let local = server.local().expect("it has an address");
    (server, local)
}

/// The next connection, which never hangs either.
fn accept(server: &Socket) -> Socket {
    let (mut peer, _) = server.accept().expect("one comes");
    peer.set_timeout(LONG);
    peer
}
