//! A stream that is read from one pipe and written to another, as to a child.

mod limited;

use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::thread;

use futures_lite::{AsyncReadExt, AsyncWriteExt, future};
use standpipe_core::flow::{Relay, RelayOptions};
use standpipe_smol::{Stream, Waiter};
use standpipe_sys::{Ends, fd};

use limited::within_limit;

/// More than a pipe holds.
const MUCH: usize = 1 << 20;

/// Our side, and what is read from and written to at the other.
fn pair() -> (standpipe_sys::Stream, std::fs::File, std::fs::File) {
    let pipe = || fd::pipe().expect("a pipe can be made");
    let file = |fd: OwnedFd| std::fs::File::from(fd);
    let ((to_read, written), (read, to_write)) = (pipe(), pipe());
    let ours = |fd| standpipe_sys::Stream::pipe(fd).expect("it is a pipe");
    (standpipe_sys::Stream::pair(ours(to_read), ours(to_write)), file(read), file(written))
}

/// Returns all that comes, and ends when that does.
fn echo(
    mut read: impl Read + Send + 'static,
    mut write: impl Write + Send + 'static,
) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        io::copy(&mut read, &mut write).expect("both are open");
    })
}

#[test]
fn a_pair_is_read_and_written_at_once_and_half_closed() {
    let (ours, read, write) = pair();
    let echo = echo(read, write);
    let stream = Stream::new(ours).expect("it can be watched");
    let (mut reader, mut writer) = futures_lite::io::split(stream);
    let mut returned = Vec::new();
    let sent = vec![7; MUCH];
    within_limit(future::try_zip(
        async {
            writer.write_all(&sent).await?;
            writer.close().await
        },
        reader.read_to_end(&mut returned),
    ))
    .expect("nobody is gone");
    assert_eq!(returned, sent);
    echo.join().expect("no panic");
}

#[test]
fn a_machine_half_closes_a_pair() {
    let (ours, mut read, mut write) = pair();
    let peer = thread::spawn(move || {
        let sending = thread::spawn(move || write.write_all(&[7; MUCH]).expect("it is open"));
        let mut returned = Vec::new();
        read.read_to_end(&mut returned).expect("it is open");
        sending.join().expect("no panic");
        returned
    });
    let mut relay = Relay::echo(RelayOptions::default());
    let mut ends = Ends::default().with(Relay::CLIENT, ours);
    let mut waiter = Waiter::default();
    within_limit(async {
        while relay.report().is_none() {
            waiter.run(&mut relay, &mut ends).await.expect("it can be watched");
            while relay.next_event().is_some() {}
        }
    });
    assert_eq!(peer.join().expect("no panic").len(), MUCH);
}
