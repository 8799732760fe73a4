//! From an accepted connection to a relay over descriptors: [`Service`].

use std::fmt;
use std::os::fd::{AsFd, AsRawFd};
use std::sync::Arc;

use standpipe_core::flow::{Relay, RelayOptions};
use standpipe_core::process::{Command, Group, Stdio};
use standpipe_core::{BUDGET, EofPolicy, Layer};

use crate::served::Served;
use crate::socket::{Accepted, Candidate, Connector, Endpoint};
use crate::{Conduit, Ends, LaunchError, launch};

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

/// Makes the layer of a new connection.
pub type MakeLayer = Arc<dyn Fn() -> Box<dyn Layer> + Send + Sync>;

/// How connections are secured.
#[derive(Clone)]
pub struct Security {
    /// Makes the layer of a new connection.
    pub layer: MakeLayer,
    /// What a connection is taken for that ends without saying so in the layer.
    pub eof: EofPolicy,
}

impl fmt::Debug for Security {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Security").field("eof", &self.eof).finish_non_exhaustive()
    }
}

/// What a server does with its connections.
#[derive(Clone, Debug)]
pub struct Service {
    /// The work.
    pub work: Work,
    /// The limits of each connection.
    pub options: RelayOptions,
    /// How clients are secured; plain where that is not said.
    pub client_security: Option<Security>,
    /// How the connections of [`Work::Link`] are secured; plain where that is not said.
    pub server_security: Option<Security>,
    /// Whether the child of a plain connection gets the connection itself as its standard input and output, in place of
    /// pipes. Nothing is relayed then: no idle limit holds, no byte is counted, and a client that is gone is noticed by the
    /// child alone.
    pub hands_over: bool,
    /// Whether the bytes of plain connections are moved within the kernel by splice(2), where they are relayed and there are
    /// descriptors for it: two for each direction. What they are moved from and to is non-blocking from then on. It spares this
    /// process its copies, and the processes at both ends may pay for that.
    pub splices: bool,
    /// Bytes that one connection's turn may move before others get theirs. Default: core's, 256 KiB.
    pub budget: usize,
}

impl Service {
    /// Couples connections with this work, plainly.
    pub fn new(work: Work, options: RelayOptions) -> Self {
        Self {
            work,
            options,
            client_security: None,
            server_security: None,
            hands_over: false,
            splices: false,
            budget: BUDGET,
        }
    }

    /// Couples an accepted connection with its work. The child of a secured connection is started later, by
    /// [`Served::attend`].
    ///
    /// # Errors
    /// The child could not be started; the connection comes back, open.
    pub fn serve(&self, accepted: Accepted) -> Result<Served, (Accepted, LaunchError)> {
        let options = self.options.clone();
        let mut later = None;
        let (mut relay, mut ends) = match &self.work {
            Work::Echo => (Relay::echo(options), Ends::default()),
            Work::Link(candidates) => {
                let relay = Relay::link(options, u16::try_from(candidates.len()).unwrap_or(u16::MAX));
                (relay, Ends::default().with(Relay::SERVER, Connector::new(candidates.clone())))
            }
            Work::Exec(command) if self.client_security.is_some() => {
                later = Some(told(command, &accepted));
                (Relay::exec_secured(options), Ends::default())
            }
            Work::Exec(command) if self.is_handed_over() => match hand_over(command, &accepted) {
                Ok(ends) => (Relay::handed_over(options), ends),
                Err(error) => return Err((accepted, error)),
            },
            Work::Exec(command) => match children_ends(&told(command, &accepted)) {
                Ok(ends) => (Relay::exec(options), ends),
                Err(error) => return Err((accepted, error)),
            },
        };
        for (port, security) in
            [(Relay::CLIENT, &self.client_security), (Relay::SERVER, &self.server_security)]
        {
            if let Some(Security { layer, eof }) = security {
                relay = relay.with_layer(port, layer(), *eof);
            }
        }
        if let Some(conduits) = self.conduits() {
            relay = relay.spliced();
            ends.extend(conduits);
        }
        let Accepted { stream, peer, place } = accepted;
        let (ends, away) = match self.is_handed_over() {
            true => (ends, Some(stream)),
            false => (ends.with(Relay::CLIENT, stream), None),
        };
        let served = Served { relay, ends, peer, budget: self.budget, later, away, refusal: None, place };
        Ok(served)
    }

    /// What the bytes of a connection are moved by; an echo has one direction.
    fn conduits(&self) -> Option<Ends> {
        let is_plain = self.client_security.is_none() && self.server_security.is_none();
        if !self.splices || !is_plain || self.is_handed_over() {
            return None;
        }
        let up = Ends::default().with(Relay::UP, Conduit::new().ok()?);
        Some(match self.work {
            Work::Echo => up,
            _ => up.with(Relay::DOWN, Conduit::new().ok()?),
        })
    }

    /// Whether a connection is its child's own.
    fn is_handed_over(&self) -> bool {
        self.hands_over && self.client_security.is_none() && matches!(self.work, Work::Exec(_))
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

/// Starts a command with the connection as its standard input and output. Ours is kept: without it a child that leaves
/// input unread would reset the connection by its exit.
fn hand_over(command: &Command, accepted: &Accepted) -> Result<Ends, LaunchError> {
    let socket = accepted.stream.as_fd();
    // Where accepted sockets inherit the listener's flag: the child's reads are to wait. Ours never do, flag or not.
    let _ = socket2::SockRef::from(&socket).set_nonblocking(false);
    let stdio = Stdio::Descriptor(socket.as_raw_fd());
    let launched = launch(&told(command, accepted).stdin(stdio).stdout(stdio))?;
    Ok(Ends::default().with(Relay::EXIT, launched.exit))
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
