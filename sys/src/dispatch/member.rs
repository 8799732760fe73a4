//! One connection of a loop: [`Member`].

use std::fmt;
use std::io;

use standpipe_core::dispatch::{Channel as Machinery, ChannelEvent, ChannelOptions, Key};
use standpipe_core::socket::{Connect, SocketError};
use standpipe_core::{Done, Duty, Layer, Machine, Moment};

use super::own::{Asks, NOBODY, Own, Upgrade};
use super::{Channel, Dispatcher};
use crate::socket::{Accepted, Candidate, Connector, Destination, Endpoint, connecting};
use crate::{Ends, Stream, fault};

/// What a connection is given.
#[derive(Debug, Default)]
pub struct ConnectionOptions {
    /// Its limits, that of connecting among them.
    pub channel: ChannelOptions,
    /// What lies over it, such as a TLS session, whose handshake is performed before it counts as connected.
    pub layer: Option<Box<dyn Layer>>,
}

/// A connection that a handler has asked its loop for.
pub struct Opening<'a> {
    /// Where it is to lead.
    pub to: Destination,
    /// What it is given.
    pub options: ConnectionOptions,
    /// Whose it is.
    pub handler: Box<dyn Dispatcher + 'a>,
}

impl fmt::Debug for Opening<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opening").field("to", &self.to).finish_non_exhaustive()
    }
}

/// What comes before there is a connection.
enum Beginning {
    /// It is not known yet where to connect to, which is to be over by then.
    Looking { until: Option<Moment> },
    /// Until somebody has won it.
    Racing(Connect, Ends),
}

/// One connection of a loop: its machine, its descriptor and its handler. The loop advances [`Member::parts`] and calls
/// [`Member::prepare`] before and [`Member::attend`] after each turn; how it waits is its own.
pub struct Member<'a> {
    /// Until there is a connection.
    beginning: Option<Box<Beginning>>,
    channel: Machinery,
    ends: Ends,
    own: Own,
    /// Of no listener where none has accepted it.
    listener: Key,
    handler: Box<dyn Dispatcher + 'a>,
}

impl<'a> Member<'a> {
    /// Over a connection that is made.
    pub fn connected(
        stream: Stream,
        options: ConnectionOptions,
        peer: Option<Endpoint>,
        handler: Box<dyn Dispatcher + 'a>,
    ) -> Self {
        let limits = limits(options.channel, &*handler);
        let channel = match options.layer {
            None if stream.is_readable() => Machinery::connected(limits),
            None => Machinery::write_only(limits),
            Some(layer) => Machinery::layered(layer, limits),
        };
        Self::new(channel, Ends::default().with(Machinery::SOCKET, stream), peer, handler)
    }

    /// Over one that a listener has accepted.
    pub fn accepted(
        accepted: Accepted,
        options: ConnectionOptions,
        listener: Key,
        handler: Box<dyn Dispatcher + 'a>,
    ) -> Self {
        let Accepted { stream, peer, .. } = accepted;
        let mut member = Self::connected(stream, options, Some(peer), handler);
        (member.listener, member.own.is_new) = (listener, true);
        member
    }

    /// Over one that is to be made, within its time, once it is known where to ([`Member::found`]).
    pub fn connecting(options: ConnectionOptions, handler: Box<dyn Dispatcher + 'a>, now: Moment) -> Self {
        let limits = limits(options.channel, &*handler);
        let mut channel = Machinery::connecting(options.layer, limits);
        // Its time begins here.
        channel.handle_now(now);
        let undecided = Ends::default().with(Machinery::SOCKET, Connector::undecided());
        let mut member = Self::new(channel, undecided, None, handler);
        let until = limits.connect.map(|wait| now + wait);
        member.beginning = Some(Box::new(Beginning::Looking { until }));
        member
    }

    fn new(
        channel: Machinery,
        ends: Ends,
        peer: Option<Endpoint>,
        handler: Box<dyn Dispatcher + 'a>,
    ) -> Self {
        Self { beginning: None, channel, ends, own: Own::new(peer), listener: NOBODY, handler }
    }

    /// Tells it its name.
    pub fn set_key(&mut self, key: Key) {
        self.own.key = key;
    }

    /// The listener that has accepted it.
    pub fn listener(&self) -> Option<Key> {
        (self.listener != NOBODY).then_some(self.listener)
    }

    /// The other side, where it is known.
    pub fn peer(&self) -> Option<&Endpoint> {
        self.own.peer.as_ref()
    }

    /// What is advanced, and what stands behind its ports: the race for a connection, then the connection.
    pub fn parts(&mut self) -> (&mut dyn Machine, &mut Ends) {
        match self.beginning.as_deref_mut() {
            Some(Beginning::Racing(connect, ends)) => (connect, ends),
            _ => (&mut self.channel, &mut self.ends),
        }
    }

