//! A reader of HTTP requests: the example of Python's asynchat (17.7.2). The head ends with an empty line, the body after so
//! many bytes as the head says.
//!
//! The same program for each backend that has a loop: `dispatch` is the module of the one that includes it, which says how
//! the loop is run.

use std::io;

use super::dispatch::{AsyncChat, Channel, Chat, ChatDispatcher, Dispatcher, Loop, Terminator};
use super::run;

/// The most that a head and a body may have.
const LIMIT: u64 = 1 << 20;

#[derive(Default)]
struct HttpRequests {
    data: Vec<u8>,
    head: Option<String>,
}

impl Dispatcher for HttpRequests {
    fn handle_error(&mut self, channel: &mut Channel<'_>, error: &io::Error) {
        // It has left already, or the peer takes nothing any more: then there is nobody to tell.
        let _ = channel.push(format!("HTTP/1.0 400 Bad Request\r\n\r\n{error}\n").as_bytes());
    }
}

impl AsyncChat for HttpRequests {
    fn collect_incoming_data(&mut self, _: &mut Chat<'_>, data: &[u8]) -> io::Result<()> {
        if (self.data.len() + data.len()) as u64 > LIMIT {
            return Err(io::Error::other("the request is too large"));
        }
        self.data.extend_from_slice(data);
        Ok(())
    }

    fn found_terminator(&mut self, chat: &mut Chat<'_>) -> io::Result<()> {
        let data = std::mem::take(&mut self.data);
        let Some(head) = self.head.take() else {
            let head = String::from_utf8(data).map_err(io::Error::other)?;
            let length = content_length(&head)?;
            self.head = Some(head);
            chat.set_terminator(length); // in mid-chunk, and a length of 0 is found at once
            return Ok(());
        };
        let line = head.lines().next().unwrap_or_default();
        let body = String::from_utf8_lossy(&data);
        chat.push(format!("HTTP/1.0 200 OK\r\n\r\n{line}, {} bytes: {body}\n", data.len()).as_bytes())?;
        chat.close();
        Ok(())
    }
}

fn content_length(head: &str) -> io::Result<u64> {
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    let field = fields.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length = field.map_or(Ok(0), |(_, value)| value.trim().parse::<u64>());
    let length = length.map_err(|_| io::Error::other("Content-Length is no number"))?;
    if length > LIMIT { Err(io::Error::other("the request is too large")) } else { Ok(length) }
}

fn handler() -> impl Dispatcher {
    ChatDispatcher::new(Terminator::from(b"\r\n\r\n"), HttpRequests::default())
}

pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".into());
    let mut event_loop = Loop::new()?;
    event_loop.set_log(|event| eprintln!("{event}"));
    event_loop.listen(&address.parse()?, |_| handler())?;
    run(&mut event_loop)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use std::process::Command;

    use super::{Loop, handler, run};

    /// What a client in a thread of its own makes of it.
    fn served(client: impl FnOnce(&str) -> String + Send + 'static) -> String {
        let mut event_loop = Loop::new().expect("there are descriptors");
        let address = "127.0.0.1:0".parse().expect("an address");
        let listener = event_loop.listen(&address, |_| handler()).expect("a port is free");
        let address = event_loop.local(listener).expect("it listens").to_string();
        let waker = event_loop.waker();
        let client = std::thread::spawn(move || {
            let text = client(&address);
            waker.stop();
            text
        });
        run(&mut event_loop).expect("it can wait");
        client.join().expect("no panic")
    }

    fn asked(request: &'static str) -> String {
        served(move |address| {
            let mut stream = TcpStream::connect(address).expect("it listens");
            stream.write_all(request.as_bytes()).expect("it is open");
            let mut text = String::new();
            stream.read_to_string(&mut text).expect("a clean end");
            text.lines().last().unwrap_or_default().to_owned()
        })
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

    /// Python's own client, over its own asynchat, where it still has one.
    #[test]
    fn it_answers_pythons_own_asynchat() {
        let script = "import asynchat, asyncore, socket, sys\n\
            class Client(asynchat.async_chat):\n\
            \x20   def __init__(self, host, port):\n\
            \x20       asynchat.async_chat.__init__(self)\n\
            \x20       self.create_socket(socket.AF_INET, socket.SOCK_STREAM)\n\
            \x20       self.connect((host, int(port)))\n\
            \x20       self.got = b''\n\
            \x20       self.set_terminator(b'\\n')\n\
            \x20       self.push(b'POST / HTTP/1.0\\r\\nContent-Length: 5\\r\\n\\r\\nhello')\n\
            \x20   def collect_incoming_data(self, data): self.got = data\n\
            \x20   def found_terminator(self): pass\n\
            \x20   def handle_close(self): print(self.got.decode()); self.close()\n\
            Client(*sys.argv[1].split(':'))\n\
            asyncore.loop()\n";
        let text = served(move |address| {
            let python = Command::new("python3").args(["-W", "ignore", "-c", script, address]).output();
            python.map_or_else(
                |error| error.to_string(),
                |output| {
                    String::from_utf8_lossy(&output.stdout).into_owned()
                        + &String::from_utf8_lossy(&output.stderr)
                },
            )
        });
        if text.contains("No module") || text.contains("No such file") {
            eprintln!("skipped asynchat: python3 has none");
            return;
        }
        assert_eq!(text, "POST / HTTP/1.0, 5 bytes: hello\n");
    }
}
