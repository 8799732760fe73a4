//! `dispatch::Loop` of the mio backend, with a handler of lines.

use std::io::{self, Write};
use std::sync::Arc;

use standpipe_core::EofPolicy;
use standpipe_core::tls::Session;
use standpipe_mio::dispatch::{ListenerOptions, Loop, Security};
use standpipe_sys::socket::bind;

use crate::echo::Messages;
use crate::tls::contexts;
use crate::tls::identity::{Handshakes, Identity};

/// An echo of lines.
pub(super) fn serve(identity: &Identity, handshakes: Handshakes) -> io::Result<()> {
    let context = contexts::server_for(identity, handshakes)?;
    let layer = move || Box::new(Session::server(&context).expect("it is a server's context")) as _;
    let security = Some(Security { layer: Arc::new(layer), eof: EofPolicy::default() });
    let bound = bind(&"127.0.0.1:0".parse().map_err(io::Error::other)?)?;
    let mut event_loop = Loop::new()?;
    writeln!(io::stdout(), "listening on {}", bound.local())?;
    event_loop.listen_with(bound, ListenerOptions { security, ..ListenerOptions::default() }, |_| {
        Messages::dispatcher()
    });
    event_loop.run()
}
