//! Our side of a connection as the tests see it, whatever backend drives it.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::thread;

use smol::io::{AsyncReadExt, AsyncWriteExt};
use standpipe_blocking::dispatch::Security;
use standpipe_blocking::tls::{Context, Session, TlsListener};
use standpipe_blocking::{Command, Exit, Stream};
use standpipe_core::{EofPolicy, Layer, SecuredOptions, TlsFault, TlsReason};
use standpipe_tests::bounded;
use standpipe_tests::client::pattern;
use standpipe_tests::peer::{Certificate, LIMIT, Serving, Talking, asking};
use standpipe_tests::python::Python;

/// What is sent through a peer and back.
pub(crate) const SIZE: usize = 4 << 20;

/// The script of Python's clients and servers.
pub(crate) const PEER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/peer.py");

/// How many bodies a dialogue with `asynchat` has.
pub(crate) const BODIES: usize = 200;

/// Holds a test with each Python that has it, in plain text and with a certificate.
#[track_caller]
pub(crate) fn with_asynchat(test: fn(&Python, Option<&Certificate>)) {
    for python in Python::with_module("asynchat") {
        bounded(move || {
            test(&python, None);
            test(&python, Some(&Certificate::new()));
        });
    }
}

/// Holds a test with each Python that has it.
#[track_caller]
pub(crate) fn with_asyncore(test: fn(&Python)) {
    for python in Python::with_module("asyncore") {
        bounded(move || test(&python));
    }
}

pub(crate) fn payload() -> Vec<u8> {
    pattern(0, SIZE)
}

/// A connection in two hands.
pub(crate) struct Halves {
    pub(crate) reader: Box<dyn Read + Send>,
    pub(crate) writer: Box<dyn Half>,
}

/// The half that is written to.
pub(crate) trait Half: Write + Send {
    fn close_write(&mut self) -> io::Result<()>;
}

impl Halves {
    /// Sends all of this and then the end, and meanwhile reads to the end.
    pub(crate) fn exchange(self, data: &[u8]) -> io::Result<Vec<u8>> {
        let Self { mut reader, mut writer } = self;
        thread::scope(|scope| {
            let sending = scope.spawn(move || writer.write_all(data).and_then(|()| writer.close_write()));
            let mut came = Vec::new();
            let read = reader.read_to_end(&mut came);
            sending.join().expect("no panic")?;
            read.map(|_| came)
        })
    }

    /// Sends this so many times and reads it back each time; only then sends the end, and reads it. For peers that cannot
    /// send while they receive, or take the end for a reason to leave.
    pub(crate) fn exchange_in_turns(self, piece: &[u8], times: usize) -> io::Result<()> {
        let Self { mut reader, mut writer } = self;
        let mut came = vec![0; piece.len()];
        for _ in 0..times {
            writer.write_all(piece)?;
            reader.read_exact(&mut came)?;
            assert_same(&came, piece);
        }
        writer.close_write()?;
        assert_eq!(reader.read(&mut came)?, 0, "it has said the end");
        Ok(())
    }

    /// Reads to the end, and only then sends back what came, and its own end.
    pub(crate) fn answer(self) -> io::Result<()> {
        let Self { mut reader, mut writer } = self;
        let mut came = Vec::new();
        reader.read_to_end(&mut came)?;
        writer.write_all(&came)?;
        writer.close_write()
    }
}

/// The halves of a plain connection are two names of its descriptor.
impl From<Stream> for Halves {
    fn from(mut stream: Stream) -> Self {
        stream.set_timeout(Some(LIMIT));
        let second = stream.as_fd().try_clone_to_owned().expect("there are descriptors");
        let mut writer = Stream::from(TcpStream::from(second));
        writer.set_timeout(Some(LIMIT));
        Self { reader: Box::new(stream), writer: Box::new(writer) }
    }
}

impl Half for Stream {
    fn close_write(&mut self) -> io::Result<()> {
        Self::close_write(self)
    }
}

impl Half for standpipe_blocking::TlsWriter {
    fn close_write(&mut self) -> io::Result<()> {
        Self::close_write(self)
    }
}

/// A stream of futures, each run to its end where it is called.
struct Awaited<S>(S);

impl<S: smol::io::AsyncRead + Unpin> Read for Awaited<S> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        smol::block_on(self.0.read(into))
    }
}

impl<S: smol::io::AsyncWrite + Unpin> Write for Awaited<S> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        smol::block_on(self.0.write(data))
    }

    fn flush(&mut self) -> io::Result<()> {
        smol::block_on(self.0.flush())
    }
}

impl<S: smol::io::AsyncWrite + Unpin + Send> Half for Awaited<S> {
    fn close_write(&mut self) -> io::Result<()> {
        smol::block_on(self.0.close())
    }
}

