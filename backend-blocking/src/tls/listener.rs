//! A listener whose connections are secured: [`TlsListener`].

use std::io;

use standpipe_core::tls::Choose;
use standpipe_sys::socket::Endpoint;
use standpipe_sys::tls::SharedContext;

use crate::{Listener, TlsStream};

impl Listener {
    /// Secures whatever is accepted: by one [`Context`](super::Context), or by a [`SharedContext`] that is exchanged while
    /// it listens.
    pub fn tls(self, context: impl Into<SharedContext>) -> TlsListener {
        TlsListener { listener: self, context: context.into(), choose: None }
    }
}

/// A listener whose connections are secured. They are yielded before their handshake, so that a silent client delays
/// nobody else.
///
/// To take its time with the choice of a context, such as for a look into a database, a program accepts from a plain
/// [`Listener`] and asks for the client's first message by [`Stream::greeted`](crate::Stream::greeted).
pub struct TlsListener {
    listener: Listener,
    context: SharedContext,
    choose: Option<Choose>,
}

impl TlsListener {
    /// Chooses the context of each connection by its client's first message, at once and without waiting for anything;
    /// where nothing is chosen it is the listener's own (SSL-95).
    #[must_use]
    pub fn choosing(self, choose: Choose) -> Self {
        Self { choose: Some(choose), ..self }
    }

    /// The context of the connections that begin from now on, to be exchanged while it listens: those that have begun
    /// keep theirs.
    pub fn context(&self) -> &SharedContext {
        &self.context
    }

    /// Where it listens, a port that the system chose included.
    pub fn local(&self) -> &Endpoint {
        self.listener.local()
    }

    /// Waits for the next connection. Its handshake is left to whoever serves it.
    ///
    /// # Errors
    /// The descriptor limit; or the context is a client's.
    pub fn accept(&self) -> io::Result<(TlsStream, Endpoint)> {
        let (stream, peer) = self.listener.accept()?;
        let session = self.context.session_by(self.choose.clone()).map_err(io::Error::other)?;
        Ok((stream.secured(session, &[]), peer))
    }
}

impl std::fmt::Debug for TlsListener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TlsListener")
            .field("listener", &self.listener)
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}
