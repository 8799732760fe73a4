//! tokio in one thread, its codec of lines, and a stream of them that is forwarded: the way it gathers writes.

use std::io;

use futures_util::StreamExt;
use tokio_util::codec::{Framed, LinesCodec};

use crate::process::listen_and_tell;

pub(super) fn serve() -> io::Result<()> {
    let listener = listen_and_tell()?;
    listener.set_nonblocking(true)?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        loop {
            let (socket, _) = listener.accept().await?;
            socket.set_nodelay(true)?;
            let (to, from) = Framed::new(socket, LinesCodec::new()).split();
            tokio::spawn(from.forward(to));
        }
    })
}
