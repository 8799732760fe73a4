//! The answer that comes after the other side's half-close is lost.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use standpipe_blocking::{Command, Exit, connect};
use standpipe_tests::bounded;
use standpipe_tests::peer::{asking, is_missing};

/// Both ask the same server and half-close. It answers when the one has given up, and reported success; the other is still
/// there.
#[test]
fn socat_gives_up_and_we_wait() {
    if is_missing("socat") {
        return;
    }
    bounded(|| {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it is bound").to_string();
        let ours = address.parse().expect("an address");
        let waiting = thread::spawn(move || {
            let mut ours = connect(&ours).expect("it listens");
            ours.write_all(b"question").expect("it is read");
            ours.close_write().expect("it is there");
            let mut answer = String::new();
            ours.read_to_string(&mut answer).expect("a clean end");
            answer
        });
        let mut ours = question(&listener);

        let socat = Command::new("socat").args(["-", &format!("TCP:{address}")]);
        let socat = thread::spawn(move || asking(socat, "question"));
        let mut theirs = question(&listener);
        let gave_up = socat.join().expect("no panic");
        assert_eq!((gave_up.exit, gave_up.stdout.len()), (Exit::Code(0), 0));

        // Nobody is there to read it; whether that is an error is a matter of time.
        let _lost = theirs.write_all(b"late");
        ours.write_all(b"late").expect("it is read");
        drop(ours);
        assert_eq!(waiting.join().expect("no panic"), "late");
    });
}

/// The next client, once it has asked and half-closed.
fn question(listener: &TcpListener) -> std::net::TcpStream {
    let (mut client, _) = listener.accept().expect("a client");
    let mut text = String::new();
    client.read_to_string(&mut text).expect("it half-closes");
    assert_eq!(text, "question");
    client
}
