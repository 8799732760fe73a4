//! [`Handshake`]: the laws, however far the two sides have come with one another.

use std::time::Duration;

use arbitrary::Arbitrary;
use standpipe_core::tls::{Greeting, Provider};
use standpipe_core::{BUDGET, Handshake, Layer, Machine, Moment, Window, advance};

use crate::laws::{self, Fact, Subject};
use crate::sim::Readiness;
use crate::tls::cipher::Version;
use crate::tls::{Lender, Link, Wire, provider, sessions};

#[derive(Arbitrary, Clone, Copy, Debug)]
struct Setting {
    old: bool,
    /// Whose side is looked at.
    server: bool,
    /// How many turns lie behind the two of them.
    turns: u8,
    pace: u32,
    millis: Option<u8>,
}

/// Checks the laws on any history.
pub fn check_laws(bytes: &[u8]) {
    let Some((setting, facts)) = crate::model::read::<Setting, Fact>(bytes) else { return };
    laws::check(under_way(setting), &facts);
}

/// Checks the laws on a server that has read nothing yet, or some of a client's first message.
pub fn check_greeting_laws(bytes: &[u8]) {
    let Some((setting, facts)) = crate::model::read::<Setting, Fact>(bytes) else { return };
    let mut greeting = Greeting::new();
    greeting.set_deadline(setting.millis.map(after));
    if setting.turns > 0 {
        begin(&mut greeting, setting.turns.into());
    }
    laws::check(greeting, &facts);
}

/// So many bytes of a first message have come.
fn begin(greeting: &mut Greeting, most: usize) {
    let (mut client, _) = sessions(Provider::Custom(provider(Version::Tls13)));
    client.start();
    let mut lender = Lender::default();
    let Window::Slice(window) = greeting.window(Greeting::SOCKET, &mut lender) else { return };
    let n = most.min(client.pending().len());
    window[..n].copy_from_slice(&client.pending()[..n]);
    greeting.handle_read(Greeting::SOCKET, n);
    greeting.settle(&mut lender);
}

impl Subject for Greeting {
    const LENT: usize = 1;

    fn seen(&self) -> String {
        String::new()
    }

    fn call(&mut self, verb: u8) {
        match verb % 4 {
            0 => self.abort(),
            1 => self.set_deadline(None),
            _ => self.set_deadline(Some(after(verb))),
        }
    }
}

fn under_way(setting: Setting) -> Handshake {
    let version = if setting.old { Version::Tls12 } else { Version::Tls13 };
    let (client, server) = sessions(Provider::Custom(provider(version)));
    let mut sides = [client, server].map(|session| Handshake::new(Box::new(session)));
    let (mut link, mut lenders) = (Link::new(1 << 20), [Lender::default(), Lender::default()]);
    let mut ready = Readiness::random(setting.pace.into());
    for turn in 0..setting.turns % 16 {
        let index = usize::from(turn % 2);
        let (side, lender) = (index == 1, &mut lenders[index]);
        let mut wire = Wire { link: &mut link, side, ready: &mut ready, lender };
        let _progress = advance(&mut sides[index], &mut wire, Moment::ORIGIN, BUDGET);
    }
    let [client, server] = sides;
    let mut handshake = if setting.server { server } else { client };
    handshake.set_deadline(setting.millis.map(after));
    handshake
}

/// So many milliseconds after the laws begin.
fn after(millis: u8) -> Moment {
    Moment::from_nanos(1 << 40) + Duration::from_millis(millis.into())
}

impl Subject for Handshake {
    const LENT: usize = 2;

    fn seen(&self) -> String {
        String::new()
    }

    fn call(&mut self, verb: u8) {
        match verb % 4 {
            0 => self.abort(),
            1 => self.set_deadline(None),
            _ => self.set_deadline(Some(after(verb))),
        }
    }
}
