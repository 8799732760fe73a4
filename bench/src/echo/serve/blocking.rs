//! The blocking backend: `dispatch::Loop`, and a thread for each connection, on our types and on std's.

use std::io::{self, BufRead, BufReader, Read, Write};

use standpipe_blocking::dispatch::Loop;
use standpipe_blocking::{ChatStream, Listener, Stream, Terminator};

use super::standpipe::Messages;
use crate::process::listen_and_tell;

pub(super) fn messages() -> io::Result<()> {
    let mut event_loop = Loop::new()?;
    let address = "127.0.0.1:0".parse().map_err(io::Error::other)?;
    let listener = event_loop.listen(&address, |_| Messages::dispatcher())?;
    if let Some(local) = event_loop.local(listener) {
        writeln!(io::stdout(), "listening on {local}")?;
    }
    event_loop.run()
}

/// A message received is a message sent.
pub(super) fn chat() -> io::Result<()> {
    threads(|stream| {
        let (mut chat, mut line) = (ChatStream::new(stream, Terminator::LF), Vec::new());
        while chat.read_message(&mut line)?.is_some() {
            line.push(b'\n');
            chat.send(&line)?;
        }
        chat.close()
    })
}

pub(super) fn stream() -> io::Result<()> {
    threads(lines)
}

fn threads(serve: fn(Stream) -> io::Result<()>) -> io::Result<()> {
    let listener = Listener::bind(&"127.0.0.1:0".parse().map_err(io::Error::other)?)?;
    writeln!(io::stdout(), "listening on {}", listener.local())?;
    loop {
        let (stream, _) = listener.accept()?;
        std::thread::Builder::new().spawn(move || serve(stream))?;
    }
}

/// The peer: the same by std.
pub(super) fn std() -> io::Result<()> {
    let listener = listen_and_tell()?;
    loop {
        let (socket, _) = listener.accept()?;
        socket.set_nodelay(true)?;
        std::thread::Builder::new().spawn(move || lines(socket))?;
    }
}

/// A line read is a line written, by the reader that everybody takes.
fn lines(stream: impl Read + Write) -> io::Result<()> {
    let (mut reader, mut line) = (BufReader::new(stream), Vec::new());
    while reader.read_until(b'\n', &mut line)? > 0 {
        reader.get_mut().write_all(&line)?;
        line.clear();
    }
    Ok(())
}
