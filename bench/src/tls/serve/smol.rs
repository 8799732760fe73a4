//! smol in one thread, a task for each connection: our TLS stream, and futures-rustls'.

use std::io::{self, Write};
use std::net::TcpListener;
use std::sync::Arc;

use rustls::ServerConfig;
use smol::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use smol::{LocalExecutor, block_on};
use standpipe_core::tls::Context;
use standpipe_smol::{Listener, Stream};

use crate::tls::contexts;
use crate::tls::identity::{Handshakes, Identity};

/// An echo of lines.
pub(super) fn serve(identity: &Identity, handshakes: Handshakes) -> io::Result<()> {
    let context = contexts::server_for(identity, handshakes)?;
    let listener = Listener::bind(&"127.0.0.1:0".parse().map_err(io::Error::other)?)?;
    writeln!(io::stdout(), "listening on {}", listener.local())?;
    let executor = LocalExecutor::new();
    block_on(executor.run(async {
        loop {
            let (stream, _) = listener.accept().await?;
            executor.spawn(echo(stream, &context)).detach();
        }
    }))
}

async fn echo(stream: Stream, context: &Context) -> io::Result<()> {
    let mut stream = stream.tls_server(context).map_err(io::Error::other)?;
    let mut line = Vec::new();
    while stream.read_until(b'\n', &mut line).await? > 0 {
        stream.write_all(&line).await?;
        stream.flush().await?;
        line.clear();
    }
    stream.close().await
}

/// The peer.
pub(super) fn futures(listener: TcpListener, config: Arc<ServerConfig>) -> io::Result<()> {
    let listener = smol::net::TcpListener::try_from(listener)?;
    let acceptor = futures_rustls::TlsAcceptor::from(config);
    let executor = LocalExecutor::new();
    block_on(executor.run(async {
        loop {
            let (socket, _) = listener.accept().await?;
            socket.set_nodelay(true)?;
            executor.spawn(theirs(socket, acceptor.clone())).detach();
        }
    }))
}

async fn theirs(socket: smol::net::TcpStream, acceptor: futures_rustls::TlsAcceptor) -> io::Result<()> {
    let mut stream = BufReader::new(acceptor.accept(socket).await?);
    let mut line = Vec::new();
    while stream.read_until(b'\n', &mut line).await? > 0 {
        stream.get_mut().write_all(&line).await?;
        stream.get_mut().flush().await?;
        line.clear();
    }
    stream.get_mut().close().await
}
