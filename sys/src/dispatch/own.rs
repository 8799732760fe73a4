//! What a channel has beside its connection: [`Own`]. There is one for each idle connection, so what few ever need is apart.

use std::io;

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
    pub(super) alarms: Alarms,
    pub(super) next_end: NextEnd,
    /// Data is wanted, as far as the handler has said so by the channel.
    pub(super) reading: bool,
    /// Something was asked for that only a turn brings about.
    pub(super) touched: bool,
    /// What has come is to be dropped.
    pub(super) discarded: bool,
    asks: Option<Box<Asks>>,
}

impl Own {
    pub(super) fn new(peer: Option<Endpoint>) -> Self {
        Self {
            key: Key::of(Key::RESERVED_TOKEN).0,
            peer,
            now: Moment::ORIGIN,
            alarms: Alarms::default(),
            next_end: NextEnd::default(),
            reading: true,
            touched: false,
            discarded: false,
            asks: None,
        }
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

    /// Whether a layer is about to lie over the connection.
    pub(super) fn gets_layer(&self) -> bool {
        self.asks.as_ref().is_some_and(|asks| asks.upgrade.is_some())
    }
}

/// What a handler has asked for, and is seen to once it has returned.
#[derive(Debug, Default)]
pub(super) struct Asks {
    /// The loop is to stop.
    pub(super) stops_loop: bool,
    pub(super) openings: Vec<Opening<'static>>,
    pub(super) errands: Vec<Errand>,
    pub(super) upgrade: Option<Upgrade>,
    /// What the handler has returned.
    pub(super) errors: Vec<io::Error>,
}

/// A layer that is to lie over the connection from here on, with what has come for it already.
#[derive(Debug)]
pub(super) struct Upgrade {
    pub(super) layer: Box<dyn Layer>,
    pub(super) early: Vec<u8>,
}

/// What is to end the next message. Who changes that once does so for many messages: the place for it is kept.
#[derive(Debug, Default)]
pub(super) struct NextEnd(Option<Box<Option<Terminator>>>);

impl NextEnd {
    pub(super) fn set(&mut self, terminator: Terminator) {
        **self.0.get_or_insert_default() = Some(terminator);
    }

    pub(super) fn get(&self) -> Option<&Terminator> {
        self.0.as_ref()?.as_ref().as_ref()
    }

    pub(super) fn take(&mut self) -> Option<Terminator> {
        self.0.as_mut()?.take()
    }
}

/// The timers of one channel. Nothing is kept where there are none.
#[derive(Debug, Default)]
pub(super) struct Alarms(Option<Box<Timers<()>>>);

impl Alarms {
    pub(super) fn set(&mut self, at: Moment) -> TimerKey {
        self.0.get_or_insert_default().set(at, ())
    }

    /// Whether it was still to come.
    pub(super) fn cancel(&mut self, timer: TimerKey) -> bool {
        self.0.as_mut().is_some_and(|timers| timers.cancel(timer).is_some())
    }

    pub(super) fn earliest(&self) -> Option<Moment> {
        self.0.as_ref()?.earliest()
    }

    /// The next one that is due.
    pub(super) fn next_due(&mut self, now: Moment) -> Option<TimerKey> {
        self.0.as_mut()?.expired(now).next().map(|(timer, ())| timer)
    }
}
