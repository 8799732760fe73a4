//! Plain text again on a connection that had TLS, with Python's `unwrap` at the other end.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rcgen::generate_simple_self_signed;
use standpipe_core::tls::{Context, ContextOptions, Greeting, Identity, Provider};
use standpipe_core::{
    BUDGET, Done, Duty, Handshake, Io, Layer, Lend, Machine, Moment, Outcome, Pending, Pool, Port, Progress,
    Unwrap, Window, advance,
};
use standpipe_sys::tls::SystemClock;
use standpipe_tests::python::Python;

/// The bound of every wait, reached only by a test that fails.
const LONG: Duration = Duration::from_secs(60);

const CLIENT: &str = r"
import socket, ssl, sys
bare = socket.create_connection(('127.0.0.1', int(sys.argv[1])), 60)
context = ssl.SSLContext(ssl.PROTOCOL_SSLv23)
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
if sys.argv[2] == 'old':
    context.options |= getattr(ssl, 'OP_NO_TLSv1_3', 0)
secured = context.wrap_socket(bare)
secured.sendall(b'over TLS')
assert secured.recv(100) == b'heard'
bare = secured.unwrap()
bare.sendall(b'in plain text')
assert bare.recv(100) == b'read'
print('parted')
";

/// A socket whose calls wait.
struct Waiting {
    stream: TcpStream,
    pool: Pool,
}

impl Lend for Waiting {
    fn take(&mut self) -> Box<[u8]> {
        self.pool.take()
    }

    fn give(&mut self, buffer: Box<[u8]>) {
        self.pool.give(buffer);
    }
}

impl Io for Waiting {
    fn try_read(&mut self, _: Port, window: Window<'_>) -> Outcome {
        let Window::Slice(window) = window else { panic!("a connection's window is a slice") };
        match self.stream.read(window) {
            Ok(0) => Outcome::Eof,
            Ok(n) => Outcome::Ready(n),
            Err(error) if error.kind() == ErrorKind::Interrupted => Outcome::Blocked,
            Err(error) => panic!("the client is there: {error}"),
        }
    }

    fn try_write(&mut self, _: Port, pending: Pending<'_>) -> Outcome {
        let Pending::Slice(bytes) = pending else { panic!("what is sealed lies in one piece") };
        Outcome::Ready(self.stream.write(bytes).expect("the client is there"))
    }

    fn try_duty(&mut self, _: Port, duty: Duty) -> Done {
        panic!("{duty:?} is none of theirs")
    }
}

/// Runs it to its next event or its end.
fn run(machine: &mut impl Machine, io: &mut Waiting) -> Progress {
    loop {
        match advance(machine, io, Moment::ORIGIN, BUDGET) {
            Progress::Blocked(_) | Progress::Budget => {}
            progress => return progress,
        }
    }
}

fn context() -> Context {
    let made = generate_simple_self_signed(["localhost".into()]).expect("a certificate");
    let key = made.signing_key.serialize_pem();
    let identity = Identity::from_pem(made.cert.pem().as_bytes(), key.as_bytes()).expect("it can be read");
    let options = ContextOptions::new(Provider::Ring, Arc::new(SystemClock));
    Context::server(identity, None, options).expect("it fits")
}

fn serve(stream: TcpStream) {
    stream.set_read_timeout(Some(LONG)).expect("a bound");
    let mut io = Waiting { stream, pool: Pool::default() };

    let mut greeting = Greeting::new();
    assert_eq!(run(&mut greeting, &mut io), Progress::Done);
    let session = greeting.finish().expect("a hello").session(&context()).expect("a server's context");

    let mut handshake = Handshake::new(Box::new(session.keeping_left_over()));
    assert_eq!(run(&mut handshake, &mut io), Progress::Done);
    let mut layer = handshake.finish().expect("they come to terms");

    assert_eq!(read(&mut *layer, &mut io), b"over TLS");
    assert_eq!(layer.seal(b"heard", &mut io), 5);
    write(&mut *layer, &mut io);

    let mut unwrap = Unwrap::new(layer);
    assert_eq!(run(&mut unwrap, &mut io), Progress::Done);
    let mut plain = unwrap.finish().expect("both have said close_notify");
    while plain.len() < 13 {
        let mut more = [0; 100];
        let n = io.stream.read(&mut more).expect("the client is there");
        assert_ne!(n, 0);
        plain.extend_from_slice(&more[..n]);
    }
    assert_eq!(plain, b"in plain text");
    io.stream.write_all(b"read").expect("the client is there");
}

fn read(layer: &mut dyn Layer, io: &mut Waiting) -> Vec<u8> {
    while layer.plain().is_empty() {
        let window = layer.window(&mut io.pool);
        let n = io.stream.read(window).expect("the client is there");
        assert_ne!(n, 0);
        layer.handle_read(n);
        write(layer, io);
    }
    let data = layer.plain().to_vec();
    layer.consume(data.len());
    data
}

fn write(layer: &mut dyn Layer, io: &mut Waiting) {
    while layer.wants_write() {
        let n = io.stream.write(layer.pending()).expect("the client is there");
        layer.handle_written(n);
    }
    layer.settle(&mut io.pool);
}

#[test]
fn plain_text_follows_tls_with_python() {
    for python in Python::with_module("ssl") {
        for version in ["new", "old"] {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
            let port = listener.local_addr().expect("it is bound").port().to_string();
            let served = std::thread::spawn(move || serve(listener.accept().expect("a client").0));
            assert_eq!(python.run(&["-c", CLIENT, &port, version]), ["parted"]);
            served.join().expect("all of it was as it should be");
        }
    }
}
