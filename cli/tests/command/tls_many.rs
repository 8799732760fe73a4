//! Two thousand TLS connections at a time, each with a dialogue of its own, by one loop of ours.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::sync::Arc;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use standpipe_core::End;
use standpipe_core::tls::{Context, ContextOptions, Provider, Session, Trust};
use standpipe_mio::dispatch::{Channel, ConnectionOptions, Dispatcher, Key, Loop};
use standpipe_sys::socket::{Candidate, Purpose, resolve};
use standpipe_sys::tls::SystemClock;

use crate::support::{LIMIT, Server, secure, skip};

const MANY: usize = 2000;

/// How many of them are on their way at a time, so that no handshake waits for its turn longer than it may take.
const AT_ONCE: usize = 100;

/// Descriptors of this process and of the server, each of which has all connections.
const DESCRIPTORS: u64 = 8192;

/// What has become of all of them.
#[derive(Default)]
struct Seen {
    answered: Vec<Key>,
    ends: Vec<End>,
}

struct Dialogue {
    number: usize,
    heard: Vec<u8>,
    seen: Rc<RefCell<Seen>>,
}

impl Dialogue {
    fn first(&self) -> String {
        format!("I am number {}. ", self.number)
    }

    /// Longer than a record of TLS may be.
    fn second(number: usize) -> Vec<u8> {
        format!("Bye from {number}. ").repeat(1200).into_bytes()
    }
}

impl Dispatcher for Dialogue {
    fn handle_connect(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        channel.push(self.first().as_bytes())
    }

    fn handle_read(&mut self, channel: &mut Channel<'_>, data: &[u8]) -> io::Result<()> {
        self.heard.extend_from_slice(data);
        if self.heard == self.first().as_bytes() {
            self.seen.borrow_mut().answered.push(channel.key());
        }
        Ok(())
    }

    fn handle_close(&mut self, _: &mut Channel<'_>, end: End) {
        let all = [self.first().into_bytes(), Self::second(self.number)].concat();
        assert!(self.heard == all, "{} has {} of {} bytes, {end}", self.number, self.heard.len(), all.len());
        self.seen.borrow_mut().ends.push(end);
    }
}

/// Whether there are enough of them, now that as many as may be were asked for.
fn may_have_descriptors() -> bool {
    let before = getrlimit(Resource::Nofile);
    let is_enough = before.current.is_none_or(|current| current >= DESCRIPTORS);
    let raised = Rlimit { current: Some(DESCRIPTORS), ..before };
    is_enough || setrlimit(Resource::Nofile, raised).is_ok()
}

/// A client's context that trusts this server alone.
fn context(server: &Server) -> Context {
    let digits = server.pin().strip_prefix("sha256:").expect("it says its pin");
    let byte = |at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).expect("hexadecimal digits");
    let options = ContextOptions::new(Provider::AwsLcRs, Arc::new(SystemClock));
    Context::client(Trust::Pin(std::array::from_fn(byte)), None, options).expect("a client's context")
}

/// All of them, each connected and answered once.
struct Crowd<'a> {
    event_loop: Loop<'a>,
    seen: Rc<RefCell<Seen>>,
    numbers: Vec<Key>,
}

impl Crowd<'_> {
    fn meet(server: &Server) -> Self {
        let candidates = resolve(&server.address().parse().expect("an address"), Purpose::Connect);
        let (candidates, context) = (candidates.expect("numbers need no look-up"), context(server));
        let mut event_loop = Loop::new().expect("there are descriptors");
        event_loop.call_after(LIMIT, |_| panic!("it takes too long"));
        let mut crowd = Self { event_loop, seen: Rc::default(), numbers: Vec::new() };
        while crowd.answered() < MANY {
            while crowd.numbers.len() < MANY.min(crowd.answered() + AT_ONCE) {
                crowd.open(&candidates, &context);
            }
            crowd.event_loop.run_once(None).expect("it can wait");
            assert_eq!(crowd.seen.borrow().ends, [], "nobody has left");
        }
        crowd
    }

    fn open(&mut self, candidates: &[Candidate], context: &Context) {
        let session = Session::client(context, "localhost").expect("a name");
        let options = ConnectionOptions { layer: Some(Box::new(session)), ..Default::default() };
        let dialogue = Dialogue { number: self.numbers.len(), heard: Vec::new(), seen: self.seen.clone() };
        self.numbers.push(self.event_loop.connect_with(candidates.to_vec(), options, dialogue));
    }

    fn answered(&self) -> usize {
        self.seen.borrow().answered.len()
    }

    /// Each says the rest of what it has to say, and hears it.
    fn part(mut self) -> Vec<End> {
        for (number, key) in self.numbers.iter().enumerate() {
            let mut channel = self.event_loop.channel(*key).expect("it is open");
            channel.push(&Dialogue::second(number)).expect("it is open");
            channel.close_write();
        }
        while self.seen.borrow().ends.len() < MANY {
            self.event_loop.run_once(None).expect("it can wait");
        }
        self.seen.take().ends
    }
}

/// Asked to stop in the midst of it, the server loses nothing.
#[test]
fn two_thousand_at_a_time_drain() {
    if !may_have_descriptors() {
        return skip("a process may not have two thousand connections");
    }
    let server = secure("mio", &["--workers", "4", "--echo"]);
    let crowd = Crowd::meet(&server);
    server.drain();
    assert_eq!(crowd.part(), [End::Clean; MANY]);
    server.end().well();
}
