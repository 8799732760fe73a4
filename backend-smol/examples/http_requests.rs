//! A reader of HTTP requests: the example of Python's asynchat (17.7.2). The head ends with an empty line, the body after so many
//! bytes as the head says.
//!
//! Try `cargo run --example smol_http_requests 127.0.0.1:8000`, and `curl -d hello 127.0.0.1:8000`.

use std::error::Error;
use std::io;
use std::time::Duration;

use standpipe_smol::{Chat, Listener, Stream, Terminator};

/// The most that a head and a body may have.
const LIMIT: usize = 1 << 20;

/// Nobody may take longer than this to send or to take something.
const PATIENCE: Option<Duration> = Some(Duration::from_secs(60));

fn bad(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

/// The answer to the request that comes.
async fn answer(chat: &mut Chat) -> io::Result<String> {
    let head = chat.next_message().await?.ok_or(io::ErrorKind::UnexpectedEof)?;
    let head = String::from_utf8(head.into()).map_err(|_| bad("the head is no text"))?;
    chat.set_terminator(content_length(&head)?); // in mid-chunk, and a length of 0 is found at once
    let body = chat.next_message().await?.ok_or(io::ErrorKind::UnexpectedEof)?;
    let line = head.lines().next().unwrap_or_default();
    let text = String::from_utf8_lossy(&body);
    Ok(format!("HTTP/1.0 200 OK\r\n\r\n{line}, {} bytes: {text}\n", body.len()))
}

fn content_length(head: &str) -> io::Result<u64> {
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    let field = fields.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length = field.map_or(Ok(0), |(_, value)| value.trim().parse::<u64>());
    let length = length.map_err(|_| bad("Content-Length is no number"))?;
    if length > LIMIT as u64 { Err(bad("the request is too large")) } else { Ok(length) }
}

async fn serve(stream: Stream) -> io::Result<()> {
    let mut chat = Chat::new(stream, Terminator::from(b"\r\n\r\n")).limit(LIMIT);
    chat.set_timeout(PATIENCE);
    let answer = match answer(&mut chat).await {
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            format!("HTTP/1.0 400 Bad Request\r\n\r\n{error}\n")
        }
        answer => answer?,
    };
    chat.send(answer).await?;
    chat.close().await
}

async fn listen(listener: Listener) -> io::Result<()> {
    loop {
        let (stream, peer) = listener.accept().await?;
        let served = async move {
            if let Err(error) = serve(stream).await {
                eprintln!("{peer}: {error}");
            }
        };
        smol::spawn(served).detach();
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".into());
    smol::block_on(listen(Listener::bind(&address.parse()?)?))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use super::{Listener, listen};

    fn asked(request: &str) -> String {
        let listener = Listener::bind(&"127.0.0.1:0".parse().expect("an address")).expect("it is free");
        let address = listener.local().to_string();
        let _serving = smol::spawn(listen(listener));
        let mut stream = TcpStream::connect(address).expect("it listens");
        stream.write_all(request.as_bytes()).expect("it is open");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("a clean end");
        text.lines().last().unwrap_or_default().to_owned()
    }

    #[test]
    fn a_head_alone_is_a_request() {
        assert_eq!(asked("GET / HTTP/1.0\r\nHost: here\r\n\r\n"), "GET / HTTP/1.0, 0 bytes: ");
    }

    /// What comes behind the body is nobody's (ACH-48).
    #[test]
    fn a_body_is_as_long_as_its_head_says() {
        let request = "POST / HTTP/1.0\r\ncontent-length: 5\r\n\r\nhello, and more";
        assert_eq!(asked(request), "POST / HTTP/1.0, 5 bytes: hello");
    }

    #[test]
    fn a_bad_length_is_told() {
        let request = "POST / HTTP/1.0\r\nContent-Length: many\r\n\r\n";
        assert_eq!(asked(request), "Content-Length is no number");
    }
}
