//! Timers, and other threads.

use std::io;
use std::time::Duration;

use standpipe_core::dispatch::TimerKey;
use standpipe_sys::dispatch::{Channel, ConnectionOptions, Dispatcher};
use standpipe_tests::harness::{Dispatching, EventLoop, Scenario, Verdict};

use super::support::{
    Echo, Hearing, LIMIT, Log, event_loop, fine, heard, many, pair, plain, run_until, run_until_idle, say,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    many("calls_come_in_order_of_time_and_a_loop_waits_for_them", in_order),
    plain("a_call_that_is_taken_back_never_comes", taken_back),
    many("a_call_sets_the_next_one", next_one),
    many("a_channels_timer_is_told_to_its_handler_and_may_be_taken_back", channels_timer),
    many("a_channels_timers_go_with_it", timers_go),
    many("a_handler_whose_timer_has_it_read_again_is_told_what_came", reads_again),
    plain("what_was_pushed_from_outside_has_left_before_its_handler_is_asked_again", asked_again),
    plain("a_wait_ends_when_its_time_is_over", time_is_over),
    many("another_thread_ends_the_wait", ended_wait),
    plain("many_wakes_end_one_wait", many_wakes),
    many("another_thread_has_the_loop_do_something", errand),
    plain("a_waker_outlives_its_loop", outliving_waker),
];

const SOON: Duration = Duration::from_millis(5);

fn in_order(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    for (name, after) in [("third", 3), ("first", 1), ("second", 2)] {
        let told = log.clone();
        event_loop.call_after(SOON * after, move |_| told.push(name));
    }
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines(), ["first", "second", "third"]);
    log.verdict()
}

fn taken_back(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let told = log.clone();
    let timer = event_loop.call_after(Duration::from_secs(3600), move |_| told.push("called"));
    assert!(event_loop.cancel(timer) && !event_loop.cancel(timer));
    event_loop.run().expect("nothing is left to wait for");
    assert!(log.lines().is_empty());
    fine()
}

fn next_one(on: &dyn Dispatching) -> Verdict {
    fn tick(event_loop: &mut dyn EventLoop<'_>, log: Log, left: u32) {
        log.push(left.to_string());
        if left > 0 {
            let next = move |event_loop: &mut dyn EventLoop<'_>| tick(event_loop, log, left - 1);
            event_loop.call_after(Duration::ZERO, Box::new(next));
        }
    }
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let told = log.clone();
    event_loop.call_after(SOON, move |event_loop| tick(event_loop, told, 3));
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines(), ["3", "2", "1", "0"]);
    log.verdict()
}

fn channels_timer(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let (ours, _theirs) = pair();
    let hearing = Hearing::answering(&log, |told, channel| {
        if told == "timer" {
            channel.abort();
        }
        Ok(())
    });
    let key = event_loop.insert(ours, ConnectionOptions::default(), hearing);
    let mut channel = event_loop.channel(key).expect("it is there");
    let never = channel.set_timer(Duration::from_millis(1));
    channel.set_timer(SOON);
    assert!(channel.cancel_timer(never) && !channel.cancel_timer(never));
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines(), ["timer", "closed aborted"]);
    log.verdict()
}

fn timers_go(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let (ours, theirs) = pair();
    let key = event_loop.insert(ours, ConnectionOptions::default(), Hearing::new(&log));
    event_loop.channel(key).expect("it is there").set_timer(Duration::from_secs(3600));
    drop(theirs);
    event_loop.run().expect("it does not wait for the timer");
    assert_eq!(log.lines(), ["ended", "closed clean"]);
    log.verdict()
}

/// Reads nothing before its timer has come.
struct Patient(Log, bool);

impl Dispatcher for Patient {
    fn readable(&self) -> bool {
        self.1
    }

    fn handle_timer(&mut self, _: &mut Channel<'_>, _: TimerKey) -> io::Result<()> {
        self.1 = true;
        Ok(())
    }

    fn handle_read(&mut self, channel: &mut Channel<'_>, data: &[u8]) -> io::Result<()> {
        self.0.push(format!("read {}", String::from_utf8_lossy(data)));
        channel.close();
        Ok(())
    }
}

