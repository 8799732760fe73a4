//! The peers among the relays that are this program. Those with threads go one way, which is all that is measured.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::AsFd;

use rustix::pipe::{PipeFlags, SpliceFlags, fcntl_setpipe_size, pipe_with, splice};

use crate::process::listen_and_tell;

/// What a copy moves at once.
const BUFFER: usize = 64 << 10;
/// What the pipe of a splice holds.
const PIPE: usize = 1 << 20;

/// `splice|std|copy|tokio|smol PORT`: connects each connection to this port for ever, its own port told first.
pub(crate) fn help(arguments: &[&str]) -> Result<(), String> {
    let [name, port] = arguments else { return Err("a name and a port are wanted".to_owned()) };
    let port: u16 = port.parse().map_err(|_| "no port")?;
    let result = listen_and_tell().and_then(|listener| match *name {
        "splice" => each(&listener, port, |from, to| spliced(from, to)),
        "std" => each(&listener, port, |from, to| io::copy(from, to).map(drop)),
        "copy" => each(&listener, port, copied),
        "tokio" => tokio(listener, port),
        "smol" => smol::block_on(by_futures(listener, port)),
        _ => Err(io::Error::other("no such relay")),
    });
    result.map_err(|error| error.to_string())
}

type Relay = fn(&mut TcpStream, &mut TcpStream) -> io::Result<()>;

fn each(listener: &TcpListener, to: u16, relay: Relay) -> io::Result<()> {
    loop {
        let mut from = listener.accept()?.0;
        std::thread::spawn(move || {
            let mut to = TcpStream::connect(("127.0.0.1", to))?;
            to.set_nodelay(true)?;
            relay(&mut from, &mut to)?;
            to.shutdown(Shutdown::Write)
        });
    }
}

fn copied(from: &mut TcpStream, to: &mut TcpStream) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(()),
            n => to.write_all(&buffer[..n])?,
        }
    }
}

/// Nothing is looked at, and nothing copied by the processor in this process.
fn spliced(from: impl AsFd, to: impl AsFd) -> io::Result<()> {
    let (reader, writer) = pipe_with(PipeFlags::CLOEXEC)?;
    fcntl_setpipe_size(&writer, PIPE)?;
    loop {
        let mut left = splice(&from, None, &writer, None, PIPE, SpliceFlags::MOVE)?;
        if left == 0 {
            return Ok(());
        }
        while left > 0 {
            left -= splice(&reader, None, &to, None, left, SpliceFlags::MOVE)?;
        }
    }
}

fn tokio(listener: TcpListener, to: u16) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        loop {
            let (mut from, _) = listener.accept().await?;
            tokio::spawn(async move {
                let mut to = tokio::net::TcpStream::connect(("127.0.0.1", to)).await?;
                to.set_nodelay(true)?;
                tokio::io::copy_bidirectional_with_sizes(&mut from, &mut to, BUFFER, BUFFER).await
            });
        }
    })
}

async fn by_futures(listener: TcpListener, to: u16) -> io::Result<()> {
    let executor = smol::LocalExecutor::new();
    let serve = async {
        let listener = smol::net::TcpListener::try_from(listener)?;
        loop {
            let (from, _) = listener.accept().await?;
            let to = smol::net::TcpStream::connect(("127.0.0.1", to)).await?;
            to.set_nodelay(true)?;
            let both =
                smol::future::zip(copied_by_futures(from.clone(), to.clone()), copied_by_futures(to, from));
            executor.spawn(both).detach();
        }
    };
    executor.run(serve).await
}

async fn copied_by_futures(from: smol::net::TcpStream, mut to: smol::net::TcpStream) -> io::Result<()> {
    smol::io::copy(from, &mut to).await?;
    to.shutdown(Shutdown::Write)
}
