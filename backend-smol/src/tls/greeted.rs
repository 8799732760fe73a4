//! A connection whose client has spoken and was not answered yet: [`GreetedStream`].

use std::io;
use std::time::Duration;

use standpipe_core::SecuredOptions;
use standpipe_core::tls::{ClientHello, Context, Greeted, Greeting, TlsError};
use standpipe_sys::secured::show;
use standpipe_sys::{Ends, fault};

use crate::{Stream, TlsStream, Waiter};

/// A server's side of a connection whose client has sent its first message and waits: what context it is served by may be
/// found out by any means, however long they take. Made by [`Stream::greeted`].
///
/// ```
/// # #[cfg(any(feature = "aws-lc-rs", feature = "ring"))] {
/// use std::time::Duration;
/// use standpipe_smol::tls::Context;
/// use standpipe_smol::{Stream, TlsStream};
///
/// async fn serve(stream: Stream, look_up: fn(&str) -> Context, default: &Context) -> std::io::Result<TlsStream> {
///     let greeted = stream.greeted(Some(Duration::from_secs(10))).await?;
///     let context = greeted.hello().server_name.as_deref().map(look_up);
///     greeted.tls(context.as_ref().unwrap_or(default)).map_err(std::io::Error::other)
/// }
/// # let _ = serve;
/// # }
/// ```
#[derive(Debug)]
pub struct GreetedStream {
    stream: Stream,
    greeted: Greeted,
    /// What was read ahead, and comes behind the message.
    behind: Vec<u8>,
}

impl Stream {
    /// Waits for a TLS client's first message, and answers nothing. What the stream has [read ahead](Stream::read_ahead) is the
    /// beginning of that. Dropping the future closes the connection.
    ///
    /// # Errors
    /// `TimedOut`; `UnexpectedEof` where the client has gone before; `InvalidData` for a message that is larger than any;
    /// the connection's own failure.
    pub async fn greeted(self, timeout: Option<Duration>) -> io::Result<GreetedStream> {
        let (stream, ahead) = self.into_parts();
        let mut greeting = Greeting::new();
        let mut ends = Ends::default().with(Greeting::SOCKET, stream);
        let mut waiter = Waiter::default();
        let shown = show(&mut greeting, Greeting::SOCKET, &ahead, waiter.lender());
        greeting.set_deadline(timeout.map(|wait| waiter.now() + wait));
        waiter.run(&mut greeting, &mut ends).await?;
        // The reactor takes a descriptor once at a time.
        drop(waiter);
        let greeted = greeting.finish().map_err(|error| fault::end_error(error.into()))?;
        let stream = ends.into_stream(Greeting::SOCKET).ok_or(io::ErrorKind::NotConnected)?;
        Ok(GreetedStream { stream: Stream::new(stream)?, greeted, behind: ahead[shown..].to_vec() })
    }
}

impl GreetedStream {
    /// What the client asks for. Nothing, where it does not speak TLS: it is refused by whatever context is chosen.
    pub fn hello(&self) -> &ClientHello {
        self.greeted.hello()
    }

    /// The server's side, by this context. The handshake goes on with the first read or write.
    ///
    /// # Errors
    /// The context is a client's.
    pub fn tls(self, context: &Context) -> Result<TlsStream, TlsError> {
        let session = Box::new(self.greeted.session(context)?.keeping_left_over());
        Ok(TlsStream::begun(self.stream, session, SecuredOptions::default(), &self.behind))
    }
}
