//! [`Unwrap`]: two sides that take their layer off: all data of it is told, and all plain text behind it is there.

use std::time::Duration;

use arbitrary::Arbitrary;
use standpipe_core::tls::{Provider, Session};
use standpipe_core::{
    BUDGET, Blocked, Handshake, Io, Layer, Machine, Moment, Outcome, Progress, Unwrap, UnwrapError, Window,
    advance,
};

use super::secured::MAY_FAIL_AFTER_CLOSE;
use crate::client::pattern;
use crate::laws::{self, Fact, Subject};
use crate::sim::Readiness;
use crate::tls::cipher::Version;
use crate::tls::{Lender, Link, Wire, contexts, provider};

/// More turns than any farewell takes, byte by byte.
const MOST_TURNS: usize = 50_000;
const BEGIN: Moment = Moment::from_nanos(1 << 40);
const PLAIN: [&[u8]; 2] = [b"\x17\x03\x03 in plain text, which looks like a record at first", b"ok\r\n"];

#[derive(Arbitrary, Clone, Copy, Debug)]
struct Setting {
    old: bool,
    capacity: u8,
    paces: [Option<u32>; 2],
    /// How long the data is that each side has sent before.
    letters: [u16; 2],
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Step {
    Run(bool),
    Event(bool),
    Pass(u8),
    Meddle(bool, u8),
    Abort(u8, bool),
    Deadline(bool, Option<u8>),
}

/// Checks a history of two sides that part.
pub fn check(bytes: &[u8]) {
    let Some((setting, steps)) = super::read::<Setting, Step>(bytes) else { return };
    let mut parting = Parting::new(setting);
    for step in steps {
        parting.apply(step);
    }
    parting.finish();
}

/// Checks the laws on any history.
pub fn check_laws(bytes: &[u8]) {
    let Some((setting, mut facts)) = super::read::<Setting, Fact>(bytes) else { return };
    // What is read is no TLS, and close_notify is the first thing that is said.
    facts.retain(|fact| MAY_FAIL_AFTER_CLOSE || !matches!(fact, Fact::Read(..)));
    let mut link = Link::new(1 << 20);
    let [own, _] = agreed(setting.old, &mut link);
    laws::check(Unwrap::new(own), &facts);
}

impl Subject for Unwrap {
    const LENT: usize = 2;

    fn seen(&self) -> String {
        String::new()
    }

    fn take_event(&mut self) -> bool {
        self.next_event().is_some()
    }

    fn call(&mut self, verb: u8) {
        match verb % 4 {
            0 => self.abort(),
            1 => self.set_deadline(None),
            _ => self.set_deadline(Some(after(verb))),
        }
    }
}

/// Two layers whose handshake is over, over this connection.
fn agreed(old: bool, link: &mut Link) -> [Box<dyn Layer>; 2] {
    let version = if old { Version::Tls12 } else { Version::Tls13 };
    let (client, server) = contexts(Provider::Custom(provider(version)));
    let sessions = [Session::client(&client, "localhost"), Session::server(&server)];
    let mut hands =
        sessions.map(|session| Handshake::new(Box::new(session.expect("its context").keeping_left_over())));
    let (mut ready, mut lenders) = (Readiness::whole(), [Lender::default(), Lender::default()]);
    while !hands.iter().all(Machine::is_done) {
        for (index, (hand, lender)) in hands.iter_mut().zip(&mut lenders).enumerate() {
            let mut wire = Wire { link, side: index == 1, ready: &mut ready, lender };
            let _progress = advance(hand, &mut wire, BEGIN, BUDGET);
        }
    }
    let [client, server] = hands.map(Handshake::finish);
    [client.expect("a client"), server.expect("a server")]
}

struct Parting {
    sides: [Side; 2],
    link: Link,
    now: Moment,
    broken: bool,
}

impl Parting {
    fn new(setting: Setting) -> Self {
        let mut link = Link::new([100, 5000, 1 << 20][usize::from(setting.capacity) % 3]);
        let [mut client, mut server] = agreed(setting.old, &mut link);
        let mut lender = Lender::default();
        for (side, layer) in [(false, &mut client), (true, &mut server)] {
            let letter = pattern(0, setting.letters[usize::from(side)].into());
            assert_eq!(layer.seal(&letter, &mut lender), letter.len());
            link.inject(side, layer.pending());
            layer.handle_written(layer.pending().len());
            layer.settle(&mut lender);
        }
        let sides = [Side::new(false, client, setting), Side::new(true, server, setting)];
        Self { sides, link, now: BEGIN, broken: false }
    }

    fn apply(&mut self, step: Step) {
        match step {
            Step::Run(side) => self.sides[usize::from(side)].run(&mut self.link, self.now),
            Step::Event(side) => drop(self.sides[usize::from(side)].next_event()),
            Step::Pass(millis) => self.now = self.now + Duration::from_millis(millis.into()),
            Step::Meddle(side, how) => self.meddle(side, how),
            Step::Abort(seldom, side) if seldom.is_multiple_of(16) => self.sides[usize::from(side)].abort(),
            Step::Abort(..) => {}
            Step::Deadline(side, millis) => self.sides[usize::from(side)].set_deadline(millis.map(after)),
        }
    }

    fn meddle(&mut self, side: bool, how: u8) {
        match how {
            0 => self.link.cut(side),
            1 => self.link.silence(side),
            2 => self.link.reset(),
            _ => return,
        }
        self.broken = true;
    }

    /// Lets them talk for as long as either gets on.
    fn talk(&mut self) {
        for _ in 0..MOST_TURNS {
            let mut moved = false;
            for side in &mut self.sides {
                while side.next_event() {}
                if side.is_ready(&self.link, self.now) {
                    side.run(&mut self.link, self.now);
                    moved = true;
                }
            }
            if !moved {
                return;
            }
        }
        panic!("they talk on for ever");
    }

