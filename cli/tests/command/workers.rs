//! Servers with several threads: connections are spread over them, and limits, ends and addresses are those of one server.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Stdio;

use crate::support::{
    Client, Ended, LIMIT, STANDPIPE, Server, children, command, eventually, finish, signal, standpipe,
    with_descriptor_3,
};

/// Makes a test for each of the runtimes whose work is spread over threads.
macro_rules! on_runtimes_with_workers {
    ($($name:ident)*) => {
        $(mod $name {
            #[test]
            fn mio() {
                super::$name("mio");
            }

            #[test]
            fn smol() {
                super::$name("smol");
            }
        })*
    };
}

on_runtimes_with_workers! {
    the_limit_is_for_all_of_them the_limit_of_an_address_is_for_all_of_them a_taken_port_is_refused
    a_stop_serves_who_has_connected a_stop_serves_who_has_connected_to_a_path
    a_second_signal_aborts_what_all_of_them_have more_clients_than_descriptors
    more_clients_of_an_inherited_socket_than_descriptors
}

/// With four of them, and the words of one test.
fn four(runtime: &str, words: &[&str]) -> Server {
    Server::start(runtime, &[&["--workers", "4"], words].concat())
}

fn path(folder: &tempfile::TempDir) -> (String, std::path::PathBuf) {
    let path = folder.path().join("socket");
    (format!("unix:{}", path.display()), path)
}

fn connect(path: &std::path::Path) -> UnixStream {
    let stream = UnixStream::connect(path).expect("the server is there");
    stream.set_read_timeout(Some(LIMIT)).expect("a time-out");
    stream
}

/// How many descriptors each event loop of a process watches.
fn watched(pid: u32) -> Vec<usize> {
    let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).expect("it runs").flatten();
    let loops = descriptors.filter(|entry| {
        fs::read_link(entry.path()).is_ok_and(|target| target.to_string_lossy().contains("[eventpoll]"))
    });
    let count = |number: std::ffi::OsString| {
        let info = fs::read_to_string(format!("/proc/{pid}/fdinfo/{}", number.to_string_lossy()));
        info.expect("it is open").lines().filter(|line| line.starts_with("tfd:")).count()
    };
    loops.map(|entry| count(entry.file_name())).collect()
}

/// The same of four loops in which nobody is served yet: each watches who may connect, and the signals.
fn watched_at_rest(pid: u32) -> Vec<usize> {
    eventually("they are ready", || watched(pid) == [2; 4]);
    watched(pid)
}

/// Chance gives each of four loops one of 64 connections, but for one time in 25 million.
#[test]
fn connections_are_spread_over_loops() {
    let server = four("mio", &["--exec", "cat"]);
    let idle = watched_at_rest(server.pid());
    let mut clients: Vec<Client> = (0..64).map(|_| server.client()).collect();
    for client in &mut clients {
        client.send(b"x");
        assert_eq!(client.take(1), b"x");
    }
    let busy = watched(server.pid());
    assert!(idle.iter().zip(&busy).all(|(idle, busy)| idle < busy), "{idle:?}, {busy:?}");
    clients.into_iter().for_each(|client| assert_eq!(client.exchange(b"bye"), b"bye"));
    server.stop();
}

#[test]
fn connections_to_a_path_are_dealt_to_loops_in_turn() {
    let folder = tempfile::tempdir().expect("a folder");
    let (address, path) = path(&folder);
    let server = Server::at("mio", &address, &["--workers", "4", "--echo"]);
    let idle = watched_at_rest(server.pid());
    // One after the other: who has a connection that he has not taken yet is passed over.
    let answered = |_| {
        let mut client = connect(&path);
        client.write_all(b"x").expect("it is open");
        client.read_exact(&mut [0]).expect("it answers");
        client
    };
    let clients: Vec<UnixStream> = (0..8).map(answered).collect();
    let busy = watched(server.pid());
    let more: Vec<usize> = busy.iter().zip(&idle).map(|(busy, idle)| busy - idle).collect();
    assert_eq!(more, [2; 4]);
    drop(clients);
    server.stop();
    assert!(!path.exists());
}

/// Whoever has handed it over may have others who accept from it, and its options are theirs as well.
#[test]
fn connections_to_an_inherited_socket_are_dealt() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let handed = listener.try_clone().expect("a descriptor");
    let server = Server::of(with_descriptor_3(handed.into(), "mio", "serve", &["--workers", "4", "--echo"]));
    let idle = watched_at_rest(server.pid());
    let answered = |_| {
        let mut client = server.client();
        client.send(b"x");
        client.take(1);
        client
    };
    let clients: Vec<Client> = (0..8).map(answered).collect();
    let more: Vec<usize> = watched(server.pid()).iter().zip(&idle).map(|(busy, idle)| busy - idle).collect();
    assert_eq!(more, [2; 4]);
    assert!(!socket2::SockRef::from(&listener).reuse_port().expect("a socket"));
    clients.into_iter().for_each(|client| assert_eq!(client.exchange(b"bye"), b"bye"));
    server.stop();
}

#[test]
fn threads_for_connections_are_no_workers() {
    let refused = finish(standpipe("blocking", "serve", &["127.0.0.1:0", "--workers", "2", "--echo"]));
    refused.failed(2, "blocking has a thread for each connection");
    Server::start("blocking", &["--workers", "1", "--echo"]).stop();
}

