//! An HTTP client: the first example of Python's asyncore (17.6.1).
//!
//! The same program for each backend that has a loop: `dispatch` is the module of the one that includes it, which says how
//! the loop is run.

use std::io::{self, Write};

use super::dispatch::{Channel, Dispatcher, Loop};
use super::run;

/// Asks as soon as it is connected, and writes what it is told.
struct HttpClient<W> {
    host: String,
    path: String,
    output: W,
}

impl<W: Write> Dispatcher for HttpClient<W> {
    fn handle_connect(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        channel.push(format!("GET {} HTTP/1.0\r\nHost: {}\r\n\r\n", self.path, self.host).as_bytes())
    }

    fn handle_read(&mut self, _: &mut Channel<'_>, data: &[u8]) -> io::Result<()> {
        self.output.write_all(data)
    }
}

fn get(host: &str, path: &str, output: impl Write) -> Result<(), Box<dyn std::error::Error>> {
    let failure = std::cell::RefCell::new(None);
    let mut event_loop = Loop::new()?;
    event_loop.set_log(|event| *failure.borrow_mut() = Some(event.to_string()));
    let client = HttpClient { host: host.to_owned(), path: path.to_owned(), output };
    event_loop.connect(&host.parse()?, client)?;
    run(&mut event_loop)?;
    drop(event_loop);
    failure.into_inner().map_or(Ok(()), |failure| Err(failure.into()))
}

pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(host), Some(path)) = (arguments.next(), arguments.next()) else {
        return Err("usage: http_client HOST:PORT PATH".into());
    };
    get(&host, &path, io::stdout().lock())
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read};
    use std::process::{Child, Command, Stdio};

    use super::get;

    const PAGE: &str = "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    #[test]
    fn it_writes_what_a_server_answers() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("bound").to_string();
        let server = std::thread::spawn(move || {
            let (stream, _) = listener.accept().expect("it is connected to");
            let head: Vec<_> = BufReader::new(&stream).lines().map_while(Result::ok).take(3).collect();
            std::io::Write::write_all(&mut &stream, PAGE.as_bytes()).expect("it is open");
            head
        });
        let mut page = Vec::new();
        get(&address, "/index.html", &mut page).expect("it is answered");
        let head = server.join().expect("no panic");
        assert_eq!(head, ["GET /index.html HTTP/1.0", &format!("Host: {address}"), ""]);
        assert_eq!(String::from_utf8_lossy(&page), PAGE);
    }

    /// Ends with its test.
    struct Server(Child);

    impl Drop for Server {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    /// Python's own handler of requests (17.7.2), over its own asynchat, where it still has one.
    #[test]
    fn pythons_own_asynchat_answers_it() {
        let script = "import asynchat, asyncore, socket, sys\n\
            class Handler(asynchat.async_chat):\n\
            \x20   def __init__(self, sock):\n\
            \x20       asynchat.async_chat.__init__(self, sock)\n\
            \x20       self.head = b''\n\
            \x20       self.set_terminator(b'\\r\\n\\r\\n')\n\
            \x20   def collect_incoming_data(self, data): self.head += data\n\
            \x20   def found_terminator(self):\n\
            \x20       self.push(b'asynchat got ' + self.head.split()[1])\n\
            \x20       self.close_when_done()\n\
            class Server(asyncore.dispatcher):\n\
            \x20   def handle_accept(self):\n\
            \x20       pair = self.accept()\n\
            \x20       if pair is not None: Handler(pair[0])\n\
            server = Server()\n\
            server.create_socket(socket.AF_INET, socket.SOCK_STREAM)\n\
            server.bind(('127.0.0.1', 0))\n\
            server.listen(5)\n\
            print('%s:%d' % server.socket.getsockname()); sys.stdout.flush()\n\
            asyncore.loop()\n";
        let mut python = Command::new("python3");
        python.args(["-W", "ignore", "-c", script]).stdout(Stdio::piped()).stderr(Stdio::null());
        let Ok(child) = python.spawn() else {
            eprintln!("skipped asynchat: there is no python3 to compare with");
            return;
        };
        let mut server = Server(child);
        let mut address = String::new();
        let output = server.0.stdout.take().expect("a pipe");
        BufReader::new(output.take(64)).read_line(&mut address).expect("a pipe");
        if address.is_empty() {
            eprintln!("skipped asynchat: python3 has none");
            return;
        }
        let mut page = Vec::new();
        get(address.trim(), "/some/path", &mut page).expect("it is answered");
        assert_eq!(String::from_utf8_lossy(&page), "asynchat got /some/path");
    }
}
