//! One side of a connection with its owner, and what must hold of both after every step: [`Side`].

use std::time::Duration;

use standpipe_core::{
    BUDGET, Blocked, End, EofPolicy, Moment, Progress, Secured, SecuredEvent, SecuredOptions, Timer,
};

use super::Connection;
use crate::client::pattern;
use crate::sim::Readiness;
use crate::tls::{Lender, Link, Wire};

/// A connection, what its owner has done with it, and what was seen of it.
#[derive(Debug)]
pub(super) struct Side<C> {
    side: bool,
    connection: C,
    options: SecuredOptions,
    lender: Lender,
    ready: Readiness,
    budget: usize,
    sent: usize,
    received: usize,
    begun: Option<Moment>,
    /// When the owner first asked for an end, and when for a whole one.
    closing: Option<Moment>,
    closing_whole: Option<Moment>,
    /// The last moment from which the peer was waited for.
    stirred: Option<Moment>,
    ends: [Option<End>; 2],
    told_end: Option<Result<(), End>>,
    told: Vec<SecuredEvent>,
    blocked: [Option<Blocked>; 2],
}

impl<C: Connection> Side<C> {
    pub(super) fn new(side: bool, connection: Secured, options: SecuredOptions) -> Self {
        Self {
            side,
            connection: C::new(connection),
            options,
            lender: Lender::default(),
            ready: Readiness::whole(),
            budget: BUDGET,
            sent: 0,
            received: 0,
            begun: None,
            closing: None,
            closing_whole: None,
            stirred: None,
            ends: [None; 2],
            told_end: None,
            told: Vec::new(),
            blocked: [None; 2],
        }
    }

    pub(super) fn set_pace(&mut self, ready: Readiness, budget: usize) {
        (self.ready, self.budget) = (ready, budget);
    }

    pub(super) fn sent(&self) -> usize {
        self.sent
    }

    pub(super) fn received(&self) -> usize {
        self.received
    }

    pub(super) fn closes(&self) -> bool {
        self.closing.is_some()
    }

    pub(super) fn closes_whole(&self) -> bool {
        self.closing_whole.is_some()
    }

    /// How receiving has ended, as far as its owner was told.
    pub(super) fn told_end(&self) -> Option<Result<(), End>> {
        self.told_end
    }

    pub(super) fn ends(&self) -> [Option<End>; 2] {
        self.ends
    }

    /// Whether time was lacking.
    pub(super) fn timed_out(&self) -> bool {
        self.ends.iter().any(|end| matches!(end, Some(End::TimedOut(_))))
    }

    pub(super) fn into_connection(self) -> C {
        self.connection
    }

    pub(super) fn connection(&mut self) -> &mut C {
        &mut self.connection
    }

    pub(super) fn lent(&self) -> usize {
        self.lender.out()
    }

    /// Lets one hand have a turn.
    pub(super) fn run(
        &mut self,
        link: &mut Link,
        now: Moment,
        hand: usize,
        meanwhile: Option<u8>,
    ) -> Progress {
        let hand = hand % self.connection.hands();
        let before = (link.written(self.side), link.has_ended(self.side));
        let mut wire = Wire { link, side: self.side, ready: &mut self.ready, lender: &mut self.lender };
        let progress = self.connection.run(hand, &mut wire, now, self.budget, meanwhile);
        self.begun.get_or_insert(now);
        if before != (link.written(self.side), link.has_ended(self.side)) || self.stirred.is_none() {
            self.stirred = self.closing_whole.map(|_| now);
        }
        // The other hand has been told something of its own.
        if meanwhile.is_some() {
            self.blocked = [None; 2];
        }
        self.blocked[hand] = match progress {
            Progress::Blocked(blocked) => Some(blocked),
            _ => None,
        };
        self.check_turn(now, hand, progress);
        progress
    }

    /// Whether this hand has cause to have a turn: it never had one, or what it waits for has come.
    pub(super) fn is_ready(&self, link: &Link, now: Moment, hand: usize) -> bool {
        let Some(blocked) = self.blocked[hand] else { return true };
        !blocked.read.is_empty() && link.is_readable(self.side)
            || !blocked.write.is_empty() && link.is_writable(self.side)
            || blocked.wake.is_some_and(|wake| wake.at <= now)
    }

    /// When one of the hands wants to be woken.
    pub(super) fn wake(&self) -> Option<Moment> {
        let wakes = self.blocked.iter().flatten().filter_map(|blocked| blocked.wake);
        wakes.map(|wake| wake.at).min()
    }

    pub(super) fn send(&mut self, n: usize) {
        let refused = self.closing.is_some() || self.ends[1].is_some();
        let sealed = self.connection.send(&pattern(self.sent, n), &mut self.lender);
        self.touched(1);
        match sealed {
            Ok(sealed) => {
                assert!(!refused, "nothing can be sent behind an end");
                assert!(sealed <= n);
                self.sent += sealed;
            }
            Err(end) => assert!(refused || !end.is_clean(), "{end:?}"),
        }
    }

