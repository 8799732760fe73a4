//! Listeners: the policy they accept by, and what they do at each limit.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsRawFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use standpipe_core::socket::constants::*;
use standpipe_core::socket::{Address, Family, ListenOptions, Operation};
use standpipe_tests::harness::{Listener, Scenario, Sockets, Verdict};

use super::support::{
    LIMIT, ROOMY, accept, bound, bytes, connect, fine, listener, many, plain, send, system,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    roomy("each_connection_goes_to_one_of_the_threads_that_accept", threads),
    many("one_above_the_limit_of_its_address_is_closed_until_another_ends", per_address),
    many("another_address_has_a_limit_of_its_own", other_address),
    many("one_above_the_limit_of_all_waits_until_another_ends", of_all),
    many("a_listener_that_is_gone_leaves_what_it_has_admitted", gone),
    roomy("at_the_descriptor_limit_a_listener_waits_until_one_closes", descriptor_limit),
    roomy("at_the_descriptor_limit_an_accept_says_so_and_loses_nobody", accept_at_limit),
    plain("at_the_descriptor_limit_nothing_is_made_and_all_is_told", made_at_limit),
    many("a_backlog_holds_those_that_are_early", backlog),
    many("a_listener_everywhere_hears_both_versions", both_versions),
    many("a_path_goes_with_its_listener", path_goes),
    many("a_path_that_was_left_behind_is_taken_over", path_left),
    many("a_path_that_is_served_is_in_use", path_served),
    many("a_port_that_is_served_is_in_use", port_served),
    many("a_port_is_served_again_at_once", again),
];

const fn roomy(name: &'static str, run: fn(&dyn Sockets) -> Verdict) -> Scenario {
    Scenario { under: ROOMY, ..many(name, run) }
}

fn listening(on: &dyn Sockets, options: ListenOptions) -> (Box<dyn Listener>, SocketAddr) {
    let address = "127.0.0.1:0".parse().expect("an address");
    let listener = on.listen(&address, options).expect("a port is free");
    let at = listener.local().to_string().parse().expect("an internet address");
    (listener, at)
}

fn connected(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(LIMIT)).expect("not zero");
    stream
}

fn own(stream: &TcpStream) -> String {
    stream.local_addr().expect("it is connected").to_string()
}

/// A single read under a time limit fails when a signal comes (signal(7)); reading to the end goes on.
fn assert_closed(mut stream: &TcpStream) {
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).expect("it is closed");
    assert_eq!(rest, b"");
}

fn threads(on: &dyn Sockets) -> Verdict {
    let (listener, address) = listening(on, ListenOptions::default());
    let (sender, served) = channel();
    thread::scope(|scope| {
        for _ in 0..4 {
            let (sender, listener) = (sender.clone(), &listener);
            scope.spawn(move || {
                for _ in 0..25 {
                    let admitted = listener.admit().expect("it is not broken");
                    sender.send(admitted.peer.to_string()).expect("somebody counts");
                }
            });
        }
        let clients: Vec<TcpStream> = (0..100).map(|_| connected(address)).collect();
        let peers: BTreeSet<String> =
            (0..100).map(|_| served.recv_timeout(LIMIT).expect("it is served")).collect();
        assert_eq!(peers, clients.iter().map(own).collect());
    });
    fine()
}

fn per_address(on: &dyn Sockets) -> Verdict {
    let (listener, address) = listening(on, ListenOptions { max_per_address: 2, ..ListenOptions::default() });
    let clients = [(); 3].map(|()| connected(address));
    let admitted = [(); 2].map(|()| listener.admit().expect("there is room"));
    thread::scope(|scope| {
        let third = scope.spawn(|| listener.admit().expect("it is not broken").peer.to_string());
        assert_closed(&clients[2]);
        let [first, _second] = admitted;
        drop(first);
        let fourth = connected(address);
        assert_eq!(third.join().expect("no panic"), own(&fourth));
    });
    fine()
}

fn other_address(on: &dyn Sockets) -> Verdict {
    let (listener, address) = listening(on, ListenOptions { max_per_address: 1, ..ListenOptions::default() });
    let _client = connected(address);
    let _first = listener.admit().expect("there is room");
    let refused = connected(address);
    let other = Some(SocketAddr::from(([127, 0, 0, 9], 0)));
    let port = address.port();
    let other = on.create_connection("127.0.0.1", port, Some(LIMIT), other).expect("it listens");
    let second = listener.admit().expect("there is room");
    assert_eq!(Ok(second.peer.to_string()), other.local().map(|own| own.to_string()));
    assert_closed(&refused);
    fine()
}

