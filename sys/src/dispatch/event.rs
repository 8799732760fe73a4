//! What a loop tells its owner: [`LoopEvent`].

use std::fmt;
use std::io;

use standpipe_core::Fault;
use standpipe_core::dispatch::Key;

use crate::socket::Endpoint;

/// What happens in a loop beside what handlers are told, and that its owner may want to log.
#[derive(Debug)]
#[non_exhaustive]
pub enum LoopEvent {
    /// A handler has returned an error, and its channel is being closed.
    Failed {
        /// Whose.
        key: Key,
        /// The other side, where it is known.
        peer: Option<Endpoint>,
        /// What it returned.
        error: io::Error,
    },
    /// A connection was closed at once, since its address has as many as one may have.
    Crowded(Endpoint),
    /// A resource has run out; accepting goes on after a pause.
    Paused(Fault),
    /// A listening socket is broken, and was closed.
    Broken(Fault),
    /// What is still open is being reset: a drain is over, or was cut short.
    Aborting,
}

impl fmt::Display for LoopEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { peer: Some(peer), error, .. } => write!(f, "{peer} given up: {error}"),
            Self::Failed { key, error, .. } => write!(f, "{key:?} given up: {error}"),
            Self::Crowded(peer) => {
                write!(f, "{peer} refused: its address has as many connections as it may have")
            }
            Self::Paused(fault) => write!(f, "accepting pauses: {fault}"),
            Self::Broken(fault) => write!(f, "the listening socket is broken: {fault}"),
            Self::Aborting => f.write_str("aborting what is still open"),
        }
    }
}
