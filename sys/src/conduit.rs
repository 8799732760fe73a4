//! Bytes that are moved within the kernel: [`Conduit`].

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::ptr::null_mut;

use standpipe_core::Outcome;

use crate::fd;
use crate::growth::Growth;
use crate::sigpipe::without_sigpipe;
use crate::transfer::{incoming, outgoing};

/// A kernel pipe through which splice(2) moves bytes from one descriptor to another: they are counted, and never seen. A busy one is
/// made big, as any pipe is.
///
/// It stands behind a port of [`Ends`](crate::Ends) that a machine names in
/// [`Window::Counted`](standpipe_core::Window::Counted), and has one source and one sink.
#[derive(Debug)]
pub struct Conduit {
    /// Where bytes are put in, and taken out.
    inlet: OwnedFd,
    outlet: OwnedFd,
    /// Whether source and sink were made non-blocking: splice(2) waits at a socket as its description says.
    has_source: bool,
    has_sink: bool,
    growth: Growth,
}

impl Conduit {
    /// An empty one.
    ///
    /// ```
    /// use std::io::ErrorKind;
    /// use standpipe_sys::Conduit;
    ///
    /// match Conduit::new() {
    ///     Ok(conduit) => drop(conduit), // to be put behind a port
    ///     Err(error) => assert_eq!(error.kind(), ErrorKind::Unsupported, "bytes are read and written instead"),
    /// }
    /// ```
    ///
    /// # Errors
    /// The descriptor limit, or `Unsupported` where splice(2) is not to be used.
    pub fn new() -> io::Result<Self> {
        if cfg!(standpipe_force_portable) {
            return Err(io::ErrorKind::Unsupported.into());
        }
        let (outlet, inlet) = fd::pipe()?;
        Ok(Self { inlet, outlet, has_source: false, has_sink: false, growth: Growth::default() })
    }

    /// Moves at most so many bytes in, without waiting. Of one that is not empty `Blocked` may say that it is full.
    pub(crate) fn fill(&mut self, source: BorrowedFd<'_>, at_most: usize) -> Outcome {
        let moved =
            prepared(source, &mut self.has_source).and_then(|()| splice(source, self.inlet.as_fd(), at_most));
        let outcome = incoming(at_most, moved);
        if let Outcome::Ready(n) = outcome {
            self.growth.moved(self.inlet.as_fd(), n);
        }
        outcome
    }

    /// Moves at most so many bytes out, without waiting and without raising SIGPIPE.
    pub(crate) fn drain(&mut self, sink: BorrowedFd<'_>, at_most: usize) -> Outcome {
        let outlet = self.outlet.as_fd();
        let moved = prepared(sink, &mut self.has_sink)
            .and_then(|()| without_sigpipe(|| splice(outlet, sink, at_most)));
        outgoing(moved)
    }
}

fn prepared(fd: BorrowedFd<'_>, is_prepared: &mut bool) -> io::Result<()> {
    if !*is_prepared {
        fd::set_nonblocking(fd)?;
        *is_prepared = true;
    }
    Ok(())
}

fn splice(from: BorrowedFd<'_>, to: BorrowedFd<'_>, at_most: usize) -> io::Result<usize> {
    let flags = libc::SPLICE_F_MOVE | libc::SPLICE_F_NONBLOCK;
    let (from, to) = (from.as_raw_fd(), to.as_raw_fd());
    // SAFETY: both descriptors are borrowed, therefore open, and no offset is passed.
    fd::check_size(|| unsafe { libc::splice(from, null_mut(), to, null_mut(), at_most, flags) })
}

#[cfg(all(test, not(standpipe_force_portable)))]
mod tests {
    use std::io::{Read, Write};
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    use standpipe_core::{FaultKind, Outcome};

    use super::Conduit;
    use crate::Stream;

    #[test]
    fn bytes_come_through_and_then_the_end() {
        let ((source, mut theirs), (sink, mut others)) = (pair(), pair());
        let mut conduit = Conduit::new().expect("a pipe can be made");
        assert_eq!(conduit.fill(source.as_fd(), 8), Outcome::Blocked);
        theirs.write_all(b"hello").expect("it is open");
        assert_eq!(conduit.fill(source.as_fd(), 4), Outcome::Ready(4));
        assert_eq!(conduit.drain(sink.as_fd(), 4), Outcome::Ready(4));
        assert_eq!(conduit.fill(source.as_fd(), 4), Outcome::Ready(1));
        assert_eq!(conduit.drain(sink.as_fd(), 1), Outcome::Ready(1));
        drop(theirs);
        assert_eq!(conduit.fill(source.as_fd(), 4), Outcome::Eof);
        let mut bytes = [0; 5];
        others.read_exact(&mut bytes).expect("they were sent");
        assert_eq!(&bytes, b"hello");
    }

    #[test]
    fn a_sink_that_takes_no_more_blocks_nobody_and_one_that_is_gone_is_told() {
        let ((source, mut theirs), (sink, others)) = (pair(), pair());
        let mut conduit = Conduit::new().expect("a pipe can be made");
        theirs.set_nonblocking(true).expect("it is a socket");
        let full = (0..100_000).map(|_| {
            let _ = theirs.write(&[7; 4096]);
            let Outcome::Ready(n) = conduit.fill(source.as_fd(), 1 << 20) else { return Outcome::Blocked };
            conduit.drain(sink.as_fd(), n)
        });
        assert_eq!(full.last(), Some(Outcome::Blocked));
        drop(others);
        let told = conduit.drain(sink.as_fd(), 1);
        assert!(matches!(told, Outcome::Failed(fault) if fault.kind() == FaultKind::BrokenPipe), "{told:?}");
    }

    #[test]
    fn a_pair_is_written_to_where_it_is_written_and_what_is_shared_keeps_its_flags() {
        let ((source, mut theirs), (sink, mut others), (unused, _)) = (pair(), pair(), pair());
        let mut both = Stream::pair(Stream::socket(unused.into()), Stream::socket(sink.into()));
        let mut source = Stream::socket(source.into());
        let mut conduit = Conduit::new().expect("a pipe can be made");
        theirs.write_all(b"hello").expect("it is open");
        assert_eq!(source.try_fill(&mut conduit, 8), Outcome::Ready(5));
        assert_eq!(both.try_drain(&mut conduit, 5), Outcome::Ready(5));
        let mut bytes = [0; 5];
        others.read_exact(&mut bytes).expect("they were sent");
        let mut shared = Stream::shared(others.into());
        assert!(matches!(shared.try_fill(&mut conduit, 1), Outcome::Failed(_)));
        assert!(matches!(shared.try_drain(&mut conduit, 1), Outcome::Failed(_)));
        assert!(!socket2::SockRef::from(&shared).nonblocking().expect("it is open"));
    }

    fn pair() -> (UnixStream, UnixStream) {
        UnixStream::pair().expect("sockets can be made")
    }
}
