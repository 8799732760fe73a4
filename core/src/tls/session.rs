//! One side of a TLS connection as bytes in and bytes out: [`Session`].

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::buffers::{Input, Output};
use super::engine::{Engine, Job, Out, Seen};
use super::hello::{ClientHello, Hello, Reading};
use super::{Context, TlsError};
use crate::{Layer, Lend, Loan, Negotiated, PeerEnd, TlsFault, TlsReason};

/// One side of a TLS connection. It stacks as a [`Layer`] under any machine that sees bytes: ciphertext goes in by
/// [`window`](Layer::window), plaintext comes out by [`plain`](Layer::plain); plaintext goes in by
/// [`seal`](Layer::seal), ciphertext comes out by [`pending`](Layer::pending).
///
/// All whole records of a read are opened at once, in the buffer they were read into. An idle session owns no buffer.
/// Receiving and sending never wait for one another, but that nothing is received while plaintext is not consumed or
/// much is unsent.
///
/// ```
/// # #[cfg(feature = "ring")]
/// # {
#[doc = include_str!("../../examples/layers.rs")]
/// # main();
/// # }
/// ```
pub struct Session {
    engine: Engine,
    input: Input,
    output: Output,
    may_send: bool,
    said_close: bool,
    /// What comes behind the peer's close_notify is kept.
    keeps_left_over: bool,
    peer_end: Option<PeerEnd>,
    fault: Option<TlsFault>,
    started: bool,
    /// While the first message of a client has not come. Apart, since a session is idle for longer than that.
    greeting: Option<Box<Greeting>>,
    server_name: Option<Box<str>>,
}

/// What a server does with the first message of a client.
#[derive(Default)]
struct Greeting {
    hello: Reading,
    /// Chooses the context by it.
    choose: Option<Choose>,
}

/// Chooses a server's context by what the client asks for; `None` leaves it at the one that was given.
///
/// ```
#[doc = include_str!("made.in")]
/// let one = Context::server(Identity::from_pem(&chain, &key)?, None, options())?;
/// let other = one.clone(); // with another certificate, for instance
/// let choose: Choose = Arc::new(move |hello| {
///     (hello.server_name.as_deref() == Some("other.example")).then(|| other.clone())
/// });
/// let session = Session::server_choosing(&one, choose)?;
/// # let _ = session;
/// # Ok::<(), TlsError>(())
/// ```
pub type Choose = Arc<dyn Fn(&ClientHello) -> Option<Context> + Send + Sync>;

/// With so many unsent answers of the engine nothing more is read: a peer that only asks would be answered without bound.
/// What was sealed does not count, or two peers that both send would both stop to receive.
const HIGH_WATER: usize = 64 << 10;

/// The most bytes of a handshake message in pieces; rustls keeps to the same bound elsewhere.
const MOST_JOINING: usize = 0xffff;

impl Session {
    /// The server's side.
    ///
    /// # Errors
    /// The context is a client's.
    pub fn server(context: &Context) -> Result<Self, TlsError> {
        let engine = context.server_engine()?;
        Ok(Self { greeting: Some(Box::default()), ..Self::new(engine) })
    }

    /// The server's side, with a context that is chosen when the client's first message has come: by the name that it
    /// asks for, or by the application protocols that it offers. `context` is for whoever is not chosen for. One of the
    /// wrong side that is chosen is [`TlsReason::Own`].
    ///
    /// # Errors
    /// The context is a client's.
    ///
    /// ```
    #[doc = include_str!("made.in")]
    /// let context = Context::server(Identity::from_pem(&chain, &key)?, None, options())?;
    /// assert!(Session::server_choosing(&context, Arc::new(|_| None)).is_ok());
    /// # Ok::<(), TlsError>(())
    /// ```
    pub fn server_choosing(context: &Context, choose: Choose) -> Result<Self, TlsError> {
        let greeting = Greeting { choose: Some(choose), ..Greeting::default() };
        Ok(Self { greeting: Some(Box::new(greeting)), ..Self::server(context)? })
    }

