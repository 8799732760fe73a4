//! A connection that is being served, and what there is to tell of it: [`Served`], [`ServerEvent`].

use std::fmt;

use standpipe_core::flow::{Relay, RelayEvent, Report};
use standpipe_core::process::Command;
use standpipe_core::{Fault, Negotiated};

use crate::places::Place;
use crate::service::children_ends;
use crate::socket::Endpoint;
use crate::{Ends, LaunchError, Stream};

/// A connection that is being served.
#[derive(Debug)]
pub struct Served {
    /// The machine.
    pub relay: Relay,
    /// What stands behind its ports.
    pub ends: Ends,
    /// Who connected.
    pub peer: Endpoint,
    /// Bytes that one turn of it may move.
    pub budget: usize,
    /// The command that waits for the connection to be secured.
    pub(crate) later: Option<Command>,
    /// The connection that the child has as well, until the relay needs it.
    pub(crate) away: Option<Stream>,
    pub(crate) refusal: Option<LaunchError>,
    /// What it counts by where several fronts share a limit.
    pub(crate) place: Option<Box<Place>>,
}

/// What a connection came to.
#[derive(Debug)]
pub struct Verdict {
    /// Who had connected.
    pub peer: Endpoint,
    /// What its relay came to.
    pub report: Report,
    /// Why its child could not be started, where that was it.
    pub refusal: Option<LaunchError>,
}

impl Served {
    /// Sees to what the relay has told: when the connection is secured, its child is started, and finds what was agreed
    /// upon in its environment; a connection that was the child's comes back. `true` when descriptors were added.
    pub fn attend(&mut self) -> bool {
        match self.relay.next_event() {
            Some(RelayEvent::Secured) => self.start_child(),
            Some(RelayEvent::TakeBack) => self.take_back(),
            _ => false,
        }
    }

    fn take_back(&mut self) -> bool {
        let Some(stream) = self.away.take() else { return false };
        self.ends.extend(Ends::default().with(Relay::CLIENT, stream));
        self.relay.taken_back();
        true
    }

    fn start_child(&mut self) -> bool {
        let Some(command) = self.later.take() else { return false };
        let negotiated = self.relay.layer(Relay::CLIENT).and_then(|layer| layer.negotiated());
        match children_ends(&secured(command, negotiated)) {
            Ok(ends) => {
                self.ends.extend(ends);
                self.relay.spawned();
                true
            }
            Err(error) => {
                self.refusal = Some(error);
                self.relay.abort();
                false
            }
        }
    }

    /// What it came to, once its relay is done.
    pub fn verdict(self) -> Option<Verdict> {
        Some(Verdict { report: self.relay.report()?, peer: self.peer, refusal: self.refusal })
    }
}

/// What a child is told of the security of its connection.
fn secured(command: Command, negotiated: Option<Negotiated>) -> Command {
    let Some(negotiated) = negotiated else { return command };
    command
        .env("STANDPIPE_TLS_VERSION", negotiated.version)
        .env("STANDPIPE_TLS_CIPHER", negotiated.cipher)
        .env("STANDPIPE_TLS_SNI", negotiated.server_name.unwrap_or_default())
        .env("STANDPIPE_TLS_ALPN", negotiated.alpn.unwrap_or_default())
        .env("STANDPIPE_TLS_PEER_SUBJECT", negotiated.peer_subject.unwrap_or_default())
}

/// What happens to a server that its owner may want to log.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServerEvent {
    /// A connection is served.
    Accepted(Endpoint),
    /// A connection could not be served; it was closed.
    Refused(Endpoint, LaunchError),
    /// A connection was closed at once, since its address has as many as one may have.
    Crowded(Endpoint),
    /// A connection was given up for a reason of this process, such as no thread for it.
    Lost(Endpoint, std::io::Error),
    /// A connection has ended.
    Ended(Endpoint, Report),
    /// A resource has run out; accepting goes on after a pause.
    Paused(Fault),
    /// The listening socket is broken; the server drains and ends.
    Broken(Fault),
    /// What is still open is being aborted.
    Aborting,
}

impl fmt::Display for ServerEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted(peer) => write!(f, "{peer} connected"),
            Self::Refused(peer, error) => write!(f, "{peer} refused: {error}"),
            Self::Crowded(peer) => {
                write!(f, "{peer} refused: its address has as many connections as it may have")
            }
            Self::Lost(peer, error) => write!(f, "{peer} given up: {error}"),
            Self::Ended(peer, report) => {
                write!(f, "{peer} ended: {}", report.end)?;
                if !report.unseen {
                    write!(f, ", {} bytes in, {} out", report.sent, report.received)?;
                }
                match report.exit {
                    Some(exit) => write!(f, ", {exit}"),
                    None => Ok(()),
                }
            }
            Self::Paused(fault) => write!(f, "accepting pauses: {fault}"),
            Self::Broken(fault) => write!(f, "the listening socket is broken: {fault}"),
            Self::Aborting => f.write_str("aborting what is still open"),
        }
    }
}
