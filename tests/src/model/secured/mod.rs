//! [`Secured`]: whatever two owners do with their sides of one connection and whatever becomes of it, what is taken is
//! what was sent, every end is told apart, and nobody waits for nothing.

mod connection;
mod side;

use std::time::Duration;

use arbitrary::Arbitrary;
use standpipe_core::tls::Provider;
use standpipe_core::{BUDGET, End, EofPolicy, Moment, Progress, Secured, SecuredOptions, Timer};

use crate::laws::{self, Fact, Subject};
use crate::sim::Readiness;
use crate::tls::cipher::{Version, sealed_record};
use crate::tls::{Link, provider, sessions};
pub use connection::Connection;
use side::Side;

/// More turns than any history can be worth, once its owners do what they should.
const MOST_TURNS: usize = 50_000;
/// Once it has sent close_notify, rustls asserts in debug builds that the peer does nothing wrong any more.
pub(super) const MAY_FAIL_AFTER_CLOSE: bool = !cfg!(debug_assertions);
/// As many key updates as either side accepts without data between them, and fewer.
const MOST_UPDATES: usize = 12;

#[derive(Arbitrary, Clone, Copy, Debug)]
struct Setting {
    old: bool,
    /// The handshake is over before the history begins.
    agreed: bool,
    /// A bare end is taken for a clean one.
    accepts: [bool; 2],
    /// The handshake may take for ever.
    patient: bool,
    capacity: u8,
    budget: u8,
    paces: [Option<u32>; 2],
}

/// One step; `true` is the server.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Step {
    /// One hand has a turn, and perhaps the other one in the midst of it.
    Run(bool, bool, Option<u8>),
    Send(bool, u16),
    Take(bool, u16),
    Event(bool),
    Pass(u16),
    Wake(bool),
    /// Both sides do what they can.
    Talk,
    /// The peer is asked for an answer that TLS gives by itself.
    Ask(bool),
    Cut(bool),
    Join(bool),
    Close(Seldom, bool, bool),
    Rude(Seldom, Rude),
}

/// Whether something happens that ends most histories.
#[derive(Arbitrary, Clone, Copy, Debug)]
struct Seldom(u8);

impl Seldom {
    fn happens(self) -> bool {
        self.0.is_multiple_of(4)
    }
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Rude {
    Abort(bool),
    Reset,
    Cut(bool),
    Silence(bool),
}

/// Checks any history.
pub fn check(bytes: &[u8]) {
    check_of::<Secured>(bytes);
}

/// Checks any history of connections of this kind.
///
/// # Panics
/// When a law is broken.
pub fn check_of<C: Connection>(bytes: &[u8]) {
    let Some((setting, steps)) = super::read::<Setting, Step>(bytes) else { return };
    let mut pair = Pair::<C>::new(setting);
    for step in steps {
        pair.apply(step);
        pair.check();
    }
    pair.finish();
}

struct Pair<C> {
    version: Version,
    sides: [Side<C>; 2],
    link: Link,
    now: Moment,
    /// Something was done for which either side may fail.
    meddled: bool,
    updates: usize,
}

impl<C: Connection> Pair<C> {
    fn new(setting: Setting) -> Self {
        let version = if setting.old { Version::Tls12 } else { Version::Tls13 };
        let (client, server) = sessions(Provider::Custom(provider(version)));
        let side = |side: bool, session| {
            let options = options(setting, side);
            Side::new(side, Secured::new(Box::new(session), options), options)
        };
        let capacity = [100, 5000, 1 << 20][usize::from(setting.capacity) % 3];
        let mut pair = Self {
            version,
            sides: [side(false, client), side(true, server)],
            link: Link::new(capacity),
            now: Moment::from_nanos(1 << 40),
            meddled: false,
            updates: 0,
        };
        if setting.agreed {
            pair.talk();
        }
        let budget = [1, 700, BUDGET][usize::from(setting.budget) % 3];
        for (side, pace) in pair.sides.iter_mut().zip(setting.paces) {
            let ready = pace.map_or(Readiness::whole(), |seed| Readiness::random(seed.into()));
            side.set_pace(ready, budget);
        }
        pair
    }

