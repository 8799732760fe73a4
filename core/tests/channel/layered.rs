//! A channel with TLS over it.

use std::sync::Arc;
use std::time::Duration;

use standpipe_core::dispatch::{Channel, ChannelOptions};
use standpipe_core::tls::{Context, ContextOptions, Provider, Session, Trust, Version, WallClock};
use standpipe_core::{Done, Duty, End, Timer};

use crate::Told;
use crate::scripted::Talk;

const SECOND: Duration = Duration::from_secs(1);
const NEARLY: Duration = Duration::from_nanos(999_999_999);

struct NoClock;

impl WallClock for NoClock {
    fn unix_seconds(&self) -> Option<u64> {
        None
    }
}

fn client() -> Session {
    let options =
        ContextOptions { oldest: Version::Tls13, ..ContextOptions::new(Provider::Ring, Arc::new(NoClock)) };
    let context = Context::client(Trust::Anybody, None, options).expect("a context");
    Session::client(&context, "localhost").expect("a session")
}

/// Its time begins when there is a connection.
#[test]
fn a_handshake_that_takes_too_long_is_given_up() {
    let options = ChannelOptions { handshake: Some(SECOND), ..ChannelOptions::default() };
    let mut talk = Talk::new(Channel::connecting(Some(Box::new(client())), options));
    talk.peer.connects = Done::Blocked;
    assert_eq!(talk.told(), []);
    talk.pass(5 * SECOND);
    talk.peer.connects = Done::Ok(0);
    assert_eq!(talk.told(), []);
    assert!(!talk.machine.is_connected());
    assert_eq!(talk.wake(), Some((Timer::Handshake, SECOND)));
    talk.pass(NEARLY);
    // The beginning of an answer changes nothing.
    talk.peer.says([22, 3, 3]);
    assert_eq!(talk.told(), []);
    talk.pass(Duration::from_nanos(1));
    assert_eq!(talk.told(), [Told::Closed(End::TimedOut(Timer::Handshake))]);
    assert_eq!(talk.peer.duties, [Duty::Connect(0), Duty::Reset]);
}