/// Secures a TCP connection by a session, handshake included.
pub(crate) type Secure = fn(TcpStream, Session) -> io::Result<Halves>;

pub(crate) const BACKENDS: [Secure; 2] = [by_threads, by_futures];

fn by_threads(connection: TcpStream, session: Session) -> io::Result<Halves> {
    let stream = Stream::from(connection);
    let mut stream = standpipe_blocking::TlsStream::new(stream, Box::new(session), SecuredOptions::default());
    stream.set_timeout(Some(LIMIT));
    let (reader, writer) = stream.split()?;
    Ok(Halves { reader: Box::new(reader), writer: Box::new(writer) })
}

fn by_futures(connection: TcpStream, session: Session) -> io::Result<Halves> {
    let stream = standpipe_smol::Stream::new(standpipe_sys::Stream::socket(OwnedFd::from(connection)))?;
    let stream = standpipe_smol::TlsStream::new(stream, Box::new(session), SecuredOptions::default());
    let (reader, writer) = smol::block_on(stream.split())?;
    Ok(Halves { reader: Box::new(Awaited(reader)), writer: Box::new(Awaited(writer)) })
}

/// A secured connection to a server on this machine that is to be called `localhost`.
pub(crate) fn connected(secure: Secure, context: &Context, port: u16) -> io::Result<Halves> {
    connected_to("localhost", secure, context, port)
}

/// The same to one that is to be called so.
pub(crate) fn connected_to(name: &str, secure: Secure, context: &Context, port: u16) -> io::Result<Halves> {
    let session = Session::client(context, name).map_err(io::Error::other)?;
    secure(TcpStream::connect(("127.0.0.1", port))?, session)
}

/// A secured listener at a port of the system's choice.
pub(crate) fn listener(context: Context) -> TlsListener {
    let address = "127.0.0.1:0".parse().expect("an address");
    standpipe_blocking::Listener::bind(&address).expect("a port is free").tls(context)
}

/// Where it listens.
pub(crate) fn port(listener: &TlsListener) -> u16 {
    listener.local().port().expect("TCP has ports")
}

/// What comes of the handshake with the next client, and how that client ends.
pub(crate) fn met(listener: &TlsListener, client: Command) -> (Result<(), Option<TlsReason>>, Exit) {
    let client = thread::spawn(move || asking(client, ""));
    let (mut ours, _) = listener.accept().expect("a client");
    let handshake = ours.handshake().map_err(|error| reason(&error));
    drop(ours.close());
    (handshake, client.join().expect("no panic").exit)
}

/// What a loop's listener shows this certificate by.
pub(crate) fn security(certificate: &Certificate) -> Security {
    let context = certificate.server();
    let layer =
        move || -> Box<dyn Layer> { Box::new(Session::server(&context).expect("a server's context")) };
    Security { layer: Arc::new(layer), eof: EofPolicy::default() }
}

/// Why TLS has failed.
pub(crate) fn reason(error: &io::Error) -> Option<TlsReason> {
    error.get_ref()?.downcast_ref::<TlsFault>().map(TlsFault::reason)
}

/// Holds that two long values are the same, without printing them.
#[track_caller]
pub(crate) fn assert_same(got: &[u8], expected: &[u8]) {
    let difference = got.iter().zip(expected).position(|(one, other)| one != other);
    assert_eq!((got.len(), difference), (expected.len(), None), "the first difference");
}

/// A client that has said something and got an answer is killed: its end is no clean one.
#[track_caller]
pub(crate) fn assert_killed_client_truncates(listener: &TlsListener, mut client: Talking) {
    client.say("half");
    let (mut ours, _) = listener.accept().expect("a client");
    let mut half = [0; 5];
    ours.read_exact(&mut half).expect("it comes");
    // Nothing may lie unread at its side, or the kernel makes a reset of its end.
    ours.write_all(b"seen\n").expect("it is read");
    client.line_with("seen");
    client.kill();
    let end = ours.read(&mut half).expect_err("it has not said that this is all");
    assert_eq!(end.kind(), io::ErrorKind::UnexpectedEof);
}

/// The same of a server that sends back what it gets.
#[track_caller]
pub(crate) fn assert_killed_server_truncates(mut ours: Halves, server: Serving) {
    ours.writer.write_all(b"half\n").expect("it reads");
    let mut half = [0; 5];
    ours.reader.read_exact(&mut half).expect("it comes back");
    server.kill();
    let end = ours.reader.read(&mut half).expect_err("it has not said that this is all");
    assert_eq!(end.kind(), io::ErrorKind::UnexpectedEof);
}
