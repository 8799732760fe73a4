//! One direction of a stream: [`Reading`], [`Writing`].

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use async_io::Async;
use standpipe_core::{LENT_SIZE, Outcome, Pending, Side, Window};
use standpipe_sys::{Stream, fault};

use crate::buffered::Ahead;
use crate::guess::Guess;
use crate::turn::Turn;

/// A descriptor as the reactor has it. Both directions may share it: the reactor has a waker for each.
type Watch = Arc<Async<Arc<OwnedFd>>>;

/// Watches both directions; not by `Async::new`, which would set a flag on a description that may be others' as well.
pub(crate) fn apart(stream: Stream) -> io::Result<(Reading, Writing)> {
    let watch = |fd: &Arc<OwnedFd>| Async::new_nonblocking(fd.clone()).map(Arc::new);
    let [read, write] = [Side::Read, Side::Write].map(|side| stream.descriptor_for(side));
    let reads = watch(read)?;
    let writes = if Arc::ptr_eq(read, write) { reads.clone() } else { watch(write)? };
    let (read, write) = stream.apart();
    let reading = Reading {
        watch: reads,
        stream: read,
        ahead: Ahead::default(),
        is_dry: false,
        guess: Guess::default(),
        turn: Turn::default(),
    };
    Ok((reading, Writing { open: Some((writes, write)), is_said: false, turn: Turn::default() }))
}

/// Puts them together, with what was read ahead. The reactor has let go of the descriptors then.
pub(crate) fn together(reading: Reading, writing: Writing) -> (Stream, Vec<u8>) {
    let Reading { stream: read, ahead, .. } = reading;
    let stream = match writing.open {
        Some((_, write)) => Stream::together(read, write),
        None => read,
    };
    (stream, ahead.into_left_over())
}

/// What is read from.
#[derive(Debug)]
pub(crate) struct Reading {
    /// Dropped before the descriptor can be closed.
    watch: Watch,
    stream: Stream,
    ahead: Ahead,
    /// The last read took all there was: the next one fails most likely before a wait has shown that there is more.
    is_dry: bool,
    guess: Guess,
    turn: Turn,
}

impl Reading {
    pub(crate) fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        into: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        if !self.ahead.bytes().is_empty() {
            return Poll::Ready(Ok(self.ahead.take(into)));
        }
        self.poll(context, into.len(), |stream, _| stream.try_read(Window::Slice(into)))
    }

    pub(crate) fn poll_fill_buf(&mut self, context: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        if self.ahead.bytes().is_empty() {
            ready!(self.poll(context, LENT_SIZE, |stream, ahead| ahead.fill(stream)))?;
        }
        Poll::Ready(Ok(self.ahead.bytes()))
    }

    pub(crate) fn consume(&mut self, n: usize) {
        self.ahead.consume(n);
    }

    /// What was read and not taken.
    pub(crate) fn ahead(&self) -> &[u8] {
        self.ahead.bytes()
    }

    /// Reads once into so much room.
    fn poll(
        &mut self,
        context: &mut Context<'_>,
        room: usize,
        mut read: impl FnMut(&mut Stream, &mut Ahead) -> Outcome,
    ) -> Poll<io::Result<usize>> {
        ready!(self.turn.poll_go_on(context));
        loop {
            if self.is_dry {
                ready!(self.poll_wait(context))?;
                self.is_dry = false;
            }
            match read(&mut self.stream, &mut self.ahead) {
                Outcome::Ready(n) => {
                    self.guess.found();
                    self.guess.took(n);
                    self.is_dry = n < room && self.stream.is_emptied_by_a_short_read();
                    self.turn.moved(n);
                    return Poll::Ready(Ok(n));
                }
                Outcome::Eof => return Poll::Ready(Ok(0)),
                Outcome::Failed(failed) => return Poll::Ready(Err(fault::error(failed))),
                Outcome::Blocked => {
                    self.guess.missed();
                    self.is_dry = true;
                }
            }
        }
    }

    /// Pending until there is something to be read, or is worth a guess.
    fn poll_wait(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.turn.begin();
        if self.guess.make() {
            self.is_dry = false;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.watch.poll_readable(context)
    }
}

impl AsFd for Reading {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

/// What is written to.
#[derive(Debug)]
pub(crate) struct Writing {
    /// The watch is dropped before the descriptor can be closed; nothing, once that is.
    open: Option<(Watch, Stream)>,
    /// The end was said.
    is_said: bool,
    turn: Turn,
}

impl Writing {
    pub(crate) fn poll_write(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let Some((watch, stream)) = &mut self.open else {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        };
        ready!(self.turn.poll_go_on(context));
        loop {
            match stream.try_write(Pending::Slice(bytes)) {
                Outcome::Ready(n) => {
                    self.turn.moved(n);
                    return Poll::Ready(Ok(n));
                }
                Outcome::Failed(failed) => return Poll::Ready(Err(fault::error(failed))),
                Outcome::Blocked | Outcome::Eof => {
                    self.turn.begin();
                    ready!(watch.poll_writable(context))?;
                }
            }
        }
    }

    /// Half-close. Where there is one way alone, what is written to is closed: a peer sees the end of a pipe when nobody holds
    /// it any more.
    pub(crate) fn poll_close(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some((watch, stream)) = self.open.as_mut().filter(|_| !self.is_said) else {
            return Poll::Ready(Ok(()));
        };
        if stream.is_two_way() {
            let said = stream.close_write();
            self.is_said = said.is_ok();
            return Poll::Ready(said);
        }
        loop {
            match stream.end_input() {
                Outcome::Blocked => ready!(watch.poll_writable(context))?,
                Outcome::Failed(failed) => return Poll::Ready(Err(fault::error(failed))),
                Outcome::Ready(_) | Outcome::Eof => break,
            }
        }
        self.open = None;
        Poll::Ready(Ok(()))
    }
}
