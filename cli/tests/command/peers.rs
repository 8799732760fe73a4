//! Addresses of every kind, who the peer is, and work that is no program.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener};
use std::os::unix::net::{UnixListener, UnixStream};

use socket2::{Domain, Socket, Type};

use crate::support::{
    Client, Process, Server, assert_same, finish, finish_with, on_every_runtime, payload, skip, standpipe,
    with_descriptor_3,
};

on_every_runtime! {
    a_program_knows_its_peer a_peer_over_ipv6 every_interface a_unix_socket a_socket_left_behind a_file_is_not_a_socket_left_behind a_path_that_was_taken_over
    an_inherited_listener an_inherited_connection
    an_echo a_shell_line a_link a_link_to_nobody_is_a_reset from_a_source_of_our_own
}

const WHO: &str = "echo $REMOTE_ADDR $REMOTE_PORT $LOCAL_ADDR $LOCAL_PORT; echo to stderr >&2";

/// The line that [`WHO`] says to this client.
fn told(client: &Client, local: &str, port: &str) -> String {
    let remote = client.local();
    format!("{} {} {local} {port}\n", remote.ip(), remote.port())
}

#[track_caller]
fn assert_told(server: Server) {
    let (host, port) = server.host_and_port();
    let mut client = server.client();
    let expected = told(&client, host, port);
    assert_eq!(String::from_utf8(client.rest()).expect("text"), expected);
    assert_eq!(server.log().once_it_has("\n"), "to stderr\n");
    drop(client);
    server.terminate();
    assert_eq!(server.end().code, Some(0));
}

fn a_program_knows_its_peer(runtime: &str) {
    assert_told(Server::start(runtime, &["--sh", WHO]));
}

fn a_peer_over_ipv6(runtime: &str) {
    if TcpListener::bind("[::1]:0").is_err() {
        return skip("this machine has no IPv6");
    }
    let server = Server::at(runtime, "[::1]:0", &["--sh", WHO]);
    assert!(server.address().starts_with("[::1]:") && !server.address().ends_with(":0"));
    assert_told(server);
}

/// By IPv4 as well as by IPv6, and by the port alone.
fn every_interface(runtime: &str) {
    let server = Server::at(runtime, ":0", &["--sh", WHO]);
    let (_, port) = server.host_and_port();
    assert_ne!(port, "0");
    let mut client = Client::of(&format!("127.0.0.1:{port}"));
    let expected = told(&client, "127.0.0.1", port);
    assert_eq!(String::from_utf8(client.rest()).expect("text"), expected);
    drop(client);
    let said = finish_with(standpipe(runtime, "connect", &[&format!(":{port}")]), b"".as_slice()).text();
    assert!(said.ends_with(&format!("1 {port}\n")), "{said}");
    server.terminate();
    assert_eq!(server.end().code, Some(0));
}

fn a_unix_socket(runtime: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("socket");
    let address = format!("unix:{}", path.display());
    let server = Server::at(runtime, &address, &["--sh", &format!("{WHO}; cat")]);
    assert_eq!(server.address(), address);
    let client = standpipe(runtime, "connect", &[&address]);
    // Neither the peer's address nor any port has a name here.
    let told = format!("{}\n", path.display());
    let answer = finish_with(client, payload(8 << 20)).well();
    assert_eq!(answer.strip_prefix(told.as_bytes()), Some(payload(8 << 20)));
    let mut client = UnixStream::connect(&path).expect("it is served");
    client.write_all(b"there").expect("it is read");
    client.shutdown(Shutdown::Write).expect("it is open");
    let mut back = String::new();
    client.read_to_string(&mut back).expect("a clean end");
    assert_eq!(back, format!("{told}there"));
    drop(client);
    server.terminate();
    assert_eq!(server.end().code, Some(0));
    assert!(!path.exists(), "the socket goes with the server");
}

fn a_socket_left_behind(runtime: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("socket");
    drop(UnixListener::bind(&path).expect("the path is free"));
    assert!(path.exists());
    let address = format!("unix:{}", path.display());
    let server = Server::at(runtime, &address, &["--echo"]);
    let taken = finish(standpipe(runtime, "serve", &[&address, "--echo"]));
    taken.failed(1, "in use");
    let client = standpipe(runtime, "connect", &[&address]);
    assert_eq!(finish_with(client, b"hello".as_slice()).text(), "hello");
    server.stop();
}

