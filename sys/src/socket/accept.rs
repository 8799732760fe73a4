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
use crate::{Stream, fault};

/// A connection that was accepted.
#[derive(Debug)]
pub struct Accepted {
    /// The connection.
    pub stream: Stream,
    /// Who connected.
    pub peer: Endpoint,
}

/// A listening socket, and what was accepted from it and not yet taken.
#[derive(Debug)]
pub struct Acceptor {
    fd: Arc<OwnedFd>,
    accepted: VecDeque<Accepted>,
    _path: Option<Unlink>,
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
        Self { fd: Arc::new(fd), accepted: VecDeque::new(), _path: path.map(Unlink::new) }
    }

    /// The descriptor, to be registered with a reactor; it must be let go there before the acceptor is closed.
    pub fn descriptor(&self) -> &Arc<OwnedFd> {
        &self.fd
    }

    /// The next accepted connection.
    pub fn take(&mut self) -> Option<Accepted> {
        self.accepted.pop_front()
    }

    /// Accepts up to so many connections without waiting; they are then to be taken. Each is close-on-exec from its
    /// birth (accept4(2)).
    pub fn try_accept(&mut self, at_most: u16) -> Done {
        for count in 0..at_most {
            match SockRef::from(&self.fd).accept() {
                Ok((socket, peer)) => {
                    // Fails on a Unix socket, which has no such delay.
                    let _ = socket.set_tcp_nodelay(true);
                    let stream = Stream::socket(socket.into());
                    self.accepted.push_back(Accepted { stream, peer: Endpoint::known(&peer) });
                }
                Err(_) if count > 0 => return Done::Ok(count.into()),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Done::Blocked,
                Err(error) => return Done::Failed(fault::of(&error)),
            }
        }
        Done::Ok(at_most.into())
    }
}

impl AsFd for Acceptor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}
