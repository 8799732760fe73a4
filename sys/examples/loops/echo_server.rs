//! An echo server: the second example of Python's asyncore (17.6.2).
//!
//! The same program for each backend that has a loop: `dispatch` is the module of the one that includes it, which says how
//! the loop is run.

use std::io;

use super::dispatch::{Channel, Dispatcher, Loop};
use super::run;

struct Echo;

impl Dispatcher for Echo {
    fn handle_read(&mut self, channel: &mut Channel<'_>, data: &[u8]) -> io::Result<()> {
        channel.push(data)
    }
}

pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8007".into());
    let mut event_loop = Loop::new()?;
    event_loop.listen(&address.parse()?, |peer| {
        println!("Incoming connection from {peer}");
        Echo
    })?;
    run(&mut event_loop)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{Shutdown, TcpStream};
    use std::process::Command;

    use super::{Echo, Loop, run};

    /// What a client in a thread of its own makes of it.
    fn served(client: impl FnOnce(&str) -> String + Send + 'static) -> String {
        let mut event_loop = Loop::new().expect("there are descriptors");
        let address = "127.0.0.1:0".parse().expect("an address");
        let listener = event_loop.listen(&address, |_| Echo).expect("a port is free");
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

    #[test]
    fn it_gives_back_what_it_gets() {
        let text = served(|address| {
            let mut stream = TcpStream::connect(address).expect("it listens");
            stream.write_all(b"hello").expect("it is open");
            stream.shutdown(Shutdown::Write).expect("it is open");
            let mut text = String::new();
            stream.read_to_string(&mut text).expect("a clean end");
            text
        });
        assert_eq!(text, "hello");
    }

    /// Python's own client (17.6.1), over its own asyncore, where it still has one.
    #[test]
    fn it_answers_pythons_own_asyncore() {
        let script = "import asyncore, socket, sys\n\
            class Client(asyncore.dispatcher):\n\
            \x20   def __init__(self, host, port):\n\
            \x20       asyncore.dispatcher.__init__(self)\n\
            \x20       self.create_socket(socket.AF_INET, socket.SOCK_STREAM)\n\
            \x20       self.connect((host, int(port)))\n\
            \x20       self.buffer, self.got = b'x' * 100000, 0\n\
            \x20   def handle_connect(self): pass\n\
            \x20   def handle_close(self): self.close()\n\
            \x20   def writable(self): return len(self.buffer) > 0\n\
            \x20   def handle_write(self): self.buffer = self.buffer[self.send(self.buffer):]\n\
            \x20   def handle_read(self):\n\
            \x20       self.got += len(self.recv(8192))\n\
            \x20       if self.got == 100000: print(self.got); self.close()\n\
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
            eprintln!("skipped asyncore: python3 has none");
            return;
        }
        assert_eq!(text, "100000\n");
    }
}