    /// The server's side, which was read so much for already, the client's first message among it.
    pub(super) fn server_greeted(
        context: &Context,
        hello: ClientHello,
        bytes: Vec<u8>,
    ) -> Result<Self, TlsError> {
        let engine = context.server_engine()?;
        let server_name = hello.server_name.map(Into::into);
        Ok(Self { input: Input::begun_with(bytes), server_name, ..Self::new(engine) })
    }

    /// The client's side; the peer must be the one with this name (or IP address).
    ///
    /// # Errors
    /// The context is a server's, or the name is no name.
    pub fn client(context: &Context, name: &str) -> Result<Self, TlsError> {
        let engine = context.client_engine(name)?;
        Ok(Self { server_name: Some(name.into()), ..Self::new(engine) })
    }

    /// Keeps what comes behind the peer's close_notify, for whoever goes on in plain text on the same connection
    /// ([`Unwrap`](crate::Unwrap)). Otherwise it is dropped, since nobody vouches for it.
    ///
    /// ```
    #[doc = include_str!("made.in")]
    /// let context = Context::server(Identity::from_pem(&chain, &key)?, None, options())?;
    /// let session = Session::server(&context)?.keeping_left_over();
    /// # let _ = session;
    /// # Ok::<(), TlsError>(())
    /// ```
    #[must_use]
    pub fn keeping_left_over(self) -> Self {
        Self { keeps_left_over: true, ..self }
    }

    fn new(engine: Engine) -> Self {
        Self {
            engine,
            input: Input::default(),
            output: Output::default(),
            may_send: false,
            said_close: false,
            keeps_left_over: false,
            peer_end: None,
            fault: None,
            started: false,
            greeting: None,
            server_name: None,
        }
    }

    fn run(&mut self, job: Job<'_>, lend: &mut dyn Lend) -> Seen {
        if self.fault.is_some() {
            return Seen::default();
        }
        match self.engine.run(&mut self.input, Out { output: &mut self.output, lend }, job) {
            Ok(seen) => {
                self.may_send |= seen.may_send;
                if seen.peer_closed {
                    self.peer_end.get_or_insert(PeerEnd::CloseNotify);
                    if !self.keeps_left_over {
                        self.input.drop_cipher();
                    }
                }
                seen
            }
            Err(error) => {
                self.engine.place_alert(&mut self.input, Out { output: &mut self.output, lend });
                self.fail(self.judged(TlsFault::from(&error)));
                Seen::default()
            }
        }
    }

    /// Bytes have come in, among them the end of a record or not.
    fn open(&mut self, has_whole: bool) {
        if has_whole {
            self.open_chosen();
        }
        if self.peer_end.is_none() && self.input.joining() > MOST_JOINING {
            self.fail(TlsFault::new(TlsReason::TooLarge, None));
        }
    }

    /// Whoever got through the handshake does speak TLS, and now speaks it wrongly.
    fn judged(&self, fault: TlsFault) -> TlsFault {
        match fault.reason() {
            TlsReason::NotTls if self.may_send => TlsFault::new(TlsReason::Misbehaved, None),
            _ => fault,
        }
    }

    /// Shows the engine what has come, once the context is chosen.
    fn open_chosen(&mut self) {
        if !self.has_chosen() {
            return;
        }
        let job = if self.said_close { Job::Open } else { Job::Answer };
        self.run(job, &mut Nobody);
    }

    /// Whether the engine is the right one: it is settled by the first message, which it is shown afterwards.
    fn has_chosen(&mut self) -> bool {
        let Some(greeting) = &mut self.greeting else { return true };
        let hello = match greeting.hello.read(self.input.parts().cipher) {
            Hello::Begun => return false,
            Hello::Other => ClientHello::default(),
            Hello::Whole(hello) => hello,
        };
        let choose = self.greeting.take().and_then(|greeting| greeting.choose);
        if let Some(context) = choose.and_then(|choose| choose(&hello)) {
            match context.server_engine() {
                Ok(engine) => self.engine = engine,
                Err(_) => self.fail(TlsFault::new(TlsReason::Own, None)),
            }
        }
        self.server_name = hello.server_name.map(Into::into);
        true
    }

