//! Who has one side of a connection, and what must hold of it after every step: [`Owner`].

use standpipe_core::dispatch::{Channel, ChannelEvent, ChannelOptions};
use standpipe_core::{BUDGET, Blocked, Duty, End, EofPolicy, Machine, Moment, Progress, Timer, advance};

use super::CLOSE;
use super::answer::{Account, Answer, Passed};
use crate::client::pattern;
use crate::sim::Readiness;
use crate::tls::{Lender, Link, Wire};

/// What an owner has pushed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent<'a> {
    pub(super) len: usize,
    /// Nothing of it was taken back.
    pub(super) whole: bool,
    /// Nothing hinders it on its way.
    pub(super) arrives: bool,
    /// The bytes that were urgent.
    pub(super) urgent: &'a [u8],
}

#[derive(Debug)]
pub(super) struct Owner {
    side: bool,
    layered: bool,
    half_open: bool,
    accepts: bool,
    channel: Channel,
    lender: Lender,
    ready: Readiness,
    budget: usize,
    blocked: Option<Blocked>,
    /// Its machine was done in a turn, and gets no other one.
    over: bool,
    /// Nothing was done to it since its last turn: what was announced then is told.
    untouched: bool,
    account: Account,
    connected: bool,
    ended: bool,
    closed: Option<End>,
    /// When it had its last turn before its end was known.
    turn: Moment,
    /// When it had its last one in which something left, or which it was not asked to close before.
    calm: Moment,
    /// When it had its last one in which something left, or nothing had to.
    moved: Moment,
    waits: bool,
    /// What it had read when all that it sends had left, and the end of that.
    owed: Option<usize>,
}

impl Owner {
    pub(super) fn new(side: bool, channel: Channel, layered: bool, options: ChannelOptions) -> Self {
        let connected = channel.is_connected();
        Self {
            side,
            layered,
            half_open: options.half_open,
            accepts: options.eof == EofPolicy::Accept,
            channel,
            lender: Lender::default(),
            ready: Readiness::whole(),
            budget: BUDGET,
            blocked: None,
            over: false,
            untouched: false,
            account: Account::NEW,
            connected,
            ended: false,
            closed: None,
            turn: Moment::ORIGIN,
            calm: Moment::ORIGIN,
            moved: Moment::ORIGIN,
            waits: false,
            owed: None,
        }
    }

    pub(super) fn set_pace(&mut self, ready: Readiness, budget: usize) {
        (self.ready, self.budget) = (ready, budget);
    }

