//! Accepting connections.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use socket2::SockRef;
use standpipe_core::Done;

use super::Endpoint;
use super::deal::{Dealer, Hand};
use crate::places::{Place, Seat};
use crate::{Stream, fault};

/// A connection that was accepted.
#[derive(Debug)]
pub struct Accepted {
    /// The connection.
    pub stream: Stream,
    /// Who connected.
    pub peer: Endpoint,
    /// What it counts by where several listeners share a limit.
    pub(crate) place: Option<Box<Place>>,
}

/// A listening socket, and what was accepted from it and not yet taken.
#[derive(Debug)]
pub struct Acceptor {
    source: Source,
    accepted: VecDeque<Accepted>,
    /// The others that its connections are for as well.
    dealer: Dealer,
    /// Where it takes places for what it accepts.
    seat: Option<Seat>,
    _path: Option<Unlink>,
}

/// Where connections come from.
#[derive(Debug)]
enum Source {
    Socket(Arc<OwnedFd>),
    /// Another acceptor, which deals them.
    Hand(Hand),
}

/// Takes a Unix socket's path away with the socket, unless another server has it by then.
#[derive(Debug)]
struct Unlink {
    path: PathBuf,
    file: Option<FileId>,
}

/// The device and the number of a file.
type FileId = (u64, u64);

impl Unlink {
    fn new(path: PathBuf) -> Self {
        Self { file: file_id(&path), path }
    }
}

impl Drop for Unlink {
    fn drop(&mut self) {
        if self.file.is_some() && file_id(&self.path) == self.file {
            // There is nobody to tell.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn file_id(path: &Path) -> Option<FileId> {
    std::fs::symlink_metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

impl Acceptor {
    pub(super) fn new(fd: OwnedFd, path: Option<PathBuf>) -> Self {
        Self { _path: path.map(Unlink::new), ..Self::of(Source::Socket(Arc::new(fd))) }
    }

    fn of(source: Source) -> Self {
        Self { source, accepted: VecDeque::new(), dealer: Dealer::default(), seat: None, _path: None }
    }

    /// Another acceptor, which gets its share of what this one accepts.
    pub(super) fn deal(&mut self) -> io::Result<Self> {
        Ok(Self::of(Source::Hand(self.dealer.add()?)))
    }

    /// From now on a place is taken before a connection is accepted. What is dealt has one already.
    pub(crate) fn sit(&mut self, seat: Seat) {
        self.seat = Some(seat);
    }

    /// The descriptor, to be registered with a reactor; it must be let go there before the acceptor is closed.
    pub fn descriptor(&self) -> &Arc<OwnedFd> {
        match &self.source {
            Source::Socket(fd) => fd,
            Source::Hand(hand) => hand.descriptor(),
        }
    }

    /// The next accepted connection.
    pub fn take(&mut self) -> Option<Accepted> {
        self.accepted.pop_front()
    }

    /// Accepts up to so many connections without waiting; they are then to be taken. Each is close-on-exec from its
    /// birth (accept4(2)).
    pub fn try_accept(&mut self, at_most: u16) -> Done {
        self.accept_by(at_most, Self::next)
    }

    /// The same for those who have connected already: nobody else is an answer as well.
    pub fn try_accept_rest(&mut self, at_most: u16) -> Done {
        match self.accept_by(at_most, Self::next_of_the_rest) {
            Done::Blocked => Done::Ok(0),
            done => done,
        }
    }

    fn accept_by(&mut self, at_most: u16, next: fn(&mut Self) -> Result<Accepted, Done>) -> Done {
        for count in 0..at_most {
            match next(self) {
                Ok(accepted) => self.accepted.push_back(accepted),
                Err(_) if count > 0 => return Done::Ok(count.into()),
                Err(done) => return done,
            }
        }
        Done::Ok(at_most.into())
    }

    fn next(&mut self) -> Result<Accepted, Done> {
        match &mut self.source {
            Source::Hand(hand) => hand.take(),
            Source::Socket(_) => self.next_of_socket(),
        }
    }

    fn next_of_the_rest(&mut self) -> Result<Accepted, Done> {
        match &mut self.source {
            Source::Hand(hand) => hand.take_rest(),
            Source::Socket(_) => self.next_of_socket(),
        }
    }

    /// The next one that is not another's.
    fn next_of_socket(&mut self) -> Result<Accepted, Done> {
        loop {
            let accepted = self.accept()?;
            if let Some(own) = self.dealer.deal(accepted) {
                return Ok(own);
            }
        }
    }

    fn accept(&self) -> Result<Accepted, Done> {
        let place = self.seat.as_ref().map(Seat::take).transpose()?;
        let (socket, peer) =
            SockRef::from(self.descriptor()).accept().map_err(|error| match error.kind() {
                io::ErrorKind::WouldBlock => Done::Blocked,
                _ => Done::Failed(fault::of(&error)),
            })?;
        // Fails on a Unix socket, which has no such delay.
        let _ = socket.set_tcp_nodelay(true);
        Ok(Accepted { stream: Stream::socket(socket.into()), peer: Endpoint::known(&peer), place })
    }
}

impl AsFd for Acceptor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor().as_fd()
    }
}
