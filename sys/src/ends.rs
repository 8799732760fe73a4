//! The descriptors behind a machine's ports: [`Ends`].

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use standpipe_core::socket::Connect;
use standpipe_core::{Done, Duty, Handshake, Layer, Outcome, Pending, Port, Ports, Side, Window};

use crate::at_ports::AtPorts;
use crate::exit::ChildExit;
use crate::socket::{Acceptor, Connector, Inbox, Outbox};
use crate::{ChildHandle, Conduit, Kept, Stream, fault};

/// What stands behind one port.
#[derive(Debug)]
#[non_exhaustive]
pub enum End {
    /// Bytes.
    Stream(Stream),
    /// A connection that is being made; it becomes a stream.
    Connector(Box<Connector>),
    /// A listening socket.
    Acceptor(Box<Acceptor>),
    /// Datagrams that come.
    Inbox(Box<Inbox>),
    /// Datagrams that go.
    Outbox(Box<Outbox>),
    /// A child's exit.
    Exit(Kept),
    /// What bytes are moved by that nobody looks at.
    Conduit(Box<Conduit>),
    /// The terminal of a child that is done with it: closing it would hang up, and end the child.
    Terminal(Stream),
}

impl End {
    fn descriptor(&self) -> Option<&Arc<OwnedFd>> {
        match self {
            Self::Stream(stream) => Some(stream.descriptor()),
            Self::Connector(connector) => connector.descriptor(),
            Self::Acceptor(acceptor) => Some(acceptor.descriptor()),
            Self::Inbox(inbox) => Some(inbox.descriptor()),
            Self::Outbox(outbox) => Some(outbox.descriptor()),
            Self::Exit(kept) => Some(kept.descriptor()),
            Self::Conduit(_) | Self::Terminal(_) => None,
        }
    }
}

macro_rules! from {
    ($($variant:ident($inner:ty))*) => {
        $(impl From<$inner> for End {
            fn from(inner: $inner) -> Self {
                Self::$variant(inner.into())
            }
        })*
    };
}

from! { Stream(Stream) Connector(Connector) Acceptor(Acceptor) Inbox(Inbox) Outbox(Outbox) Exit(Kept)
Conduit(Conduit) }

impl From<ChildExit> for End {
    fn from(exit: ChildExit) -> Self {
        Self::Exit(exit.into())
    }
}

/// The descriptors behind a machine's ports. Dropping it closes them all; a child that was not reaped is killed and
/// reaped.
#[derive(Debug, Default)]
pub struct Ends {
    ends: AtPorts,
}

impl Ends {
    /// With this end behind the port as well.
    #[must_use]
    pub fn with(mut self, port: Port, end: impl Into<End>) -> Self {
        self.ends.put(port.index(), end.into());
        self
    }

    /// Takes all of the others as well.
    pub fn extend(&mut self, others: Self) {
        for (index, end) in others.ends.into_vec().into_iter().enumerate() {
            if let Some(end) = end {
                self.ends.put(index, end);
            }
        }
    }

    /// The descriptor behind a port, to wait for; a reactor must let it go before a duty that closes the port.
    pub fn descriptor(&self, port: Port) -> Option<&Arc<OwnedFd>> {
        self.get(port).and_then(End::descriptor)
    }

    /// The descriptor to wait at for a side of a port to be ready: of most it is the same for both.
    pub fn descriptor_for(&self, port: Port, side: Side) -> Option<&Arc<OwnedFd>> {
        match self.get(port) {
            Some(End::Stream(stream)) => Some(stream.descriptor_for(side)),
            _ => self.descriptor(port),
        }
    }

    /// The listening socket behind a port.
    pub fn acceptor(&mut self, port: Port) -> Option<&mut Acceptor> {
        match self.ends.get_mut(port.index()).and_then(Option::as_mut) {
            Some(End::Acceptor(acceptor)) => Some(acceptor),
            _ => None,
        }
    }

