//! A server that lets each address have one connection, on every backend.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use standpipe_core::flow::RelayOptions;
use standpipe_core::signal::Signal;
use standpipe_core::socket::ListenOptions;
use standpipe_sys::socket::bind;
use standpipe_sys::{Control, Front, ServerEvent, Service, Work, control_pipe};

/// Only to catch a hang.
const LONG: Duration = Duration::from_secs(60);

fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port))).expect("somebody listens");
    stream.set_read_timeout(Some(LONG)).expect("it can be set");
    stream
}

/// Whether the server answers; if not, it has closed the connection.
fn is_served(mut stream: &TcpStream) -> bool {
    let mut answer = [0];
    let _ = stream.write_all(b"x");
    match stream.read(&mut answer) {
        Ok(n) => n == 1,
        Err(error) => {
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
            false
        }
    }
}

fn leave(mut stream: TcpStream) {
    stream.shutdown(Shutdown::Write).expect("it is connected");
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).expect("the server ends as well");
}

fn visit(port: u16, control: &Control) {
    let first = connect(port);
    assert!(is_served(&first));
    for _ in 0..3 {
        assert!(!is_served(&connect(port)), "the address has its connection");
        assert!(is_served(&first), "and keeps it");
    }
    leave(first);
    // Whoever has left is counted until the server has seen the end of it.
    assert!((0..10_000).any(|_| is_served(&connect(port))), "there is room again");
    control.ask(Signal::TERM);
}

fn run(serve: impl FnOnce(Front<'_>) -> std::io::Result<()>) {
    let bound = bind(&"127.0.0.1:0".parse().expect("an address")).expect("a port is free");
    let port = bound.local().port().expect("it has one");
    let (control, ask) = control_pipe().expect("a pipe can be made");
    let crowded = Mutex::new(0);
    let log = |event| {
        if let ServerEvent::Crowded(peer) = event {
            assert_eq!(peer.ip(), Some([127, 0, 0, 1].into()));
            *crowded.lock().expect("no panic") += 1;
        }
    };
    let options = ListenOptions { max_per_address: 1, ..ListenOptions::default() };
    let front = Front::new(bound, Service::new(Work::Echo, RelayOptions::default()), options, control, log);
    thread::scope(|scope| {
        let visits = scope.spawn(|| visit(port, &ask));
        serve(front).expect("a server runs to its end");
        visits.join().expect("a client does not panic");
    });
    assert!(*crowded.lock().expect("no panic") >= 3);
}

#[test]
fn a_second_connection_is_closed_at_once_blocking() {
    run(standpipe_blocking::serve);
}

#[test]
fn a_second_connection_is_closed_at_once_mio() {
    run(standpipe_mio::serve);
}

#[test]
fn a_second_connection_is_closed_at_once_smol() {
    let executor = smol::Executor::new();
    run(|front| smol::block_on(executor.run(standpipe_smol::serve(front, &executor))));
}
