//! The peers among the servers that are this program.

use std::io;
use std::net::{Shutdown, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Command, Stdio};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::pipe::{SpliceFlags, fcntl_setpipe_size, splice};
use tokio::io::{AsyncWriteExt, BufReader, copy_buf};

use crate::process::listen_and_tell;

const CAT: &str = "/bin/cat";

/// `socket|splice|tokio`: serves for ever, its port told first.
pub(crate) fn help(arguments: &[&str]) -> Result<(), String> {
    let result = match arguments {
        ["socket"] => hand_over(),
        ["splice"] => splice_all(),
        ["tokio"] => tokio(),
        _ => return Err("no such server".to_owned()),
    };
    result.map_err(|error| error.to_string())
}

/// The socket itself is the child's standard input and output: nothing is relayed.
fn hand_over() -> io::Result<()> {
    let listener = listen_and_tell()?;
    loop {
        let socket = OwnedFd::from(listener.accept()?.0);
        let twin = socket.try_clone()?;
        let mut child = Command::new(CAT).stdin(Stdio::from(twin)).stdout(Stdio::from(socket)).spawn()?;
        std::thread::spawn(move || child.wait());
    }
}

/// Pipes for the child, as big as they may be, and nothing copied by the processor in this process.
fn splice_all() -> io::Result<()> {
    let listener = listen_and_tell()?;
    loop {
        let socket = listener.accept()?.0;
        std::thread::spawn(move || spliced_to_cat(&socket));
    }
}

fn spliced_to_cat(socket: &TcpStream) -> io::Result<()> {
    let mut child = Command::new(CAT).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let stdin = child.stdin.take().expect("stdin is a pipe");
    let stdout = child.stdout.take().expect("stdout is a pipe");
    fcntl_setpipe_size(&stdin, PIPE)?;
    fcntl_setpipe_size(&stdout, PIPE)?;
    std::thread::scope(|scope| {
        scope.spawn(move || splice_to_end(socket, stdin));
        splice_to_end(stdout, socket)?;
        socket.shutdown(Shutdown::Write)
    })?;
    child.wait().map(drop)
}

/// Waits first and splices without waiting: a splice that waits for a socket keeps the pipe from its reader.
fn splice_to_end(from: impl AsFd, to: impl AsFd) -> io::Result<()> {
    let flags = SpliceFlags::MOVE | SpliceFlags::NONBLOCK;
    loop {
        poll(&mut [PollFd::new(&from, PollFlags::IN)], None)?;
        poll(&mut [PollFd::new(&to, PollFlags::OUT)], None)?;
        match splice(&from, None, &to, None, PIPE, flags) {
            Ok(0) => return Ok(()),
            Ok(_) | Err(Errno::AGAIN) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// What the pipe of a splice holds.
const PIPE: usize = 1 << 20;

/// What a copy of tokio's moves at once.
const BUFFER: usize = 64 << 10;

fn tokio() -> io::Result<()> {
    let listener = listen_and_tell()?;
    listener.set_nonblocking(true)?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        loop {
            let (stream, _) = listener.accept().await?;
            tokio::spawn(tokio_relay(stream));
        }
    })
}

async fn tokio_relay(stream: tokio::net::TcpStream) -> io::Result<()> {
    let mut command = tokio::process::Command::new(CAT);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut stdin = child.stdin.take().expect("stdin is a pipe");
    let mut stdout = BufReader::with_capacity(BUFFER, child.stdout.take().expect("stdout is a pipe"));
    let (from, mut to) = stream.into_split();
    let mut from = BufReader::with_capacity(BUFFER, from);
    let up = async move { copy_buf(&mut from, &mut stdin).await };
    let down = async move {
        copy_buf(&mut stdout, &mut to).await?;
        to.shutdown().await
    };
    tokio::try_join!(up, down)?;
    child.wait().await.map(drop)
}