    /// The datagrams that have come to a port.
    pub fn inbox(&mut self, port: Port) -> Option<&mut Inbox> {
        match self.ends.get_mut(port.index()).and_then(Option::as_mut) {
            Some(End::Inbox(inbox)) => Some(inbox),
            _ => None,
        }
    }

    /// The datagrams that wait at a port to be sent.
    pub fn outbox(&mut self, port: Port) -> Option<&mut Outbox> {
        match self.ends.get_mut(port.index()).and_then(Option::as_mut) {
            Some(End::Outbox(outbox)) => Some(outbox),
            _ => None,
        }
    }

    /// A handle on the child whose exit is behind the port.
    pub fn child(&self, port: Port) -> Option<ChildHandle> {
        match self.get(port) {
            Some(End::Exit(kept)) => Some(kept.handle()),
            _ => None,
        }
    }

    /// The ports that something stands behind.
    pub fn ports(&self) -> Ports {
        let mut ports = Ports::default();
        let filled = (0..).zip(self.ends.as_slice()).filter(|(_, end)| end.is_some());
        filled.for_each(|(index, _)| ports.insert(Port::new(index)));
        ports
    }

    /// Takes out what is behind a port, to be put behind another machine's.
    pub fn take(&mut self, port: Port) -> Option<End> {
        self.ends.get_mut(port.index()).and_then(Option::take)
    }

    /// Takes the stream out from behind a port.
    pub fn into_stream(mut self, port: Port) -> Option<Stream> {
        match self.take(port) {
            Some(End::Stream(stream)) => Some(stream),
            _ => None,
        }
    }

