//! Connections and pipe ends in the standard library's habits: [`Stream`], [`connect`].

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use standpipe_core::flow::RelayOptions;
use standpipe_core::socket::Address;
use standpipe_core::{Handshake, Layer, Moment, Outcome, Pending, Side, Window};
use standpipe_sys::socket::{self, Candidate, Endpoint, Purpose};
use standpipe_sys::{Clock, Ends, PollSet, fault};

use crate::Waiter;

/// A connection, or one end of a pipe. Reading and writing wait; writing to a peer that is gone is an error and never
/// SIGPIPE.
///
/// ```
/// use std::io::{Read, Write};
/// use standpipe_blocking::{Listener, connect};
///
/// let listener = Listener::bind(&"127.0.0.1:0".parse()?)?;
/// let mut client = connect(&listener.local().to_string().parse()?)?;
/// let (mut server, _) = listener.accept()?;
/// client.write_all(b"hello")?;
/// client.close_write()?;
/// let mut text = String::new();
/// server.read_to_string(&mut text)?;
/// assert_eq!(text, "hello");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Stream {
    inner: standpipe_sys::Stream,
    timeout: Option<Duration>,
}

impl Stream {
    /// How long each read and write may wait before it fails with `TimedOut`, which loses nothing: the next call goes on.
    /// Default: without limit. It is this handle's, and not the connection's.
    ///
    /// ```
    /// use std::io::{ErrorKind, Read};
    /// use std::time::Duration;
    /// use standpipe_blocking::{Listener, connect};
    ///
    /// let listener = Listener::bind(&"127.0.0.1:0".parse()?)?;
    /// let mut client = connect(&listener.local().to_string().parse()?)?;
    /// client.set_timeout(Some(Duration::from_millis(1)));
    /// assert_eq!(client.read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::TimedOut);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_timeout(&mut self, timeout: Option<Duration>) {
        self.timeout = timeout;
    }

    /// How long each read and write may wait.
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// One end of a pipe, which is made non-blocking; the other end stays as it is.
    ///
    /// # Errors
    /// A bad descriptor.
    ///
    /// ```
    /// use std::io::{Read, Write};
    /// use standpipe_blocking::Stream;
    ///
    /// let (reader, mut writer) = std::io::pipe()?;
    /// writer.write_all(b"hello")?;
    /// let mut bytes = [0; 5];
    /// Stream::pipe(reader)?.read_exact(&mut bytes)?;
    /// assert_eq!(&bytes, b"hello");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn pipe(end: impl Into<OwnedFd>) -> io::Result<Self> {
        standpipe_sys::Stream::pipe(end.into()).map(Self::from)
    }

    /// Whatever a descriptor stands for: a pipe, a FIFO, a terminal, a socket, a regular file, which is always ready. The flags
    /// that others share with it are left alone.
    ///
    /// # Errors
    /// A bad descriptor, or the descriptor limit.
    ///
    /// ```
    /// use std::fs::File;
    /// use std::io::Read;
    /// use standpipe_blocking::Stream;
    ///
    /// assert_eq!(Stream::from_fd(File::open("/dev/null")?)?.read(&mut [0; 5])?, 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn from_fd(fd: impl Into<OwnedFd>) -> io::Result<Self> {
        standpipe_sys::Stream::from_fd(fd.into()).map(Self::from)
    }

    /// Two one-way streams as one connection, such as a child's output and input: what is read comes from the first, what
    /// is written goes to the second, which a half-close closes.
    ///
    /// ```
    /// use std::io::{Read, Write};
    /// use standpipe_blocking::Stream;
    ///
    /// let ((our_reader, their_writer), (their_reader, our_writer)) = (std::io::pipe()?, std::io::pipe()?);
    /// let mut ours = Stream::pair(Stream::pipe(our_reader)?, Stream::pipe(our_writer)?);
    /// let mut theirs = Stream::pair(Stream::pipe(their_reader)?, Stream::pipe(their_writer)?);
    /// ours.write_all(b"hello")?;
    /// ours.close_write()?;
    /// let mut text = String::new();
    /// theirs.read_to_string(&mut text)?;
    /// assert_eq!(text, "hello");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn pair(read: Self, write: Self) -> Self {
        standpipe_sys::Stream::pair(read.inner, write.inner).into()
    }

    /// Half-close: the peer reads to its end, and may still answer. At a terminal of ours the end of input is typed, as by
    /// Ctrl-D.
    ///
    /// # Errors
    /// The peer is gone.
    pub fn close_write(&mut self) -> io::Result<()> {
        if self.inner.is_two_way() {
            return self.inner.close_write();
        }
        let limit = Limit::of(self.timeout);
        loop {
            match self.inner.end_input() {
                Outcome::Blocked => self.wait(Side::Write, &limit)?,
                Outcome::Failed(failed) => return Err(fault::error(failed)),
                Outcome::Ready(_) | Outcome::Eof => return Ok(()),
            }
        }
    }

    /// Our own side of the connection.
    pub fn local(&self) -> Endpoint {
        Endpoint::local(self.as_fd())
    }

    /// The other side of the connection.
    pub fn peer(&self) -> Endpoint {
        Endpoint::peer(self.as_fd())
    }

    fn wait(&self, side: Side, limit: &Limit) -> io::Result<()> {
        limit.wait(self.inner.descriptor_for(side).as_fd(), side)
    }

    /// Gives the stream to a machine.
    pub fn into_inner(self) -> standpipe_sys::Stream {
        self.inner
    }
}

