//! A listener whose connections are secured: [`TlsListener`].

use std::io;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll, ready};

use futures_lite::stream;
use standpipe_core::SecuredOptions;
use standpipe_core::tls::Choose;
use standpipe_sys::socket::Endpoint;
use standpipe_sys::tls::SharedContext;

use crate::{Admitted, Listener, Stream, TlsStream};

impl Listener {
    /// Secures whatever is accepted: by one [`Context`](super::Context), or by a [`SharedContext`] that is exchanged while
    /// it listens.
    pub fn tls(self, context: impl Into<SharedContext>) -> TlsListener {
        TlsListener {
            listener: self,
            context: context.into(),
            options: SecuredOptions::default(),
            choose: None,
        }
    }
}

/// A listener whose connections are secured, as a stream of them. They are yielded before their handshake, so that a silent
/// client delays nobody else: it runs in the task that reads or writes first, under a deadline of its own.
///
/// ```
/// # #[cfg(any(feature = "aws-lc-rs", feature = "ring"))] {
/// use smol::io::{AsyncReadExt, AsyncWriteExt};
/// use smol::stream::StreamExt;
/// use standpipe_smol::tls::Context;
/// use standpipe_smol::{Address, Listener};
///
/// async fn serve(address: &Address, context: Context, executor: &smol::Executor<'_>) -> std::io::Result<()> {
///     let mut listener = Listener::bind(address)?.tls(context);
///     while let Some(connection) = listener.next().await {
///         let greeting = async move {
///             let mut connection = connection?;
///             connection.stream.write_all(b"hello").await?;
///             connection.stream.finish().await
///         };
///         executor.spawn(greeting).detach();
///     }
///     Ok(())
/// }
/// # let _ = serve;
/// # }
/// ```
pub struct TlsListener {
    listener: Listener,
    context: SharedContext,
    options: SecuredOptions,
    choose: Option<Choose>,
}

impl TlsListener {
    /// Chooses the context of each connection by its client's first message, at once and without waiting for anything;
    /// where nothing is chosen it is the listener's own (SSL-95).
    #[must_use]
    pub fn choosing(self, choose: Choose) -> Self {
        Self { choose: Some(choose), ..self }
    }

    /// The limits and deadlines of each connection.
    #[must_use]
    pub fn with(self, options: SecuredOptions) -> Self {
        Self { options, ..self }
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

    /// Waits for the next connection, which does not count against any limit from then on. Its handshake is left to whoever
    /// serves it. Dropping the future loses none.
    ///
    /// # Errors
    /// As [`Listener::accept`]; or the context is a client's.
    pub async fn accept(&self) -> io::Result<(TlsStream, Endpoint)> {
        let (stream, peer) = self.listener.accept().await?;
        Ok((self.secured(stream)?, peer))
    }

    /// Waits for the next connection that the limits allow, as [`Listener::admit`].
    ///
    /// # Errors
    /// As [`TlsListener::accept`].
    pub async fn admit(&self) -> io::Result<Admitted<TlsStream>> {
        self.admitted(self.listener.admit().await?)
    }

    fn admitted(&self, admitted: Admitted) -> io::Result<Admitted<TlsStream>> {
        let Admitted { stream, peer, slot } = admitted;
        Ok(Admitted { stream: self.secured(stream)?, peer, slot })
    }

    fn secured(&self, stream: Stream) -> io::Result<TlsStream> {
        let session = self.context.session_by(self.choose.clone()).map_err(io::Error::other)?;
        Ok(stream.secured(session, self.options, &[]))
    }
}

impl stream::Stream for TlsListener {
    type Item = io::Result<Admitted<TlsStream>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut TaskContext<'_>) -> Poll<Option<Self::Item>> {
        let next = ready!(Pin::new(&mut self.listener).poll_next(context));
        Poll::Ready(next.map(|next| next.and_then(|admitted| self.admitted(admitted))))
    }
}

impl std::fmt::Debug for TlsListener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TlsListener")
            .field("listener", &self.listener)
            .field("context", &self.context)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
