//! A descriptor that bytes come from or go to: [`Stream`].

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use standpipe_core::{Done, Outcome, Pending, Side, Window};

use crate::fd::Access;
use crate::growth::Growth;
use crate::transfer::{self, Calls};
use crate::typing::Typing;
use crate::{Conduit, fault, fd, poll};

/// A descriptor that bytes come from or go to, and how it is used without ever waiting.
///
/// ```
/// use standpipe_core::{Outcome, Pending, Window};
/// use standpipe_sys::{Stream, fd};
///
/// let (read, write) = fd::pipe()?;
/// let (mut read, mut write) = (Stream::pipe(read)?, Stream::pipe(write)?);
/// let mut buffer = [0; 16];
/// assert_eq!(read.try_read(Window::Slice(&mut buffer)), Outcome::Blocked);
/// assert_eq!(write.try_write(Pending::Slice(b"hello")), Outcome::Ready(5));
/// assert_eq!(read.try_read(Window::Slice(&mut buffer)), Outcome::Ready(5));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Stream {
    fd: Arc<OwnedFd>,
    kind: Kind,
    growth: Growth,
    /// Where what is written goes, where that is a descriptor of its own.
    other_way: Option<Box<Stream>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// Both ways, half-closed by shutdown(2), never waiting by a flag of each call.
    Socket,
    /// One way, through an open file description that is ours alone and non-blocking, or that never waits.
    OneWay,
    /// The same, of a device: a read of a terminal gives a line at most, though there may be more.
    Device,
    /// What is typed at a pseudo-terminal of ours. Its end is a character.
    Typed(Typing),
    /// What is shown on it. Its end is an error.
    Shown,
    /// One way, through a description that others use as well and whose flags are theirs.
    Shared,
}

/// splice(2) does not know such a descriptor either.
const NOT_SPLICED: Outcome = Outcome::Failed(fault(libc::EINVAL));

/// What a pipe takes without waiting when it says that it is writable (pipe(7), PIPE_BUF).
const PIPE_BUF: usize = 4096;

impl Stream {
    /// A stream socket.
    pub fn socket(fd: OwnedFd) -> Self {
        Self::new(fd, Kind::Socket)
    }

    /// A connection that was inherited by number.
    ///
    /// # Errors
    /// It is not open, or no socket.
    pub fn inherited(number: i32) -> io::Result<Self> {
        let fd = fd::inherited(number)?;
        match fd::file_type(fd.as_fd())? {
            libc::S_IFSOCK => Ok(Self::socket(fd)),
            _ => Err(io::Error::from_raw_os_error(libc::ENOTSOCK)),
        }
    }

    pub(crate) fn connected(fd: Arc<OwnedFd>) -> Self {
        Self { fd, kind: Kind::Socket, growth: Growth::default(), other_way: None }
    }

    /// Our end of a pipe, which is made non-blocking. The other end stays as it is.
    ///
    /// # Errors
    /// A bad descriptor.
    pub fn pipe(fd: OwnedFd) -> io::Result<Self> {
        fd::set_nonblocking(fd.as_fd())?;
        Ok(Self::new(fd, Kind::OneWay))
    }

    /// A regular file, or a pipe through a description that is ours alone and non-blocking.
    pub fn file(fd: OwnedFd) -> Self {
        Self::new(fd, Kind::OneWay)
    }

    /// A device, such as a terminal, through a description that is ours alone and non-blocking.
    pub fn device(fd: OwnedFd) -> Self {
        Self::new(fd, Kind::Device)
    }

    /// The master of a pseudo-terminal, non-blocking, for what is typed there. Closing it by a machine's duty types the
    /// end of input, as Ctrl-D does.
    pub fn typed(fd: OwnedFd) -> Self {
        Self::new(fd, Kind::Typed(Typing::default()))
    }

    /// The master of a pseudo-terminal, non-blocking, for what is shown there: it is read to the end when nobody has the
    /// terminal open any more, which the system tells as `EIO` (pty(7)).
    pub fn shown(fd: OwnedFd) -> Self {
        Self::new(fd, Kind::Shown)
    }

    /// A description that others use as well: its flags stay, so it is polled before each call, and a write takes at
    /// most what a pipe that polls writable can take.
    pub fn shared(fd: OwnedFd) -> Self {
        Self::new(fd, Kind::Shared)
    }

