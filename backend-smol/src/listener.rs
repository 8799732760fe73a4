//! Listeners as streams of connections, with core's policy of accepting: [`Listener`].

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_lite::stream;
use smol::lock::Mutex;
use standpipe_core::socket::{Address, ListenOptions};
use standpipe_sys::socket::{self, Accepted, Admissions, Bound, Endpoint, Slot};

use crate::turn::Turn;
use crate::{Stream, Waiter};

/// A TCP or Unix listener: a stream of connections, which any number of tasks may also accept from.
///
/// Accepting follows core's policy ([`Listen`](standpipe_core::socket::Listen)): a connection that is gone before it is
/// accepted is skipped, and at the descriptor limit it waits until one closes, or tries again after a pause, so that it
/// neither burns a core nor fails. As a stream, and by [`Listener::admit`], it keeps to the limits of its [`ListenOptions`] as
/// well. The stream ends after the error of a socket that is broken.
///
/// Dropping a future of it loses no connection: one is taken only by the poll that returns it. The task that accepts whatever
/// comes at once yields after 128 connections.
///
/// ```
/// use smol::io::{AsyncReadExt, AsyncWriteExt};
/// use smol::stream::StreamExt;
/// use standpipe_smol::{Admitted, ListenOptions, Listener, connect};
///
/// smol::block_on(async {
///     let limits = ListenOptions { max_per_address: 10, ..ListenOptions::default() };
///     let mut listener = Listener::bind_with(&"127.0.0.1:0".parse()?, limits)?;
///     let mut client = connect(&listener.local().to_string().parse()?).await?;
///     client.write_all(b"hello").await?;
///     client.close_write().await?;
///
///     let Some(admitted) = listener.next().await else { unreachable!("it goes on") };
///     let Admitted { mut stream, slot, .. } = admitted?;
///     let mut text = String::new();
///     stream.read_to_string(&mut text).await?;
///     assert_eq!(text, "hello");
///     drop(slot); // and counts no longer
///     Ok::<(), Box<dyn std::error::Error>>(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Listener {
    /// Held by the task whose turn it is to accept; the next one has it when that has its connection, or gives up.
    accepting: Mutex<Accepting>,
    local: Endpoint,
}

/// A connection that counts against the limits of its listener.
#[derive(Debug)]
pub struct Admitted<S = Stream> {
    /// The connection.
    pub stream: S,
    /// Its other side.
    pub peer: Endpoint,
    /// What it counts by: to be kept as long as the connection is, whatever becomes of the stream.
    pub slot: Slot,
}

#[derive(Debug)]
struct Accepting {
    waiter: Waiter,
    admissions: Admissions,
    turn: Turn,
    /// Its error was told.
    is_over: bool,
}

impl Listener {
    /// Listens at an address, without limits. A name is looked up here and now.
    ///
    /// # Errors
    /// As [`bind`](crate::bind).
    pub fn bind(address: &Address) -> io::Result<Self> {
        Self::bind_with(address, ListenOptions::default())
    }

    /// Listens at an address, with these limits.
    ///
    /// # Errors
    /// As [`Listener::bind`].
    pub fn bind_with(address: &Address, options: ListenOptions) -> io::Result<Self> {
        Self::of(socket::bind(address)?, options)
    }

    /// Accepts from a socket that was bound elsewhere, with these limits.
    ///
    /// # Errors
    /// The reactor cannot watch it.
    pub fn of(bound: Bound, options: ListenOptions) -> io::Result<Self> {
        let local = bound.local().clone();
        let mut admissions = Admissions::new(bound, options);
        let mut waiter = Waiter::default();
        // The reactor makes descriptors of its own for the first one, and panics where connections have taken them all.
        waiter.register(admissions.parts().1)?;
        let accepting = Accepting { waiter, admissions, turn: Turn::default(), is_over: false };
        Ok(Self { accepting: Mutex::new(accepting), local })
    }

    /// Where it listens, a port that the system chose included.
    pub fn local(&self) -> &Endpoint {
        &self.local
    }

    /// Waits for the next connection, which does not count against any limit from then on. Dropping the future loses none.
    ///
    /// # Errors
    /// The listening socket is broken.
    pub async fn accept(&self) -> io::Result<(Stream, Endpoint)> {
        let Accepted { stream, peer, .. } = self.next_by(Admissions::take_uncounted).await?;
        Ok((Stream::new(stream)?, peer))
    }

    /// Waits for the next connection that the limits allow. One whose address has as many as it may have is closed at
    /// once; above the limit of all of them the system queues what comes. Dropping the future loses none.
    ///
    /// # Errors
    /// The listening socket is broken.
    pub async fn admit(&self) -> io::Result<Admitted> {
        admitted(self.next_by(Admissions::take).await?)
    }

    async fn next_by<T>(&self, take: impl Fn(&mut Admissions) -> Option<T>) -> io::Result<T> {
        let mut accepting = self.accepting.lock().await;
        poll_fn(|context| accepting.poll_taken(&take, context)).await
    }
}

impl Accepting {
    fn poll_taken<T>(
        &mut self,
        take: impl Fn(&mut Admissions) -> Option<T>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        ready!(self.turn.poll_go_on(context));
        // Before one looks what has ended: whatever ends later wakes.
        self.admissions.set_waker(context.waker());
        loop {
            if let Some(taken) = take(&mut self.admissions) {
                self.turn.moved(0);
                return Poll::Ready(Ok(taken));
            }
            self.admissions.check()?;
            let (listen, ends) = self.admissions.parts();
            let run = self.waiter.poll_run(listen, ends, context);
            if run.is_pending() {
                self.turn.begin();
            }
            ready!(run)?;
        }
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Admitted>>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        let next = ready!(self.poll_taken(Admissions::take, context)).and_then(admitted);
        self.is_over = next.is_err() && self.admissions.check().is_err();
        Poll::Ready(Some(next))
    }
}

fn admitted((Accepted { stream, peer, .. }, slot): (Accepted, Slot)) -> io::Result<Admitted> {
    Ok(Admitted { stream: Stream::new(stream)?, peer, slot })
}

impl stream::Stream for Listener {
    type Item = io::Result<Admitted>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().accepting.get_mut().poll_next(context)
    }
}
