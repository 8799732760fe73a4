//! What a channel has beside its connection: [`Own`]. There is one for each idle connection, so what few ever need is apart.

use std::io;
use std::time::Duration;

use standpipe_core::chat::Terminator;
use standpipe_core::dispatch::{Key, TimerKey, Timers};
use standpipe_core::{Layer, Moment};

use super::Opening;
use super::others::Errand;
use crate::socket::Endpoint;

/// What a channel has beside its connection.
#[derive(Debug)]
pub(super) struct Own {
    pub(super) key: Key,
    pub(super) peer: Option<Endpoint>,
    pub(super) now: Moment,
    /// Data is wanted, as far as the handler has said so by the channel.
    pub(super) reading: bool,
    /// Something was asked for that only a turn brings about.
    pub(super) touched: bool,
    /// What has come is to be dropped.
    pub(super) discarded: bool,
    /// It was accepted, and its handler does not know yet.
    pub(super) is_new: bool,
    /// [`Dispatcher::handle_write`](super::Dispatcher::handle_write) was called since nothing was unsent, and pushed nothing.
    pub(super) asked_in_vain: bool,
    /// What the machine was told last of whether data is wanted.
    pub(super) reads: bool,
    /// Something that has come is kept back, since the handler did not want it when it was asked last.
    pub(super) keeps_back: bool,
    kept: Option<Box<Kept>>,
    asks: Option<Box<Asks>>,
}

/// The key of nobody.
pub(super) const NOBODY: Key = Key::of(Key::RESERVED_TOKEN).0;

impl Own {
    pub(super) fn new(peer: Option<Endpoint>) -> Self {
        Self {
            key: NOBODY,
            peer,
            now: Moment::ORIGIN,
            reading: true,
            touched: false,
            discarded: false,
            is_new: false,
            asked_in_vain: false,
            reads: true,
            keeps_back: false,
            kept: None,
            asks: None,
        }
    }

    /// Sets a timer. One never is due within the turn that set it, which would never end.
    pub(super) fn set_timer(&mut self, after: Duration) -> TimerKey {
        let at = self.now + after.max(Duration::from_nanos(1));
        self.kept.get_or_insert_default().timers.set(at, ())
    }

    /// Whether it was still to come.
    pub(super) fn cancel_timer(&mut self, timer: TimerKey) -> bool {
        self.kept.as_mut().is_some_and(|kept| kept.timers.cancel(timer).is_some())
    }

    pub(super) fn earliest_timer(&self) -> Option<Moment> {
        self.kept.as_ref()?.timers.earliest()
    }

    /// The next timer that is due.
    pub(super) fn next_timer(&mut self, now: Moment) -> Option<TimerKey> {
        self.kept.as_mut()?.timers.expired(now).next().map(|(timer, ())| timer)
    }

    /// Sets what is to end the next message.
    pub(super) fn set_next_end(&mut self, terminator: Terminator) {
        self.kept.get_or_insert_default().next_end = Some(terminator);
    }

    pub(super) fn next_end(&self) -> Option<&Terminator> {
        self.kept.as_ref()?.next_end.as_ref()
    }

    #[inline]
    pub(super) fn take_next_end(&mut self) -> Option<Terminator> {
        self.kept.as_mut()?.next_end.take()
    }

    /// What its handler asks for, to be added to.
    pub(super) fn asks(&mut self) -> &mut Asks {
        self.asks.get_or_insert_default()
    }

    /// All of it, to be seen to.
    pub(super) fn take_asks(&mut self) -> Option<Box<Asks>> {
        self.asks.take()
    }

    /// The layer that is about to lie over the connection, and what of the data told is to be its own.
    pub(super) fn upgrade(&mut self) -> Option<&mut Upgrade> {
        self.asks.as_mut()?.upgrade.as_mut()
    }

    /// The same, to be put there.
    pub(super) fn take_upgrade(&mut self) -> Option<Upgrade> {
        self.asks.as_mut()?.upgrade.take()
    }

    /// Whether its handler has asked for something that is still to be seen to.
    #[inline]
    pub(super) fn has_asked(&self) -> bool {
        self.asks.is_some()
    }

    /// Why nothing can be pushed now, where nothing can.
    pub(super) fn refusal(&self) -> Option<&'static str> {
        let asks = self.asks.as_ref()?;
        if asks.upgrade.is_some() {
            return Some("the channel is about to get a layer: push once it is told that it is connected");
        }
        asks.ends_layer.then_some("the channel is about to lose its layer: push once it is told that it has")
    }

    /// Whether a layer is about to lie over the connection.
    pub(super) fn gets_layer(&self) -> bool {
        self.asks.as_ref().is_some_and(|asks| asks.upgrade.is_some())
    }

    /// Whether the layer is about to be taken off.
    pub(super) fn loses_layer(&self) -> bool {
        self.asks.as_ref().is_some_and(|asks| asks.ends_layer)
    }

    /// The same, to be done.
    pub(super) fn take_end_of_layer(&mut self) -> bool {
        self.asks.as_mut().is_some_and(|asks| std::mem::take(&mut asks.ends_layer))
    }
}

/// What is set time and again by those who ever do: the place for it stays.
#[derive(Debug, Default)]
struct Kept {
    timers: Timers<()>,
    /// What is to end the next message.
    next_end: Option<Terminator>,
}

/// What a handler has asked for, and is seen to once it has returned.
#[derive(Debug, Default)]
pub(super) struct Asks {
    /// The loop is to stop.
    pub(super) stops_loop: bool,
    pub(super) openings: Vec<Opening<'static>>,
    pub(super) errands: Vec<Errand>,
    pub(super) upgrade: Option<Upgrade>,
    /// The layer is to be taken off.
    pub(super) ends_layer: bool,
    /// What the handler has returned.
    pub(super) errors: Vec<io::Error>,
}

/// A layer that is to lie over the connection from here on, with what has come for it already.
#[derive(Debug)]
pub(super) struct Upgrade {
    pub(super) layer: Box<dyn Layer>,
    pub(super) early: Vec<u8>,
}