fn of_all(on: &dyn Sockets) -> Verdict {
    let (listener, address) = listening(on, ListenOptions { max_connections: 1, ..ListenOptions::default() });
    let (first, mut second) = (connected(address), connected(address));
    let admitted = listener.admit().expect("there is room");
    thread::scope(|scope| {
        let serving = scope.spawn(|| {
            let mut next = listener.admit().expect("it is not broken");
            next.stream.write_all(b"!").expect("it listens");
            next
        });
        second.set_read_timeout(Some(Duration::from_millis(50))).expect("not zero");
        let early = second.read(&mut [0]).expect_err("it is not served");
        assert!(matches!(early.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted), "{early}");
        drop(admitted);
        let _next = serving.join().expect("no panic");
        second.set_read_timeout(Some(LIMIT)).expect("not zero");
        second.read_exact(&mut [0]).expect("it is served");
        assert_closed(&first);
    });
    fine()
}

fn gone(on: &dyn Sockets) -> Verdict {
    let (listener, address) = listening(on, ListenOptions::default());
    let mut client = connected(address);
    let mut admitted = listener.admit().expect("there is room");
    drop(listener);
    let refused = TcpStream::connect(address).expect_err("nobody listens");
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    admitted.stream.write_all(b"!").expect("it listens");
    client.read_exact(&mut [0]).expect("it is served");
    drop(admitted.slot);
    fine()
}

/// What takes every descriptor up to a lower limit. Each that is dropped leaves one.
fn all_descriptors() -> Vec<File> {
    let open = || File::open("/dev/null");
    let highest = open().expect("there are some").as_raw_fd() as u64 + 8;
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: Some(highest), ..limit }).expect("it may be lowered");
    std::iter::from_fn(|| open().ok()).collect()
}

/// Nobody is told of an error; the first that ends makes room.
fn descriptor_limit(on: &dyn Sockets) -> Verdict {
    let (listener, address) = listening(on, ListenOptions::default());
    let clients: Vec<TcpStream> = (0..8).map(|_| connected(address)).collect();
    let mut taken = all_descriptors();
    taken.truncate(taken.len() - 2);
    let mut served: Vec<_> = (0..2).map(|_| listener.admit().expect("there is room")).collect();
    thread::scope(|scope| {
        for client in &clients[2..] {
            let waiting = scope.spawn(|| listener.admit().expect("it is not broken"));
            drop(served.remove(0));
            let admitted = waiting.join().expect("no panic");
            assert_eq!(admitted.peer.to_string(), own(client));
            served.push(admitted);
        }
    });
    fine()
}

fn accept_at_limit(on: &dyn Sockets) -> Verdict {
    let (server, local) = listener(on, Family::INET, SOCK_STREAM);
    let client = connect(on, &local, SOCK_STREAM);
    let mut taken = all_descriptors();
    for _ in 0..3 {
        let refused = server.accept().err();
        assert_eq!(refused, Some(system(Operation::Accept, Errno::MFILE)));
    }
    taken.pop();
    let peer = accept(&*server);
    assert_eq!((send(&*client, b"x"), bytes(&*peer, 2)), (Ok(1), Ok(b"x".to_vec())));
    fine()
}

fn made_at_limit(on: &dyn Sockets) -> Verdict {
    let (server, local) = listener(on, Family::INET, SOCK_STREAM);
    let mut taken = all_descriptors();
    let full = system(Operation::Open, Errno::MFILE);
    assert_eq!(on.open(Family::INET, SOCK_STREAM, 0).err(), Some(full));
    assert_eq!(on.pair(Family::UNIX, SOCK_STREAM).err(), Some(full));
    assert_eq!(server.copy().err(), Some(full));
    let port = local.port().expect("it has one");
    assert!(on.create_connection("127.0.0.1", port, Some(LIMIT), None).is_err());
    let address = "127.0.0.1:0".parse().expect("an address");
    let listened = on.listen(&address, ListenOptions::default()).err().expect("there is no room");
    assert_eq!(Errno::from_io_error(&listened), Some(Errno::MFILE));
    taken.pop();
    assert_eq!(on.pair(Family::UNIX, SOCK_STREAM).err(), Some(full));
    assert!(on.open(Family::INET, SOCK_STREAM, 0).is_ok(), "a half of a pair is not kept");
    fine()
}

