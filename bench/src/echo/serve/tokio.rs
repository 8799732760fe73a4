//! tokio in one thread, and its codec of lines.

use std::future::Future;
use std::io;

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_util::codec::{Framed, LinesCodec, LinesCodecError};

use crate::process::listen_and_tell;

/// A stream of lines that is forwarded: the way it gathers writes.
pub(super) fn forward() -> io::Result<()> {
    tasks(|socket| async {
        let (to, from) = Framed::new(socket, LinesCodec::new()).split();
        from.forward(to).await
    })
}

/// A line read is a line sent.
pub(super) fn each() -> io::Result<()> {
    tasks(|socket| async {
        let (mut to, mut from) = Framed::new(socket, LinesCodec::new()).split();
        while let Some(line) = from.next().await {
            to.send(line?).await?;
        }
        Ok(())
    })
}

fn tasks<F>(serve: impl Fn(TcpStream) -> F) -> io::Result<()>
where
    F: Future<Output = Result<(), LinesCodecError>> + Send + 'static,
{
    let listener = listen_and_tell()?;
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