/// It says so by its predicate alone, in the midst of a turn.
fn reads_again(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let (ours, mut theirs) = pair();
    say(&mut theirs, "early");
    let key = event_loop.insert(ours, ConnectionOptions::default(), Patient(log.clone(), false));
    run_until_idle(&mut event_loop);
    event_loop.channel(key).expect("it is there").set_timer(SOON);
    run_until(&mut event_loop, || !log.lines().is_empty());
    assert_eq!(log.lines(), ["read early"]);
    log.verdict()
}

/// Counts how often it was asked to write, and never does.
struct Asked(Log);

impl Dispatcher for Asked {
    fn writable(&self) -> bool {
        true
    }

    fn handle_write(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        self.0.push(format!("asked with {} unsent", channel.unsent()));
        Ok(())
    }
}

fn asked_again(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let (ours, mut theirs) = pair();
    let key = event_loop.insert(ours, ConnectionOptions::default(), Asked(log.clone()));
    run_until_idle(&mut event_loop);
    assert_eq!(log.lines(), ["asked with 0 unsent"]);
    event_loop.channel(key).expect("it is there").push(b"from outside").expect("there is room");
    run_until_idle(&mut event_loop);
    assert_eq!(log.lines(), ["asked with 0 unsent"; 2]);
    drop(event_loop);
    assert_eq!(heard(&mut theirs).expect("a clean end"), "from outside");
    log.verdict()
}

/// Not under signals: one of them ends a wait early.
fn time_is_over(on: &dyn Dispatching) -> Verdict {
    let mut event_loop = event_loop(on);
    let (ours, _theirs) = pair();
    event_loop.insert(ours, ConnectionOptions::default(), Echo);
    run_until_idle(&mut event_loop);
    let before = event_loop.now();
    assert!(event_loop.run_once(Some(SOON)).expect("it can wait"), "it is still there");
    assert!(event_loop.now().since(before) >= SOON);
    fine()
}

fn ended_wait(on: &dyn Dispatching) -> Verdict {
    let mut event_loop = event_loop(on);
    let (ours, _theirs) = pair();
    event_loop.insert(ours, ConnectionOptions::default(), Echo);
    run_until_idle(&mut event_loop);
    let waker = event_loop.waker();
    let thread = std::thread::spawn(move || waker.wake());
    let before = event_loop.now();
    event_loop.run_once(Some(LIMIT)).expect("it can wait");
    assert!(event_loop.now().since(before) < LIMIT);
    thread.join().expect("no panic");
    fine()
}

/// All of them were for the same pass: the next wait lasts its time, and a later wake ends it.
fn many_wakes(on: &dyn Dispatching) -> Verdict {
    let mut event_loop = event_loop(on);
    let (ours, _theirs) = pair();
    event_loop.insert(ours, ConnectionOptions::default(), Echo);
    run_until_idle(&mut event_loop);
    let waker = event_loop.waker();
    (0..1000).for_each(|_| waker.wake());
    event_loop.run_once(Some(LIMIT)).expect("it can wait");
    let before = event_loop.now();
    event_loop.run_once(Some(SOON)).expect("it can wait");
    assert!(event_loop.now().since(before) >= SOON, "nobody has woken it anew");
    waker.wake();
    event_loop.run_once(Some(LIMIT)).expect("it can wait");
    assert!(event_loop.now().since(before) < LIMIT);
    fine()
}

fn errand(on: &dyn Dispatching) -> Verdict {
    let mut event_loop = event_loop(on);
    let (ours, mut theirs) = pair();
    let key = event_loop.insert(ours, ConnectionOptions::default(), Echo);
    let waker = event_loop.waker();
    let thread = std::thread::spawn(move || {
        assert!(waker.call(Box::new(move |event_loop| {
            let mut channel = event_loop.channel(key).expect("it is there");
            channel.push(b"from another thread").expect("it is open");
            channel.close();
        })));
        let text = heard(&mut theirs).expect("a clean end");
        drop(theirs);
        text
    });
    event_loop.run().expect("it can wait");
    assert_eq!(thread.join().expect("no panic"), "from another thread");
    fine()
}

fn outliving_waker(on: &dyn Dispatching) -> Verdict {
    let waker = event_loop(on).waker();
    waker.wake();
    assert!(!waker.call(Box::new(|_| ())));
    fine()
}
