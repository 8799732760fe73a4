//! Listeners in the standard library's habits, with core's policy of accepting: [`Listener`].

use std::io;
use std::net::IpAddr;
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use standpipe_core::signal::Signal;
use standpipe_core::socket::{Address, Admission, Listen, ListenEvent, ListenOptions};
use standpipe_core::{Fault, Window};
use standpipe_sys::socket::{self, Accepted, Acceptor, Bound, Endpoint};
use standpipe_sys::{Control, Ends, control_pipe, fault};

use crate::{Stream, Waiter};

/// A TCP or Unix listener. Any number of threads may accept from it; each connection goes to one of them.
///
/// Accepting follows core's policy ([`Listen`]): a connection that is gone before it is accepted is skipped, and at the
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
    ended: Arc<Ended>,
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

/// The place of one connection among those that a [`Listener`] may have. Dropping it makes room for another.
#[derive(Debug)]
pub struct Slot {
    ended: Arc<Ended>,
    address: Option<IpAddr>,
}

/// What has ended since somebody accepted last.
#[derive(Debug)]
struct Ended {
    addresses: Mutex<Vec<Option<IpAddr>>>,
    waker: Control,
}

#[derive(Debug)]
struct Accepting {
    listen: Listen,
    ends: Ends,
    waiter: Waiter,
    /// Readable when a connection has ended.
    woken: standpipe_sys::Stream,
    broken: Option<Fault>,
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
        let accepting = Accepting {
            listen: Listen::new(options),
            ends: Ends::default().with(Listen::SOCKET, bound.into_acceptor()),
            waiter: Waiter::default(),
            woken,
            broken: None,
        };
        let ended = Arc::new(Ended { addresses: Mutex::default(), waker });
        Ok(Self { accepting: Mutex::new(accepting), ended, local })
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
        self.admit().map(|admitted| (admitted.stream, admitted.peer))
    }

    /// Waits for the next connection that the limits allow. One whose address has as many as it may have is closed at
    /// once; above the limit of all of them the system queues what comes.
    ///
    /// # Errors
    /// The listening socket is broken.
    pub fn admit(&self) -> io::Result<Admitted> {
        let mut accepting = lock(&self.accepting);
        loop {
            self.release_ended(&mut accepting.listen);
            if let Some(Accepted { stream, peer, .. }) = accepting.next_admitted() {
                let slot = Slot { ended: self.ended.clone(), address: peer.ip() };
                return Ok(Admitted { stream: stream.into(), peer, slot });
            }
            accepting.run()?;
        }
    }

    fn release_ended(&self, listen: &mut Listen) {
        let ended = std::mem::take(&mut *lock(&self.ended.addresses));
        ended.into_iter().for_each(|address| listen.release_from(address));
    }
}

impl Accepting {
    fn next_admitted(&mut self) -> Option<Accepted> {
        while let Some(accepted) = self.ends.acceptor(Listen::SOCKET).and_then(Acceptor::take) {
            if self.listen.admit(accepted.peer.ip()) == Admission::Serve {
                return Some(accepted);
            }
        }
        None
    }

    /// Waits until a connection has come, or one has ended.
    fn run(&mut self) -> io::Result<()> {
        if let Some(broken) = self.broken {
            return Err(fault::error(broken));
        }
        if self.waiter.run_until(&mut self.listen, &mut self.ends, Some(self.woken.as_fd()))? {
            let _as_many_as_there_are = self.woken.try_read(Window::Slice(&mut [0; 64]));
        }
        while let Some(event) = self.listen.next_event() {
            if let ListenEvent::Failed(broken) = event {
                self.broken = Some(broken);
            }
        }
        Ok(())
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        lock(&self.ended.addresses).push(self.address);
        self.ended.waker.ask(Signal::CHLD);
    }
}

/// A thread that panicked has left nothing half-done that matters here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