    fn fail(&mut self, fault: TlsFault) {
        self.input.drop_cipher();
        self.fault.get_or_insert(fault);
    }
}

impl Layer for Session {
    fn start(&mut self) {
        if !core::mem::replace(&mut self.started, true) {
            self.run(Job::Open, &mut Nobody);
        }
    }

    fn may_send(&self) -> bool {
        self.may_send && self.fault.is_none() && !self.said_close
    }

    fn wants_read(&self) -> bool {
        let open = self.peer_end.is_none() && self.fault.is_none();
        open && !self.input.has_plain() && self.output.answers() < HIGH_WATER
    }

    fn window(&mut self, lend: &mut dyn Lend) -> &mut [u8] {
        self.input.window(lend)
    }

    fn handle_read(&mut self, n: usize) {
        let has_whole = self.input.filled(n);
        self.open(has_whole);
    }

    fn take_window(&mut self, lend: &mut dyn Lend) -> Loan {
        self.input.take_window(lend)
    }

    fn give_window(&mut self, window: Loan, n: usize) -> Option<Loan> {
        let spare = self.input.give_window(window, n);
        let has_whole = self.input.filled(n);
        self.open(has_whole);
        spare
    }

    fn handle_early(&mut self, bytes: Vec<u8>) {
        self.input = Input::begun_with(bytes);
        self.open(true);
    }

    fn handle_eof(&mut self) {
        self.peer_end.get_or_insert(PeerEnd::Truncated);
    }

    fn plain(&self) -> &[u8] {
        self.input.plain()
    }

    fn consume(&mut self, n: usize) {
        self.input.consume(n);
    }

    fn peer_end(&self) -> Option<PeerEnd> {
        self.peer_end
    }

    fn seal(&mut self, data: &[u8], lend: &mut dyn Lend) -> usize {
        if !self.may_send() || data.is_empty() {
            return 0;
        }
        self.run(Job::Seal(data), lend).sealed
    }

    fn close_notify(&mut self, lend: &mut dyn Lend) {
        if self.may_send() {
            self.run(Job::CloseNotify, lend);
            self.said_close = true;
        }
    }

    fn has_said_close(&self) -> bool {
        self.said_close
    }

    fn wants_write(&self) -> bool {
        !self.output.is_empty()
    }

    fn pending(&self) -> &[u8] {
        self.output.bytes()
    }

    fn handle_written(&mut self, n: usize) {
        self.output.written(n);
    }

    fn take_pending(&mut self) -> Option<Loan> {
        self.output.take()
    }

    fn give_pending(&mut self, pending: Loan) {
        self.output.give(pending);
    }

    fn handle_closed(&mut self) {
        self.input.drop_cipher();
        self.output.clear();
    }

    fn take_left_over(&mut self) -> Vec<u8> {
        if self.peer_end != Some(PeerEnd::CloseNotify) {
            return Vec::new();
        }
        self.input.take_cipher()
    }

    fn settle(&mut self, lend: &mut dyn Lend) {
        match self.peer_end {
            Some(_) => self.input.put_aside(lend),
            None => self.input.settle(lend),
        }
        self.output.settle(lend);
    }

    fn fault(&self) -> Option<TlsFault> {
        self.fault
    }

    fn negotiated(&self) -> Option<Negotiated> {
        let negotiated = self.engine.negotiated().filter(|_| self.may_send)?;
        Some(Negotiated { server_name: self.server_name.as_deref().map(Into::into), ..negotiated })
    }
}

/// Lends nothing: what the engine answers while bytes come in is small, and finds room behind what waits already.
struct Nobody;

impl Lend for Nobody {
    fn take(&mut self) -> Box<[u8]> {
        Box::default()
    }

    fn give(&mut self, _: Box<[u8]>) {}
}

impl core::fmt::Debug for Session {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Session")
            .field("may_send", &self.may_send)
            .field("peer_end", &self.peer_end)
            .field("fault", &self.fault)
            .finish_non_exhaustive()
    }
}
