//! A modelled client's side of TLS: [`Secured`].

use standpipe_core::tls::Session;
use standpipe_core::{Layer, Outcome, PeerEnd, Pool, TlsReason};

use super::{Readiness, Socket};
use crate::client::Seen;

/// A client's side of TLS on its end of a connection.
#[derive(Debug)]
pub(super) struct Secured {
    session: Session,
    pool: Pool,
    agreed: bool,
    /// The transport takes nothing any more.
    broken: bool,
}

impl Secured {
    pub(super) fn new(mut session: Session) -> Self {
        session.start();
        Self { session, pool: Pool::default(), agreed: false, broken: false }
    }

    /// Whether the handshake is not over.
    pub(super) fn shakes_hands(&self) -> bool {
        !self.agreed
    }

    /// Takes bytes of the transport, and adds the plaintext to what was received. How TLS has ended by them.
    pub(super) fn came(&mut self, bytes: &[u8], received: &mut Vec<u8>) -> Option<Seen> {
        if !self.session.wants_read() {
            return None;
        }
        self.session.window(&mut self.pool)[..bytes.len()].copy_from_slice(bytes);
        self.session.handle_read(bytes.len());
        let plain = self.session.plain();
        received.extend_from_slice(plain);
        self.session.consume(plain.len());
        self.session.settle(&mut self.pool);
        self.agreed |= self.session.may_send();
        let fault = self.session.fault()?;
        Some(match (fault.reason(), fault.alert()) {
            (TlsReason::Refused, Some(alert)) => Seen::Alert(alert),
            _ => Seen::Refused,
        })
    }

    /// How TLS has ended when the transport does.
    pub(super) fn end(&self) -> Seen {
        match self.session.peer_end() {
            Some(PeerEnd::CloseNotify) => Seen::CloseNotify,
            _ => Seen::Truncated,
        }
    }

    /// How many of the bytes were taken; whoever is gone takes all.
    pub(super) fn seal(&mut self, bytes: &[u8]) -> usize {
        let may_send = !self.broken && self.session.may_send();
        if may_send { self.session.seal(bytes, &mut self.pool) } else { bytes.len() }
    }

    pub(super) fn close_notify(&mut self) {
        self.session.close_notify(&mut self.pool);
    }

    /// Whether something is to be written before anything else is done.
    pub(super) fn has_unsent(&self) -> bool {
        !self.broken && self.session.wants_write()
    }

    /// Writes what the transport takes. Whether anything has moved.
    pub(super) fn flush(&mut self, socket: &Socket, readiness: &mut Readiness) -> bool {
        let pending = self.session.pending();
        let granted = readiness.grant(pending.len());
        if granted == 0 {
            return false;
        }
        match socket.write(&pending[..granted]) {
            Outcome::Ready(n) => self.session.handle_written(n),
            Outcome::Blocked => return false,
            Outcome::Eof | Outcome::Failed(_) => self.broken = true,
        }
        self.session.settle(&mut self.pool);
        true
    }
}
