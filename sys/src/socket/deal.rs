//! Connections that one acceptor hands to the others: [`Dealer`], [`Hand`].

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

#[derive(Debug)]
struct Table(Mutex<Dealt>);

/// What is dealt to one and not taken yet.
#[derive(Debug, Default)]
enum Dealt {
    #[default]
    Nothing,
    One(Accepted),
    /// Nobody takes any more.
    Closed,
}

impl Table {
    /// A thread that panicked has left nothing half-done here.
    fn lock(&self) -> MutexGuard<'_, Dealt> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Dealt {
    fn take(&mut self) -> Option<Accepted> {
        match std::mem::take(self) {
            Self::One(accepted) => return Some(accepted),
            Self::Closed => *self = Self::Closed,
            Self::Nothing => {}
        }
        None
    }
}

impl Dealer {
    /// Another one to deal to.
    ///
    /// # Errors
    /// The descriptor limit.
    pub(super) fn add(&mut self) -> io::Result<Hand> {
        let (woken, waker) = control_pipe()?;
        let table = Arc::new(Table(Mutex::default()));
        self.others.push(Place { table: table.clone(), waker });
        Ok(Hand { table, woken })
    }

    /// Gives a connection to whose turn it is. It comes back where that is the dealer's own, or where each of the others has one
    /// that he has not taken, or takes none any more: what nobody serves must not have all descriptors.
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
    /// It comes back where he has one already.
    fn give(&self, accepted: Accepted) -> Option<Accepted> {
        match &mut *self.table.lock() {
            dealt @ Dealt::Nothing => *dealt = Dealt::One(accepted),
            _ => return Some(accepted),
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
        let next = self.table.lock().take();
        next.map_or_else(|| self.look_again(), Ok)
    }

    /// What woke is taken away first, so that whatever comes afterwards wakes.
    fn look_again(&mut self) -> Result<Accepted, Done> {
        while let Outcome::Ready(_) = self.woken.try_read(Window::Slice(&mut [0; 64])) {}
        self.table.lock().take().ok_or(Done::Blocked)
    }

    /// The next connection. Once there is none, no more is dealt to it.
    pub(super) fn take_rest(&mut self) -> Result<Accepted, Done> {
        let mut dealt = self.table.lock();
        dealt.take().ok_or_else(|| {
            *dealt = Dealt::Closed;
            Done::Blocked
        })
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        *self.table.lock() = Dealt::Closed;
    }
}