    /// Whatever a descriptor stands for, each way that it was opened for. The flags of its description stay as they are, since it
    /// may be shared (ACO-74). A regular file is used as it is, since it is always ready, a socket with flags of each
    /// call; a pipe, a terminal or a memory device is opened once more, for a description of our own. Where that fails, and of any
    /// other device, since to open it may make another one, it is polled before each call.
    ///
    /// # Errors
    /// A bad descriptor, or the descriptor limit.
    pub fn from_fd(fd: OwnedFd) -> io::Result<Self> {
        let access = fd::access(fd.as_fd())?;
        Self::by_kind(fd, access)
    }

    pub(crate) fn by_kind(fd: OwnedFd, access: Access) -> io::Result<Self> {
        let reopened = |fd: OwnedFd, own: fn(OwnedFd) -> Self| match fd::reopened(fd.as_fd(), access) {
            // A FIFO that was opened after its last writer has gone never tells of that (fifo(7)).
            Ok(copy) if access == Access::Write || !poll::has_hung_up(fd.as_fd()) => own(copy),
            _ => Self::shared(fd),
        };
        Ok(match fd::file_type(fd.as_fd())? {
            libc::S_IFSOCK => Self::socket(fd),
            libc::S_IFIFO => reopened(fd, Self::file),
            libc::S_IFCHR if fd::is_same_when_reopened(fd.as_fd())? => reopened(fd, Self::device),
            libc::S_IFCHR => Self::shared(fd),
            _ => Self::file(fd),
        })
    }

    /// Two streams as one: what is read comes from the first, what is written goes to the second, which a half-close closes.
    /// For a driver that asks for a descriptor for each side ([`Stream::descriptor_for`]).
    pub fn pair(read: Self, write: Self) -> Self {
        Self { other_way: Some(Box::new(write)), ..read }
    }

    /// What is read from and what is written to, for whoever uses each on its own: of a pair its two streams, and otherwise the
    /// same descriptor twice, which closes with the later of the two.
    pub fn apart(mut self) -> (Self, Self) {
        if let Some(write) = self.other_way.take() {
            return (self, *write);
        }
        let read = Self { fd: self.fd.clone(), kind: self.kind, growth: Growth::default(), other_way: None };
        (read, self)
    }

    /// Undoes [`Stream::apart`].
    pub fn together(read: Self, write: Self) -> Self {
        if Arc::ptr_eq(&read.fd, &write.fd) { write } else { Self::pair(read, write) }
    }

    fn new(fd: OwnedFd, kind: Kind) -> Self {
        Self { fd: Arc::new(fd), kind, growth: Growth::default(), other_way: None }
    }

    /// The same connection or file by a descriptor of its own.
    ///
    /// # Errors
    /// The descriptor limit.
    pub fn try_clone(&self) -> io::Result<Self> {
        let other_way = self.other_way.as_ref().map(|stream| stream.try_clone()).transpose()?;
        Ok(Self { other_way: other_way.map(Box::new), ..Self::new(self.fd.try_clone()?, self.kind) })
    }

    /// The descriptor, to be registered with a reactor; it must be let go there before the stream is closed.
    pub fn descriptor(&self) -> &Arc<OwnedFd> {
        &self.fd
    }

    /// The descriptor to wait at for this side to be ready.
    pub fn descriptor_for(&self, side: Side) -> &Arc<OwnedFd> {
        match &self.other_way {
            Some(stream) if side == Side::Write => &stream.fd,
            _ => &self.fd,
        }
    }

    /// Whether there is anything to read at all: the writing end of a pipe has nothing.
    pub fn is_readable(&self) -> bool {
        self.kind == Kind::Socket || fd::access(self.fd.as_fd()).is_ok_and(|access| access != Access::Write)
    }

    /// Whether the two directions are closed apart.
    pub fn is_two_way(&self) -> bool {
        self.kind == Kind::Socket || self.other_way.is_some()
    }

