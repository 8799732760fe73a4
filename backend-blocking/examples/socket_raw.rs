//! An echo server and its client without any transport: raw IPv4, as the protocol that is kept for experiments (RFC 3692). It takes
//! root, or CAP_NET_RAW.
//!
//! `cargo run --example socket_raw -- serve 127.0.0.2`, and `-- say 127.0.0.2 TEXT`.

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use standpipe_blocking::socket::{
    Family, Socket, SocketAddress, SocketError, TimeoutMode, constants::SOCK_RAW,
};

/// Kept for experiments; nothing is lost by the number that it shares with nobody.
const EXPERIMENT: i32 = 253;

/// Nothing answers where there is no server.
const PATIENCE: TimeoutMode = TimeoutMode::Timed(Duration::from_secs(60));

/// A raw socket that gets what is sent to this host, in that protocol, and sends from it.
fn open(host: Ipv4Addr) -> Result<Socket, SocketError> {
    let mut socket = Socket::new(Family::INET, SOCK_RAW, EXPERIMENT)?;
    socket.bind(&at(host))?;
    socket.set_timeout(PATIENCE);
    Ok(socket)
}

/// There are no ports below a transport.
fn at(host: Ipv4Addr) -> SocketAddress {
    SocketAddress::Inet(SocketAddrV4::new(host, 0))
}

/// The payload of the next packet, and who sent it. The header comes with it (raw(7)), and says itself how long it is.
fn receive(socket: &Socket) -> Result<(Vec<u8>, SocketAddress), Box<dyn Error>> {
    let mut packet = vec![0; 1 << 16];
    let (received, from) = socket.recv_from(&mut packet)?;
    packet.truncate(received.len());
    let header = packet.first().map_or(0, |first| usize::from(first & 15) * 4);
    let payload = packet.get(header..).ok_or("a packet shorter than its header")?.to_vec();
    Ok((payload, from.ok_or("a packet from nobody")?))
}

fn serve_one(server: &Socket) -> Result<usize, Box<dyn Error>> {
    let (payload, from) = receive(server)?;
    Ok(server.send_to(&payload, &from)?)
}

fn say(to: Ipv4Addr, text: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let client = open(Ipv4Addr::LOCALHOST)?;
    client.send_to(text, &at(to))?;
    Ok(receive(&client)?.0)
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", host] => {
            let server = open(host.parse()?)?;
            loop {
                match serve_one(&server) {
                    Ok(bytes) => println!("{bytes} bytes"),
                    Err(error) => eprintln!("{error}"),
                }
            }
        }
        ["say", host, text] => {
            println!("{}", String::from_utf8_lossy(&say(host.parse()?, text.as_bytes())?));
            Ok(())
        }
        _ => Err("usage: socket_raw serve HOST | say HOST TEXT".into()),
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::{open, say, serve_one};

    #[test]
    fn it_gives_back_what_it_is_sent() {
        let host = Ipv4Addr::new(127, 0, 0, 253);
        let server = match open(host) {
            Ok(server) => server,
            Err(error) => return eprintln!("skipped raw sockets: {error}"),
        };
        std::thread::scope(|scope| {
            let serving = scope.spawn(|| serve_one(&server).map_err(|error| error.to_string()));
            assert_eq!(say(host, b"Hello, world").expect("somebody answers"), b"Hello, world");
            assert_eq!(serving.join().expect("no panic"), Ok(12));
        });
    }
}
