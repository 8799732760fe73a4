//! [`Channel`]: whatever two owners do with their sides of one connection and whatever becomes of it, what is told is
//! what was pushed, in asyncore's order, and the end is told once and last.

mod answer;
mod owner;
pub mod unwrapping;

use std::time::Duration;

use arbitrary::Arbitrary;
use standpipe_core::dispatch::{Channel, ChannelOptions};
use standpipe_core::tls::Provider;
use standpipe_core::{BUDGET, EofPolicy, Layer, Moment};

use crate::laws::{self, Fact, Subject};
use crate::sim::Readiness;
use crate::tls::cipher::Version;
use crate::tls::{Link, provider, sessions};
use answer::Answer;
use owner::{Owner, Sent};

/// More turns than any history can be worth, once its owners do what they should.
const MOST_TURNS: usize = 50_000;
/// How long a channel that closes waits.
const CLOSE: Duration = Duration::from_secs(5);

#[derive(Arbitrary, Clone, Copy, Debug)]
struct Setting {
    layered: bool,
    half_open: [bool; 2],
    /// A bare end is taken for a clean one.
    accepts: [bool; 2],
    capacity: u8,
    budget: u8,
    paces: [Option<u32>; 2],
}

/// One step; `true` is the server.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Step {
    Run(bool),
    Event(bool, Answer),
    Push(bool, Answer),
    Pass(u16),
    Wake(bool),
    /// Both sides do what they can.
    Talk,
    Urgent(bool, u8),
    End(Seldom, bool, Answer),
    /// The same, by whoever is told an event.
    EndAt(Seldom, bool, Answer),
    Rude(Seldom, Rude),
}

/// Whether something happens that ends most histories.
#[derive(Arbitrary, Clone, Copy, Debug)]
struct Seldom(u8);

impl Seldom {
    fn happens(self) -> bool {
        self.0.is_multiple_of(4)
    }

    /// Whether it is looked at without a turn.
    fn at_once(self) -> bool {
        self.0.is_multiple_of(8)
    }
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Rude {
    Reset,
    Cut(bool),
    Silence(bool),
}

/// Checks any history.
///
/// # Panics
/// When a law is broken.
pub fn check(bytes: &[u8]) {
    let Some((setting, steps)) = super::read::<Setting, Step>(bytes) else { return };
    let mut pair = Pair::new(setting);
    for step in steps {
        pair.apply(step);
        pair.check();
    }
    pair.finish();
}

struct Pair {
    owners: [Owner; 2],
    link: Link,
    now: Moment,
    /// Something was done for which either side may fail.
    meddled: bool,
    /// The urgent bytes of each.
    urgent: [Vec<u8>; 2],
}

impl Pair {
    fn new(setting: Setting) -> Self {
        let [client, server] = layers(setting.layered);
        let options = [0, 1].map(|side| options(setting.half_open[side], setting.accepts[side]));
        let capacity = [100, 5000, 1 << 20][usize::from(setting.capacity) % 3];
        let owner = |side, channel| Owner::new(side, channel, setting.layered, options[usize::from(side)]);
        let mut owners = [
            owner(false, Channel::connecting(client, options[0])),
            owner(true, accepted(server, options[1])),
        ];
        let budget = [1, 700, BUDGET][usize::from(setting.budget) % 3];
        for (owner, pace) in owners.iter_mut().zip(setting.paces) {
            owner.set_pace(pace.map_or(Readiness::whole(), |seed| Readiness::random(seed.into())), budget);
        }
        let now = Moment::from_nanos(1 << 40);
        Self { owners, link: Link::new(capacity), now, meddled: false, urgent: Default::default() }
    }

    fn act(&mut self, side: bool, answer: Answer) {
        self.owners[usize::from(side)].act(answer, &self.link);
    }

    fn apply(&mut self, step: Step) {
        let now = self.now;
        match step {
            Step::Run(side) => self.owners[usize::from(side)].run(&mut self.link, now),
            Step::Event(side, answer) => drop(self.event(side, answer.gently())),
            Step::Push(side, answer) => self.act(side, answer.gently()),
            Step::Pass(millis) => self.pass(now + Duration::from_millis(millis.into())),
            Step::Wake(side) => {
                self.pass(self.owners[usize::from(side)].wake().map_or(now, |at| at.max(now)))
            }
            Step::Talk => self.talk(),
            Step::Urgent(side, byte) => {
                self.urgent[usize::from(side)].push(byte);
                self.link.send_urgent(side, byte);
            }
            Step::End(seldom, side, answer) if seldom.happens() => {
                self.act(side, answer);
                if seldom.at_once() {
                    let _told = self.event(side, Answer::Nothing);
                }
            }
            Step::EndAt(seldom, side, answer) if seldom.happens() => drop(self.event(side, answer)),
            Step::Rude(seldom, rude) if seldom.happens() => self.meddle(rude),
            Step::End(..) | Step::EndAt(..) | Step::Rude(..) => {}
        }
    }

    /// Whoever closes does not wait for ever.
    fn pass(&mut self, now: Moment) {
        self.meddled |= self.owners.iter_mut().any(Owner::closes);
        self.now = now;
    }

