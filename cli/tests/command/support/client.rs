//! A client that does exactly what a test says: [`Client`].

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::LazyLock;
use std::thread;
use std::time::Duration;

use super::LIMIT;

/// 64 MiB that no two places of are alike.
static PAYLOAD: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        // Xorshift: all 64-bit numbers but zero, in an order that looks like chance.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    (0..8 << 20).flat_map(|_| next()).collect()
});

/// The first `n` bytes of what looks like chance.
pub(crate) fn payload(n: usize) -> &'static [u8] {
    &PAYLOAD[..n]
}

/// As `assert_eq`, which would print megabytes.
#[track_caller]
pub(crate) fn assert_same(received: &[u8], sent: &[u8]) {
    let different = received.iter().zip(sent).position(|(received, sent)| received != sent);
    assert!(received == sent, "{} bytes, not {}, different at {different:?}", received.len(), sent.len());
}

/// A wait with a time-out ends early where the machine was frozen meanwhile, even though nothing is handled (signal(7)).
fn uninterrupted<T>(mut wait: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match wait() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            ended => return ended,
        }
    }
}

/// A connection whose every wait is bounded.
pub(crate) struct Client(TcpStream);

impl Client {
    #[track_caller]
    pub(crate) fn of(address: &str) -> Self {
        let stream = TcpStream::connect(address).expect("the server is there");
        stream.set_read_timeout(Some(LIMIT)).expect("a time-out");
        stream.set_write_timeout(Some(LIMIT)).expect("a time-out");
        Self(stream)
    }

    /// Our own side.
    pub(crate) fn local(&self) -> SocketAddr {
        self.0.local_addr().expect("it is connected")
    }

    #[track_caller]
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).expect("the server reads");
    }

    /// Half-close.
    pub(crate) fn finish(&mut self) {
        self.0.shutdown(Shutdown::Write).expect("the connection is open");
    }

    /// Ends the connection by a reset.
    pub(crate) fn reset(self) {
        socket2::SockRef::from(&self.0).set_linger(Some(Duration::ZERO)).expect("a stream can be reset");
    }

    /// So many bytes.
    #[track_caller]
    pub(crate) fn take(&mut self, n: usize) -> Vec<u8> {
        let mut bytes = vec![0; n];
        self.0.read_exact(&mut bytes).expect("the server answers");
        bytes
    }

    /// A line, without its end.
    #[track_caller]
    pub(crate) fn line(&mut self) -> String {
        let bytes = std::iter::repeat_with(|| self.take(1)[0]).take_while(|byte| *byte != b'\n');
        String::from_utf8(bytes.collect()).expect("a line of text")
    }

    /// A line that is a number.
    #[track_caller]
    pub(crate) fn number(&mut self) -> u32 {
        self.line().parse().expect("a number")
    }

    /// All that comes, up to a clean end.
    #[track_caller]
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.0.read_to_end(&mut bytes).expect("a clean end");
        bytes
    }

    /// How the connection ends that was not to come to a clean end.
    #[track_caller]
    pub(crate) fn is_reset(&mut self) -> bool {
        match self.0.read_to_end(&mut Vec::new()) {
            Ok(_) => false,
            Err(error) if error.kind() == ErrorKind::ConnectionReset => true,
            Err(error) => panic!("neither an end nor a reset: {error}"),
        }
    }

    /// Whether something has come by now.
    pub(crate) fn has_something(&self) -> bool {
        self.0.set_nonblocking(true).expect("a socket");
        let has = self.0.peek(&mut [0]).is_ok_and(|n| n > 0);
        self.0.set_nonblocking(false).expect("a socket");
        has
    }

    /// Whether something comes; otherwise the connection ends, one way or the other.
    pub(crate) fn is_answered(&self) -> bool {
        uninterrupted(|| self.0.peek(&mut [0])).is_ok_and(|n| n > 0)
    }

    /// Whether the connection ends, one way or the other, and nothing came.
    pub(crate) fn is_closed(&mut self) -> bool {
        let end = uninterrupted(|| self.0.read(&mut [0]));
        end.map_or_else(|error| error.kind() == ErrorKind::ConnectionReset, |n| n == 0)
    }

    /// Holds that nothing comes for so long. However short that is, it cannot fail a server that is right.
    #[track_caller]
    pub(crate) fn hears_nothing_for(&mut self, wait: Duration) {
        self.0.set_read_timeout(Some(wait)).expect("a time-out");
        let heard = uninterrupted(|| self.0.peek(&mut [0]));
        assert_eq!(heard.map_err(|error| error.kind()), Err(ErrorKind::WouldBlock));
        self.0.set_read_timeout(Some(LIMIT)).expect("a time-out");
    }

    /// Sends all of it and the end while it reads what comes, up to a clean end.
    #[track_caller]
    pub(crate) fn exchange(mut self, bytes: &[u8]) -> Vec<u8> {
        let mut writer = Self(self.0.try_clone().expect("a descriptor"));
        thread::scope(|scope| {
            scope.spawn(move || {
                writer.send(bytes);
                writer.finish();
            });
            self.rest()
        })
    }
}