    /// Whether a read that does not fill its window has taken all there was (epoll(7), of streams): the next one is of no use
    /// before a wait. What is shared may be a terminal.
    ///
    /// ```
    /// use std::os::unix::net::UnixStream;
    /// use standpipe_sys::Stream;
    ///
    /// let (ours, _theirs) = UnixStream::pair()?;
    /// assert!(Stream::socket(ours.into()).is_emptied_by_a_short_read());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn is_emptied_by_a_short_read(&self) -> bool {
        matches!(self.kind, Kind::Socket | Kind::OneWay)
    }

    /// Reads once, without waiting.
    pub fn try_read(&mut self, window: Window<'_>) -> Outcome {
        if self.kind == Kind::Shared && !poll::is_ready(self.fd.as_fd(), Side::Read) {
            return Outcome::Blocked;
        }
        let outcome = transfer::read(self.fd.as_fd(), self.calls(), window);
        self.moved(outcome);
        match (self.kind, outcome) {
            (Kind::Shown, Outcome::Failed(fault)) if fault.raw() == libc::EIO => Outcome::Eof,
            _ => outcome,
        }
    }

    /// Reads once, and waits in the same system call where this is a socket whose description blocks, as one that was accepted or
    /// connected does by itself. All else is as [`Stream::try_read`].
    ///
    /// ```
    /// use std::io::Write;
    /// use std::os::unix::net::UnixStream;
    /// use standpipe_core::Outcome;
    /// use standpipe_sys::Stream;
    ///
    /// let (ours, mut theirs) = UnixStream::pair()?;
    /// let writer = std::thread::spawn(move || theirs.write_all(b"hello"));
    /// assert_eq!(Stream::socket(ours.into()).read_waiting(&mut [0; 8]), Outcome::Ready(5));
    /// writer.join().unwrap()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn read_waiting(&mut self, into: &mut [u8]) -> Outcome {
        match self.kind {
            Kind::Socket => transfer::receive(self.fd.as_fd(), into),
            _ => self.try_read(Window::Slice(into)),
        }
    }

    /// Writes once, without waiting and without raising SIGPIPE.
    pub fn try_write(&mut self, pending: Pending<'_>) -> Outcome {
        self.write_by(self.calls(), pending)
    }

    /// As [`Stream::try_write`], of what the end of the direction follows at once: a socket keeps it back for that, so that one
    /// packet takes both (send(2), `MSG_MORE`; without that end for 200 ms at most, by tcp(7)).
    ///
    /// ```
    /// use std::io::Read;
    /// use std::os::unix::net::UnixStream;
    /// use standpipe_core::{Outcome, Pending};
    /// use standpipe_sys::Stream;
    ///
    /// let (ours, mut theirs) = UnixStream::pair()?;
    /// let mut ours = Stream::socket(ours.into());
    /// assert_eq!(ours.try_last_write(Pending::Slice(b"bye")), Outcome::Ready(3));
    /// ours.close_write()?;
    /// let mut heard = Vec::new();
    /// theirs.read_to_end(&mut heard)?;
    /// assert_eq!(heard, b"bye");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn try_last_write(&mut self, pending: Pending<'_>) -> Outcome {
        let calls = if self.kind == Kind::Socket { Calls::LastOfSocket } else { Calls::File };
        self.write_by(calls, pending)
    }

    fn write_by(&mut self, calls: Calls, pending: Pending<'_>) -> Outcome {
        if let Some(stream) = &mut self.other_way {
            return stream.try_write(pending);
        }
        if self.kind == Kind::Shared && !poll::is_ready(self.fd.as_fd(), Side::Write) {
            return Outcome::Blocked;
        }
        let at_most = if self.kind == Kind::Shared { PIPE_BUF } else { usize::MAX };
        let outcome = transfer::write(self.fd.as_fd(), calls, pending, at_most);
        if let (Kind::Typed(typing), Outcome::Ready(n)) = (&mut self.kind, outcome) {
            typing.typed(&pending, n);
        }
        self.moved(outcome);
        outcome
    }

    /// Moves at most so many bytes from here into a conduit, without waiting. What is shared is not spliced: its flags are not ours.
    pub(crate) fn try_fill(&mut self, conduit: &mut Conduit, at_most: usize) -> Outcome {
        if !matches!(self.kind, Kind::Socket | Kind::OneWay) {
            return NOT_SPLICED;
        }
        let outcome = conduit.fill(self.fd.as_fd(), at_most);
        self.moved(outcome);
        outcome
    }

    /// Moves at most so many bytes out of a conduit, likewise.
    pub(crate) fn try_drain(&mut self, conduit: &mut Conduit, at_most: usize) -> Outcome {
        if let Some(stream) = &mut self.other_way {
            return stream.try_drain(conduit, at_most);
        }
        if !matches!(self.kind, Kind::Socket | Kind::OneWay) {
            return NOT_SPLICED;
        }
        let outcome = conduit.drain(self.fd.as_fd(), at_most);
        self.moved(outcome);
        outcome
    }

    /// Takes the urgent byte that has come, where one has (recv(2), `MSG_OOB`). It fails where none will come any more: a
    /// wait for one would be ended by the hang-up at once, again and again.
    pub(crate) fn try_urgent(&self) -> Done {
        let mut byte = [std::mem::MaybeUninit::uninit()];
        match socket2::SockRef::from(&self.fd).recv_out_of_band(&mut byte) {
            // SAFETY: recv(2) has written as many bytes as it says, and that is this one.
            Ok(1) => Done::Ok(unsafe { byte[0].assume_init() }.into()),
            Ok(_) => Done::Blocked,
            // None has come, or it was taken already (tcp(7)).
            Err(error) if matches!(error.raw_os_error(), Some(libc::EINVAL | libc::EAGAIN)) => {
                let is_over = poll::has_hung_up(self.fd.as_fd());
                if is_over { Done::Failed(fault::of(&error)) } else { Done::Blocked }
            }
            Err(error) => Done::Failed(fault::of(&error)),
        }
    }

    /// Half-close: the peer reads to its end. Of a two-way stream; one with a single way is dropped instead.
    ///
    /// # Errors
    /// The peer is gone.
    pub fn close_write(&mut self) -> io::Result<()> {
        if let Some(mut stream) = self.other_way.take() {
            let _best_effort = stream.end_input();
            return Ok(());
        }
        if self.kind != Kind::Socket {
            return Ok(());
        }
        socket2::SockRef::from(&self.fd).shutdown(std::net::Shutdown::Write)
    }

    /// Says that nothing more will come, where closing alone would not say it: on a terminal the end of input is typed.
    /// `Blocked` where that cannot be said yet, `Ready` where it is.
    pub fn end_input(&mut self) -> Outcome {
        match &mut self.kind {
            Kind::Typed(typing) => typing.end(self.fd.as_fd()),
            _ => Outcome::Ready(0),
        }
    }

    /// Whether it is what is shown on a terminal of ours.
    pub(crate) fn is_shown(&self) -> bool {
        self.kind == Kind::Shown
    }

    /// Makes the coming close a reset, where the transport has one.
    pub(crate) fn make_close_abrupt(&self) {
        if self.kind == Kind::Socket {
            // Unix sockets have no reset; closing over unread input is what they have.
            let _ = socket2::SockRef::from(&self.fd).set_linger(Some(std::time::Duration::ZERO));
        }
    }

    fn calls(&self) -> Calls {
        if self.kind == Kind::Socket { Calls::Socket } else { Calls::File }
    }

    fn moved(&mut self, outcome: Outcome) {
        if let (Outcome::Ready(n), Kind::OneWay) = (outcome, self.kind) {
            self.growth.moved(self.fd.as_fd(), n);
        }
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsFd;
    use std::time::Duration;

    use standpipe_core::Done;

    use super::Stream;
    use crate::PollSet;

    #[test]
    fn an_urgent_byte_is_waited_for_and_taken_once() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let peer = TcpStream::connect(listener.local_addr().expect("bound")).expect("it listens");
        let stream = Stream::socket(listener.accept().expect("it was connected to").0.into());
        assert_eq!(stream.try_urgent(), Done::Blocked);
        socket2::SockRef::from(&peer).send_out_of_band(b"!").expect("it is open");
        let mut set = PollSet::default();
        set.add_urgent(stream.as_fd());
        set.wait(Some(Duration::from_secs(60))).expect("it can wait");
        assert!(set.is_ready(0));
        assert_eq!(stream.try_urgent(), Done::Ok(b'!'.into()));
        assert_eq!(stream.try_urgent(), Done::Blocked);
    }

    #[test]
    fn no_urgent_byte_is_waited_for_where_both_directions_have_ended() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let peer = TcpStream::connect(listener.local_addr().expect("bound")).expect("it listens");
        let mut stream = Stream::socket(listener.accept().expect("it was connected to").0.into());
        stream.close_write().expect("it is open");
        assert_eq!(stream.try_urgent(), Done::Blocked);
        drop(peer);
        let mut set = PollSet::default();
        set.add_urgent(stream.as_fd());
        set.wait(Some(Duration::from_secs(60))).expect("it can wait");
        assert!(matches!(stream.try_urgent(), Done::Failed(_)));
    }
}
