//! One end of a transfer as a machine over a layer: [`Transfer`].

use standpipe_core::{
    Fault, Layer, Lend, Machine, Moment, PeerEnd, Pending, Port, Side, Wake, Wants, Window,
};

use crate::tls::pattern::{Check, LONGEST, piece};

/// Sends or receives so many bytes, and ends when both sides have said their ends.
#[derive(Debug)]
pub(super) struct Transfer {
    layer: Box<dyn Layer>,
    /// How many bytes are sent.
    total: usize,
    sent: usize,
    received: Check,
    failed: Option<Fault>,
}

impl Transfer {
    pub(super) const SOCKET: Port = Port::new(0);

    pub(super) fn new(layer: Box<dyn Layer>, total: usize) -> Self {
        Self { layer, total, sent: 0, received: Check::default(), failed: None }
    }

    /// What has come of it, once it is done.
    pub(super) fn finish(self) -> Result<Check, String> {
        match (self.failed, self.layer.fault(), self.layer.peer_end()) {
            (None, None, Some(PeerEnd::CloseNotify)) => Ok(self.received),
            (failed, fault, end) => Err(format!("failed: {failed:?}, {fault:?}, {end:?}")),
        }
    }

    /// A receiver says its end after the sender's, so that the sender sees that all has come.
    fn may_close(&self) -> bool {
        let all_sent = self.sent == self.total && self.layer.may_send();
        all_sent && (self.total > 0 || self.layer.peer_end().is_some())
    }

    fn has_plaintext_to_send(&self) -> bool {
        self.sent < self.total && self.layer.may_send()
    }
}

impl Machine for Transfer {
    fn ports(&self) -> u8 {
        1
    }

    fn wants(&self, port: Port) -> Wants {
        if port != Self::SOCKET || self.is_done() {
            return Wants::NOTHING;
        }
        let write = self.layer.wants_write() || self.has_plaintext_to_send() || self.may_close();
        Wants { read: self.layer.wants_read(), write, ..Wants::NOTHING }
    }

    fn wake(&self) -> Option<Wake> {
        None
    }

    fn handle_now(&mut self, _: Moment) {
        self.layer.start();
    }

    fn window<'a>(&'a mut self, _: Port, lend: &mut dyn Lend) -> Window<'a> {
        Window::Slice(self.layer.window(lend))
    }

    fn pending<'a>(&'a mut self, _: Port, lend: &mut dyn Lend) -> Pending<'a> {
        if !self.layer.wants_write() && self.has_plaintext_to_send() {
            let next = piece(self.sent, LONGEST.min(self.total - self.sent));
            self.sent += self.layer.seal(next, lend);
        }
        if !self.layer.wants_write() && self.may_close() {
            self.layer.close_notify(lend);
        }
        Pending::Slice(self.layer.pending())
    }

    fn settle(&mut self, lend: &mut dyn Lend) {
        self.layer.settle(lend);
    }

    fn handle_read(&mut self, _: Port, n: usize) {
        self.layer.handle_read(n);
        let plain = self.layer.plain();
        self.received.take(plain);
        let n = plain.len();
        self.layer.consume(n);
    }

    fn handle_eof(&mut self, _: Port) {
        self.layer.handle_eof();
    }

    fn handle_written(&mut self, _: Port, n: usize) {
        self.layer.handle_written(n);
    }

    fn handle_failed(&mut self, _: Port, _: Side, fault: Fault) {
        self.failed.get_or_insert(fault);
    }

    fn is_done(&self) -> bool {
        let both =
            self.layer.has_said_close() && !self.layer.wants_write() && self.layer.peer_end().is_some();
        both || self.failed.is_some() || self.layer.fault().is_some()
    }
}
