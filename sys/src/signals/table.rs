//! What of this process is changed by whom, so that it ends as it was found: [`claim`], [`Claimed`].
//!
//! One static, since the kernel has one disposition for each signal and any number of owners share it. It is the place
//! that signal-hook-registry has for this; that one leaves its handler in place for good, so a process whose last owner has
//! gone is deaf to SIGTERM, and to put the original back behind its back leaves its later users without a handler.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use standpipe_core::signal::{Disposition, Found, Signal};

use super::action::{Action, Put};
use super::handler::{self, Told};
use super::sink::Sink;

/// What somebody has asked for.
#[derive(Clone)]
pub(super) enum Claim {
    /// To be told. All who ask for it are.
    Tell(Arc<Sink>),
    Ignore,
    Default,
}

/// What was asked for one signal, until it is dropped.
#[derive(Debug)]
pub(super) struct Claimed {
    signal: Signal,
    id: u64,
}

/// What is claimed of one signal. The latest claim decides what is in place.
struct Place {
    claims: Vec<(u64, Claim)>,
    next: u64,
    /// What is put back.
    found: Option<Action>,
    /// What our handler was put over.
    beneath: Option<Action>,
    /// What of ours is in place; `None` where `found` is.
    put: Option<Put>,
    /// Whether somebody may have our handler among those that he calls: it was in place, and then it was another.
    is_loose: bool,
}

static TABLE: Mutex<[Place; Signal::NSIG as usize - 1]> =
    Mutex::new([const { Place::new() }; Signal::NSIG as usize - 1]);

/// Asks for something, and puts it in place.
///
/// # Errors
/// The kernel or the C library refuses the signal. Nothing has changed then.
pub(super) fn claim(signal: Signal, claim: Claim) -> io::Result<Claimed> {
    let mut table = lock();
    let place = place(&mut table, signal);
    let id = place.next;
    place.next += 1;
    place.claims.push((id, claim));
    let settled = place.settle(signal);
    if settled.is_err() {
        place.claims.pop();
        place.tell(signal);
    }
    settled.map(|()| Claimed { signal, id })
}

/// What is in place. A handler of ours is one that tells somebody.
///
/// # Errors
/// As [`claim`].
pub(super) fn disposition(signal: Signal) -> io::Result<Disposition<()>> {
    let mut table = lock();
    let place = place(&mut table, signal);
    let current = Action::in_place(signal)?;
    let is_ours = current.is(Put::Handler);
    let acts = place.beneath.filter(|_| is_ours && !place.is_told()).unwrap_or(current);
    Ok(match acts.kind() {
        Found::Default => Disposition::Default,
        Found::Ignore => Disposition::Ignore,
        Found::Foreign if is_ours && place.is_told() => {
            Disposition::Handler { handler: (), restart: current.restarts() }
        }
        Found::Foreign => Disposition::Foreign,
    })
}

/// Changes whether calls go on after the handler that is in place, whosever it is, and gives back how it was; `None` where
/// there is no handler.
///
/// # Errors
/// As [`claim`].
pub(super) fn set_restart(signal: Signal, restart: bool) -> io::Result<Option<bool>> {
    let _table = lock();
    let mut current = Action::in_place(signal)?;
    if current.kind() != Found::Foreign {
        return Ok(None);
    }
    let before = current.restarts();
    current.set_restart(restart);
    current.install(signal).map(|()| Some(before))
}

/// Whether the signal is ignored by somebody else's will, such as nohup's.
pub(super) fn is_found_ignored(signal: Signal) -> bool {
    let mut table = lock();
    let place = place(&mut table, signal);
    let ignores = |action: Action| action.kind() == Found::Ignore;
    match place.put {
        None => Action::in_place(signal).is_ok_and(ignores),
        Some(Put::Handler) => false,
        Some(Put::Ignore | Put::Default) => place.found.is_some_and(ignores),
    }
}

