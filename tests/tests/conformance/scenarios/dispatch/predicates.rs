//! What a handler's predicates say, and when they are asked.

use std::cell::Cell;
use std::io;
use std::rc::Rc;

use standpipe_sys::dispatch::{Channel, ConnectionOptions, Dispatcher};
use standpipe_tests::harness::{Dispatching, Scenario, Verdict};

use super::support::{
    Echo, Hearing, Log, end, event_loop, fine, heard, many, pair, run_until, run_until_idle, say,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    many("a_writer_is_asked_each_time_that_nothing_is_unsent", asked_writer),
    many("a_writer_who_pushes_nothing_is_not_asked_again_and_again", idle_writer),
    many("nothing_is_read_while_the_handler_says_so", unreadable),
    many("one_that_follows_nobody_is_asked_when_its_channel_is_touched", touched),
    many("nobody_idle_is_asked_anything", unasked),
    many("a_switch_holds_data_back_as_well", switched_off),
];

/// What `writable` and `handle_write` are for in the original: data that is made when it can leave.
struct Counting(u32);

impl Dispatcher for Counting {
    /// Its peer has nothing to say.
    fn is_half_open(&self) -> bool {
        true
    }

    fn writable(&self) -> bool {
        self.0 > 0
    }

    fn handle_write(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        self.0 -= 1;
        channel.push(format!("{} ", self.0).as_bytes())?;
        if self.0 == 0 {
            channel.close_when_done();
        }
        Ok(())
    }
}

fn asked_writer(on: &dyn Dispatching) -> Verdict {
    let mut event_loop = event_loop(on);
    let (ours, mut theirs) = pair();
    event_loop.insert(ours, ConnectionOptions::default(), Counting(5));
    end(&theirs);
    event_loop.run().expect("it can wait");
    assert_eq!(heard(&mut theirs).expect("a clean end"), "4 3 2 1 0 ");
    fine()
}

/// ACO-T9.
fn idle_writer(on: &dyn Dispatching) -> Verdict {
    struct Idle(Log);
    impl Dispatcher for Idle {
        fn writable(&self) -> bool {
            true
        }
        fn handle_write(&mut self, _: &mut Channel<'_>) -> io::Result<()> {
            self.0.push("write");
            Ok(())
        }
    }
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let (ours, mut theirs) = pair();
    event_loop.insert(ours, ConnectionOptions::default(), Idle(log.clone()));
    run_until_idle(&mut event_loop);
    assert_eq!(log.lines(), ["write"]);
    say(&mut theirs, "something");
    run_until(&mut event_loop, || log.lines().len() == 2);
    run_until_idle(&mut event_loop);
    assert_eq!(log.lines(), ["write", "write"]);
    log.verdict()
}

/// Wants data while its gate is open, which somebody else opens.
struct Gated {
    log: Log,
    open: Rc<Cell<bool>>,
    follows_others: bool,
    asked: Rc<Cell<usize>>,
}

impl Gated {
    fn new(log: &Log, follows_others: bool) -> Self {
        Self { log: log.clone(), open: Rc::default(), follows_others, asked: Rc::default() }
    }
}

impl Dispatcher for Gated {
    fn readable(&self) -> bool {
        self.asked.set(self.asked.get() + 1);
        self.open.get()
    }

    fn follows_others(&self) -> bool {
        self.follows_others
    }

    fn handle_read(&mut self, _: &mut Channel<'_>, data: &[u8]) -> io::Result<()> {
        self.log.push(format!("read {}", String::from_utf8_lossy(data)));
        Ok(())
    }
}

/// ACO-39: a predicate of the handler's own, which depends on something else.
fn unreadable(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let (ours, mut theirs) = pair();
    let gated = Gated::new(&log, true);
    let open = gated.open.clone();
    event_loop.insert(ours, ConnectionOptions::default(), gated);
    say(&mut theirs, "hello");
    drop(theirs);
    run_until_idle(&mut event_loop);
    assert!(log.lines().is_empty());
    open.set(true);
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines(), ["read hello"]);
    log.verdict()
}

fn touched(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let (ours, mut theirs) = pair();
    let gated = Gated::new(&log, false);
    let open = gated.open.clone();
    let key = event_loop.insert(ours, ConnectionOptions::default(), gated);
    say(&mut theirs, "hello");
    drop(theirs);
    run_until_idle(&mut event_loop);
    open.set(true);
    run_until_idle(&mut event_loop);
    assert!(log.lines().is_empty());
    assert!(event_loop.channel(key).is_some());
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines(), ["read hello"]);
    log.verdict()
}

/// A pass costs nothing for whom it does not concern.
fn unasked(on: &dyn Dispatching) -> Verdict {
    let mut event_loop = event_loop(on);
    let (idle, _theirs) = pair();
    let gated = Gated::new(&Log::default(), false);
    let asked = gated.asked.clone();
    event_loop.insert(idle, ConnectionOptions::default(), gated);
    let (busy, mut client) = pair();
    event_loop.insert(busy, ConnectionOptions::default(), Echo);
    run_until_idle(&mut event_loop);
    let before = asked.get();
    for _ in 0..10 {
        say(&mut client, "?");
        run_until_idle(&mut event_loop);
    }
    assert_eq!(asked.get(), before);
    fine()
}

fn switched_off(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let (ours, mut theirs) = pair();
    let key = event_loop.insert(ours, ConnectionOptions::default(), Hearing::new(&log));
    event_loop.channel(key).expect("it is there").set_reading(false);
    say(&mut theirs, "hello");
    run_until_idle(&mut event_loop);
    assert!(log.lines().is_empty());
    event_loop.channel(key).expect("it is there").set_reading(true);
    run_until(&mut event_loop, || log.has("read hello"));
    log.verdict()
}