    /// Takes at most `n` bytes. Whether anything came.
    pub(super) fn take(&mut self, n: usize, peer_sent: usize) -> bool {
        let mut into = vec![0; n + 1];
        let taken = self.connection.take(&mut into);
        self.connection.settle(&mut self.lender);
        let told = match taken {
            None => return false,
            Some(Ok(0)) => Ok(()),
            Some(Ok(n)) => {
                assert_eq!(into[..n], pattern(self.received, n), "as it was sent");
                self.received += n;
                self.touched(0);
                assert!(self.received <= peer_sent, "nothing comes that was not sent");
                assert!(self.told_end.is_none(), "nothing comes behind an end");
                return true;
            }
            Some(Err(end)) => Err(end),
        };
        assert!(self.told_end.is_none_or(|before| before == told), "one end, however often it is told");
        self.told_end = Some(told);
        false
    }

    pub(super) fn next_event(&mut self) -> bool {
        let Some(whole) = self.connection.whole() else { return false };
        let Some(event) = whole.next_event() else { return false };
        let once = matches!(event, SecuredEvent::Agreed | SecuredEvent::PeerEnded);
        assert!(!once || !self.told.contains(&event), "{event:?} is told once");
        self.told.push(event);
        self.touched(0);
        true
    }

    pub(super) fn close_write(&mut self, now: Moment) {
        self.connection.close_write();
        self.closing.get_or_insert(now);
        self.touched(1);
    }

    pub(super) fn close(&mut self, now: Moment) {
        self.join();
        self.connection.whole().expect("it is joined").close();
        self.closing.get_or_insert(now);
        if self.closing_whole.replace(now).is_none() {
            self.stirred = None;
        }
        self.connection.settle(&mut self.lender);
    }

    pub(super) fn abort(&mut self) {
        self.join();
        self.connection.whole().expect("it is joined").abort();
    }

    pub(super) fn cut(&mut self) {
        self.connection.cut();
        self.blocked = [None; 2];
    }

    pub(super) fn join(&mut self) {
        self.connection.join();
        self.blocked = [None; 2];
    }

    /// Whoever touches a machine runs it before it is waited for.
    fn touched(&mut self, hand: usize) {
        self.blocked[hand % self.connection.hands()] = None;
    }

    fn check_turn(&mut self, now: Moment, hand: usize, progress: Progress) {
        self.check(now);
        if let Progress::Blocked(blocked) = progress {
            assert!(blocked.wake.is_none_or(|wake| wake.at > now), "what is due is done: {blocked:?}");
        }
        let is_done = self.connection.is_done(hand);
        assert!(progress != Progress::Done || is_done);
        let lent = self.lender.out();
        let Some(whole) = self.connection.whole() else { return };
        let idle = whole.plain().is_empty() && !whole.has_unsent();
        if matches!(progress, Progress::Blocked(_) | Progress::Done) {
            assert!(!idle || lent == 0, "who is idle owns no buffer");
        }
        if let Progress::Blocked(blocked) = progress {
            let names = !blocked.read.is_empty() || !blocked.write.is_empty() || blocked.wake.is_some();
            let owners = !whole.plain().is_empty() || whole.receiving_end().is_some() && !whole.has_unsent();
            assert!(is_done || names || owners, "who is not done waits for something");
        }
        self.check_deadlines(now);
    }

    fn check_deadlines(&mut self, now: Moment) {
        let passed = |from: Option<Moment>, wait: Duration| from.is_some_and(|from| from + wait <= now);
        let over = self.options.handshake.is_some_and(|wait| passed(self.begun, wait));
        let late = self.closing_whole.is_some() && passed(self.stirred, self.options.close);
        let Some(whole) = self.connection.whole() else { return };
        assert!(!over || whole.is_agreed() || whole.end().is_some(), "a handshake takes no longer");
        assert!(!late || whole.end().is_some(), "a close takes no longer");
    }

    pub(super) fn check(&mut self, now: Moment) {
        assert!(self.lender.out() <= C::LENT, "{} lent buffers are too many", self.lender.out());
        if let Some(whole) = self.connection.whole() {
            let ends = [whole.receiving_end(), whole.sending_end()];
            for (before, after) in self.ends.iter().zip(ends) {
                assert!(before.is_none() || *before == after, "an end is for good: {before:?}, {after:?}");
            }
            self.ends = ends;
        }
        for end in self.ends.into_iter().flatten() {
            self.check_end(end, now);
        }
        let sending_ended_itself = self.ends[1] == Some(End::Clean);
        assert!(!sending_ended_itself || self.closing.is_some(), "who has not closed has not ended");
    }

    fn check_end(&self, end: End, now: Moment) {
        match end {
            End::TimedOut(Timer::Handshake) => {
                let wait = self.options.handshake.expect("it has a limit");
                assert!(self.begun.expect("it was begun") + wait <= now, "not before its time");
                assert_eq!(self.sent + self.received, 0, "whoever moves data has shaken hands");
            }
            End::TimedOut(Timer::Close) => {
                let asked = self.closing.expect("it was asked for");
                assert!(asked + self.options.close <= now, "not before its time");
            }
            End::TimedOut(timer) => panic!("{timer:?} is not a connection's"),
            _ => {}
        }
    }

    /// Whether a clean end of what was received needs nothing else.
    pub(super) fn takes_any_end(&self, link: &Link) -> bool {
        self.closes_whole() || self.options.eof == EofPolicy::Accept && link.has_ended(!self.side)
    }
}
