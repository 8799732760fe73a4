//! [`Session`](standpipe_core::tls::Session): a peer that sends anything at all, in any pieces, with real keys on our
//! side, gets a fault or waits; it gets no further.

use std::collections::VecDeque;

use arbitrary::{Arbitrary, Unstructured};
use standpipe_core::tls::Provider;
use standpipe_core::{Layer, PeerEnd, TlsFault};

use crate::tls::{End, sessions};

#[derive(Arbitrary, Clone, Copy, Debug)]
struct Setting {
    /// Bytes come to a server, or to a client.
    server: bool,
    /// How many arrive at a time, in turn; 0 stands for all.
    cuts: [u8; 2],
    /// Whether our side settles after each.
    settles: bool,
}

/// Checks whatever is sent: behind the setting, all bytes are the peer's.
///
/// # Panics
/// When a law is broken, or cutting makes a difference.
pub fn check(bytes: &[u8]) {
    let mut source = Unstructured::new(bytes);
    let Ok(setting) = Setting::arbitrary(&mut source) else { return };
    let bytes = source.take_rest();
    let whole = Setting { cuts: [0, 0], settles: false, ..setting };
    assert_eq!(outcome(setting, bytes), outcome(whole, bytes), "cutting makes no difference");
}

/// What becomes of our side.
fn outcome(setting: Setting, bytes: &[u8]) -> (Option<TlsFault>, Option<PeerEnd>) {
    let mut wire = VecDeque::from(bytes.to_vec());
    let (client, server) = sessions(Provider::Ring);
    let mut end = End::new(if setting.server { server } else { client });
    for cut in setting.cuts.iter().cycle() {
        let n = if *cut == 0 { usize::MAX } else { (*cut).into() };
        if !end.read(&mut wire, n) {
            break;
        }
        if setting.settles {
            end.settle();
        }
        assert!(end.session().plain().is_empty() && !end.session().may_send(), "nobody is through");
    }
    let (fault, peer_end) = (end.session().fault(), end.session().peer_end());
    assert!(wire.is_empty() || fault.is_some() || peer_end.is_some());
    finish(end);
    (fault, peer_end)
}

fn finish(mut end: End) {
    assert_eq!(end.seal(1), 0);
    while end.write(1000) {}
    assert!(end.wire().len() < 16 << 10, "a flight and an alert are all there is to say");
    end.eof();
    end.settle();
    assert!(end.lent() == 0 || end.session().fault().is_none(), "a failed session keeps nothing");
}
