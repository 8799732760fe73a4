//! Listeners in the standard library's habits, with core's policy of accepting: [`Listener`].

use std::io;
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Wake;

use standpipe_core::Window;
use standpipe_core::signal::Signal;
use standpipe_core::socket::{Address, ListenOptions};
use standpipe_sys::socket::{self, Accepted, Admissions, Bound, Endpoint};
use standpipe_sys::{Control, control_pipe};

pub use standpipe_sys::socket::Slot;

use crate::{Stream, Waiter};

/// A TCP or Unix listener. Any number of threads may accept from it; each connection goes to one of them.
///
/// Accepting follows core's policy ([`Listen`](standpipe_core::socket::Listen)): a connection that is gone before it is accepted is skipped, and at the
/// descriptor limit it waits until one closes, or tries again after a pause, so that it neither burns a core nor fails.
/// [`Listener::admit`] keeps to the limits of its [`ListenOptions`] as well.
///
/// ```
/// use std::io::{Read, Write};
/// use standpipe_blocking::{ListenOptions, Listener, connect};
///
/// let limits = ListenOptions { max_per_address: 10, ..ListenOptions::default() };
/// let listener = Listener::bind_with(&"127.0.0.1:0".parse()?, limits)?;
/// let mut client = connect(&listener.local().to_string().parse()?)?;
/// client.write_all(b"hello")?;
/// client.close_write()?;
///
/// let mut admitted = listener.admit()?;
/// let mut text = String::new();
/// admitted.stream.read_to_string(&mut text)?;
/// assert_eq!(text, "hello");
/// drop(admitted); // and counts no longer
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Listener {
    accepting: Mutex<Accepting>,
    local: Endpoint,
}

/// A connection that counts against the limits of its listener.
#[derive(Debug)]
pub struct Admitted {
    /// The connection.
    pub stream: Stream,
    /// Its other side.
    pub peer: Endpoint,
    /// What it counts by: to be kept as long as the connection is, whatever becomes of the stream.
    pub slot: Slot,
}

#[derive(Debug)]
struct Accepting {
    admissions: Admissions,
    waiter: Waiter,
    /// Readable when a connection has ended.
    woken: standpipe_sys::Stream,
}

impl Listener {
    /// Listens at an address, without limits.
    ///
    /// # Errors
    /// As [`bind`](crate::bind); or the descriptor limit.
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
    /// The descriptor limit.
    pub fn of(bound: Bound, options: ListenOptions) -> io::Result<Self> {
        let local = bound.local().clone();
        let (woken, waker) = control_pipe()?;
        let accepting =
            Accepting { admissions: Admissions::new(bound, options), waiter: Waiter::default(), woken };
        accepting.admissions.set_waker(&Arc::new(Ended(waker)).into());
        Ok(Self { accepting: Mutex::new(accepting), local })
    }

    /// Where it listens, a port that the system chose included.
    pub fn local(&self) -> &Endpoint {
        &self.local
    }

    /// Waits for the next connection, which does not count against any limit from then on.
    ///
    /// # Errors
    /// The listening socket is broken.
    pub fn accept(&self) -> io::Result<(Stream, Endpoint)> {
        let Accepted { stream, peer, .. } = self.next(Admissions::take_uncounted)?;
        Ok((stream.into(), peer))
    }

    /// Waits for the next connection that the limits allow. One whose address has as many as it may have is closed at
    /// once; above the limit of all of them the system queues what comes.
    ///
    /// # Errors
    /// The listening socket is broken.
    pub fn admit(&self) -> io::Result<Admitted> {
        let (Accepted { stream, peer, .. }, slot) = self.next(Admissions::take)?;
        Ok(Admitted { stream: stream.into(), peer, slot })
    }

    fn next<T>(&self, take: impl Fn(&mut Admissions) -> Option<T>) -> io::Result<T> {
        let mut accepting = lock(&self.accepting);
        loop {
            if let Some(next) = take(&mut accepting.admissions) {
                return Ok(next);
            }
            accepting.run()?;
        }
    }
}

impl Accepting {
    /// Waits until a connection has come, or one has ended.
    fn run(&mut self) -> io::Result<()> {
        self.admissions.check()?;
        let (listen, ends) = self.admissions.parts();
        if self.waiter.run_until(listen, ends, Some(self.woken.as_fd()))? {
            let _as_many_as_there_are = self.woken.try_read(Window::Slice(&mut [0; 64]));
        }
        Ok(())
    }
}

/// Tells the thread that accepts that a connection has ended.
struct Ended(Control);

impl Wake for Ended {
    fn wake(self: Arc<Self>) {
        self.0.ask(Signal::CHLD);
    }
}

/// A thread that panicked has left nothing half-done that matters here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
