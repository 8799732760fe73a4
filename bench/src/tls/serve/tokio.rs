//! tokio-rustls, one thread for all connections.

use std::future::Future;
use std::io;
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::Arc;

use rustls::ServerConfig;
use tokio::io::{
    AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, copy_bidirectional_with_sizes, copy_buf, split,
};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::BUFFER;
use crate::tls::server::{CAT, Work};

pub(super) fn serve(listener: TcpListener, work: Work, config: Arc<ServerConfig>) -> io::Result<()> {
    let acceptor = TlsAcceptor::from(config);
    each(listener, move |socket| {
        let acceptor = acceptor.clone();
        async move {
            let stream = acceptor.accept(socket).await?;
            match work {
                Work::Cat => cat(stream).await,
                Work::Link(to) => link(stream, to).await,
                Work::Echo(_) => echo(stream).await,
            }
        }
    })
}

/// The target of those servers that cannot echo.
pub(super) fn echo_plain(listener: TcpListener) -> io::Result<()> {
    each(listener, |mut socket| async move {
        let mut buffer = [0; 4 << 10];
        loop {
            match socket.read(&mut buffer).await? {
                0 => return socket.shutdown().await,
                n => socket.write_all(&buffer[..n]).await?,
            }
        }
    })
}

fn each<F>(listener: TcpListener, serve: impl Fn(TcpStream) -> F) -> io::Result<()>
where
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    listener.set_nonblocking(true)?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        loop {
            let (socket, _) = listener.accept().await?;
            socket.set_nodelay(true)?;
            tokio::spawn(serve(socket));
        }
    })
}

async fn echo(stream: TlsStream<TcpStream>) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut line = Vec::new();
    while stream.read_until(b'\n', &mut line).await? > 0 {
        stream.write_all(&line).await?;
        stream.flush().await?;
        line.clear();
    }
    stream.shutdown().await
}

async fn link(mut stream: TlsStream<TcpStream>, to: u16) -> io::Result<()> {
    let mut target = TcpStream::connect(("127.0.0.1", to)).await?;
    target.set_nodelay(true)?;
    copy_bidirectional_with_sizes(&mut stream, &mut target, BUFFER, BUFFER).await.map(drop)
}

async fn cat(stream: TlsStream<TcpStream>) -> io::Result<()> {
    let mut command = tokio::process::Command::new(CAT);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut stdin = child.stdin.take().expect("stdin is a pipe");
    let mut stdout = BufReader::with_capacity(BUFFER, child.stdout.take().expect("stdout is a pipe"));
    let (from, mut to) = split(stream);
    let mut from = BufReader::with_capacity(BUFFER, from);
    let up = async move { copy_buf(&mut from, &mut stdin).await };
    let down = async move {
        copy_buf(&mut stdout, &mut to).await?;
        to.shutdown().await
    };
    tokio::try_join!(up, down)?;
    child.wait().await.map(drop)
}