    /// The same where it is the connection.
    pub(super) fn connection(&mut self) -> Option<(&mut Machinery, &mut Ends)> {
        (!self.is_racing()).then_some((&mut self.channel, &mut self.ends))
    }

    /// What stands behind the ports of what is advanced.
    pub fn ends(&self) -> &Ends {
        match self.beginning.as_deref() {
            Some(Beginning::Racing(_, ends)) => ends,
            _ => &self.ends,
        }
    }

    /// Whether what is advanced is the race for a connection.
    pub fn is_racing(&self) -> bool {
        matches!(self.beginning.as_deref(), Some(Beginning::Racing(..)))
    }

    /// It is known where to connect to, to the first of these that answers, or that it will not be known.
    pub fn found(&mut self, found: Result<Vec<Candidate>, SocketError>, now: Moment) {
        // What its owner has said meanwhile comes first.
        self.channel.handle_now(now);
        let Some(Beginning::Looking { until }) = self.beginning.take().map(|beginning| *beginning) else {
            return;
        };
        if self.channel.wants(Machinery::SOCKET).duty != Some(Duty::Connect(0)) {
            return;
        }
        match found {
            Ok(candidates) => {
                let (mut connect, ends) = connecting(candidates);
                connect.set_deadline(until);
                self.beginning = Some(Box::new(Beginning::Racing(connect, ends)));
            }
            Err(SocketError::Resolve(fault)) => self.channel.handle_unresolved(fault),
            Err(error) => {
                let fault = fault(error.code().unwrap_or(libc::EAGAIN));
                self.channel.handle_done(Machinery::SOCKET, Duty::Connect(0), Done::Failed(fault));
            }
        }
    }

    /// Whether it is not known yet where to connect to.
    pub fn is_looking(&self) -> bool {
        matches!(self.beginning.as_deref(), Some(Beginning::Looking { .. }))
    }

    /// The race is over, in the turn that was prepared last: its winner is the connection. Where its time has come instead, that
    /// is the reason already.
    pub fn finish_race(&mut self) {
        let Some(Beginning::Racing(connect, mut ends)) = self.beginning.take().map(|beginning| *beginning)
        else {
            return;
        };
        let done = match connect.result() {
            Some(Ok(port)) => match ends.take(port) {
                Some(crate::End::Stream(stream)) => {
                    self.own.peer = Some(Endpoint::peer(std::os::fd::AsFd::as_fd(&stream)));
                    self.ends = Ends::default().with(Machinery::SOCKET, stream);
                    Done::Ok(0)
                }
                _ => Done::Failed(fault(libc::EBADF)),
            },
            _ => match ends.into_connected(&connect) {
                Err(error) => Done::Failed(crate::fault::of(&error)),
                Ok(_) => Done::Ok(0),
            },
        };
        self.channel.handle_done(Machinery::SOCKET, Duty::Connect(0), done);
    }

    /// What comes before a turn.
    pub fn prepare(&mut self, now: Moment) {
        self.sync();
        self.own.now = now;
        let Some(Beginning::Racing(connect, _)) = self.beginning.as_deref_mut() else { return };
        self.channel.handle_now(now);
        if self.channel.wants(Machinery::SOCKET).duty != Some(Duty::Connect(0)) && connect.result().is_none()
        {
            connect.abort();
        }
    }

    /// When it wants a turn although nothing is ready: the first of its timers.
    pub fn timer(&self) -> Option<Moment> {
        self.own.earliest_timer()
    }

    /// Whether its handler is asked in every pass what it wants.
    pub fn follows_others(&self) -> bool {
        self.handler.follows_others()
    }

    /// Whether its handler's predicates say something else than they did, to the machine or when something was kept back.
    pub fn has_changed_its_mind(&mut self) -> bool {
        let wants_data = self.wants_data();
        self.own.reads != wants_data || self.own.keeps_back && wants_data || self.wants_to_write()
    }

    /// Whether it has come to its end, and that was told.
    pub fn is_done(&self) -> bool {
        !self.is_racing() && self.channel.is_done()
    }

