//! smol in one thread: `dispatch::Loop` of the smol backend, and a task for each connection, on our stream and on async-net's.

use std::io::{self, Write};

use smol::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use smol::stream::StreamExt;
use smol::{LocalExecutor, block_on};
use standpipe_smol::dispatch::{Dispatcher, Loop};
use standpipe_smol::{Bytes, Chat, Listener, Received, Stream, Terminator};

use super::standpipe::{self, Messages};
use crate::process::listen_and_tell;

pub(super) fn messages() -> io::Result<()> {
    looped(Messages::dispatcher)
}

pub(super) fn dispatcher() -> io::Result<()> {
    looped(|| standpipe::Bytes)
}

fn looped<D: Dispatcher>(mut make: impl FnMut() -> D) -> io::Result<()> {
    let mut event_loop = Loop::new()?;
    let address = "127.0.0.1:0".parse().map_err(io::Error::other)?;
    let listener = event_loop.listen(&address, |_| make())?;
    if let Some(local) = event_loop.local(listener) {
        writeln!(io::stdout(), "listening on {local}")?;
    }
    block_on(event_loop.run())
}

/// A line read is a line written, by the reader that everybody takes.
pub(super) fn stream() -> io::Result<()> {
    tasks(async |stream| lines(stream).await)
}

/// Each message is a line of a stream that is sent: those that are there leave together.
pub(super) fn chat() -> io::Result<()> {
    tasks(async |stream| {
        let (reader, mut writer) = Chat::new(stream, Terminator::LF).split();
        writer.send_stream(reader.map(|message| message.map(line))).await
    })
}

fn line(message: Received) -> Bytes {
    let mut line = message.bytes;
    line.push(b'\n');
    line.into()
}

/// What is read is written, so much at once, which is all the memory that one of our streams has in its task.
pub(super) fn bytes() -> io::Result<()> {
    tasks(async |mut stream| {
        let mut buffer = [0; 64];
        loop {
            match stream.read(&mut buffer).await? {
                0 => return Ok(()),
                n => stream.write_all(&buffer[..n]).await?,
            }
        }
    })
}

fn tasks(serve: impl AsyncFn(Stream) -> io::Result<()> + Copy) -> io::Result<()> {
    let listener = Listener::bind(&"127.0.0.1:0".parse().map_err(io::Error::other)?)?;
    writeln!(io::stdout(), "listening on {}", listener.local())?;
    let executor = LocalExecutor::new();
    block_on(executor.run(async {
        loop {
            let (stream, _) = listener.accept().await?;
            executor.spawn(serve(stream)).detach();
        }
    }))
}

/// The peer: the same by async-net.
pub(super) fn async_net() -> io::Result<()> {
    let listener = smol::net::TcpListener::try_from(listen_and_tell()?)?;
    let executor = LocalExecutor::new();
    block_on(executor.run(async {
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            executor.spawn(lines(stream)).detach();
        }
    }))
}

async fn lines(stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).await? > 0 {
        reader.get_mut().write_all(&line).await?;
        line.clear();
    }
    Ok(())
}
