//! As own_loop, over TLS. Give it an address, a certificate and a key, and try `openssl s_client -connect`.
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use standpipe_core::chat::{Chat, ChatEvent, ChatOptions, Terminator};
use standpipe_core::tls::{Context, ContextOptions, Identity, Provider, Session, WallClock};
use standpipe_core::*;

/// Core reads no clock, not even for the dates of certificates.
struct SystemClock;
impl WallClock for SystemClock {
    fn unix_seconds(&self) -> Option<u64> {
        SystemTime::UNIX_EPOCH.elapsed().ok().map(|since| since.as_secs())
    }
}

/// What a connection can do in a turn.
struct Turn<'a>(&'a TcpStream, &'a mut Pool);
impl Lend for Turn<'_> {
    fn take(&mut self) -> Box<[u8]> {
        self.1.take()
    }
    fn give(&mut self, buffer: Box<[u8]>) {
        self.1.give(buffer);
    }
}
impl Io for Turn<'_> {
    fn try_read(&mut self, _: Port, window: Window<'_>) -> Outcome {
        let Window::Slice(room) = window else { unreachable!("a chat reads into slices") };
        outcome(self.0.read(room), Outcome::Eof)
    }
    fn try_write(&mut self, _: Port, pending: Pending<'_>) -> Outcome {
        let Pending::Slice(bytes) = pending else { unreachable!("what TLS has sealed is a slice") };
        outcome(self.0.write(bytes), Outcome::Blocked)
    }
    fn try_duty(&mut self, _: Port, duty: Duty) -> Done {
        let way = if duty == Duty::CloseWrite { Shutdown::Write } else { Shutdown::Both };
        self.0.shutdown(way).ok(); // a peer that is gone has nothing left to be told
        Done::Ok(0)
    }
}

fn outcome(result: io::Result<usize>, nothing: Outcome) -> Outcome {
    match result {
        Ok(0) => nothing,
        Ok(n) => Outcome::Ready(n),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Outcome::Blocked,
        Err(error) => Outcome::Failed(Fault::new(FaultKind::Other, error.raw_os_error().unwrap_or(0))),
    }
}

/// Does what can be done now, and says what to wait for; `None` at the end.
fn turn(stream: &TcpStream, chat: &mut Chat, now: Moment, pool: &mut Pool) -> Option<Blocked> {
    loop {
        match advance(chat, &mut Turn(stream, pool), now, BUDGET) {
            Progress::Blocked(what) => return Some(what),
            Progress::Done => return None,
            Progress::Events | Progress::Budget => {}
        }
        if let Some((ChatEvent::Message(message), mut chat)) = chat.next_event() {
            chat.push(&[b"you said ", message.bytes, b"\n"].concat()).ok();
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the driver, who has a clock")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("usage: own_loop_tls ADDRESS CERTIFICATE KEY");
    let listener = TcpListener::bind(next()?)?;
    let identity = Identity::from_pem(&std::fs::read(next()?)?, &std::fs::read(next()?)?)?;
    let options = ContextOptions::new(Provider::Ring, Arc::new(SystemClock));
    let context = Context::server(identity, None, options)?;
    listener.set_nonblocking(true)?;
    println!("listening on {}", listener.local_addr()?);
    let (start, mut pool, mut all) = (Instant::now(), Pool::default(), Vec::<(TcpStream, Chat)>::new());
    loop {
        let (now, mut waits) = (Moment::ORIGIN + start.elapsed(), Vec::new());
        all.retain_mut(|(it, chat)| turn(it, chat, now, &mut pool).map(|what| waits.push(what)).is_some());
        let wake = waits.iter().filter_map(|what| what.wake).map(|wake| wake.at.since(now)).min();
        let mut fds = vec![PollFd::new(&listener, PollFlags::IN)];
        for ((stream, _), what) in all.iter().zip(&waits) {
            let read = if what.read.is_empty() { PollFlags::empty() } else { PollFlags::IN };
            let write = if what.write.is_empty() { PollFlags::empty() } else { PollFlags::OUT };
            fds.extend((!(read | write).is_empty()).then(|| PollFd::new(stream, read | write)));
        }
        poll(&mut fds, wake.map(Timespec::try_from).transpose()?.as_ref())?;
        while let Ok((stream, _)) = listener.accept() {
            stream.set_nonblocking(true)?;
            let session = Box::new(Session::server(&context)?);
            all.push((stream, Chat::layered(session, Terminator::LF, ChatOptions::default())));
        }
    }
}
