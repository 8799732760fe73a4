//! [`Handshake`](standpipe_core::Handshake) and [`Greeting`](standpipe_core::tls::Greeting): whatever becomes of the
//! connection meanwhile, either side comes to the end that it had cause for, and what the peer sends behind its own part is
//! still there.

mod laws;
mod party;

use std::time::Duration;

use arbitrary::Arbitrary;
use standpipe_core::tls::{Provider, Session};
use standpipe_core::{HandshakeError, Moment};

use crate::tls::cipher::Version;
use crate::tls::{Link, contexts, provider};
pub use laws::{check_greeting_laws, check_laws};
use party::Party;

/// More turns than any handshake takes, byte by byte.
const MOST_TURNS: usize = 50_000;
/// When it begins.
const BEGIN: Moment = Moment::from_nanos(1 << 40);

#[derive(Arbitrary, Clone, Copy, Debug)]
struct Setting {
    old: bool,
    /// The server looks at the first message before it begins.
    greets: bool,
    capacity: u8,
    paces: [Option<u32>; 2],
    deadlines: [Option<u8>; 2],
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Step {
    Run(bool),
    Pass(u8),
    Meddle(bool, u8),
    Garble(u8, bool, [u8; 3]),
    Abort(u8, bool),
    Deadline(bool, Option<u8>),
}

/// Checks a history of two sides that want to come to terms.
pub fn check(bytes: &[u8]) {
    let Some((setting, steps)) = super::read::<Setting, Step>(bytes) else { return };
    let mut meeting = Meeting::new(setting);
    for step in steps {
        meeting.apply(step);
    }
    meeting.finish();
}

struct Meeting {
    parties: [Party; 2],
    link: Link,
    now: Moment,
    /// Bytes came that neither side has sent.
    garbled: bool,
    /// The connection was broken, cut, or fell silent.
    broken: bool,
}

impl Meeting {
    fn new(setting: Setting) -> Self {
        let version = if setting.old { Version::Tls12 } else { Version::Tls13 };
        let (client, server) = contexts(Provider::Custom(provider(version)));
        let client = Session::client(&client, "localhost").expect("a client's context");
        let server = match setting.greets {
            true => Party::greeting(server),
            false => Party::shaking_hands(true, Session::server(&server).expect("a server's context")),
        };
        let mut parties = [Party::shaking_hands(false, client), server];
        for (party, (pace, deadline)) in
            parties.iter_mut().zip(setting.paces.into_iter().zip(setting.deadlines))
        {
            party.set_pace(pace);
            party.set_deadline(deadline.map(after));
        }
        let capacity = [100, 5000, 1 << 20][usize::from(setting.capacity) % 3];
        Self { parties, link: Link::new(capacity), now: BEGIN, garbled: false, broken: false }
    }

    fn apply(&mut self, step: Step) {
        match step {
            Step::Run(side) => self.run(side),
            Step::Pass(millis) => self.now = self.now + Duration::from_millis(millis.into()),
            Step::Meddle(side, how) => self.meddle(side, how),
            Step::Garble(seldom, side, bytes) if is_seldom(seldom) => {
                self.garbled = true;
                self.link.inject(side, &bytes);
            }
            Step::Abort(seldom, side) if is_seldom(seldom) => self.parties[usize::from(side)].abort(),
            Step::Garble(..) | Step::Abort(..) => {}
            Step::Deadline(side, millis) => {
                self.parties[usize::from(side)].set_deadline(millis.map(after));
            }
        }
    }

    fn run(&mut self, side: bool) {
        self.parties[usize::from(side)].run(&mut self.link, self.now);
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
            let ready =
                [false, true].map(|side| self.parties[usize::from(side)].is_ready(&self.link, self.now));
            if ready == [false; 2] {
                return;
            }
            [false, true]
                .into_iter()
                .filter(|side| ready[usize::from(*side)])
                .for_each(|side| self.run(side));
        }
        panic!("they talk on for ever");
    }

    fn finish(mut self) {
        self.talk();
        // Whoever still waits, waits for a peer that says nothing any more.
        let waiting = self.parties.each_ref().map(Party::is_waiting);
        let stopped = self.parties.each_ref().map(Party::has_failed);
        assert!(
            waiting == [false; 2] || self.broken || self.garbled || stopped != [false; 2],
            "nothing keeps them from coming to terms"
        );
        self.parties.iter_mut().for_each(|party| party.set_deadline(Some(self.now)));
        self.talk();
        assert!(self.parties.iter().all(|party| !party.is_waiting()), "the deadline ends it");
        for (own, peer) in [(0, 1), (1, 0)] {
            let why = self.parties[own].error();
            let peer_has_failed = self.parties[peer].has_failed();
            self.check_cause(why, peer_has_failed);
        }
        let agreed = self.parties.each_ref().map(Party::agreed);
        if let [Some(client), Some(server)] = agreed {
            assert_eq!((client.version, &client.cipher), (server.version, &server.cipher));
            assert_eq!((&client.alpn, &client.server_name), (&server.alpn, &server.server_name));
            assert_eq!((client.peer_certificates.len(), server.peer_certificates.len()), (1, 0));
            if !self.garbled && !self.broken {
                self.check_letters();
            }
        }
        assert!(
            self.parties.iter().all(|party| party.lent() <= 2 && (party.lent() == 0 || !party.has_failed()))
        );
    }

    /// What nobody has done to them does not befall them. The deadline and the abort are the party's own account.
    fn check_cause(&self, why: Option<HandshakeError>, peer_has_failed: bool) {
        match why {
            Some(HandshakeError::Tls(_)) => assert!(self.garbled || self.broken || peer_has_failed),
            Some(HandshakeError::Ended) => assert!(self.broken),
            Some(HandshakeError::Failed(_)) => assert!(self.broken),
            _ => {}
        }
    }

    fn check_letters(&mut self) {
        for (own, peer) in [(0, 1), (1, 0)] {
            let letter = self.parties[peer].letter();
            let received = self.parties[own].receive(&mut self.link);
            assert_eq!(received, letter, "what was sent behind the handshake is there");
        }
    }
}

fn is_seldom(number: u8) -> bool {
    number.is_multiple_of(16)
}

/// So many milliseconds after the beginning.
fn after(millis: u8) -> Moment {
    BEGIN + Duration::from_millis(millis.into())
}
