//! An echo server's loop inside of a loop that is the program's own, which answers datagrams beside it.
//!
//! `cargo run --example inside_mio 127.0.0.1:8007`, then `nc 127.0.0.1 8007`, and `nc -u 127.0.0.1 8007`.

use std::io;
use std::time::Duration;

use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token};
use standpipe_mio::dispatch::{Channel, Dispatcher, Loop};

const STREAMS: Token = Token(0);
const DATAGRAMS: Token = Token(1);

struct Echo;

impl Dispatcher for Echo {
    fn handle_read(&mut self, channel: &mut Channel<'_>, data: &[u8]) -> io::Result<()> {
        channel.push(data)
    }
}

/// Runs both until the loop of streams has come to its end.
fn run(mut event_loop: Loop<'_>, mut datagrams: UdpSocket) -> io::Result<()> {
    let (mut poll, mut events) = (Poll::new()?, Events::with_capacity(64));
    poll.registry().register(event_loop.waiting(), STREAMS, Interest::READABLE)?;
    poll.registry().register(&mut datagrams, DATAGRAMS, Interest::READABLE)?;
    while !event_loop.is_empty() {
        match poll.poll(&mut events, event_loop.timeout()) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            result => result?,
        }
        if events.iter().any(|event| event.token() == DATAGRAMS) {
            answer(&datagrams)?;
        }
        // One that has nothing to do costs one system call.
        event_loop.run_once(Some(Duration::ZERO))?;
    }
    Ok(())
}

fn answer(socket: &UdpSocket) -> io::Result<()> {
    let mut datagram = [0; 1 << 16];
    loop {
        match socket.recv_from(&mut datagram) {
            Ok((n, peer)) => drop(socket.send_to(&datagram[..n], peer)?),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8007".into());
    let mut event_loop = Loop::new()?;
    event_loop.listen(&address.parse()?, |_| Echo)?;
    Ok(run(event_loop, UdpSocket::bind(address.parse()?)?)?)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{Shutdown, TcpStream, UdpSocket as Plain};
    use std::time::Duration;

    use super::{Echo, Loop, UdpSocket, run};

    const LIMIT: Option<Duration> = Some(Duration::from_secs(60));

    #[test]
    fn both_are_answered() {
        let mut event_loop = Loop::new().expect("there are descriptors");
        let listener = event_loop.listen(&"127.0.0.1:0".parse().expect("an address"), |_| Echo);
        let streams = event_loop.local(listener.expect("a port is free")).expect("it listens").to_string();
        let datagrams = UdpSocket::bind("127.0.0.1:0".parse().expect("an address")).expect("a port is free");
        let address = datagrams.local_addr().expect("it is bound");
        let waker = event_loop.waker();
        let client = std::thread::spawn(move || {
            let mut text = String::new();
            let mut stream = TcpStream::connect(streams).expect("it listens");
            stream.set_read_timeout(LIMIT).expect("a socket");
            stream.write_all(b"hello").expect("it is open");
            stream.shutdown(Shutdown::Write).expect("it is open");
            stream.read_to_string(&mut text).expect("a clean end");
            let socket = Plain::bind("127.0.0.1:0").expect("a port is free");
            socket.set_read_timeout(LIMIT).expect("a socket");
            socket.send_to(b"datagram", address).expect("it is bound");
            let mut datagram = [0; 16];
            let n = socket.recv(&mut datagram).expect("it is answered");
            waker.stop();
            (text, datagram[..n].to_vec())
        });
        run(event_loop, datagrams).expect("it can wait");
        assert_eq!(client.join().expect("no panic"), ("hello".to_string(), b"datagram".to_vec()));
    }
}
