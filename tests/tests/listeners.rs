//! Listeners of plain threads, and the policy they accept by.

use std::collections::BTreeSet;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use standpipe_blocking::{ListenOptions, Listener};

/// What a hang is told by.
const LONG: Duration = Duration::from_secs(60);

fn listener(options: ListenOptions) -> (Listener, SocketAddr) {
    let listener =
        Listener::bind_with(&"127.0.0.1:0".parse().expect("an address"), options).expect("a port is free");
    let address = listener.local().to_string().parse().expect("an internet address");
    (listener, address)
}

fn connected(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(LONG)).expect("not zero");
    stream
}

#[test]
fn each_connection_goes_to_one_of_the_threads_that_accept() {
    let (listener, address) = listener(ListenOptions::default());
    let (sender, served) = channel();
    thread::scope(|scope| {
        for _ in 0..4 {
            let sender = sender.clone();
            let listener = &listener;
            scope.spawn(move || {
                for _ in 0..25 {
                    let (_, peer) = listener.accept().expect("it is not broken");
                    sender.send(peer.to_string()).expect("somebody counts");
                }
            });
        }
        let clients: Vec<TcpStream> = (0..100).map(|_| connected(address)).collect();
        let peers: BTreeSet<String> =
            (0..100).map(|_| served.recv_timeout(LONG).expect("it is served")).collect();
        let ours = clients.iter().map(|client| client.local_addr().expect("it is connected").to_string());
        assert_eq!(peers, ours.collect());
    });
}

#[test]
fn one_above_the_limit_of_its_address_is_closed_until_another_ends() {
    let (listener, address) = listener(ListenOptions { max_per_address: 2, ..ListenOptions::default() });
    let clients = [(); 3].map(|()| connected(address));
    let admitted = [(); 2].map(|()| listener.admit().expect("there is room"));
    let (sender, third) = channel();
    thread::scope(|scope| {
        scope.spawn(|| sender.send(listener.admit().map(|admitted| admitted.peer.to_string())));
        assert_eq!((&clients[2]).read(&mut [0]).expect("it is closed"), 0);
        let [first, _second] = admitted;
        drop(first);
        let fourth = connected(address);
        let peer = third.recv_timeout(LONG).expect("it is served").expect("it is not broken");
        assert_eq!(peer, fourth.local_addr().expect("it is connected").to_string());
    });
}

#[test]
fn one_above_the_limit_of_all_waits_until_another_ends() {
    let (listener, address) = listener(ListenOptions { max_connections: 1, ..ListenOptions::default() });
    let (mut first, mut second) = (connected(address), connected(address));
    let admitted = listener.admit().expect("there is room");
    let (sender, served) = channel();
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut next = listener.admit().expect("it is not broken");
            next.stream.write_all(b"!").expect("it listens");
            sender.send(next).expect("somebody waits")
        });
        second.set_read_timeout(Some(Duration::from_millis(50))).expect("not zero");
        let early = second.read(&mut [0]).expect_err("it is not served");
        assert!(matches!(early.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{early}");
        drop(admitted);
        let _next = served.recv_timeout(LONG).expect("it is served");
        second.set_read_timeout(Some(LONG)).expect("not zero");
        second.read_exact(&mut [0]).expect("it is served");
        assert_eq!(first.read(&mut [0]).expect("it was closed"), 0);
    });
}

#[test]
fn a_listener_that_is_dropped_listens_no_more_whatever_it_has_admitted() {
    let (listener, address) = listener(ListenOptions::default());
    let client = connected(address);
    let admitted = listener.admit().expect("there is room");
    drop(listener);
    assert_eq!(TcpStream::connect(address).expect_err("nobody listens").kind(), ErrorKind::ConnectionRefused);
    drop((admitted, client));
}

/// In a process of its own, as is every test that changes a limit.
#[test]
#[ignore = "run by the next one"]
fn at_the_descriptor_limit() {
    let (listener, address) = listener(ListenOptions::default());
    let mut clients: Vec<TcpStream> = (0..8).map(|_| connected(address)).collect();
    let highest = clients.iter().map(std::os::fd::AsRawFd::as_raw_fd).max().expect("there are some");
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: Some(highest as u64 + 3), ..limit })
        .expect("lower is allowed");
    let mut served = Vec::new();
    for _ in 0..2 {
        served.push(listener.accept().expect("there is room"));
    }
    thread::scope(|scope| {
        let waiting = scope.spawn(|| listener.accept());
        // Nobody is told of an error; one that ends makes room.
        thread::yield_now();
        assert!(!waiting.is_finished(), "there is no room");
        drop(served.pop());
        assert!(waiting.join().expect("no panic").is_ok());
    });
    clients.clear();
}

#[test]
fn at_the_descriptor_limit_it_waits_until_one_closes() {
    let program = std::env::current_exe().expect("it runs");
    let command =
        standpipe_blocking::Command::new(program).args(["--exact", "at_the_descriptor_limit", "--ignored"]);
    let output = command.timeout(LONG).output().expect("it ends");
    assert!(output.exit.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