    /// What its owner may do between turns, after which it is to have one.
    pub fn channel(&mut self, now: Moment) -> Channel<'_> {
        self.own.now = now;
        self.own.asked_in_vain = false;
        let (out, layer) = self.channel.out_beside_layer();
        Channel { out, own: &mut self.own, layer }
    }

    /// What its handler has asked for beside its connection, errors that it has returned included. Told once.
    pub(super) fn take_asks(&mut self) -> Option<Box<Asks>> {
        self.own.take_asks()
    }

    /// Tells its handler what has happened. Whether it was touched, so that it is to be advanced before anybody waits.
    pub fn attend(&mut self, now: Moment) -> bool {
        self.own.now = now;
        self.own.keeps_back = false;
        if std::mem::take(&mut self.own.is_new) {
            self.call(|handler, channel| handler.handle_accepted(channel));
        }
        self.attend_timers(now);
        self.call(|handler, channel| handler.handle_turn(channel));
        self.turn_layer();
        self.attend_events();
        if self.wants_to_write() {
            self.call(|handler, channel| handler.handle_write(channel));
            self.own.asked_in_vain = self.is_all_sent();
        }
        self.follow();
        std::mem::take(&mut self.own.touched)
    }

    /// It cannot go on, for a reason that is none of its own.
    pub fn fail(&mut self, error: io::Error) {
        self.call(|_, _| Err(error));
        self.channel.out().abort();
    }

    /// The loop was asked to stop.
    pub fn stop(&mut self, now: Moment) {
        self.own.now = now;
        self.call(|handler, channel| handler.handle_stop(channel));
    }

    fn attend_timers(&mut self, now: Moment) {
        while let Some(timer) = self.own.next_timer(now) {
            self.own.asked_in_vain = false;
            self.call(|handler, channel| handler.handle_timer(channel, timer));
        }
    }

    fn attend_events(&mut self) {
        loop {
            self.follow();
            let Some((event, out, layer)) = self.channel.next_event_beside_layer() else { return };
            self.own.touched = true;
            self.own.asked_in_vain = false;
            let channel = &mut Channel { out, own: &mut self.own, layer };
            let handler = &mut self.handler;
            let told = match event {
                ChannelEvent::Connected => handler.handle_connect(channel),
                ChannelEvent::Unwrapped => handler.handle_unwrap(channel),
                ChannelEvent::Urgent(byte) => handler.handle_expt(channel, byte),
                ChannelEvent::Data(data) => handler.handle_read(channel, data),
                ChannelEvent::Ended => handler.handle_eof(channel),
                ChannelEvent::Room => handler.handle_write(channel),
                ChannelEvent::Closed(end) => {
                    handler.handle_close(channel, end);
                    Ok(())
                }
                _ => Ok(()),
            };
            if let Err(error) = told {
                failed(&mut **handler, channel, error);
            }
            self.turn_layer();
        }
    }

    /// Puts the layer over the connection that a handler has asked for, or takes it off.
    fn turn_layer(&mut self) {
        let begun = self
            .own
            .take_upgrade()
            .map_or(Ok(()), |Upgrade { layer, early }| self.channel.begin_layer_over(layer, early));
        let ended = if self.own.take_end_of_layer() { self.channel.end_layer() } else { Ok(()) };
        if let Err(error) = begun.and(ended) {
            self.call(|_, _| Err(io::Error::other(error)));
        }
    }

    fn call(&mut self, told: impl FnOnce(&mut dyn Dispatcher, &mut Channel<'_>) -> io::Result<()>) {
        let (out, layer) = self.channel.out_beside_layer();
        let channel = &mut Channel { out, own: &mut self.own, layer };
        if let Err(error) = told(&mut *self.handler, channel) {
            failed(&mut *self.handler, channel, error);
        }
    }

    fn is_all_sent(&mut self) -> bool {
        self.channel.out().unsent() == 0
    }

    fn wants_data(&self) -> bool {
        self.own.reading && self.handler.readable()
    }

    fn wants_to_write(&mut self) -> bool {
        let has_room = !self.own.asked_in_vain && self.channel.is_connected();
        let out = self.channel.out();
        has_room && !out.is_closing() && !out.is_unwrapping() && self.is_all_sent() && self.handler.writable()
    }

    /// Tells the machine what the handler's predicate says.
    fn sync(&mut self) {
        self.own.reads = self.wants_data();
        self.channel.out().set_reading(self.own.reads);
    }

    /// The same behind a turn. Where it says something else than before, which another thread may bring about at any time, that is
    /// to have a turn of its own.
    fn follow(&mut self) {
        let before = self.own.reads;
        self.sync();
        self.own.touched |= self.own.reads != before;
    }
}

/// One that goes before its end, since its handler has panicked or its loop is dropped, does not vouch for what was not sent.
impl Drop for Member<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() || !self.is_all_sent() {
            let _ = self.ends.try_duty(Machinery::SOCKET, Duty::Reset);
        }
    }
}

impl fmt::Debug for Member<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Member")
            .field("key", &self.own.key)
            .field("peer", &self.own.peer)
            .finish_non_exhaustive()
    }
}

fn limits(options: ChannelOptions, handler: &dyn Dispatcher) -> ChannelOptions {
    ChannelOptions { half_open: options.half_open || handler.is_half_open(), ..options }
}

fn failed(handler: &mut dyn Dispatcher, channel: &mut Channel<'_>, error: io::Error) {
    handler.handle_error(channel, &error);
    channel.close();
    channel.own.asks().errors.push(error);
}
