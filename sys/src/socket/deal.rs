//! Connections that one acceptor hands to the others: [`Dealer`], [`Hand`].

use std::collections::VecDeque;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use standpipe_core::{Done, Outcome, Side, Window};

use super::Accepted;
use crate::{Control, Stream, control_pipe};

/// Deals connections in turn, to itself as well.
#[derive(Debug, Default)]
pub(super) struct Dealer {
    others: Vec<Place>,
    /// Whose turn it is: the first of the others, and so on, and then its own.
    next: usize,
}

/// Where another one's connections are put.
#[derive(Debug)]
struct Place {
    table: Arc<Table>,
    waker: Control,
}

/// What is dealt to one.
#[derive(Debug)]
pub(super) struct Hand {
    table: Arc<Table>,
    /// Readable when there is something.
    woken: Stream,
}

/// Dealt and not taken yet; `None` when nobody takes any more.
#[derive(Debug)]
struct Table(Mutex<Option<VecDeque<Accepted>>>);

impl Table {
    /// A thread that panicked has left nothing half-done here.
    fn lock(&self) -> MutexGuard<'_, Option<VecDeque<Accepted>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Dealer {
    /// Another one to deal to.
    ///
    /// # Errors
    /// The descriptor limit.
    pub(super) fn add(&mut self) -> io::Result<Hand> {
        let (woken, waker) = control_pipe()?;
        let table = Arc::new(Table(Mutex::new(Some(VecDeque::new()))));
        self.others.push(Place { table: table.clone(), waker });
        Ok(Hand { table, woken })
    }

    /// Gives a connection to whose turn it is; it comes back where that is the dealer's own, or nobody else takes any.
    pub(super) fn deal(&mut self, mut accepted: Accepted) -> Option<Accepted> {
        for _ in 0..self.others.len() {
            let turn = self.next;
            self.next = (turn + 1) % (self.others.len() + 1);
            let Some(other) = self.others.get(turn) else { break };
            match other.give(accepted) {
                None => return None,
                Some(back) => accepted = back,
            }
        }
        Some(accepted)
    }
}

impl Place {
    fn give(&self, accepted: Accepted) -> Option<Accepted> {
        match &mut *self.table.lock() {
            Some(dealt) => dealt.push_back(accepted),
            None => return Some(accepted),
        }
        self.waker.try_again();
        None
    }
}

impl Hand {
    /// The descriptor to wait at.
    pub(super) fn descriptor(&self) -> &Arc<OwnedFd> {
        self.woken.descriptor_for(Side::Read)
    }

    /// The next connection; `Blocked` where there is none.
    pub(super) fn take(&mut self) -> Result<Accepted, Done> {
        self.pop().map_or_else(|| self.look_again(), Ok)
    }

    /// What woke is taken away first, so that whatever comes afterwards wakes.
    fn look_again(&mut self) -> Result<Accepted, Done> {
        while let Outcome::Ready(_) = self.woken.try_read(Window::Slice(&mut [0; 64])) {}
        self.pop().ok_or(Done::Blocked)
    }

    fn pop(&self) -> Option<Accepted> {
        self.table.lock().as_mut()?.pop_front()
    }

    /// The next connection. Once there is none, no more is dealt to it.
    pub(super) fn take_rest(&mut self) -> Result<Accepted, Done> {
        let mut table = self.table.lock();
        let next = table.as_mut().and_then(VecDeque::pop_front);
        next.ok_or_else(|| {
            *table = None;
            Done::Blocked
        })
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        *self.table.lock() = None;
    }
}
