//! standpipe's blocking TLS stream, a thread for each connection.

use std::io::{self, BufRead, Write};

use standpipe_blocking::{Listener, TlsStream};

use crate::tls::contexts;
use crate::tls::identity::{Handshakes, Identity};

/// An echo of lines.
pub(super) fn serve(identity: &Identity, handshakes: Handshakes) -> io::Result<()> {
    let listener = Listener::bind(&"127.0.0.1:0".parse().map_err(io::Error::other)?)?;
    let listener = listener.tls(contexts::server_for(identity, handshakes)?);
    writeln!(io::stdout(), "listening on {}", listener.local())?;
    loop {
        let (stream, _) = listener.accept()?;
        std::thread::spawn(move || echo(stream));
    }
}

fn echo(mut stream: TlsStream) -> io::Result<()> {
    let mut line = Vec::new();
    while stream.read_until(b'\n', &mut line)? > 0 {
        stream.write_all(&line)?;
        line.clear();
    }
    stream.close()
}
