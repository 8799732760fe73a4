//! A client's first message, before a context is chosen: [`Greeting`].

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::hello::{ClientHello, Hello, Reading};
use super::{Context, Session, TlsError};
use crate::{
    Fault, HandshakeError, Lend, Machine, Moment, Port, Side, Timer, TlsFault, TlsReason, Wake, Wants, Window,
};

/// The most that is read: the longest message that is taken, in as many records as that is sensible in.
const MOST: usize = (64 << 10) + (4 << 10);

/// Waits for a client's first message and answers nothing, so that what follows may take its time: a look into a
/// database by the name that the client asks for, say. Where that is known at once, [`Session::server_choosing`] does.
///
/// Its port is [`Greeting::SOCKET`], which stays open. No lent buffer is held between turns.
///
/// ```
#[doc = include_str!("made.in")]
/// use core::time::Duration;
/// use standpipe_core::tls::Greeting;
/// use standpipe_core::{Layer, Machine, Moment, Pool, Window};
///
/// let server_context = Context::server(Identity::from_pem(&chain, &key)?, None, options())?;
/// let client_context = Context::client(Trust::Anybody, None, options())?;
/// let mut client = Session::client(&client_context, "localhost")?;
/// client.start();
///
/// let mut greeting = Greeting::new();
/// greeting.set_deadline(Some(Moment::ORIGIN + Duration::from_secs(10)));
/// // A driver would do this part: `advance` over an `Io`.
/// let mut pool = Pool::default();
/// let Window::Slice(window) = greeting.window(Greeting::SOCKET, &mut pool) else { unreachable!() };
/// let n = client.pending().len();
/// window[..n].copy_from_slice(client.pending());
/// greeting.handle_read(Greeting::SOCKET, n);
///
/// let greeted = greeting.finish().unwrap();
/// assert_eq!(greeted.hello().server_name.as_deref(), Some("localhost"));
/// let server = greeted.session(&server_context)?; // as soon as it is known which
/// # let _ = server;
///
/// let mut given_up = Greeting::new();
/// given_up.abort();
/// assert!(given_up.finish().is_err());
/// # Ok::<(), TlsError>(())
/// ```
#[derive(Debug, Default)]
pub struct Greeting {
    buffer: Option<Box<[u8]>>,
    reading: Reading,
    /// All that has come.
    bytes: Vec<u8>,
    hello: Option<ClientHello>,
    deadline: Option<Moment>,
    error: Option<HandshakeError>,
}

/// A client's first message, and the session that will answer it.
///
/// ```
/// use standpipe_core::tls::{Context, Greeted, Session, TlsError};
///
/// fn serve(greeted: Greeted, default: &Context, example: &Context) -> Result<Session, TlsError> {
///     let name = greeted.hello().server_name.as_deref();
///     let context = if name == Some("example.org") { example } else { default };
///     greeted.session(context)
/// }
/// ```
#[derive(Debug)]
pub struct Greeted {
    hello: ClientHello,
    bytes: Vec<u8>,
}

impl Greeted {
    /// What the client asks for. Nothing, where it does not speak TLS: the session is for refusing it.
    pub fn hello(&self) -> &ClientHello {
        &self.hello
    }

    /// The server's side, which has read the message already.
    ///
    /// # Errors
    /// [`TlsError::WrongSide`]: the context is a client's.
    pub fn session(self, context: &Context) -> Result<Session, TlsError> {
        Session::server_greeted(context, self.hello, self.bytes)
    }
}

impl Greeting {
    /// The connection.
    pub const SOCKET: Port = Port::new(0);

    /// Begins.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets or clears the moment at which it is given up.
    pub fn set_deadline(&mut self, deadline: Option<Moment>) {
        self.deadline = deadline;
    }

    /// The message, once the machine is done.
    ///
    /// # Errors
    /// [`HandshakeError`].
    ///
    /// # Panics
    /// When it is not done.
    pub fn finish(self) -> Result<Greeted, HandshakeError> {
        match (self.error, self.hello) {
            (Some(error), _) => Err(error),
            (None, Some(hello)) => Ok(Greeted { hello, bytes: self.bytes }),
            (None, None) => panic!("only a greeting that is done can be finished"),
        }
    }

    /// Ends it now.
    pub fn abort(&mut self) {
        self.fail(HandshakeError::Aborted);
    }

    fn fail(&mut self, error: HandshakeError) {
        if !self.is_done() {
            self.error = Some(error);
            self.bytes = Vec::new();
        }
    }

    fn look(&mut self) {
        match self.reading.read(&self.bytes) {
            Hello::Whole(hello) => self.hello = Some(hello),
            Hello::Other => self.hello = Some(ClientHello::default()),
            Hello::Begun if self.bytes.len() > MOST => {
                self.fail(HandshakeError::Tls(TlsFault::new(TlsReason::TooLarge, None)));
            }
            Hello::Begun => {}
        }
    }
}

impl Machine for Greeting {
    fn ports(&self) -> u8 {
        1
    }

    fn wants(&self, port: Port) -> Wants {
        Wants { read: port == Self::SOCKET && !self.is_done(), ..Wants::NOTHING }
    }

    fn wake(&self) -> Option<Wake> {
        let at = self.deadline.filter(|_| !self.is_done())?;
        Some(Wake { at, why: Timer::Handshake })
    }

    fn handle_now(&mut self, now: Moment) {
        if self.deadline.is_some_and(|at| at <= now) {
            self.fail(HandshakeError::TimedOut);
        }
    }

    fn window<'a>(&'a mut self, port: Port, lend: &mut dyn Lend) -> Window<'a> {
        if !self.wants(port).read {
            return Window::NONE;
        }
        Window::Slice(self.buffer.get_or_insert_with(|| lend.take()))
    }

    fn settle(&mut self, lend: &mut dyn Lend) {
        self.buffer.take().into_iter().for_each(|buffer| lend.give(buffer));
    }

    fn handle_read(&mut self, port: Port, n: usize) {
        if !self.wants(port).read {
            return;
        }
        let Some(buffer) = &self.buffer else { return };
        self.bytes.extend_from_slice(&buffer[..n]);
        self.look();
    }

    fn handle_eof(&mut self, port: Port) {
        if self.wants(port).read {
            self.fail(HandshakeError::Ended);
        }
    }

    fn handle_failed(&mut self, port: Port, side: Side, fault: Fault) {
        if side == Side::Read && self.wants(port).read {
            self.fail(HandshakeError::Failed(fault));
        }
    }

    fn is_done(&self) -> bool {
        self.hello.is_some() || self.error.is_some()
    }
}