impl From<standpipe_sys::Stream> for Stream {
    fn from(inner: standpipe_sys::Stream) -> Self {
        Self { inner, timeout: None }
    }
}

impl From<Stream> for standpipe_sys::Stream {
    fn from(stream: Stream) -> Self {
        stream.inner
    }
}

impl From<TcpStream> for Stream {
    fn from(connection: TcpStream) -> Self {
        standpipe_sys::Stream::socket(connection.into()).into()
    }
}

impl From<UnixStream> for Stream {
    fn from(connection: UnixStream) -> Self {
        standpipe_sys::Stream::socket(connection.into()).into()
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inner.as_fd()
    }
}

impl Stream {
    /// Without a time-out it waits in the read itself, which is one system call in place of three.
    fn read_once(&mut self, buffer: &mut [u8]) -> Outcome {
        match self.timeout {
            None => self.inner.read_waiting(buffer),
            Some(_) => self.inner.try_read(Window::Slice(buffer)),
        }
    }
}

/// One deadline for a whole call, however often it is woken.
struct Limit(Option<(Clock, Moment)>);

impl Limit {
    fn of(timeout: Option<Duration>) -> Self {
        Self(timeout.map(|wait| {
            let clock = Clock::start();
            (clock, clock.now() + wait)
        }))
    }

    fn wait(&self, fd: BorrowedFd<'_>, side: Side) -> io::Result<()> {
        let left = self.0.map(|(clock, deadline)| clock.until(deadline));
        if left == Some(Duration::ZERO) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let mut set = PollSet::default();
        set.add(fd, side);
        set.wait(left)
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let limit = Limit::of(self.timeout);
        loop {
            match self.read_once(buffer) {
                Outcome::Ready(n) => return Ok(n),
                Outcome::Eof => return Ok(0),
                Outcome::Failed(failed) => return Err(fault::error(failed)),
                Outcome::Blocked => self.wait(Side::Read, &limit)?,
            }
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let limit = Limit::of(self.timeout);
        loop {
            match self.inner.try_write(Pending::Slice(bytes)) {
                Outcome::Ready(n) => return Ok(n),
                Outcome::Failed(failed) => return Err(fault::error(failed)),
                Outcome::Blocked | Outcome::Eof => self.wait(Side::Write, &limit)?,
            }
        }
    }

    /// Nothing is kept back, so there is nothing to flush.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Connects to an address, racing what its name stands for (RFC 8305), within core's default of 30 s.
///
/// # Errors
/// The name cannot be looked up, why the last candidate failed, or the time-out.
pub fn connect(address: &Address) -> io::Result<Stream> {
    let candidates = socket::resolve(address, Purpose::Connect).map_err(io::Error::other)?;
    connect_to(candidates, RelayOptions::default().connect)
}

/// Connects to the first of the candidates that answers.
///
/// # Errors
/// Why the last candidate failed, or the time-out.
pub fn connect_to(candidates: Vec<Candidate>, timeout: Option<Duration>) -> io::Result<Stream> {
    let (mut connect, mut ends) = socket::connecting(candidates);
    let mut waiter = Waiter::default();
    connect.set_deadline(timeout.map(|wait| waiter.now() + wait));
    waiter.run(&mut connect, &mut ends)?;
    ends.into_connected(&connect).map(Stream::from)
}

/// Agrees upon a layer, such as TLS, with the other side of a connection.
///
/// # Errors
/// Why nothing was agreed upon, or the time-out.
pub fn secure(
    stream: standpipe_sys::Stream,
    layer: Box<dyn Layer>,
    timeout: Option<Duration>,
) -> io::Result<(standpipe_sys::Stream, Box<dyn Layer>)> {
    let mut handshake = Handshake::new(layer);
    let mut ends = Ends::default().with(Handshake::SOCKET, stream);
    let mut waiter = Waiter::default();
    handshake.set_deadline(timeout.map(|wait| waiter.now() + wait));
    waiter.run(&mut handshake, &mut ends)?;
    ends.into_secured(handshake)
}