/// Each thread has a queue of its own, so whose turn it is nobody can say.
fn take_one_that_is_served(clients: &mut Vec<Client>) -> Client {
    let mut served = None;
    eventually("somebody is served", || {
        served = clients.iter().position(Client::has_something);
        served.is_some()
    });
    clients.swap_remove(served.expect("it was seen"))
}

fn the_limit_is_for_all_of_them(runtime: &str) {
    let server = four(runtime, &["--max-connections", "3", "--sh", "echo $$; cat"]);
    let mut clients: Vec<Client> = (0..20).map(|_| server.client()).collect();
    eventually("there are three", || children(server.pid()).len() == 3);
    while !clients.is_empty() {
        let mut client = take_one_that_is_served(&mut clients);
        assert!(children(server.pid()).len() <= 3);
        client.number();
        assert_eq!(client.exchange(b"bye"), b"bye");
    }
    server.stop();
}

fn the_limit_of_an_address_is_for_all_of_them(runtime: &str) {
    let server = four(runtime, &["--max-per-address", "2", "--sh", "echo $$; cat"]);
    let clients: Vec<Client> = (0..20).map(|_| server.client()).collect();
    let served: Vec<Client> = clients.into_iter().filter(Client::is_answered).collect();
    assert_eq!(served.len(), 2);
    for mut client in served {
        client.number();
        assert_eq!(client.exchange(b"bye"), b"bye");
    }
    eventually("there is room again", || server.client().is_answered());
    server.terminate();
    assert_eq!(server.end().code, Some(0));
}

fn a_taken_port_is_refused(runtime: &str) {
    let server = four(runtime, &["--echo"]);
    for workers in ["1", "4"] {
        let words = [server.address(), "--workers", workers, "--echo"];
        finish(standpipe(runtime, "serve", &words)).failed(1, "in use");
    }
    assert!(TcpListener::bind(server.address()).is_err());
    server.stop();
}

/// Holds a server until all clients have connected and said what they have to say, and the signal stands behind them.
fn stopped_behind<T>(server: &Server, connect: impl Fn() -> T) -> Vec<T> {
    signal(server.pid(), "STOP");
    let clients = (0..64).map(|_| connect()).collect();
    server.terminate();
    signal(server.pid(), "CONT");
    clients
}

fn a_stop_serves_who_has_connected(runtime: &str) {
    let server = four(runtime, &["--exec", "cat"]);
    let clients = stopped_behind(&server, || {
        let mut client = server.client();
        client.send(b"hello");
        client
    });
    for client in clients {
        assert_eq!(client.exchange(b", and bye"), b"hello, and bye");
    }
    server.end().well();
}

fn a_stop_serves_who_has_connected_to_a_path(runtime: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let (address, path) = path(&folder);
    let server = Server::at(runtime, &address, &["--workers", "4", "--echo"]);
    let clients = stopped_behind(&server, || {
        let mut client = connect(&path);
        client.write_all(b"hello").expect("it is open");
        client.shutdown(Shutdown::Write).expect("it is open");
        client
    });
    for mut client in clients {
        let mut text = String::new();
        client.read_to_string(&mut text).expect("a clean end");
        assert_eq!(text, "hello");
    }
    server.end().well();
}

fn a_second_signal_aborts_what_all_of_them_have(runtime: &str) {
    let server = four(runtime, &["--drain-timeout", "0", "--exec", "cat"]);
    let mut clients: Vec<Client> = (0..32).map(|_| server.client()).collect();
    for client in &mut clients {
        client.send(b"x");
        client.take(1);
    }
    server.drain();
    server.terminate();
    assert!(clients.iter_mut().all(Client::is_reset), "an abort is no end");
    let Ended { code, stderr, .. } = server.end();
    assert_eq!((code, stderr.matches("aborting what is still open").count()), (Some(0), 1), "{stderr}");
}

fn more_clients_than_descriptors(runtime: &str) {
    everybody_has_a_turn(runtime, "127.0.0.1:0", Stdio::null());
}

fn more_clients_of_an_inherited_socket_than_descriptors(runtime: &str) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    // With the standard library's backlog, 128, they would not all be connected.
    socket2::SockRef::from(&listener).listen(1024).expect("it listens");
    everybody_has_a_turn(runtime, "fd:3", OwnedFd::from(listener).into());
}

/// Whoever has accepted them.
fn everybody_has_a_turn(runtime: &str, address: &str, descriptor_3: Stdio) {
    let mut shell = command("sh");
    shell.args(["-c", "ulimit -n 64; exec 3<&0 0</dev/null; exec \"$@\"", "sh", STANDPIPE, "serve"]);
    shell.args(["--runtime", runtime, address, "--workers", "4", "--exec", "cat"]).stdin(descriptor_3);
    let server = Server::of(shell);
    let mut clients: Vec<Client> = (0..200).map(|_| server.client()).collect();
    clients.iter_mut().for_each(|client| client.send(b"hello"));
    server.log().once_it_has("accepting pauses");
    while !clients.is_empty() {
        assert_eq!(take_one_that_is_served(&mut clients).take(5), b"hello");
    }
    server.terminate();
    let Ended { code, stderr, .. } = server.end();
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stderr.lines().all(|line| line.contains("accepting pauses")), "only pauses are told: {stderr}");
}