/// Whether the signal is ignored, or was before anything of ours was put in place: a child that is to keep that is not to
/// miss it because we catch SIGCHLD meanwhile.
pub(crate) fn was_found_ignored(signal: Signal) -> bool {
    let mut table = lock();
    let place = place(&mut table, signal);
    let ignores = |action: Action| action.kind() == Found::Ignore;
    match place.put {
        None => Action::in_place(signal).is_ok_and(ignores),
        Some(_) => place.found.is_some_and(ignores),
    }
}

/// Nobody panics while he has it.
fn lock() -> MutexGuard<'static, [Place; Signal::NSIG as usize - 1]> {
    TABLE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn place<'a>(
    table: &'a mut MutexGuard<'static, [Place; Signal::NSIG as usize - 1]>,
    signal: Signal,
) -> &'a mut Place {
    &mut table[signal.number() as usize - 1]
}

impl Place {
    const fn new() -> Self {
        Self { claims: Vec::new(), next: 0, found: None, beneath: None, put: None, is_loose: false }
    }

    fn is_told(&self) -> bool {
        self.claims.iter().any(|(_, claim)| matches!(claim, Claim::Tell(_)))
    }

    /// Puts in place what the claims come to.
    fn settle(&mut self, signal: Signal) -> io::Result<()> {
        self.look(Action::in_place(signal)?);
        let wanted = self.wanted();
        if wanted == Some(Put::Handler) && self.put != wanted {
            self.beneath = self.found;
        }
        self.tell(signal);
        let action = match (wanted, self.found) {
            _ if wanted == self.put => return Ok(()),
            (_, None) => return Ok(()),
            (None, Some(found)) => found,
            (Some(Put::Handler), Some(found)) => Action::of_ours(&found),
            (Some(Put::Ignore), _) => Action::ignoring(),
            (Some(Put::Default), _) => Action::defaulting(),
        };
        action.install(signal)?;
        self.put = wanted;
        Ok(())
    }

    /// Has our handler, should it be called, tell all who have asked for it.
    fn tell(&self, signal: Signal) {
        if let Some(beneath) = self.beneath {
            handler::tell(signal, Told { beneath, sinks: self.sinks() });
        }
    }

    /// Takes note of what is in place. What somebody else has put there is his, and is what is put back from now on.
    fn look(&mut self, current: Action) {
        if current.is(Put::Handler) {
            self.put = Some(Put::Handler);
        } else if !self.put.is_some_and(|put| current.is(put)) {
            self.is_loose |= self.put == Some(Put::Handler);
            self.put = None;
            self.found = Some(current);
        }
    }

    /// What is to be in place. Over a handler that may call ours, ours is not put again: each would call the other for
    /// ever. It is trusted to call what it found, as ours and signal-hook-registry's do.
    fn wanted(&self) -> Option<Put> {
        let reaches_ours = self.is_loose && self.found.is_some_and(|found| found.kind() == Found::Foreign);
        match self.claims.last()?.1 {
            Claim::Tell(_) if reaches_ours && self.put != Some(Put::Handler) => None,
            Claim::Tell(_) => Some(Put::Handler),
            Claim::Ignore => Some(Put::Ignore),
            Claim::Default => Some(Put::Default),
        }
    }

    fn sinks(&self) -> Vec<Arc<Sink>> {
        let sink = |(_, claim): &(u64, Claim)| match claim {
            Claim::Tell(sink) => Some(sink.clone()),
            Claim::Ignore | Claim::Default => None,
        };
        self.claims.iter().filter_map(sink).collect()
    }
}

impl Claimed {
    pub(super) fn signal(&self) -> Signal {
        self.signal
    }
}

impl Drop for Claimed {
    fn drop(&mut self) {
        let mut table = lock();
        let place = place(&mut table, self.signal);
        place.claims.retain(|(id, _)| *id != self.id);
        // Its signal is one that the kernel takes, or it would not be here. Should it be refused all the same, nobody who has gone is
        // told of it any more.
        if place.settle(self.signal).is_err() {
            place.tell(self.signal);
        }
    }
}