    pub(super) fn sent(&self) -> Sent<'static> {
        Sent { len: self.account.sent, whole: !self.account.rude, arrives: true, urgent: &[] }
    }

    /// Whether it may end: it was asked to, or has found that it has to.
    pub(super) fn closes(&mut self) -> bool {
        self.account.closes || self.channel.out().is_closing()
    }

    pub(super) fn was_rude(&self) -> bool {
        self.account.rude
    }

    pub(super) fn was_connected(&self) -> bool {
        self.connected
    }

    pub(super) fn closed(&self) -> Option<End> {
        self.closed
    }

    /// Whether time was lacking.
    pub(super) fn timed_out(&self) -> bool {
        matches!(self.closed, Some(End::TimedOut(_)))
    }

    pub(super) fn lent(&self) -> usize {
        self.lender.out()
    }

    pub(super) fn wake(&self) -> Option<Moment> {
        self.channel.wake().map(|wake| wake.at)
    }

    fn passed(&self, link: &Link) -> Option<Passed> {
        let passed = Passed { read: link.read(self.side), written: link.written(self.side) };
        (!self.layered).then_some(passed)
    }

    pub(super) fn run(&mut self, link: &mut Link, now: Moment) {
        let (read, written) = (link.read(self.side), link.written(self.side));
        let held_back = !self.account.reads || self.channel.out().is_full();
        let due = self.channel.out().unsent() > 0 || self.account.deaf;
        let (open, over) = (!self.channel.out().is_closing(), self.channel.end().is_some());
        let waited = std::mem::replace(&mut self.waits, due && !open);
        let mut wire = Wire { link, side: self.side, ready: &mut self.ready, lender: &mut self.lender };
        let progress = advance(&mut self.channel, &mut wire, now, self.budget);
        self.blocked = match progress {
            Progress::Blocked(blocked) => Some(blocked),
            _ => None,
        };
        self.over = progress == Progress::Done;
        self.untouched = true;
        if !over {
            self.turn = now;
        }
        assert_eq!(progress == Progress::Events, self.channel.has_event());
        let left = written < link.written(self.side);
        if open || left {
            self.calm = now;
        }
        if left || !(waited && self.waits) {
            self.moved = now;
        }
        assert!(
            now < self.moved + CLOSE || self.channel.end().is_some(),
            "whoever closes gives up in the end"
        );
        if link.has_ended(self.side) && !over {
            self.owed.get_or_insert(read);
        }
        self.check_farewell(link);
        let out = self.channel.out();
        let held_back = held_back && (!self.account.reads || out.is_full());
        if !self.layered && held_back && !out.is_closing() {
            assert_eq!(link.read(self.side), read, "what is held back is not read");
        }
        let idle = self.blocked.is_some() && out.unsent() == 0 && self.account.reads;
        assert!(self.layered || !idle || self.lender.out() == 0, "an idle one holds no buffer");
    }

    /// Nobody who did not ask for it is cut short.
    fn check_farewell(&self, link: &Link) {
        let clean = self.channel.end().is_some_and(End::is_clean) && !self.account.quits;
        let duty = self.channel.wants(Channel::SOCKET).duty;
        if clean && !self.layered && duty == Some(Duty::Close) {
            assert!(
                self.ended && self.account.received == link.read(self.side),
                "all is told before the farewell"
            );
        }
    }

    /// Whether it has cause to have a turn: it never had one, or what it waits for has come.
    pub(super) fn is_ready(&mut self, link: &Link, now: Moment) -> bool {
        if self.over {
            return false;
        }
        let withheld = self.ready.take_withheld();
        let Some(blocked) = self.blocked else { return true };
        withheld
            || !blocked.read.is_empty() && link.is_readable(self.side)
            || !blocked.write.is_empty() && link.is_writable(self.side)
            || !blocked.urgent.is_empty() && link.is_urgent(self.side)
            || blocked.wake.is_some_and(|wake| wake.at <= now)
    }

    /// Takes the next event and answers it. Whether there was one.
    pub(super) fn next_event(&mut self, peer_sent: Sent<'_>, link: &Link, answer: Answer) -> bool {
        let told = self.channel.has_event();
        let untouched = std::mem::take(&mut self.untouched);
        let passed = self.passed(link);
        let account = &mut self.account;
        let Some((event, out)) = self.channel.next_event() else {
            assert!(!told || !untouched, "an event that was announced is told");
            self.check_rest(passed);
            return false;
        };
        assert!(told, "an event that is told was announced");
        assert_eq!(self.closed, None, "nothing is told after the end");
        self.blocked = None;
        match event {
            ChannelEvent::Connected => {
                assert!(!self.connected, "it is told once, and before all data");
                self.connected = true;
            }
            ChannelEvent::Data(data) => {
                assert!(self.connected && !self.ended && !account.deaf && !data.is_empty());
                assert!(!out.is_full(), "while too much waits nothing more is told");
                if !account.rude && peer_sent.whole {
                    assert!(account.received + data.len() <= peer_sent.len, "more than was sent");
                    assert_eq!(data, pattern(account.received, data.len()));
                }
                account.received += data.len();
            }
            ChannelEvent::Ended => {
                assert!(!self.ended && !account.deaf);
                let all_comes = peer_sent.arrives && peer_sent.whole && !account.rude;
                assert!(!all_comes || account.received == peer_sent.len, "the end comes last");
                self.ended = true;
                account.quits |= !self.half_open;
            }
            ChannelEvent::Urgent(byte) => {
                assert!(self.connected && !self.layered);
                assert!(peer_sent.urgent.contains(&byte));
            }
            ChannelEvent::Room => {
                assert!(!account.deaf && !out.is_full() && (account.was_full || account.produced));
                account.full = false;
            }
            ChannelEvent::Closed(end) => {
                self.closed = Some(end);
                let all_left = passed.is_none_or(|passed| passed.written == account.sent);
                assert!(!end.is_clean() || self.ended || account.quits, "a clean end was said or asked for");
                assert!(!end.is_clean() || all_left || account.rude, "a clean end comes after everything");
                let owed = self.owed.filter(|_| !self.layered && !account.deaf).unwrap_or(0);
                assert!(account.received >= owed, "what came before everything had left is told");
                let gave_up = link.has_given_up(self.side);
                assert!(!gave_up || !end.is_clean());
                let unsaid = passed.is_some() && !all_left && !account.rude && self.connected;
                assert!(!unsaid || gave_up || !peer_sent.arrives, "what was cut is not vouched for");
            }
            event => panic!("an unknown event: {event:?}"),
        }
        account.act(answer, out, passed);
        true
    }

    /// Nothing is told now.
    fn check_rest(&mut self, passed: Option<Passed>) {
        let out = self.channel.out();
        let (full, unsent, closing) = (out.is_full(), out.unsent(), out.is_closing());
        assert!(full || closing || !self.account.full, "room is told");
        let tells = !full && self.account.reads && !self.account.deaf && (!closing || unsent > 0);
        let untold = passed.filter(|passed| tells && passed.read != self.account.received);
        assert!(untold.is_none(), "what has come is told: {untold:?}");
    }

    /// Does something between events.
    pub(super) fn act(&mut self, answer: Answer, link: &Link) {
        (self.blocked, self.untouched) = (None, false);
        let passed = self.passed(link);
        self.account.act(answer, self.channel.out(), passed);
    }

    pub(super) fn check(&mut self, peer_closes: bool, meddled: bool) {
        assert!(self.lender.out() <= 3, "{} lent buffers are too many", self.lender.out());
        let fakeable = !self.layered || self.accepts;
        assert!(!self.ended || peer_closes || meddled && fakeable, "an end is one that the peer has said");
        let over = self.closed.is_some();
        assert_eq!(over, self.channel.is_done(), "it is done once its end is told");
        assert!(!over || !self.channel.is_connected());
        let Some(end) = self.closed else { return };
        assert_eq!(self.channel.end(), Some(end));
        match end {
            End::TimedOut(Timer::Close) => assert!(self.turn >= self.calm + CLOSE, "in its time"),
            End::TimedOut(Timer::Connect) => assert!(!self.connected && !self.side),
            End::TimedOut(_) => assert!(!self.connected && self.layered),
            End::Truncated => assert!(self.layered && (!self.accepts || !self.connected)),
            End::Clean => assert!(self.connected || self.account.quits),
            _ => {}
        }
    }

    /// Whether it waits for an urgent byte although there is one.
    pub(super) fn misses_urgent(&mut self, link: &Link) -> bool {
        let listens = self.account.urgent && self.connected && !self.layered && !self.account.quits;
        listens && !self.channel.has_peer_ended() && !self.over && link.is_urgent(self.side)
    }
}
