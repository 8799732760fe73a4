//! The examples that are about sockets, as programs.

use std::env;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::time::Duration;

use standpipe_blocking::Command;
use standpipe_blocking::socket::Socket;

/// Long enough for a slow machine; only there to catch a hang.
const LIMIT: Duration = Duration::from_secs(60);

/// Cargo builds the examples of a package before its tests run, beside them.
fn example(name: &str) -> PathBuf {
    let test = env::current_exe().expect("it runs");
    test.ancestors().nth(2).expect("target/debug").join("examples").join(name)
}

fn text(command: Command) -> (bool, String, String) {
    let output = command.output().expect("it was built");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.exit.success(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn sockets_that_are_handed_over_are_served_by_their_names() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("admin");
    let web = TcpListener::bind("127.0.0.1:0").expect("it is free");
    let admin = UnixListener::bind(&path).expect("it is free");
    let address = web.local_addr().expect("it has one");
    // They wait to be accepted, and the kernel keeps what they send.
    let client = Socket::from(TcpStream::connect(address).expect("it listens"));
    let other = Socket::from(UnixStream::connect(&path).expect("it listens"));
    for client in [&client, &other] {
        client.send_all(b"hello").expect("there is room");
        client.shutdown(Shutdown::Write).expect("it is connected");
    }
    let sockets = [("web", Socket::from(web)), ("admin", Socket::from(admin))];
    let command = Command::listen_fds(example("socket_activated"), sockets).expect("good names");
    let (success, out, err) = text(command.timeout(LIMIT));
    // What was taken is not there a second time.
    assert_eq!(out, format!("web {address}\nadmin unix:{}\nagain: 0\n", path.display()), "{err}");
    assert!(success);
    for client in [client, other] {
        assert_eq!(client.reader().read_to_end().expect("it was answered"), b"hello");
    }
}

#[test]
fn what_was_not_handed_over_right_is_told() {
    let run = |pid: &str, rest: &str| {
        let line = format!("LISTEN_PID={pid} {rest} exec \"$0\"");
        text(Command::shell(line).arg(example("socket_activated")).timeout(LIMIT))
    };
    let (success, out, _) = run("1", "LISTEN_FDS=1");
    assert!(success && out == "again: 0\n", "they are for another process: {out}");
    for (rest, told) in [("LISTEN_FDS=x", "Number"), ("LISTEN_FDS=2 LISTEN_FDNAMES=a", "Names")] {
        let (success, _, err) = run("$$", rest);
        assert!(!success && err.contains(told), "{err}");
    }
    let (success, _, err) = run("$$", "LISTEN_FDS=1");
    assert!(!success && err.contains("Descriptor { number: 3"), "{err}");
}
