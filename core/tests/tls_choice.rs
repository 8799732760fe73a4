//! A server whose context is chosen by what the client asks for.
#![cfg(any(feature = "ring", feature = "aws-lc-rs"))]

use std::sync::Arc;

use standpipe_core::tls::{
    ClientHello, Context, ContextOptions, Identity, Provider, Roots, Session, Trust, WallClock,
};
use standpipe_core::{Layer, Pool, TlsReason};

#[cfg(feature = "ring")]
const PROVIDER: Provider = Provider::Ring;
#[cfg(not(feature = "ring"))]
const PROVIDER: Provider = Provider::AwsLcRs;

struct Clock;

impl WallClock for Clock {
    fn unix_seconds(&self) -> Option<u64> {
        Some(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs())
    }
}

fn options(alpn: &str) -> ContextOptions {
    ContextOptions { alpn: vec![alpn.into()], ..ContextOptions::new(PROVIDER, Arc::new(Clock)) }
}

/// A server's context with a certificate of this name, which clients with these roots trust from now on.
fn server(name: &str, roots: &mut Roots) -> Context {
    let made = rcgen::generate_simple_self_signed([name.to_string()]).unwrap();
    roots.add_der(made.cert.der().to_vec()).unwrap();
    let identity =
        Identity::from_der(vec![made.cert.der().to_vec()], made.signing_key.serialize_der()).unwrap();
    Context::server(identity, None, options("x")).unwrap()
}

/// Lets `to` read these bytes, at most `cut` at a time.
fn hear(to: &mut Session, mut bytes: &[u8], cut: usize, pool: &mut Pool) {
    while !bytes.is_empty() && to.wants_read() {
        let n = bytes.len().min(cut);
        to.window(pool)[..n].copy_from_slice(&bytes[..n]);
        to.handle_read(n);
        to.settle(pool);
        bytes = &bytes[n..];
    }
}

fn say(from: &mut Session, pool: &mut Pool) -> Vec<u8> {
    let mut said = Vec::new();
    while from.wants_write() {
        said.extend_from_slice(from.pending());
        from.handle_written(from.pending().len());
    }
    from.settle(pool);
    said
}

/// The same message in records of at most so many bytes.
fn in_pieces(records: &[u8], piece: usize) -> Vec<u8> {
    let content = &records[5..];
    assert_eq!(usize::from(u16::from_be_bytes([records[3], records[4]])), content.len(), "one record");
    let record = |piece: &[u8]| [&records[..3], &(piece.len() as u16).to_be_bytes(), piece].concat();
    content.chunks(piece).flat_map(record).collect()
}

#[test]
fn the_name_chooses_however_the_hello_comes() {
    let mut roots = Roots::default();
    let (one, two) = (server("one.example", &mut roots), server("two.example", &mut roots));
    let client = Context::client(Trust::Roots(roots), None, options("x")).unwrap();
    for name in ["one.example", "two.example"] {
        for (piece, cut) in [(usize::MAX, usize::MAX), (usize::MAX, 1), (32, 1), (32, 50), (100, usize::MAX)]
        {
            let mut pool = Pool::default();
            let second = two.clone();
            let choose = move |hello: &ClientHello| {
                assert_eq!(hello.alpn, [b"x"]);
                (hello.server_name.as_deref() == Some("two.example")).then(|| second.clone())
            };
            let mut server = Session::server_choosing(&one, Arc::new(choose)).unwrap();
            let mut client = Session::client(&client, name).unwrap();
            client.start();
            server.start();
            let hello = say(&mut client, &mut pool);
            hear(&mut server, &in_pieces(&hello, piece), cut, &mut pool);
            loop {
                let said = say(&mut server, &mut pool);
                hear(&mut client, &said, cut, &mut pool);
                let answered = say(&mut client, &mut pool);
                hear(&mut server, &answered, cut, &mut pool);
                if said.is_empty() && answered.is_empty() {
                    break;
                }
            }
            assert_eq!((client.fault(), server.fault()), (None, None), "{name} {piece} {cut}");
            assert!(client.may_send() && server.may_send(), "{name} {piece} {cut}");
            assert_eq!(server.negotiated().unwrap().server_name.as_deref(), Some(name));
        }
    }
}

#[test]
fn what_is_no_hello_is_refused_without_a_choice() {
    let mut roots = Roots::default();
    let context = server("one.example", &mut roots);
    for (other, reason) in
        [(&b"GET / HTTP/1.1\r\n\r\n"[..], TlsReason::NotTls), (&[22, 3, 1, 0xff, 0xff], TlsReason::TooLarge)]
    {
        for cut in [1, usize::MAX] {
            let mut pool = Pool::default();
            let choose = |hello: &ClientHello| {
                assert_eq!(*hello, ClientHello::default(), "nothing was asked for");
                None
            };
            let mut session = Session::server_choosing(&context, Arc::new(choose)).unwrap();
            hear(&mut session, other, cut, &mut pool);
            assert_eq!(session.fault().map(|fault| fault.reason()), Some(reason));
            assert!(!say(&mut session, &mut pool).is_empty(), "an alert");
        }
    }
}

#[test]
fn a_choice_of_the_wrong_side_is_our_own_fault() {
    let mut roots = Roots::default();
    let context = server("one.example", &mut roots);
    let client = Context::client(Trust::Roots(roots), None, options("x")).unwrap();
    let mut pool = Pool::default();
    let wrong = client.clone();
    let choose = move |_: &ClientHello| Some(wrong.clone());
    let mut server = Session::server_choosing(&context, Arc::new(choose)).unwrap();
    let mut client = Session::client(&client, "one.example").unwrap();
    client.start();
    let hello = say(&mut client, &mut pool);
    hear(&mut server, &hello, usize::MAX, &mut pool);
    assert_eq!(server.fault().map(|fault| fault.reason()), Some(TlsReason::Own));
    assert!(pool.idle() > 0, "no buffer is kept");
}
