//! Streams that are always ready, on an executor of one thread.

use std::cell::Cell;
use std::io;
use std::rc::Rc;

use futures_lite::io::{AsyncReadExt, copy, sink};
use futures_lite::{AsyncBufReadExt, AsyncWriteExt, future};
use smol::LocalExecutor;
use standpipe_smol::{Listener, connect};

use crate::support::{tcp, tls, unix, within_limit};

/// Runs it beside a task that says that it was enough, once it has had its turn three times.
fn beside(run: impl AsyncFnOnce(Rc<Cell<bool>>)) {
    let executor = LocalExecutor::new();
    let enough = Rc::new(Cell::new(false));
    let told = enough.clone();
    let other = executor.spawn(async move {
        for _ in 0..3 {
            future::yield_now().await;
        }
        told.set(true);
    });
    within_limit(executor.run(async {
        run(enough).await;
        other.await;
    }));
}

/// Until it was enough, which a task that never yields never learns.
fn turns(enough: &Cell<bool>) -> impl Iterator<Item = ()> + '_ {
    let mut left = 100_000;
    std::iter::from_fn(move || {
        left -= 1;
        assert!(left > 0, "it never yields");
        (!enough.get()).then_some(())
    })
}

#[test]
fn a_read_of_what_is_always_ready_yields() {
    let (left, right) = unix();
    let (mut writer, mut reader) = (left, right);
    beside(async move |enough| {
        let mut chunk = [7; 16];
        for _ in turns(&enough) {
            writer.write_all(&chunk).await.expect("it is read");
            reader.read_exact(&mut chunk).await.expect("it was written");
        }
    });
}

#[test]
fn a_look_into_a_buffer_that_is_always_full_yields() {
    let (mut writer, mut reader) = unix();
    beside(async move |enough| {
        for _ in turns(&enough) {
            writer.write_all(b"7").await.expect("it is read");
            assert_eq!(reader.fill_buf().await.expect("it was written"), b"7");
            reader.consume(1);
        }
    });
}

#[test]
fn a_secured_stream_that_is_always_ready_yields() {
    let (mut writer, mut reader) = tls(tcp());
    beside(async move |enough| {
        let both = future::try_zip(writer.handshake(), reader.handshake()).await;
        both.expect("they fit");
        let mut chunk = [7; 16];
        for _ in turns(&enough) {
            writer.write_all(&chunk).await.expect("it is read");
            reader.read_exact(&mut chunk).await.expect("it was written");
        }
    });
}

/// What one thread has written before is copied at once but for the budget.
#[test]
fn a_copy_yields() {
    let (mut writer, reader) = unix();
    let feeder = std::thread::spawn(move || {
        within_limit(async {
            let chunk = vec![7; 64 << 10];
            for _ in 0..4096 {
                if writer.write_all(&chunk).await.is_err() {
                    return;
                }
            }
        });
    });
    beside(async move |enough| {
        let told = async {
            while !enough.get() {
                future::yield_now().await;
            }
            Ok::<_, io::Error>(0)
        };
        future::or(copy(reader, sink()), told).await.expect("it goes on");
        assert!(enough.get(), "it never yields");
    });
    feeder.join().expect("no panic");
}

/// Whoever connects without end keeps nobody from his turn.
#[test]
fn a_listener_yields() {
    let listener = Listener::bind(&"127.0.0.1:0".parse().expect("an address")).expect("a port is free");
    let address = listener.local().to_string().parse().expect("an address");
    beside(async move |enough| {
        for _ in turns(&enough) {
            let (client, server) =
                future::try_zip(connect(&address), listener.accept()).await.expect("both go on");
            drop((client, server));
        }
    });
}