    fn side(&mut self, side: bool) -> &mut Side<C> {
        &mut self.sides[usize::from(side)]
    }

    fn apply(&mut self, step: Step) {
        let now = self.now;
        match step {
            Step::Run(side, hand, meanwhile) => drop(self.run(side, hand.into(), meanwhile)),
            Step::Send(side, n) => self.side(side).send(n.into()),
            Step::Take(side, n) => drop(self.take(side, n.into())),
            Step::Event(side) => drop(self.side(side).next_event()),
            Step::Pass(millis) => self.now = now + Duration::from_millis(millis.into()),
            Step::Wake(side) => self.now = self.side(side).wake().map_or(now, |wake| wake.max(now)),
            Step::Talk => self.talk(),
            Step::Ask(side) => self.ask(side),
            Step::Cut(side) => self.side(side).cut(),
            Step::Join(side) => self.side(side).join(),
            Step::Close(seldom, side, whole) if seldom.happens() => self.close(side, whole),
            Step::Rude(seldom, rude) if seldom.happens() => self.meddle(rude),
            Step::Close(..) | Step::Rude(..) => {}
        }
    }

    fn run(&mut self, side: bool, hand: usize, meanwhile: Option<u8>) -> Progress {
        self.sides[usize::from(side)].run(&mut self.link, self.now, hand, meanwhile)
    }

    fn take(&mut self, side: bool, n: usize) -> bool {
        let peer_sent = self.side(!side).sent();
        self.side(side).take(n, peer_sent)
    }

    fn close(&mut self, side: bool, whole: bool) {
        let now = self.now;
        if whole { self.side(side).close(now) } else { self.side(side).close_write(now) }
    }

    fn meddle(&mut self, rude: Rude) {
        self.meddled = true;
        match rude {
            Rude::Abort(side) => self.side(side).abort(),
            Rude::Reset => self.link.reset(),
            Rude::Cut(side) => self.link.cut(side),
            Rude::Silence(side) => self.link.silence(side),
        }
    }

    fn ask(&mut self, side: bool) {
        let new = self.version == Version::Tls13 && self.updates < MOST_UPDATES;
        let asker = self.side(side);
        let open = asker.sent() > 0 && !asker.closes() && asker.ends() == [None; 2];
        if new && open && asker.connection().is_flushed() {
            self.updates += 1;
            let requested = [24, 0, 0, 1, 1];
            self.link.inject(side, &sealed_record(Version::Tls13, 22, &requested));
        }
    }

    /// Every hand that has cause to has a turn, and every owner takes what comes, until nobody has cause. No time passes.
    fn talk(&mut self) {
        let mut turns = 0;
        let mut moved = true;
        while std::mem::take(&mut moved) {
            for side in [false, true] {
                for hand in 0..self.side(side).connection().hands() {
                    moved |= self.turn(side, hand);
                    turns += 1;
                }
            }
            assert!(
                turns < MOST_TURNS,
                "two sides come to rest: {:?}",
                self.sides.each_ref().map(Side::ends)
            );
        }
    }

    fn turn(&mut self, side: bool, hand: usize) -> bool {
        // Nothing is read while data lies here.
        while hand == 0 && self.take(side, 4000) {}
        let Self { sides, link, now, .. } = self;
        let own = &mut sides[usize::from(side)];
        if own.connection().is_done(hand) || !own.is_ready(link, *now, hand) {
            return false;
        }
        let _progress = self.run(side, hand, None);
        self.check();
        while self.side(side).next_event() {}
        // Which takes a writer's own event.
        let _flushed = self.side(side).connection().is_flushed();
        while hand == 0 && self.take(side, 4000) {}
        self.check();
        true
    }

    /// Time passes from one wake-up to the next until nobody has any.
    fn wait(&mut self) {
        for _ in 0..20 {
            self.talk();
            let wakes = self.sides.each_ref().map(Side::wake);
            let Some(wake) = wakes.into_iter().flatten().min() else { return };
            self.now = self.now.max(wake);
        }
        panic!("wake-ups come to an end");
    }