    /// What a finished [`Connect`] has made.
    ///
    /// # Errors
    /// Why it made none, in the standard library's words.
    pub fn into_connected(self, connect: &Connect) -> io::Result<Stream> {
        match connect.result() {
            Some(Err(end)) => Err(fault::end_error(end)),
            Some(Ok(port)) => self.into_stream(port).ok_or(io::ErrorKind::NotConnected.into()),
            None => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// What a finished [`Handshake`] has agreed upon, and its connection.
    ///
    /// # Errors
    /// Why nothing was agreed upon, in the standard library's words.
    pub fn into_secured(self, handshake: Handshake) -> io::Result<(Stream, Box<dyn Layer>)> {
        let layer = handshake.finish().map_err(|error| fault::end_error(error.into()))?;
        let stream = self.into_stream(Handshake::SOCKET).ok_or(io::ErrorKind::NotConnected)?;
        Ok((stream, layer))
    }

    /// Whether the duty, when done, closes the descriptor behind the port: a half-close does where there is only one
    /// way.
    pub fn is_closed_by(&self, port: Port, duty: Duty) -> bool {
        match (duty, self.get(port)) {
            (Duty::CloseWrite, Some(End::Stream(stream))) => !stream.is_two_way(),
            // The next attempt has a socket of its own.
            (Duty::Connect(candidate), Some(End::Connector(connector))) => connector.is_behind(candidate),
            (duty, _) => duty.ends_port(),
        }
    }

    fn stream(&mut self, port: Port) -> Result<&mut Stream, Outcome> {
        match self.ends.get_mut(port.index()).and_then(Option::as_mut) {
            Some(End::Stream(stream)) => Ok(stream),
            _ => Err(Outcome::Failed(fault(libc::EBADF))),
        }
    }

    /// Reads once from the port, without waiting.
    pub fn try_read(&mut self, port: Port, window: Window<'_>) -> Outcome {
        if let Window::Counted { conduit, max } = window {
            return self.spliced(port, conduit, |stream, conduit| stream.try_fill(conduit, max));
        }
        self.stream(port).map_or_else(|missing| missing, |stream| stream.try_read(window))
    }

    /// Writes once to the port, without waiting.
    pub fn try_write(&mut self, port: Port, pending: Pending<'_>) -> Outcome {
        if let Pending::Counted { conduit, len } = pending {
            return self.spliced(port, conduit, |stream, conduit| stream.try_drain(conduit, len));
        }
        self.stream(port).map_or_else(|missing| missing, |stream| stream.try_write(pending))
    }

    /// As [`Ends::try_write`], of what the end of the direction follows at once.
    pub fn try_last_write(&mut self, port: Port, pending: Pending<'_>) -> Outcome {
        if matches!(pending, Pending::Counted { .. }) {
            return self.try_write(port, pending);
        }
        self.stream(port).map_or_else(|missing| missing, |stream| stream.try_last_write(pending))
    }

    fn spliced(
        &mut self,
        port: Port,
        conduit: Port,
        splice: impl FnOnce(&mut Stream, &mut Conduit) -> Outcome,
    ) -> Outcome {
        match self.ends.two_mut(port.index(), conduit.index()) {
            Some([Some(End::Stream(stream)), Some(End::Conduit(conduit))]) => splice(stream, conduit),
            _ => Outcome::Failed(fault(libc::EBADF)),
        }
    }

    /// Performs the duty at the port. Closing what is closed already is done.
    pub fn try_duty(&mut self, port: Port, duty: Duty) -> Done {
        let Some(slot) = self.ends.get_mut(port.index()) else { return absent(duty) };
        match (duty, slot.as_mut()) {
            (Duty::CloseWrite, Some(End::Stream(stream))) if stream.is_two_way() => {
                // A peer that is gone already has nothing left to be told.
                let _ = stream.close_write();
            }
            (Duty::Urgent, Some(End::Stream(stream))) => return stream.try_urgent(),
            (Duty::Reset, Some(End::Stream(stream))) => {
                stream.make_close_abrupt();
                *slot = None;
            }
            (Duty::CloseWrite | Duty::Close, Some(End::Stream(stream))) => {
                if stream.end_input() == Outcome::Blocked {
                    return Done::Blocked;
                }
                close(slot);
            }
            (Duty::CloseWrite | Duty::Close | Duty::Reset, _) => *slot = None,
            (Duty::Connect(candidate), Some(End::Connector(connector))) => {
                let done = connector.try_connect(candidate);
                if matches!(done, Done::Ok(_)) {
                    connected(slot);
                }
                return done;
            }
            (Duty::Accept(at_most), Some(End::Acceptor(acceptor))) => return acceptor.try_accept(at_most),
            (Duty::AcceptRest(at_most), Some(End::Acceptor(acceptor))) => {
                return acceptor.try_accept_rest(at_most);
            }
            (Duty::Receive(at_most), Some(End::Inbox(inbox))) => return inbox.try_receive(at_most),
            (Duty::Send(at_most), Some(End::Outbox(outbox))) => return outbox.try_send(at_most),
            (Duty::Signals(target, signals), Some(End::Exit(kept))) => return kept.signal(target, signals),
            (Duty::Observe, Some(End::Exit(kept))) => return kept.observe(),
            (Duty::ObserveStops, Some(End::Exit(kept))) => return kept.observe_stops(),
            (Duty::Reap, Some(End::Exit(kept))) => return kept.reap(),
            _ => return absent(duty),
        }
        Done::Ok(0)
    }

    pub(crate) fn are_emptied_by_a_short_read(&self, port: Port) -> bool {
        matches!(self.get(port), Some(End::Stream(stream)) if stream.is_emptied_by_a_short_read())
    }

    fn get(&self, port: Port) -> Option<&End> {
        self.ends.get(port.index())
    }
}

/// What becomes of a duty at a port that has nothing for it: to close nothing is done.
fn absent(duty: Duty) -> Done {
    match duty {
        Duty::CloseWrite | Duty::Close | Duty::Reset => Done::Ok(0),
        _ => Done::Failed(fault(libc::EBADF)),
    }
}

fn close(slot: &mut Option<End>) {
    *slot = match slot.take() {
        Some(End::Stream(stream)) if stream.is_shown() => Some(End::Terminal(stream)),
        _ => None,
    };
}

fn connected(slot: &mut Option<End>) {
    if let Some(End::Connector(connector)) = slot.take() {
        *slot = connector.into_stream().map(End::Stream);
    }
}
