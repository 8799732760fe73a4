//! Two channels that take their layer off in the midst of what they say: all that was pushed before is told before, all that was
//! pushed after is told after, and nothing of either is told as the other.

use std::time::Duration;

use arbitrary::Arbitrary;
use standpipe_core::dispatch::{Channel, ChannelEvent, ChannelOptions, LayerError};
use standpipe_core::tls::Provider;
use standpipe_core::{BUDGET, Blocked, End, Machine, Moment, Progress, advance};

use super::MOST_TURNS;
use crate::client::pattern;
use crate::laws::{self, Fact};
use crate::model::secured::MAY_FAIL_AFTER_CLOSE;
use crate::sim::Readiness;
use crate::tls::cipher::Version;
use crate::tls::{Lender, Link, Wire, provider, sessions};

const BEGIN: Moment = Moment::from_nanos(1 << 40);
/// Plain text is another part of the pattern.
const PLAIN: usize = 1 << 20;

#[derive(Arbitrary, Clone, Copy, Debug)]
struct Setting {
    old: bool,
    half_open: [bool; 2],
    capacity: u8,
    paces: [Option<u32>; 2],
}

/// One step; `true` is the server.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Step {
    Run(bool),
    Event(bool),
    Push(bool, u16),
    EndLayer(bool),
    Read(bool, bool),
    Pass(u16),
    Close(u8, bool),
    Meddle(u8, bool),
}

/// Checks any history.
///
/// # Panics
/// When a law is broken.
pub fn check(bytes: &[u8]) {
    let Some((setting, steps)) = crate::model::read::<Setting, Step>(bytes) else { return };
    let mut pair = Pair::new(setting);
    for step in steps {
        pair.apply(step);
    }
    pair.finish();
}

/// Checks the laws on any history of a channel whose layer is agreed upon, and may be taken off.
///
/// # Panics
/// When one does not hold.
pub fn check_laws(bytes: &[u8]) {
    let Some((setting, mut facts)) = crate::model::read::<Setting, Fact>(bytes) else { return };
    // What is read is no TLS.
    facts.retain(|fact| MAY_FAIL_AFTER_CLOSE || !matches!(fact, Fact::Read(..)));
    let Pair { sides: [client, _], .. } = Pair::new(setting);
    laws::check(client.channel, &facts);
}

struct Pair {
    sides: [Side; 2],
    link: Link,
    now: Moment,
    /// Something was done for which either side may fail.
    meddled: bool,
}

impl Pair {
    /// After the handshake.
    fn new(setting: Setting) -> Self {
        let version = if setting.old { Version::Tls12 } else { Version::Tls13 };
        let (client, server) = sessions(Provider::Custom(provider(version)));
        let layers = [client, server].map(|session| Box::new(session.keeping_left_over()));
        let options = setting.half_open.map(|half_open| ChannelOptions {
            half_open,
            // Nobody is full: two that are, with nothing read on either side, wait for one another with a layer or without.
            high_water: 8000,
            most_unsent: 3000,
            ..ChannelOptions::default()
        });
        let [client, server] = layers;
        let sides = [
            Side::new(false, Channel::layered(client, options[0]), setting.half_open[0]),
            Side::new(true, Channel::layered(server, options[1]), setting.half_open[1]),
        ];
        let mut pair = Self { sides, link: Link::new(1 << 20), now: BEGIN, meddled: false };
        pair.talk();
        pair.link.set_capacity([100, 5000, 1 << 20][usize::from(setting.capacity) % 3]);
        for (side, pace) in pair.sides.iter_mut().zip(setting.paces) {
            side.ready = pace.map_or(Readiness::whole(), |seed| Readiness::random(seed.into()));
        }
        pair
    }

