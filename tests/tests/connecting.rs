//! Connections to several candidates, on every backend: one that does not answer does not keep the others from it.

use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use socket2::{Domain, SockRef, Socket, Type};
use standpipe_core::Moment;
use standpipe_sys::Clock;
use standpipe_sys::socket::{Candidate, Endpoint, Purpose, resolve};

/// Only to catch a hang.
const LONG: Duration = Duration::from_secs(60);

/// A listener whose queue is full: the kernel drops further attempts, which hang.
struct Deaf {
    address: SocketAddr,
    _listener: Socket,
    _queued: Vec<Socket>,
}

impl Deaf {
    fn new() -> Self {
        let listener = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket can be made");
        listener.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).expect("a port is free");
        listener.listen(0).expect("it can listen");
        let address =
            listener.local_addr().ok().and_then(|address| address.as_socket()).expect("it is bound");
        let queued: Vec<Socket> = (0..8).map(|_| begin(address)).collect();
        let clock = Clock::start();
        while !queued.iter().any(|socket| socket.peer_addr().is_ok()) {
            assert!(
                clock.until(Moment::ORIGIN + LONG) > Duration::ZERO,
                "none of the first attempts has come to the queue"
            );
            std::thread::yield_now();
        }
        Self { address, _listener: listener, _queued: queued }
    }
}

fn begin(address: SocketAddr) -> Socket {
    let socket = Socket::new(Domain::IPV4, Type::STREAM.nonblocking(), None).expect("a socket can be made");
    let _ = socket.connect(&address.into());
    socket
}

fn refused() -> SocketAddr {
    // Bound and not listening: nobody else gets the port, and nobody answers there.
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket can be made");
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).expect("a port is free");
    let address = socket.local_addr().ok().and_then(|address| address.as_socket()).expect("it is bound");
    std::mem::forget(socket);
    address
}

fn connect(backend: &str, candidates: Vec<Candidate>, wait: Duration) -> std::io::Result<OwnedFd> {
    let owned = |stream: standpipe_sys::Stream| stream.as_fd().try_clone_to_owned();
    match backend {
        "blocking" => {
            standpipe_blocking::connect_to(candidates, Some(wait)).and_then(|s| owned(s.into_inner()))
        }
        "mio" => standpipe_mio::connect_to(candidates, Some(wait)).and_then(owned),
        _ => smol::block_on(standpipe_smol::connect_to(candidates, Some(wait))).and_then(owned),
    }
}

const BACKENDS: [&str; 3] = ["blocking", "mio", "smol"];

#[test]
fn a_candidate_that_does_not_answer_is_overtaken() {
    let deaf = Deaf::new();
    let live = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = live.local_addr().expect("it is bound");
    for backend in BACKENDS {
        let candidates = [deaf.address, refused(), deaf.address, address].map(Candidate::from).to_vec();
        let stream = connect(backend, candidates, LONG).expect("one of them answers");
        assert_eq!(Endpoint::peer(stream.as_fd()).port(), Some(address.port()), "{backend}");
        assert!(SockRef::from(&stream).take_error().expect("it can be asked").is_none(), "{backend}");
    }
}

#[test]
fn one_deadline_is_over_all_candidates() {
    let deaf = Deaf::new();
    for backend in BACKENDS {
        let candidates = [deaf.address, deaf.address].map(Candidate::from).to_vec();
        let error = connect(backend, candidates, Duration::from_millis(30)).expect_err("nobody answers");
        assert_eq!(error.kind(), std::io::ErrorKind::TimedOut, "{backend}");
    }
}

#[test]
fn without_anybody_the_last_reason_is_told() {
    for backend in BACKENDS {
        let candidates = (0..6).map(|_| refused().into()).collect();
        let error = connect(backend, candidates, LONG).expect_err("nobody listens");
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused, "{backend}");
        let none = connect(backend, Vec::new(), LONG).expect_err("there is nobody");
        assert_eq!(none.kind(), std::io::ErrorKind::AddrNotAvailable, "{backend}");
    }
}

/// A port of our own that was chosen can be used by one attempt at a time.
#[test]
fn candidates_are_tried_in_turn_from_a_port_that_was_chosen() {
    let live = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = live.local_addr().expect("it is bound");
    for backend in BACKENDS {
        // Somebody else may take the port before we do.
        let (port, stream) = std::iter::repeat_with(|| from_a_free_port(backend, [refused(), address]))
            .take(8)
            .find_map(|(port, stream)| Some((port, stream.ok()?)))
            .expect("one of them answers");
        assert_eq!(Endpoint::local(stream.as_fd()).port(), Some(port), "{backend}");
    }
}

fn from_a_free_port(backend: &str, addresses: [SocketAddr; 2]) -> (u16, std::io::Result<OwnedFd>) {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port is free");
    let sources = resolve(&free.to_string().parse().expect("an address"), Purpose::Listen).expect("a number");
    let candidates = addresses.map(Candidate::from);
    let candidates = candidates.map(|candidate| candidate.from_any_of(&sources).expect("of the same kind"));
    (free.port(), connect(backend, candidates.to_vec(), LONG))
}
