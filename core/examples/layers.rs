//! Two sides of a TLS connection in memory, as layers: no socket, no thread, and no clock but the one that is given.

use std::sync::Arc;

use standpipe_core::tls::{
    Context, ContextOptions, Identity, Provider, Roots, Session, Trust, Version, WallClock,
};
use standpipe_core::{Layer, PeerEnd, Pool};

/// The system's clock, for the dates of certificates.
struct Now;

impl WallClock for Now {
    fn unix_seconds(&self) -> Option<u64> {
        std::time::UNIX_EPOCH.elapsed().ok().map(|since| since.as_secs())
    }
}

fn options() -> ContextOptions {
    let alpn = vec![b"echo".to_vec()];
    ContextOptions { oldest: Version::Tls13, alpn, ..ContextOptions::new(Provider::Ring, Arc::new(Now)) }
}

/// A client that trusts a server, and the server.
fn sides() -> (Session, Session) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_string()]).expect("a certificate");
    let (chain, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let identity = Identity::from_pem(chain.as_bytes(), key.as_bytes()).expect("a pair");
    let mut roots = Roots::default();
    roots.add_pem(chain.as_bytes()).expect("a certificate");
    let server = Context::server(identity, None, options()).expect("a pair that fits");
    let client = Context::client(Trust::Roots(roots), None, options()).expect("a version that is spoken");
    (Session::client(&client, "localhost").expect("a name"), Session::server(&server).expect("a server's"))
}

/// Carries what one side has to say to the other, as a socket would.
fn carry(from: &mut dyn Layer, to: &mut dyn Layer, pool: &mut Pool) {
    while from.wants_write() && to.wants_read() {
        let window = to.window(pool);
        let n = from.pending().len().min(window.len());
        window[..n].copy_from_slice(&from.pending()[..n]);
        to.handle_read(n);
        from.handle_written(n);
    }
    from.settle(pool);
    to.settle(pool);
}

fn main() {
    let ((mut client, mut server), mut pool) = (sides(), Pool::default());
    client.start();
    // What was read before the layer was there, as where a connection is upgraded, is its own.
    let hello = client.pending().to_vec();
    client.handle_written(hello.len());
    server.handle_early(hello);
    while !(client.may_send() && server.may_send()) {
        carry(&mut client, &mut server, &mut pool);
        carry(&mut server, &mut client, &mut pool);
    }
    let agreed = server.negotiated().expect("the handshake is over");
    assert_eq!((agreed.version, agreed.alpn.as_deref()), ("TLSv1.3", Some(&b"echo"[..])));

    assert_eq!(client.seal(b"hello", &mut pool), 5);
    client.close_notify(&mut pool);
    assert!(client.has_said_close());
    carry(&mut client, &mut server, &mut pool);
    assert_eq!(server.plain(), b"hello");
    server.consume(5);
    assert_eq!((server.peer_end(), server.fault()), (Some(PeerEnd::CloseNotify), None));
    assert_eq!(server.take_left_over(), b"", "nothing was sent behind it");

    // What is taken out can be read into or written without holding on to the layer, in another thread for instance.
    assert_eq!(server.seal(b"you too", &mut pool), 7);
    let mut out = server.take_pending().expect("something to say");
    let mut window = client.take_window(&mut pool);
    let n = out.bytes().len();
    window.room()[..n].copy_from_slice(out.bytes());
    assert!(client.give_window(window, n).is_none(), "the answer lies in it");
    out.skip(n);
    server.give_pending(out);
    assert_eq!(client.plain(), b"you too");

    client.handle_eof();
    assert_eq!(client.peer_end(), Some(PeerEnd::Truncated), "the server has not said that this is all");
    client.handle_closed();
}
