//! What lies between a machine's bytes and those of its transport: [`Layer`].

use alloc::string::String;
use alloc::vec::Vec;

use crate::tls_fault::TlsFault;
use crate::{Lend, Loan};

/// How the peer's side of a layer has ended.
///
/// ```
/// use standpipe_core::{EofPolicy, PeerEnd};
///
/// /// Whether everything has come, as far as anybody can tell.
/// fn is_whole(end: PeerEnd, policy: EofPolicy) -> bool {
///     end == PeerEnd::CloseNotify || policy == EofPolicy::Accept
/// }
/// assert!(!is_whole(PeerEnd::Truncated, EofPolicy::default()));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PeerEnd {
    /// It said so: close_notify.
    CloseNotify,
    /// The transport ended without it: what was to come may be missing.
    Truncated,
}

/// What was negotiated.
///
/// ```
/// use standpipe_core::Negotiated;
///
/// let agreed = Negotiated {
///     version: "TLSv1.3",
///     is_resumed: false,
///     cipher: "TLS_AES_128_GCM_SHA256".into(),
///     alpn: Some(b"h2".to_vec()),
///     server_name: None,
///     peer_subject: None,
///     peer_certificates: vec![],
/// };
/// assert!(agreed.alpn.is_some_and(|protocol| protocol == b"h2"));
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Negotiated {
    /// `TLSv1.3` or `TLSv1.2`.
    pub version: &'static str,
    /// Whether it goes on where an earlier session was, whose certificates are told here without being checked again.
    pub is_resumed: bool,
    /// The cipher suite by its registered name.
    pub cipher: String,
    /// The application protocol.
    pub alpn: Option<Vec<u8>>,
    /// The name of the server that the client asked for.
    pub server_name: Option<String>,
    /// Whom the peer's certificate is for, as its subject says (RFC 4514); `None` where the peer has none.
    pub peer_subject: Option<String>,
    /// The peer's certificates as DER, its own first.
    pub peer_certificates: Vec<Vec<u8>>,
}

#[cfg(any(feature = "aws-lc-rs", feature = "ring"))]
impl Negotiated {
    /// What the peer's own certificate says, read anew at each call; `None` where it has none.
    ///
    /// # Errors
    /// What [`Certificate::from_der`](crate::tls::Certificate::from_der) says. A certificate that rustls has verified may
    /// still have parts that only a reader of all its fields stumbles over.
    ///
    /// ```
    /// use standpipe_core::Negotiated;
    /// use standpipe_core::tls::CertificateTime;
    ///
    /// /// Until when the peer's certificate is valid, for a warning in time.
    /// fn expires(agreed: &Negotiated) -> Option<CertificateTime> {
    ///     Some(agreed.peer_certificate()?.ok()?.not_after())
    /// }
    /// ```
    pub fn peer_certificate(&self) -> Option<Result<crate::tls::Certificate, crate::tls::CertificateError>> {
        self.peer_certificates.first().map(|der| crate::tls::Certificate::from_der(der))
    }
}

/// What a transport that ends without close_notify is taken for.
///
/// ```
/// use standpipe_core::{EofPolicy, SecuredOptions};
///
/// let old_peer = SecuredOptions { eof: EofPolicy::Accept, ..SecuredOptions::default() };
/// assert_ne!(old_peer.eof, EofPolicy::default());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum EofPolicy {
    /// Truncation: an end of its own, and never an end of input.
    #[default]
    Error,
    /// A clean end, for peers that never say more.
    Accept,
}

/// What lies between a machine's bytes and those of its transport, such as TLS. A machine with a layer at one of its
/// ports reads and writes by it; the words are the machine's own.
///
/// ```
/// # #[cfg(feature = "ring")]
/// # {
#[doc = include_str!("../examples/layers.rs")]
/// # main();
/// # }
/// ```
pub trait Layer: core::fmt::Debug + Send + Sync {
    /// Begins. Once is enough, and more changes nothing.
    fn start(&mut self);
    /// Whether plaintext may be sent: as far as this side is concerned, the handshake is over, and nothing has ended it.
    fn may_send(&self) -> bool;
    /// Whether bytes of the transport are to be read.
    fn wants_read(&self) -> bool;
    /// Where they are read to.
    fn window(&mut self, lend: &mut dyn Lend) -> &mut [u8];
    /// A fact: `n` bytes were read into the window.
    fn handle_read(&mut self, n: usize);
    /// Takes the window out, so that it can be read into without holding on to the layer. A window into which nothing
    /// was read need not be given back; its buffer is its lender's.
    fn take_window(&mut self, lend: &mut dyn Lend) -> Loan;
    /// A fact: `n` bytes were read into the window that was taken out. It comes back where it is of no more use.
    fn give_window(&mut self, window: Loan, n: usize) -> Option<Loan>;
    /// A fact: these bytes had come before the layer was there. They are its first ones; it takes all of them, or fails.
    fn handle_early(&mut self, bytes: Vec<u8>);
    /// A fact: the transport has ended.
    fn handle_eof(&mut self);
    /// The plaintext that has come.
    fn plain(&self) -> &[u8];
    /// The first `n` bytes of the plaintext were taken.
    fn consume(&mut self, n: usize);
    /// How the peer's side has ended; plaintext may still lie here.
    fn peer_end(&self) -> Option<PeerEnd>;
    /// Takes as much of the plaintext as there is room for, and says how much that was.
    fn seal(&mut self, data: &[u8], lend: &mut dyn Lend) -> usize;
    /// Says that nothing follows, once.
    fn close_notify(&mut self, lend: &mut dyn Lend);
    /// Whether that was said.
    fn has_said_close(&self) -> bool;
    /// Whether bytes are to be written to the transport.
    fn wants_write(&self) -> bool;
    /// Which.
    fn pending(&self) -> &[u8];
    /// A fact: the first `n` of them were written.
    fn handle_written(&mut self, n: usize);
    /// Takes out bytes that are to be written, so that they can be written without holding on to the layer.
    fn take_pending(&mut self) -> Option<Loan>;
    /// Gives back those of them that are not written yet. They go before all others.
    fn give_pending(&mut self, pending: Loan);
    /// A fact: the transport is closed. What would have been written, and what cannot be opened any more, is dropped;
    /// plaintext stays.
    fn handle_closed(&mut self);
    /// Takes what has come behind the peer's farewell and is not the layer's any more, where it was told to keep that.
    fn take_left_over(&mut self) -> Vec<u8> {
        Vec::new()
    }
    /// Gives back buffers that are drained.
    fn settle(&mut self, lend: &mut dyn Lend);
    /// Why it has failed. The alert that tells the peer is still pending then.
    fn fault(&self) -> Option<TlsFault>;
    /// What was negotiated, once the handshake is over.
    fn negotiated(&self) -> Option<Negotiated>;
}

impl dyn Layer {
    /// Drops what cannot be written any more, so that it keeps no buffer. What is still to be opened stays.
    pub(crate) fn drop_pending(&mut self, lend: &mut dyn Lend) {
        while let Some(mut unsent) = self.take_pending() {
            unsent.skip(unsent.bytes().len());
            self.give_pending(unsent);
            self.settle(lend);
        }
    }
}
