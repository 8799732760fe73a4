//! [`Handshake`]: the laws, however far the two sides have come with one another.

use std::time::Duration;

use arbitrary::Arbitrary;
use standpipe_core::tls::Provider;
use standpipe_core::{BUDGET, Handshake, Moment, advance};

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
