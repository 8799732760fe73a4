//! Accepting under core's policy and limits, but for the wait: [`Admissions`], [`Slot`].

use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use standpipe_core::Fault;
use standpipe_core::socket::{Admission, Listen, ListenEvent, ListenOptions};

use super::{Accepted, Acceptor, Bound};
use crate::{Ends, fault};

/// What a listener accepts, by the policy of [`Listen`] and the limits of its [`ListenOptions`]. A driver takes what is
/// [next](Admissions::take), and where there is none runs the [machine](Admissions::parts) and looks
/// [how it goes](Admissions::check).
#[derive(Debug)]
pub struct Admissions {
    listen: Listen,
    ends: Ends,
    ended: Arc<Ended>,
    broken: Option<Fault>,
}

/// The place of one connection among those that a listener may have. Dropping it makes room for another.
#[derive(Debug)]
pub struct Slot {
    ended: Arc<Ended>,
    address: Option<IpAddr>,
}

/// What has ended since the driver looked last, and who is to look.
#[derive(Debug, Default)]
struct Ended(Mutex<(Vec<Option<IpAddr>>, Option<Waker>)>);

impl Admissions {
    /// Accepts from this socket, with these limits.
    pub fn new(bound: Bound, options: ListenOptions) -> Self {
        let ends = Ends::default().with(Listen::SOCKET, bound.into_acceptor());
        Self { listen: Listen::new(options), ends, ended: Arc::default(), broken: None }
    }

    /// Whom each connection that ends is to wake from now on: the machine may accept more then.
    pub fn set_waker(&self, waker: &Waker) {
        match &mut self.ended.lock().1 {
            Some(known) => known.clone_from(waker),
            unknown => *unknown = Some(waker.clone()),
        }
    }

    /// The machine, to be run to its next event, and its ends.
    pub const fn parts(&mut self) -> (&mut Listen, &mut Ends) {
        (&mut self.listen, &mut self.ends)
    }

    /// The next connection that the limits allow, with its place. One whose address has as many as it may have is closed.
    pub fn take(&mut self) -> Option<(Accepted, Slot)> {
        let accepted = self.next()?;
        let address = accepted.peer.ip();
        Some((accepted, Slot { ended: self.ended.clone(), address }))
    }

    /// As [`Admissions::take`], for a connection that counts no longer from then on. It wakes nobody: whoever takes it is
    /// the one who would be woken.
    pub fn take_uncounted(&mut self) -> Option<Accepted> {
        let accepted = self.next()?;
        self.listen.release_from(accepted.peer.ip());
        Some(accepted)
    }

    fn next(&mut self) -> Option<Accepted> {
        self.take_note();
        let ended = std::mem::take(&mut self.ended.lock().0);
        ended.into_iter().for_each(|address| self.listen.release_from(address));
        while let Some(accepted) = self.ends.acceptor(Listen::SOCKET).and_then(Acceptor::take) {
            if self.listen.admit(accepted.peer.ip()) == Admission::Serve {
                return Some(accepted);
            }
        }
        None
    }

    /// Looks how it goes, before it is run.
    ///
    /// # Errors
    /// The listening socket is broken, from then on.
    pub fn check(&mut self) -> io::Result<()> {
        self.take_note();
        self.broken.map_or(Ok(()), |broken| Err(fault::error(broken)))
    }

    /// Of what a run has told.
    fn take_note(&mut self) {
        while let Some(event) = self.listen.next_event() {
            if let ListenEvent::Failed(broken) = event {
                self.broken = Some(broken);
            }
        }
    }
}

impl Ended {
    /// A thread that panicked has left nothing half-done here.
    fn lock(&self) -> MutexGuard<'_, (Vec<Option<IpAddr>>, Option<Waker>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let waker = {
            let mut ended = self.ended.lock();
            ended.0.push(self.address);
            ended.1.clone()
        };
        waker.iter().for_each(Waker::wake_by_ref);
    }
}
