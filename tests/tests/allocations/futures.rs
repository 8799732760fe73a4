//! What an idle connection of the backend of futures takes, its task and all that its executor and reactor keep for it included.

use std::cell::Cell;
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::sync::Arc;

use smol::LocalExecutor;
use smol::future::yield_now;
use smol::io::AsyncBufReadExt;
use standpipe_core::SecuredOptions;
use standpipe_core::tls::{Context, ContextOptions, Identity, Provider, Session, Trust};
use standpipe_smol::{Stream, TlsStream};
use standpipe_sys::tls::SystemClock;

use super::bytes_held;

const COUNT: usize = 100;

/// A task that waits for something to read.
fn wait(executor: &LocalExecutor<'_>) -> UnixStream {
    let (ours, theirs) = UnixStream::pair().expect("there are descriptors");
    let mut stream = Stream::try_from(ours).expect("it can be watched");
    executor.spawn(async move { stream.fill_buf().await.map(<[u8]>::len) }).detach();
    while executor.try_tick() {}
    theirs
}

#[test]
fn an_idle_connection_of_futures_takes_less_than_1_kib() {
    let executor = LocalExecutor::new();
    let mut peers = Vec::with_capacity(COUNT + 1);
    // The first one makes the reactor.
    peers.push(wait(&executor));
    let before = bytes_held();
    peers.extend((0..COUNT).map(|_| wait(&executor)));
    let each = usize::try_from(bytes_held() - before).unwrap_or_default() / COUNT;
    println!("an idle connection takes {each} bytes");
    assert!(each < 1024, "{each}");
}

/// A side of a connection that agrees and then waits for something to read.
fn agree(executor: &LocalExecutor<'_>, stream: UnixStream, session: Session, agreed: &Rc<Cell<usize>>) {
    let stream = Stream::try_from(stream).expect("it can be watched");
    let mut stream = TlsStream::new(stream, Box::new(session), SecuredOptions::default());
    let agreed = agreed.clone();
    let idle = async move {
        stream.handshake().await.expect("they fit");
        agreed.set(agreed.get() + 1);
        stream.fill_buf().await.map(<[u8]>::len)
    };
    executor.spawn(idle).detach();
}

#[test]
fn an_idle_secured_connection_of_futures_takes_less_than_6_kb() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let options = || ContextOptions::new(Provider::Ring, Arc::new(SystemClock));
    let own = Identity::from_der(vec![made.cert.der().to_vec()], made.signing_key.serialize_der());
    let server = Context::server(own.expect("they fit"), None, options()).expect("a context");
    let client = Context::client(Trust::Anybody, None, options()).expect("a context");
    let executor = LocalExecutor::new();
    let agreed = Rc::new(Cell::new(0));
    let agree_all = |count: usize| {
        for _ in 0..count {
            let (left, right) = UnixStream::pair().expect("there are descriptors");
            let client = Session::client(&client, "localhost").expect("a client's");
            agree(&executor, left, client, &agreed);
            agree(&executor, right, Session::server(&server).expect("a server's"), &agreed);
        }
        let wanted = agreed.get() + 2 * count;
        smol::block_on(executor.run(async {
            while agreed.get() < wanted {
                yield_now().await;
            }
            // What is said after a handshake has come as well.
            for _ in 0..1000 {
                yield_now().await;
            }
        }));
    };
    // The first ones make what is there once.
    agree_all(2);
    let before = bytes_held();
    agree_all(COUNT);
    let each = usize::try_from(bytes_held() - before).unwrap_or_default() / (2 * COUNT);
    println!("an idle side of a secured connection takes {each} bytes");
    assert!(each < 6000, "{each}");
}