    fn finish(mut self) {
        self.talk();
        let failed = self.sides.each_ref().map(|side| matches!(side.came_to, Some(Err(_))));
        let waiting = self.sides.each_ref().map(|side| side.came_to.is_none());
        assert!(
            waiting == [false; 2] || self.broken || failed != [false; 2],
            "nothing keeps them from parting"
        );
        self.sides.iter_mut().for_each(|side| side.set_deadline(Some(self.now)));
        self.talk();
        for (own, peer) in [(0, 1), (1, 0)] {
            let rest = self.sides[own].rest(&mut self.link);
            let sent = self.sides[peer].letter;
            let side = &self.sides[own];
            assert_eq!(side.lender.out(), 0, "nothing is lent when it is over");
            match side.came_to.as_ref().expect("the deadline ends it") {
                Ok(left_over) => {
                    assert_eq!(side.received, sent, "all data comes before the farewell");
                    let plain = [&left_over[..], &rest].concat();
                    let spoke = matches!(self.sides[peer].came_to, Some(Ok(_)));
                    let complete = spoke && !self.broken;
                    assert!(PLAIN[peer].starts_with(&plain) && (!complete || plain == PLAIN[peer]));
                }
                Err(UnwrapError::Truncated | UnwrapError::Failed(_)) => assert!(self.broken),
                Err(UnwrapError::Tls(fault)) => {
                    // Plain text of a peer that gave up waiting is no TLS.
                    assert!(self.broken, "nobody breaks the rules: {fault}");
                }
                Err(_) => assert!(side.received <= sent),
            }
        }
    }
}

struct Side {
    side: bool,
    letter: usize,
    unwrap: Option<Unwrap>,
    lender: Lender,
    ready: Readiness,
    blocked: Option<Blocked>,
    deadline: Option<Moment>,
    due: Option<UnwrapError>,
    received: usize,
    came_to: Option<Result<Vec<u8>, UnwrapError>>,
}

impl Side {
    fn new(side: bool, layer: Box<dyn Layer>, setting: Setting) -> Self {
        let pace = setting.paces[usize::from(side)];
        Self {
            side,
            letter: setting.letters[usize::from(side)].into(),
            unwrap: Some(Unwrap::new(layer)),
            lender: Lender::default(),
            ready: pace.map_or(Readiness::whole(), |seed| Readiness::random(seed.into())),
            blocked: None,
            deadline: None,
            due: None,
            received: 0,
            came_to: None,
        }
    }

    fn set_deadline(&mut self, deadline: Option<Moment>) {
        let Some(unwrap) = &mut self.unwrap else { return };
        unwrap.set_deadline(deadline);
        (self.deadline, self.blocked) = (deadline, None);
    }

    fn abort(&mut self) {
        let Some(unwrap) = self.unwrap.as_mut().filter(|unwrap| !unwrap.is_done()) else { return };
        unwrap.abort();
        self.blocked = None;
        self.due.get_or_insert(UnwrapError::Aborted);
    }

    fn next_event(&mut self) -> bool {
        let Some(data) = self.unwrap.as_mut().and_then(Unwrap::next_event) else { return false };
        assert_eq!(data, pattern(self.received, data.len()));
        self.received += data.len();
        self.blocked = None;
        true
    }

    fn run(&mut self, link: &mut Link, now: Moment) {
        let Some(unwrap) = &mut self.unwrap else { return };
        if self.deadline.is_some_and(|at| at <= now) && !unwrap.is_done() {
            self.due.get_or_insert(UnwrapError::TimedOut);
        }
        let mut wire = Wire { link, side: self.side, ready: &mut self.ready, lender: &mut self.lender };
        let progress = advance(unwrap, &mut wire, now, BUDGET);
        assert_eq!(progress == Progress::Events, unwrap.has_event());
        self.blocked = match progress {
            Progress::Blocked(blocked) => Some(blocked),
            Progress::Done => return self.end(link),
            _ => None,
        };
    }

    /// It is over: goes on in plain text at once.
    fn end(&mut self, link: &mut Link) {
        let Some(unwrap) = self.unwrap.take() else { return };
        let came_to = unwrap.finish();
        match came_to {
            Ok(_) => link.inject(self.side, PLAIN[usize::from(self.side)]),
            Err(error @ (UnwrapError::TimedOut | UnwrapError::Aborted)) => assert_eq!(self.due, Some(error)),
            Err(_) => {}
        }
        self.came_to = Some(came_to);
    }

    fn is_ready(&mut self, link: &Link, now: Moment) -> bool {
        let withheld = self.ready.take_withheld();
        if self.unwrap.is_none() {
            return false;
        }
        let Some(blocked) = self.blocked else { return true };
        withheld
            || !blocked.read.is_empty() && link.is_readable(self.side)
            || !blocked.write.is_empty() && link.is_writable(self.side)
            || blocked.wake.is_some_and(|wake| wake.at <= now)
    }

    /// What is still on its way to it.
    fn rest(&mut self, link: &mut Link) -> Vec<u8> {
        let (mut ready, mut lender) = (Readiness::whole(), Lender::default());
        let mut room = vec![0; 1 << 20];
        let mut wire = Wire { link, side: self.side, ready: &mut ready, lender: &mut lender };
        match wire.try_read(Unwrap::SOCKET, Window::Slice(&mut room)) {
            Outcome::Ready(n) => room[..n].to_vec(),
            _ => Vec::new(),
        }
    }
}

/// So many milliseconds after the beginning.
fn after(millis: u8) -> Moment {
    BEGIN + Duration::from_millis(millis.into())
}