    fn event(&mut self, side: bool, answer: Answer) -> bool {
        let urgent = &self.urgent[usize::from(!side)][..];
        let peer_sent = Sent { arrives: !self.meddled, urgent, ..self.owners[usize::from(!side)].sent() };
        self.owners[usize::from(side)].next_event(peer_sent, &self.link, answer)
    }

    fn meddle(&mut self, rude: Rude) {
        self.meddled = true;
        match rude {
            Rude::Reset => self.link.reset(),
            Rude::Cut(side) => self.link.cut(side),
            Rude::Silence(side) => self.link.silence(side),
        }
    }

    /// Every side that has cause to has a turn, and every owner takes what comes, until nobody has cause. No time passes.
    fn talk(&mut self) {
        let mut turns = 0;
        let mut moved = true;
        while std::mem::take(&mut moved) {
            for side in [false, true] {
                moved |= self.turn(side);
            }
            turns += 1;
            assert!(turns < MOST_TURNS, "two sides come to rest: {:?}", self.owners);
        }
    }

    fn turn(&mut self, side: bool) -> bool {
        let mut moved = false;
        while self.event(side, Answer::Nothing) {
            moved = true;
        }
        let Self { owners, link, now, .. } = self;
        let owner = &mut owners[usize::from(side)];
        if owner.is_ready(link, *now) {
            owner.run(link, *now);
            moved = true;
        }
        self.check();
        moved
    }

    fn check(&mut self) {
        for (own, peer) in [(0, 1), (1, 0)] {
            let peer_closes = self.owners[peer].closes();
            self.owners[own].check(peer_closes, self.meddled);
        }
    }

    /// Both sides read, say the end, and time passes from one wake-up to the next until nobody has any.
    fn finish(mut self) {
        for owner in &mut self.owners {
            owner.set_pace(Readiness::whole(), BUDGET);
            owner.act(Answer::Read(true), &self.link);
        }
        self.talk();
        let missed = self.owners.iter_mut().any(|owner| owner.misses_urgent(&self.link));
        assert!(!missed, "an urgent byte is told: {:?}", self.owners);
        [false, true].into_iter().for_each(|side| self.act(side, Answer::CloseWhenDone));
        for _ in 0..20 {
            self.talk();
            let wakes = self.owners.each_ref().map(Owner::wake);
            let Some(at) = wakes.into_iter().flatten().min() else { break };
            self.now = self.now.max(at);
        }
        for (own, peer) in [(0, 1), (1, 0)] {
            let (own, peer) = (&self.owners[own], &self.owners[peer]);
            assert_eq!(own.lent(), 0, "all that was lent has come back");
            let Some(end) = own.closed() else { panic!("whoever closes is told the end: {own:?}, {peer:?}") };
            let lacked = own.timed_out() || peer.timed_out();
            let harmed = self.meddled || own.was_rude() || peer.was_rude() || lacked;
            let unmade = !own.was_connected() || !peer.was_connected();
            assert!(harmed || unmade || end.is_clean(), "nobody fails of nothing: {own:?}, {peer:?}");
        }
    }
}

/// A client's and a server's, where there are any.
fn layers(wanted: bool) -> [Option<Box<dyn Layer>>; 2] {
    if !wanted {
        return [None, None];
    }
    let (client, server) = sessions(Provider::Custom(provider(Version::Tls13)));
    [Some(Box::new(client)), Some(Box::new(server))]
}

fn accepted(layer: Option<Box<dyn Layer>>, options: ChannelOptions) -> Channel {
    match layer {
        Some(layer) => Channel::layered(layer, options),
        None => Channel::connected(options),
    }
}

fn options(half_open: bool, accepts: bool) -> ChannelOptions {
    ChannelOptions {
        half_open,
        eof: if accepts { EofPolicy::Accept } else { EofPolicy::Error },
        high_water: 1000,
        low_water: 300,
        most_unsent: 3000,
        ..ChannelOptions::default()
    }
}

#[derive(Arbitrary, Clone, Copy, Debug)]
struct Limits {
    connecting: bool,
    layered: bool,
    half_open: bool,
}

/// Checks the laws on any history.
pub fn check_laws(bytes: &[u8]) {
    let Some((limits, facts)) = super::read::<Limits, Fact>(bytes) else { return };
    let [client, server] = layers(limits.layered);
    let options = options(limits.half_open, false);
    let channel = match limits.connecting {
        true => Channel::connecting(client, options),
        false => accepted(server, options),
    };
    laws::check(channel, &facts);
}

impl Subject for Channel {
    const LENT: usize = 3;

    fn seen(&self) -> String {
        format!("{:?} {}", self.end(), self.is_connected())
    }

    fn take_event(&mut self) -> bool {
        self.next_event().is_some()
    }

    fn call(&mut self, verb: u8) {
        if verb % 10 == 9 {
            let _ended = self.end_layer();
            return;
        }
        let out = self.out();
        let _ = match verb % 10 {
            0 => out.push(b"hello"),
            1 => out.push(&[7; 1500]),
            2 => out.push_bytes(vec![8; 1500].into()),
            3 => return out.close_write(),
            4 => return out.close_when_done(),
            5 => return out.close(),
            6 => return out.set_urgent(verb & 16 == 0),
            7 => return out.discard_buffers(),
            _ => return out.abort(),
        };
    }

    /// Its owner has to say whether anything more is sent.
    fn may_rest(&self) -> bool {
        self.has_peer_ended()
    }
}