    fn apply(&mut self, step: Step) {
        match step {
            Step::Run(side) => self.sides[usize::from(side)].run(&mut self.link, self.now),
            Step::Event(side) => drop(self.event(side)),
            Step::Push(side, n) => self.sides[usize::from(side)].push(usize::from(n) % 2000),
            Step::EndLayer(side) => self.sides[usize::from(side)].end_layer(),
            Step::Read(side, reads) => self.sides[usize::from(side)].set_reading(reads),
            Step::Pass(millis) => self.pass(millis),
            Step::Close(seldom, side) if seldom.is_multiple_of(16) => {
                self.meddled = true;
                self.sides[usize::from(side)].close(seldom);
            }
            Step::Meddle(seldom, side) => self.meddle(seldom, side),
            Step::Close(..) => {}
        }
    }

    /// Whoever waits for a farewell gives up in the end.
    fn pass(&mut self, millis: u16) {
        let at = self.now + Duration::from_millis(millis.into());
        self.meddled |= self.sides.iter().any(|side| side.channel.wake().is_some_and(|wake| wake.at <= at));
        self.now = at;
    }

    fn meddle(&mut self, how: u8, side: bool) {
        match how {
            0 => self.link.reset(),
            1 => self.link.cut(side),
            2 => self.link.silence(side),
            _ => return,
        }
        self.meddled = true;
    }

    fn event(&mut self, side: bool) -> bool {
        let peer = &self.sides[usize::from(!side)];
        let (pushed, asked) = (peer.pushed, peer.asked);
        self.sides[usize::from(side)].next_event(pushed, asked, self.meddled)
    }

    /// Lets them talk for as long as either gets on. No time passes.
    fn talk(&mut self) {
        for _ in 0..MOST_TURNS {
            let mut moved = false;
            for side in [false, true] {
                while self.event(side) {
                    moved = true;
                }
                let side = &mut self.sides[usize::from(side)];
                if side.is_ready(&self.link, self.now) {
                    side.run(&mut self.link, self.now);
                    moved = true;
                }
            }
            if !moved {
                return;
            }
        }
        panic!("two sides come to rest: {:?}", self.sides);
    }

    fn finish(mut self) {
        for side in &mut self.sides {
            side.ready = Readiness::whole();
            side.set_reading(true);
            side.end_layer();
        }
        self.talk();
        for side in &mut self.sides {
            assert!(self.meddled || side.unwrapped, "nothing keeps them from parting: {side:?}");
            side.push(100);
        }
        self.talk();
        self.sides.iter_mut().for_each(|side| side.channel.out().close_when_done());
        for _ in 0..20 {
            self.sides.iter_mut().for_each(|side| side.blocked = None);
            self.talk();
            let wakes = self.sides.each_ref().map(|side| side.channel.wake().map(|wake| wake.at));
            let Some(at) = wakes.into_iter().flatten().min() else { break };
            self.now = self.now.max(at);
        }
        for (own, peer) in [(0, 1), (1, 0)] {
            let (own, peer) = (&self.sides[own], &self.sides[peer]);
            assert_eq!(own.lender.out(), 0, "all that was lent has come back");
            let Some(end) = own.closed else { panic!("whoever closes is told the end: {own:?}") };
            assert!(self.meddled || end == End::Clean, "nobody fails of nothing: {own:?}");
            assert!(self.meddled || own.received == peer.pushed, "all that was pushed is told: {own:?}");
        }
    }
}

#[derive(Debug)]
struct Side {
    side: bool,
    half_open: bool,
    channel: Channel,
    lender: Lender,
    ready: Readiness,
    blocked: Option<Blocked>,
    /// Its machine was done in a turn, and gets no other one.
    over: bool,
    /// What was pushed for the layer, and behind it.
    pushed: [usize; 2],
    received: [usize; 2],
    /// It was asked to take its layer off.
    asked: bool,
    unwrapped: bool,
    closed: Option<End>,
}

