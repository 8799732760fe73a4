//! Connections, contexts, and the limit of every wait.

use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use futures_lite::future;
use standpipe_smol::tls::{Context, ContextOptions, Identity, Provider, Roots, SystemClock, Trust};
use standpipe_smol::{Stream, TlsStream};

/// Only to catch a hang.
const LIMIT: Duration = Duration::from_secs(60);

/// What both sides of TLS are.
pub(crate) struct Made {
    pub(crate) client: Context,
    pub(crate) server: Context,
}

pub(crate) static MADE: LazyLock<Made> = LazyLock::new(|| {
    let made = rcgen::generate_simple_self_signed(["localhost".to_string()]).expect("a certificate");
    let chain = vec![made.cert.der().to_vec()];
    let identity = Identity::from_der(chain, made.signing_key.serialize_der()).expect("they fit");
    let mut roots = Roots::default();
    roots.add_der(made.cert.der().to_vec()).expect("it can be trusted");
    Made {
        client: Context::client(Trust::Roots(roots), None, options()).expect("a context"),
        server: Context::server(identity, None, options()).expect("a context"),
    }
});

fn options() -> ContextOptions {
    #[cfg(feature = "ring")]
    let provider = Provider::Ring;
    #[cfg(not(feature = "ring"))]
    let provider = Provider::AwsLcRs;
    ContextOptions::new(provider, Arc::new(SystemClock))
}

/// Fails where it takes too long.
pub(crate) async fn bounded<T>(run: impl Future<Output = T>) -> T {
    let hang = async {
        async_io::Timer::after(LIMIT).await;
        panic!("it hangs")
    };
    future::or(run, hang).await
}

pub(crate) fn within_limit<T>(run: impl Future<Output = T>) -> T {
    future::block_on(bounded(run))
}

pub(crate) fn unix() -> (Stream, Stream) {
    let (left, right) = UnixStream::pair().expect("there are descriptors");
    (left.try_into().expect("it can be watched"), right.try_into().expect("it can be watched"))
}

pub(crate) fn tcp() -> (Stream, Stream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let client = TcpStream::connect(listener.local_addr().expect("bound")).expect("it listens");
    let server = listener.accept().expect("it was connected to").0;
    (client.try_into().expect("it can be watched"), server.try_into().expect("it can be watched"))
}

/// Two pipes as one connection.
pub(crate) fn pipes() -> (Stream, Stream) {
    let pipe = || {
        let (read, write) = std::io::pipe().expect("there are descriptors");
        let end = |fd| standpipe_sys::Stream::pipe(fd).expect("it is a pipe");
        (end(read.into()), end(write.into()))
    };
    let ((our_read, their_write), (their_read, our_write)) = (pipe(), pipe());
    let pair =
        |read, write| Stream::new(standpipe_sys::Stream::pair(read, write)).expect("it can be watched");
    (pair(our_read, our_write), pair(their_read, their_write))
}

pub(crate) fn tls((client, server): (Stream, Stream)) -> (TlsStream, TlsStream) {
    let client = client.tls(&MADE.client, "localhost").expect("a client's");
    (client, server.tls_server(&MADE.server).expect("a server's"))
}

/// Bytes of which no two pieces are alike.
pub(crate) fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|index| (index % 251) as u8 ^ (index / 251 % 241) as u8).collect()
}
