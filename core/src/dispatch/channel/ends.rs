//! How a channel comes to its end.

use super::{Channel, Closing, Deadline, News, Phase};
use crate::{End, EofPolicy, PeerEnd, Timer};

impl Channel {
    /// Whether something is still to leave, the end included.
    pub(super) fn has_unsent(&self) -> bool {
        let end_due = self.out.closing.is_some() && self.sending.is_none();
        end_due || !self.unwritable && (!self.out.queue.is_empty() || self.carrier.wants_write())
    }

    /// The connection is made when the last message of the handshake has left, so that there is room for data.
    pub(super) fn agree(&mut self) {
        let is_through = self.carrier.may_send() || self.carrier.has_said_close();
        if !self.agreed && self.phase == Phase::Open && is_through && !self.carrier.wants_write() {
            self.agreed = true;
            self.begin_until = Deadline::NONE;
            self.tell(News::Connected);
        }
    }

    /// What the layer has come to.
    pub(super) fn look(&mut self) {
        self.agree();
        let Some(layer) = self.carrier.layer() else { return };
        let (fault, peer_end) = (layer.fault(), layer.peer_end());
        if let Some(fault) = fault {
            self.fail(End::Tls(fault));
        }
        match peer_end {
            None => {}
            Some(PeerEnd::Truncated) if self.tells_truncation() => self.fail(End::Truncated),
            Some(PeerEnd::CloseNotify) if self.carrier.is_unwrapping() => {}
            Some(_) => self.ended(End::Clean),
        }
        self.move_on();
    }

    /// Whoever waits for the peer's farewell in the layer takes no other end for it.
    fn tells_truncation(&self) -> bool {
        self.eof == EofPolicy::Error || !self.agreed || self.carrier.is_unwrapping()
    }

    /// Receiving has ended.
    pub(super) fn ended(&mut self, end: End) {
        if self.receiving.is_some() {
            return;
        }
        self.receiving = Some(end);
        if end.is_clean() {
            self.tell(News::Ended);
        }
    }

    /// Both directions end, if they have not yet, for the first of all reasons. Why the layer has failed may still be said
    /// to the peer.
    pub(super) fn fail(&mut self, end: End) {
        let end = self.sending.filter(|sending| !sending.is_clean()).unwrap_or(end);
        self.ended(end);
        self.stop_sending(end);
        self.move_on();
    }

    pub(super) fn stop_sending(&mut self, end: End) {
        self.sending.get_or_insert(end);
        self.out.queue.clear();
        self.out.close_as(Closing::Half);
        self.out.unwrapping = false;
        self.carrier.stop_unwrapping();
    }

    /// The transport takes nothing any more. A layer that is being taken off cannot be, which is the end of both directions.
    pub(super) fn cannot_send(&mut self, end: End) {
        if self.carrier.is_unwrapping() {
            self.ended(end);
        }
        self.stop_sending(end);
    }

    /// As [`Channel::fail`], and nothing more is written. A reset vouches for nothing, whatever was said before it.
    pub(super) fn give_up(&mut self, end: End) {
        self.close_as(Phase::Resetting);
        if self.phase == Phase::Resetting && self.end().is_some_and(End::is_clean) {
            self.sending = Some(end);
        }
        self.fail(end);
    }

    /// Whether the peer is waited for: to take what is unsent, or to say its end.
    pub(super) fn waits_for_peer(&self) -> bool {
        let ends = self.out.closing.is_some() || self.sending.is_some();
        self.out.closing == Some(Closing::Whole) || self.carrier.is_unwrapping() || ends && self.has_unsent()
    }

    /// The wait has a deadline, which begins in a turn: what an owner says between turns may come long after the last.
    pub(super) fn wait_for_peer(&mut self) {
        if self.waits_for_peer() {
            self.close_until.begin(self.now, self.limits.close);
        } else {
            self.close_until = Deadline::NONE;
        }
    }

    /// Closes the connection once both directions have ended and everything has left and was told.
    pub(super) fn move_on(&mut self) {
        self.part();
        if self.out.closing.is_none() && !self.out.aborted && self.receiving.is_none() {
            return;
        }
        if self.said_all() && self.receiving.is_some() && self.sending.is_none() {
            self.sending = Some(End::Clean);
        }
        let is_heard = self.has_told_all() || !self.out.reading;
        if self.sending.is_some() && self.out.closing == Some(Closing::WhenDone) && is_heard {
            self.out.close_as(Closing::Whole);
        }
        if !self.delivers() {
            self.drop_data();
        }
        let over = self.receiving.is_some() && self.sending.is_some();
        if over && self.has_told_all() && !self.has_unsent() {
            self.close_as(self.farewell());
        }
    }

    /// Whether nothing that came is of interest any more.
    pub(super) fn has_told_all(&self) -> bool {
        !self.delivers() || self.untold() == 0 && !self.retained && !self.has_news_of(News::Ended)
    }

    /// A bare transport's end says that everything was sent, which must not be said if it was not.
    fn farewell(&self) -> Phase {
        let vouches = self.sending.is_some_and(End::is_clean) || self.carrier.layer().is_some();
        if vouches { Phase::Closing } else { Phase::Resetting }
    }

    /// The end was asked for, and everything before it has left, as has what the layer has to say.
    pub(super) fn said_all(&self) -> bool {
        let queue = &self.out.queue;
        self.out.closing.is_some()
            && queue.is_empty()
            && self.carrier.has_said_close()
            && !self.carrier.wants_write()
    }

    /// `phase` is one of those that close it.
    pub(super) fn close_as(&mut self, phase: Phase) {
        if matches!(self.phase, Phase::Open | Phase::Connecting) {
            self.phase = phase;
        }
    }

    /// What is due at this moment.
    pub(super) fn pass_time(&mut self) {
        if self.begin_until.is_due(self.now) {
            let why = if self.phase == Phase::Connecting { Timer::Connect } else { Timer::Handshake };
            return self.give_up(End::TimedOut(why));
        }
        if !self.close_until.is_due(self.now) {
            return;
        }
        if self.has_unsent() || self.carrier.is_unwrapping() {
            return self.give_up(End::TimedOut(Timer::Close));
        }
        // Everything was delivered; a peer that never says its own end is not waited for.
        if self.out.closing == Some(Closing::Whole) {
            self.ended(End::Clean);
            self.move_on();
        }
    }
}