impl Side {
    fn new(side: bool, channel: Channel, half_open: bool) -> Self {
        Self {
            side,
            half_open,
            channel,
            lender: Lender::default(),
            ready: Readiness::whole(),
            blocked: None,
            over: false,
            pushed: [0; 2],
            received: [0; 2],
            asked: false,
            unwrapped: false,
            closed: None,
        }
    }

    fn run(&mut self, link: &mut Link, now: Moment) {
        if self.over {
            return;
        }
        let mut wire = Wire { link, side: self.side, ready: &mut self.ready, lender: &mut self.lender };
        let progress = advance(&mut self.channel, &mut wire, now, BUDGET);
        assert_eq!(progress == Progress::Events, self.channel.has_event());
        assert!(self.lender.out() <= 3, "{} lent buffers are too many", self.lender.out());
        self.blocked = progress.blocked();
        self.over = progress == Progress::Done;
    }

    fn is_ready(&mut self, link: &Link, now: Moment) -> bool {
        let withheld = self.ready.take_withheld();
        if self.over {
            return false;
        }
        let Some(blocked) = self.blocked else { return true };
        withheld
            || !blocked.read.is_empty() && link.is_readable(self.side)
            || !blocked.write.is_empty() && link.is_writable(self.side)
            || blocked.wake.is_some_and(|wake| wake.at <= now)
    }

    fn push(&mut self, n: usize) {
        self.blocked = None;
        let part = usize::from(self.asked);
        let bytes = pattern(self.pushed[part] + part * PLAIN, n);
        if self.channel.out().push(&bytes).is_ok() {
            self.pushed[part] += n;
        }
    }

    fn set_reading(&mut self, reads: bool) {
        self.blocked = None;
        self.channel.out().set_reading(reads);
    }

    fn close(&mut self, how: u8) {
        self.blocked = None;
        let out = self.channel.out();
        match how / 16 % 4 {
            0 => out.close_write(),
            1 => out.close_when_done(),
            2 => out.close(),
            _ => out.abort(),
        }
    }

    fn end_layer(&mut self) {
        self.blocked = None;
        let closing = self.channel.out().is_closing();
        match self.channel.end_layer() {
            Ok(()) => {
                assert!(!self.asked && !closing && self.channel.out().is_unwrapping());
                self.asked = true;
                assert_eq!(self.channel.end_layer(), Err(LayerError::Unwrapping));
                assert_eq!((self.channel.out().unsent(), self.channel.out().is_full()), (0, false));
            }
            Err(LayerError::Clear) => assert!(self.unwrapped || self.asked),
            Err(LayerError::Unwrapping) => assert!(self.asked && !self.unwrapped),
            Err(error) => assert_eq!(error, LayerError::Closing),
        }
    }

    fn next_event(&mut self, peer_pushed: [usize; 2], peer_asked: bool, meddled: bool) -> bool {
        let part = usize::from(self.unwrapped);
        let Some((event, _)) = self.channel.next_event() else { return false };
        self.blocked = None;
        match event {
            ChannelEvent::Data(data) => {
                assert_eq!(data, pattern(self.received[part] + part * PLAIN, data.len()));
                self.received[part] += data.len();
                assert!(self.received[part] <= peer_pushed[part], "more than was pushed");
            }
            ChannelEvent::Unwrapped => {
                let both = self.asked && (peer_asked || meddled);
                assert!(both && !self.unwrapped, "both have said their farewell");
                assert_eq!(self.received[0], peer_pushed[0], "all that came by the layer is told before");
                self.unwrapped = true;
            }
            ChannelEvent::Ended if !self.unwrapped => {
                assert!(peer_asked || meddled, "somebody has said so");
                if !self.half_open && !self.asked {
                    self.end_layer();
                    assert!(self.asked || self.channel.out().is_closing(), "the peer's farewell is answered");
                }
            }
            ChannelEvent::Closed(end) => {
                self.closed = Some(end);
                assert!(meddled || !matches!(end, End::TimedOut(_) | End::Truncated), "not without cause");
            }
            _ => {}
        }
        true
    }
}
