//! A dispatcher that takes messages out of its data: [`Chatting`].

use std::fmt;
use std::io;

use standpipe_core::End;
use standpipe_core::chat::Terminator;
use standpipe_core::dispatch::TimerKey;

use super::{Channel, Dispatcher};

/// Tells a handler what lies in data.
pub trait Feed {
    /// Who is told.
    type Handler: Dispatcher;

    /// The handler.
    fn handler(&self) -> &Self::Handler;

    /// The handler, to be told.
    fn handler_mut(&mut self) -> &mut Self::Handler;

    /// Ends messages so from now on.
    fn set_terminator(&mut self, terminator: Terminator);

    /// Tells one thing that lies in the data and says how many bytes of it were used; `None` when all were, and nothing is
    /// to be told of them.
    ///
    /// # Errors
    /// The handler's, or there will be no more messages.
    fn step(&mut self, data: &[u8], channel: &mut Channel<'_>) -> io::Result<Option<usize>>;

    /// No more data comes: tells one thing of what was kept. `false` when there is nothing more.
    ///
    /// # Errors
    /// As [`Feed::step`].
    fn finish(&mut self, channel: &mut Channel<'_>) -> io::Result<bool>;

    /// Drops what was kept.
    fn clear(&mut self);

    /// Gives back what was kept of a message that has not ended, as it came.
    fn take_back(&mut self, into: &mut Vec<u8>);
}

/// A dispatcher that takes messages out of its data, one at a time: while more waits to be sent than should, or no data is
/// wanted, neither those that have come are told nor others read (ACH-T6). The peer's end is told behind the last of them.
///
/// It is what [`ChatDispatcher`](super::ChatDispatcher) and [`MessageDispatcher`](super::MessageDispatcher) are made of.
pub struct Chatting<F> {
    feed: F,
    /// Data that was held back, and how much of it was told since.
    rest: Vec<u8>,
    told: usize,
    /// The peer has ended, which was not told yet.
    ended: bool,
}

impl<F: Feed> Chatting<F> {
    pub(super) fn over(feed: F) -> Self {
        Self { feed, rest: Vec::new(), told: 0, ended: false }
    }

    /// The handler.
    pub fn handler(&self) -> &F::Handler {
        self.feed.handler()
    }

    fn is_held_back(&self, channel: &mut Channel<'_>) -> bool {
        if channel.is_full() || channel.own.loses_layer() || !channel.own.reading {
            return true;
        }
        channel.own.keeps_back = !self.feed.handler().readable();
        channel.own.keeps_back
    }

    /// Takes over what was said of the terminator.
    #[inline]
    fn follow(&mut self, channel: &mut Channel<'_>) {
        if let Some(terminator) = channel.own.take_next_end() {
            self.feed.set_terminator(terminator);
        }
    }

    /// Tells what lies in the data while it may. How much of it was used.
    fn tell(&mut self, data: &[u8], channel: &mut Channel<'_>) -> io::Result<usize> {
        let mut used = 0;
        loop {
            if self.drop_discarded(channel) || self.gives_up(&data[used..], channel) {
                return Ok(data.len());
            }
            if self.is_held_back(channel) {
                return Ok(used);
            }
            self.follow(channel);
            match self.feed.step(&data[used..], channel)? {
                Some(n) => used += n,
                None => return Ok(data.len()),
            }
        }
    }

    /// Whether its handler wanted what has come to be dropped.
    fn drop_discarded(&mut self, channel: &mut Channel<'_>) -> bool {
        let discarded = std::mem::take(&mut channel.own.discarded);
        if discarded {
            self.feed.clear();
            (self.rest, self.told) = (Vec::new(), 0);
        }
        discarded
    }

    /// Whether its handler has put a layer over the channel: what has come and was not told is the layer's.
    fn gives_up(&mut self, data: &[u8], channel: &mut Channel<'_>) -> bool {
        let Some(upgrade) = channel.own.upgrade() else { return false };
        self.feed.take_back(&mut upgrade.early);
        upgrade.early.extend_from_slice(data);
        true
    }

    /// Goes on with what was held back, and with the peer's end behind it.
    fn resume(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        self.drop_discarded(channel);
        // With the layer off, the peer is to be heard again.
        self.ended &= !channel.own.loses_layer();
        let rest = std::mem::take(&mut self.rest);
        if !rest.is_empty() || channel.own.gets_layer() {
            let from = std::mem::take(&mut self.told);
            let used = self.tell(&rest[from..], channel)?;
            if from + used < rest.len() {
                (self.rest, self.told) = (rest, from + used);
                return Ok(());
            }
        }
        while self.ended && !self.is_held_back(channel) {
            self.follow(channel);
            if !self.feed.finish(channel)? {
                self.ended = false;
                self.feed.handler_mut().handle_eof(channel)?;
                if !self.feed.handler().is_half_open() && !channel.own.loses_layer() {
                    channel.close_when_done();
                }
            }
        }
        Ok(())
    }

    /// The channel is closed, or its layer is off, so nothing holds back what has come before that.
    fn tell_last(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        let (rest, from) = (std::mem::take(&mut self.rest), std::mem::take(&mut self.told));
        let mut data = &rest[from..];
        while !data.is_empty() && !channel.own.discarded {
            self.follow(channel);
            let Some(used) = self.feed.step(data, channel)? else { return Ok(()) };
            data = &data[used..];
        }
        Ok(())
    }
}

impl<F: Feed> Dispatcher for Chatting<F> {
    fn readable(&self) -> bool {
        self.handler().readable()
    }

    fn writable(&self) -> bool {
        self.handler().writable()
    }

    fn follows_others(&self) -> bool {
        self.handler().follows_others()
    }

    /// What was held back is told behind the peer's end, and may still be answered.
    fn is_half_open(&self) -> bool {
        true
    }

    fn handle_accepted(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        self.feed.handler_mut().handle_accepted(channel)
    }

    fn handle_connect(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        self.feed.handler_mut().handle_connect(channel)
    }

    /// What was held back came by the layer, and nothing of it becomes part of a message in plain text.
    fn handle_unwrap(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        self.drop_discarded(channel);
        self.tell_last(channel)?;
        while !channel.own.discarded && self.feed.finish(channel)? {}
        self.feed.clear();
        self.ended = false;
        self.feed.handler_mut().handle_unwrap(channel)
    }

    fn handle_expt(&mut self, channel: &mut Channel<'_>, byte: u8) -> io::Result<()> {
        self.feed.handler_mut().handle_expt(channel, byte)?;
        self.resume(channel)
    }

    fn handle_read(&mut self, channel: &mut Channel<'_>, data: &[u8]) -> io::Result<()> {
        if !self.rest.is_empty() {
            self.rest.extend_from_slice(data);
            return self.resume(channel);
        }
        let used = self.tell(data, channel)?;
        self.rest.extend_from_slice(&data[used..]);
        Ok(())
    }

    fn handle_eof(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        self.ended = true;
        self.resume(channel)
    }

    fn handle_write(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        self.feed.handler_mut().handle_write(channel)?;
        self.resume(channel)
    }

    fn handle_timer(&mut self, channel: &mut Channel<'_>, timer: TimerKey) -> io::Result<()> {
        self.feed.handler_mut().handle_timer(channel, timer)
    }

    fn handle_turn(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        self.feed.handler_mut().handle_turn(channel)?;
        self.resume(channel)
    }

    fn handle_stop(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        self.feed.handler_mut().handle_stop(channel)
    }

    fn handle_error(&mut self, channel: &mut Channel<'_>, error: &io::Error) {
        (self.rest, self.told, self.ended) = (Vec::new(), 0, false);
        self.feed.handler_mut().handle_error(channel, error);
    }

    fn handle_close(&mut self, channel: &mut Channel<'_>, end: End) {
        if let Err(error) = self.tell_last(channel) {
            self.handle_error(channel, &error);
        }
        self.feed.handler_mut().handle_close(channel, end);
    }
}

impl<F> fmt::Debug for Chatting<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = self.rest.len() - self.told;
        f.debug_struct("Chatting").field("held", &held).field("ended", &self.ended).finish_non_exhaustive()
    }
}