fn backlog(on: &dyn Sockets) -> Verdict {
    for family in [Family::INET, Family::UNIX] {
        let (mut server, local) = bound(on, family, SOCK_STREAM);
        server.listen(3).expect("it listens");
        let clients = [(); 3].map(|()| connect(on, &local, SOCK_STREAM));
        for (number, client) in (0..).zip(&clients) {
            assert_eq!(send(&**client, &[number]), Ok(1));
        }
        for number in 0..3 {
            assert_eq!(bytes(&*accept(&*server), 2), Ok(vec![number]), "in the order of their coming");
        }
    }
    fine()
}

fn both_versions(on: &dyn Sockets) -> Verdict {
    let listener =
        on.listen(&":0".parse().expect("an address"), ListenOptions::default()).expect("a port is free");
    let port = listener.local().port().expect("an internet address");
    for host in ["127.0.0.1", "::1"] {
        let client = on.create_connection(host, port, Some(LIMIT), None).expect("it listens");
        let admitted = listener.admit().expect("there is room");
        assert_eq!(
            (admitted.peer.address(), client.peer().ok().and_then(|peer| peer.port())),
            (host.into(), Some(port))
        );
    }
    fine()
}

/// A folder that goes with the scenario, and a path in it.
fn place() -> (tempfile::TempDir, PathBuf, Address) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("socket");
    let address = format!("unix:{}", path.display()).parse().expect("it is text");
    (folder, path, address)
}

fn path_goes(on: &dyn Sockets) -> Verdict {
    let (_folder, path, address) = place();
    let listener = on.listen(&address, ListenOptions::default()).expect("it is free");
    assert_eq!(listener.local().address(), path.display().to_string());
    let mut client = UnixStream::connect(&path).expect("it listens");
    let mut admitted = listener.admit().expect("there is room");
    assert!(admitted.peer.address().is_empty());
    drop(listener);
    assert!(!path.exists());
    admitted.stream.write_all(b"!").expect("it listens");
    client.read_exact(&mut [0]).expect("it is served");
    fine()
}

fn path_left(on: &dyn Sockets) -> Verdict {
    let (_folder, path, address) = place();
    drop(UnixListener::bind(&path).expect("it is free"));
    assert!(path.exists());
    let listener = on.listen(&address, ListenOptions::default()).expect("nobody serves it");
    let _client = UnixStream::connect(&path).expect("it listens");
    listener.admit().expect("there is room");
    fine()
}

fn path_served(on: &dyn Sockets) -> Verdict {
    let (_folder, path, address) = place();
    let listener = on.listen(&address, ListenOptions::default()).expect("it is free");
    let refused = on.listen(&address, ListenOptions::default()).err().expect("it is served");
    assert_eq!(refused.kind(), ErrorKind::AddrInUse);
    assert!(path.exists());
    fs::remove_file(&path).expect("it is ours");
    fs::write(&path, "a file").expect("it is ours");
    let refused = on.listen(&address, ListenOptions::default()).err().expect("it is a file");
    assert_eq!(refused.kind(), ErrorKind::AddrInUse);
    drop(listener);
    assert_eq!(fs::read(&path).expect("it is there"), b"a file", "what is not its own stays");
    fine()
}

fn port_served(on: &dyn Sockets) -> Verdict {
    let (_listener, address) = listening(on, ListenOptions::default());
    let address = address.to_string().parse().expect("an address");
    let refused = on.listen(&address, ListenOptions::default()).err().expect("it is served");
    assert_eq!(refused.kind(), ErrorKind::AddrInUse);
    fine()
}

/// SOC-92: although a connection of before is still about to end.
fn again(on: &dyn Sockets) -> Verdict {
    let (listener, address) = listening(on, ListenOptions::default());
    let client = connected(address);
    drop(listener.admit().expect("there is room"));
    assert_closed(&client);
    drop((client, listener));
    let address = address.to_string().parse().expect("an address");
    on.listen(&address, ListenOptions::default()).expect("nobody listens there");
    fine()
}