/// Connecting to it is refused as well, and it must not be taken away for that.
fn a_file_is_not_a_socket_left_behind(runtime: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    std::fs::write(&path, "precious").expect("it can be written");
    let address = format!("unix:{}", path.display());
    finish(standpipe(runtime, "serve", &[&address, "--echo"])).failed(1, "in use");
    assert_eq!(std::fs::read_to_string(&path).expect("it is still there"), "precious");
}

fn a_path_that_was_taken_over(runtime: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("socket");
    let address = format!("unix:{}", path.display());
    let first = Server::at(runtime, &address, &["--echo"]);
    std::fs::remove_file(&path).expect("it is there");
    let second = Server::at(runtime, &address, &["--echo"]);
    first.stop();
    let client = standpipe(runtime, "connect", &[&address]);
    assert_eq!(finish_with(client, b"hello".as_slice()).text(), "hello");
    second.stop();
}

/// As a service manager hands it over.
fn an_inherited_listener(runtime: &str) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("it is bound").to_string();
    let server = Server::of(with_descriptor_3(listener.into(), runtime, "serve", &["--echo"]));
    assert_eq!(server.address(), address);
    assert_same(&server.client().exchange(payload(1 << 20)), payload(1 << 20));
    server.stop();
}

fn an_inherited_connection(runtime: &str) {
    let (ours, theirs) = UnixStream::pair().expect("a pair");
    let program = ["--", "sh", "-c", "wc -c >&2; echo bye"];
    let client = with_descriptor_3(theirs.into(), runtime, "connect", &program);
    let client = Process::start(client);
    (&ours).write_all(b"12345").expect("it is read");
    ours.shutdown(Shutdown::Write).expect("it is open");
    let mut back = String::new();
    (&ours).read_to_string(&mut back).expect("a clean end");
    let ended = client.end();
    assert_eq!((ended.code, ended.stderr.trim(), back.as_str()), (Some(0), "5", "bye\n"));
}

fn an_echo(runtime: &str) {
    let server = Server::start(runtime, &["--echo"]);
    assert_same(&server.client().exchange(payload(64 << 20)), payload(64 << 20));
    server.stop();
}

fn a_shell_line(runtime: &str) {
    let server = Server::start(runtime, &["--sh", "tr a-z A-Z | rev"]);
    assert_eq!(server.client().exchange(b"abc\n"), b"CBA\n");
    server.stop();
}

fn a_link(runtime: &str) {
    let behind = Server::start(runtime, &["--exec", "cat"]);
    let front = Server::start(runtime, &["--connect", behind.address()]);
    assert_same(&front.client().exchange(payload(64 << 20)), payload(64 << 20));
    front.stop();
    behind.stop();
}

fn a_link_to_nobody_is_a_reset(runtime: &str) {
    // Bound and not listening: the port is nobody else's meanwhile.
    let dead = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    dead.bind(&"127.0.0.1:0".parse::<std::net::SocketAddr>().expect("an address").into()).expect("a port");
    let address = dead.local_addr().ok().and_then(|address| address.as_socket()).expect("a port").to_string();
    let server = Server::start(runtime, &["--connect", &address]);
    for lines in 1..=2 {
        assert!(server.client().is_reset(), "nobody there is no end");
        server.log().once(|log| log.matches("refused").count() == lines);
    }
    let direct = finish_with(standpipe(runtime, "connect", &[&address]), b"".as_slice());
    direct.failed(1, "refused");
    server.terminate();
    assert_eq!(server.end().code, Some(0));
}

fn from_a_source_of_our_own(runtime: &str) {
    let server = Server::start(runtime, &["--sh", "echo $REMOTE_ADDR"]);
    let words = ["-4", "--source", "127.0.0.2:0", server.address()];
    assert_eq!(finish_with(standpipe(runtime, "connect", &words), b"".as_slice()).text(), "127.0.0.2\n");
    let none = finish_with(standpipe(runtime, "connect", &["-6", server.address()]), b"".as_slice());
    none.failed(1, "no address of the wanted kind");
    server.stop();
}