    fn check(&mut self) {
        let now = self.now;
        self.sides.iter_mut().for_each(|side| side.check(now));
        for (own, peer) in [(0, 1), (1, 0)] {
            let (own, peer) = (&self.sides[own], &self.sides[peer]);
            if own.takes_any_end(&self.link) {
                continue;
            }
            let clean = own.ends()[0] == Some(End::Clean) || own.told_end() == Some(Ok(()));
            assert!(!clean || peer.closes(), "a clean end is one that the peer has said");
            let told = own.told_end() == Some(Ok(()));
            assert!(!told || own.received() == peer.sent(), "a clean end comes after everything");
        }
    }

    /// Both sides say the end, as far as they can, and all that is under way arrives.
    fn finish(mut self) {
        for side in &mut self.sides {
            side.set_pace(Readiness::whole(), BUDGET);
        }
        self.talk();
        self.close(false, false);
        self.close(true, false);
        self.talk();
        self.sides.iter_mut().for_each(Side::join);
        self.take_all();
        self.check();
        self.check_ends();
        self.close(false, true);
        self.close(true, true);
        self.wait();
        self.take_all();
        for side in &mut self.sides {
            assert!(side.connection().is_done(0), "whoever is closed comes to an end: {:?}", side.ends());
            assert_eq!(side.lent(), 0, "all that was lent has come back");
            let reset = |end: &Option<End>| {
                matches!(end, Some(End::Aborted | End::TimedOut(Timer::Handshake | Timer::Close)))
            };
            let abrupt = side.ends().iter().any(reset);
            assert!(!abrupt || self.link.is_reset(), "who gives up says so: {:?}", side.ends());
        }
    }

    fn take_all(&mut self) {
        for side in [false, true] {
            while self.take(side, 4000) {}
        }
    }

    /// Where nobody has meddled and no time was lacking, everything has arrived.
    fn check_ends(&mut self) {
        let gave_up = |side: &Side<C>| side.ends().iter().flatten().any(|end| !end.is_clean());
        if self.meddled || self.sides.iter().any(gave_up) {
            let lacked = |side: &Side<C>| side.timed_out() || side.closes_whole();
            assert!(self.meddled || self.sides.iter().any(lacked), "nobody fails of nothing");
            return;
        }
        for (own, peer) in [(0, 1), (1, 0)] {
            let (own, peer) = (&self.sides[own], &self.sides[peer]);
            if !own.closes_whole() {
                assert_eq!(own.told_end(), Some(Ok(())), "everything has come, and the end");
                assert_eq!(own.received(), peer.sent());
            }
        }
    }
}

fn options(setting: Setting, side: bool) -> SecuredOptions {
    let eof = if setting.accepts[usize::from(side)] { EofPolicy::Accept } else { EofPolicy::Error };
    let defaults = SecuredOptions::default();
    SecuredOptions { handshake: defaults.handshake.filter(|_| !setting.patient), eof, ..defaults }
}

#[derive(Arbitrary, Clone, Copy, Debug)]
struct Limits {
    setting: Setting,
    server: bool,
}

/// Checks the laws on any history.
pub fn check_laws(bytes: &[u8]) {
    let Some((limits, facts)) = super::read::<Limits, Fact>(bytes) else { return };
    let pair = Pair::<Secured>::new(limits.setting);
    let [client, server] = pair.sides;
    let side = if limits.server { server } else { client };
    laws::check(side.into_connection(), &facts);
}

impl Subject for Secured {
    const LENT: usize = 2;

    fn seen(&self) -> String {
        let ends = (self.receiving_end(), self.sending_end());
        format!("{:?} {} {} {}", ends, self.is_agreed(), self.plain().len(), self.has_unsent())
    }

    fn take_event(&mut self) -> bool {
        self.next_event().is_some()
    }

    fn call(&mut self, verb: u8) {
        let may_close = MAY_FAIL_AFTER_CLOSE || !self.is_agreed() || self.sending_end().is_some();
        match verb % 8 {
            0 if may_close => self.close_write(),
            1 if may_close => self.close(),
            2 => self.abort(),
            _ => self.consume(self.plain().len()),
        }
    }

    /// While data lies here, and once the peer has ended, until its owner does something of it.
    fn may_rest(&self) -> bool {
        !self.plain().is_empty() || self.receiving_end().is_some() && !self.has_unsent()
    }
}
