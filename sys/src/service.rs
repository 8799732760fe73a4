//! From an accepted connection to a relay over descriptors: [`Service`].

use std::fmt;
use std::os::fd::AsFd;

use standpipe_core::Fault;
use standpipe_core::flow::{Relay, RelayOptions, Report};
use standpipe_core::process::{Command, Group, Stdio};

use crate::socket::{Accepted, Candidate, Connector, Endpoint};
use crate::{Ends, LaunchError, launch};

/// What each connection is for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Work {
    /// It gets its own bytes back.
    Echo,
    /// It is coupled with a child of its own, which leads a process group and finds `REMOTE_ADDR`, `REMOTE_PORT`,
    /// `LOCAL_ADDR` and `LOCAL_PORT` in its environment.
    Exec(Command),
    /// It is coupled with a connection to the first of these that answers.
    Link(Vec<Candidate>),
}

/// What a server does with its connections.
#[derive(Clone, Debug)]
pub struct Service {
    /// The work.
    pub work: Work,
    /// The limits of each connection.
    pub options: RelayOptions,
}

/// A connection that is being served.
#[derive(Debug)]
pub struct Served {
    /// The machine.
    pub relay: Relay,
    /// What stands behind its ports.
    pub ends: Ends,
    /// Who connected.
    pub peer: Endpoint,
}

/// What happens to a server that its owner may want to log.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServerEvent {
    /// A connection is served.
    Accepted(Endpoint),
    /// A connection could not be served; it was closed.
    Refused(Endpoint, LaunchError),
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

impl Service {
    /// Couples an accepted connection with its work.
    ///
    /// # Errors
    /// The child could not be started; the connection comes back, open.
    pub fn serve(&self, accepted: Accepted) -> Result<Served, (Accepted, LaunchError)> {
        let options = self.options.clone();
        let (relay, ends) = match &self.work {
            Work::Echo => (Relay::echo(options), Ends::default()),
            Work::Link(candidates) => {
                let relay = Relay::link(options, u16::try_from(candidates.len()).unwrap_or(u16::MAX));
                (relay, Ends::default().with(Relay::SERVER, Connector::new(candidates.clone())))
            }
            Work::Exec(command) => match children_ends(&told(command, &accepted)) {
                Ok(ends) => (Relay::exec(options), ends),
                Err(error) => return Err((accepted, error)),
            },
        };
        let Accepted { stream, peer } = accepted;
        Ok(Served { relay, ends: ends.with(Relay::CLIENT, stream), peer })
    }
}

/// Starts a command with pipes for standard input and output and puts them behind a relay's ports.
pub(crate) fn children_ends(command: &Command) -> Result<Ends, LaunchError> {
    let mut launched = launch(command)?;
    let mut ends = Ends::default();
    for (number, port) in [(0, Relay::STDIN), (1, Relay::STDOUT)] {
        if let Some(pipe) = launched.pipe(number) {
            ends = ends.with(port, pipe);
        }
    }
    Ok(ends.with(Relay::EXIT, launched.exit))
}

/// What a child is told of its connection. Its group is its own, so that it is stopped as a whole.
fn told(command: &Command, accepted: &Accepted) -> Command {
    let (local, peer) = (Endpoint::local(accepted.stream.as_fd()), &accepted.peer);
    let port = |endpoint: &Endpoint| endpoint.port().map(|port| port.to_string()).unwrap_or_default();
    command
        .clone()
        .env("REMOTE_ADDR", peer.address())
        .env("REMOTE_PORT", port(peer))
        .env("LOCAL_ADDR", local.address())
        .env("LOCAL_PORT", port(&local))
        .stdin(Stdio::Pipe)
        .stdout(Stdio::Pipe)
        .group(Group::New)
}

impl fmt::Display for ServerEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted(peer) => write!(f, "{peer} connected"),
            Self::Refused(peer, error) => write!(f, "{peer} refused: {error}"),
            Self::Lost(peer, error) => write!(f, "{peer} given up: {error}"),
            Self::Ended(peer, report) => {
                write!(f, "{peer} ended: {}, {} bytes in, {} out", report.end, report.sent, report.received)?;
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
