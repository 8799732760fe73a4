//! The one client that all servers see.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use super::server::Server;
use crate::sample::Outcome;

/// How long a server may stand still: one that writes to its child and does not read from it does so for ever.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long after the last answer the server may take to reap, so that the child's CPU is counted.
const REAPING: Duration = Duration::from_millis(40);

/// Sends so many bytes, and reads them back at the same time.
pub(super) fn bulk(server: &Server, bytes: usize) -> Outcome {
    with_server_cpu(server, || {
        let stream = connect(server)?;
        let reader = stream.try_clone()?;
        let reader = std::thread::spawn(move || count(reader, bytes));
        send(&stream, bytes)?;
        let received = reader.join().expect("the reader ends")?;
        match received == bytes {
            true => Ok(bytes as f64),
            false => Err(io::Error::other(format!("{received} bytes came back of {bytes}"))),
        }
    })
}

/// Makes so many connections one after the other; each has one line echoed and ends.
pub(super) fn connections(server: &Server, count: usize) -> Outcome {
    with_server_cpu(server, || {
        for _ in 0..count {
            greet(connect(server)?)?;
        }
        Ok(count as f64)
    })
}

fn with_server_cpu(server: &Server, work: impl FnOnce() -> io::Result<f64>) -> Outcome {
    let before = server.cpu();
    let mut outcome =
        server.measure(|| work().map_err(|error| format!("{}: {}", server.kind.name, told(&error))));
    std::thread::sleep(REAPING);
    if let Ok(sample) = &mut outcome {
        sample.children = server.cpu() - before;
    }
    outcome
}

fn told(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::WouldBlock => format!("no byte moved for {PATIENCE:?}"),
        _ => error.to_string(),
    }
}

fn connect(server: &Server) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(("127.0.0.1", server.port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

fn send(mut stream: &TcpStream, bytes: usize) -> io::Result<()> {
    let chunk = vec![7; 64 << 10];
    for _ in 0..bytes / chunk.len() {
        stream.write_all(&chunk)?;
    }
    stream.shutdown(Shutdown::Write)
}

fn count(mut stream: TcpStream, bytes: usize) -> io::Result<usize> {
    let mut buffer = vec![0; 256 << 10];
    let mut received = 0;
    while received < bytes {
        match stream.read(&mut buffer)? {
            0 => break,
            read => received += read,
        }
    }
    Ok(received)
}

fn greet(mut stream: TcpStream) -> io::Result<()> {
    const LINE: &[u8] = b"hello, relay\r\n";
    let mut answer = [0; LINE.len()];
    stream.write_all(LINE)?;
    // The answer first: some peers drop it when they see our end closed.
    stream.read_exact(&mut answer)?;
    stream.shutdown(Shutdown::Write)?;
    while stream.read(&mut answer)? > 0 {}
    Ok(())
}
