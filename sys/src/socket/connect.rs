//! Connecting without waiting.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use socket2::{Domain, SockRef, Socket, Type};
use standpipe_core::socket::{Connect, interleave};
use standpipe_core::{Done, Machine, Side};

use super::Candidate;
use crate::{Ends, Stream, fault, poll};

/// A race for a connection to the first of the candidates that answers, families taking turns, and what stands behind
/// its ports. Where they are connected to from one and the same port, it can only be used by one at a time, and they are
/// tried in turn.
///
/// ```
/// use standpipe_core::Machine;
/// use standpipe_sys::socket::{Purpose, connecting, resolve};
///
/// let candidates = resolve(&"127.0.0.1:7".parse()?, Purpose::Connect)?;
/// let (connect, ends) = connecting(candidates);
/// assert_eq!((connect.ports(), ends.ports().iter().count()), (1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn connecting(candidates: Vec<Candidate>) -> (Connect, Ends) {
    let candidates: Arc<[_]> = interleave(candidates, 1, Candidate::domain).into();
    let count = u16::try_from(candidates.len()).unwrap_or(u16::MAX);
    let one_by_one = candidates.iter().any(Candidate::has_fixed_source);
    let connect = if one_by_one { Connect::sequential(count) } else { Connect::new(count) };
    let ports = Connect::first().take(connect.ports().into());
    let ends = ports.fold(Ends::default(), |ends, port| ends.with(port, Connector::new(candidates.clone())));
    (connect, ends)
}

/// One attempt at a time to connect to one of several candidates.
#[derive(Debug)]
pub struct Connector {
    /// Nothing while they are not known.
    candidates: Option<Arc<[Candidate]>>,
    under_way: Option<(u16, Arc<OwnedFd>)>,
}

impl Connector {
    /// Will connect to these candidates, as it is told which.
    pub fn new(candidates: impl Into<Arc<[Candidate]>>) -> Self {
        Self { candidates: Some(candidates.into()), under_way: None }
    }

    /// Nobody knows yet where it is to connect to: an attempt waits.
    pub(crate) const fn undecided() -> Self {
        Self { candidates: None, under_way: None }
    }

    /// The descriptor of the attempt that is under way.
    pub fn descriptor(&self) -> Option<&Arc<OwnedFd>> {
        self.under_way.as_ref().map(|(_, fd)| fd)
    }

    /// Whether the attempt that is under way is not the one to this candidate.
    pub(crate) fn is_behind(&self, index: u16) -> bool {
        self.under_way.as_ref().is_some_and(|(current, _)| *current != index)
    }

    /// Begins to connect to the candidate with this index, or looks how far that has come (connect(2)).
    pub(crate) fn try_connect(&mut self, index: u16) -> Done {
        let result = match &self.under_way {
            Some((current, fd)) if *current == index => finish(fd.as_fd()),
            _ => self.begin(index),
        };
        match result {
            Ok(true) => Done::Ok(0),
            Ok(false) => Done::Blocked,
            Err(error) => Done::Failed(fault::of(&error)),
        }
    }

    fn begin(&mut self, index: u16) -> io::Result<bool> {
        self.under_way = None;
        let Some(candidates) = &self.candidates else { return Ok(false) };
        let candidate = candidates.get(usize::from(index)).ok_or(io::ErrorKind::AddrNotAvailable)?;
        let socket = Socket::new(candidate.domain(), Type::STREAM.nonblocking().cloexec(), None)?;
        if candidate.domain() != Domain::UNIX {
            socket.set_tcp_nodelay(true)?;
        }
        if let Some(source) = &candidate.source {
            socket.bind(source)?;
        }
        let connected = match socket.connect(&candidate.address) {
            Ok(()) => true,
            Err(error) if error.raw_os_error() == Some(libc::EINPROGRESS) => false,
            Err(error) => return Err(error),
        };
        self.under_way = Some((index, Arc::new(socket.into())));
        Ok(connected)
    }

    /// The connection, once it is made.
    pub(crate) fn into_stream(self) -> Option<Stream> {
        self.under_way.map(|(_, fd)| Stream::connected(fd))
    }
}

/// Whether an attempt that was begun has come to a connection.
pub(super) fn finish(fd: BorrowedFd<'_>) -> io::Result<bool> {
    if !poll::is_ready(fd, Side::Write) {
        return Ok(false);
    }
    match SockRef::from(&fd).take_error()? {
        Some(error) => Err(error),
        None => Ok(true),
    }
}
