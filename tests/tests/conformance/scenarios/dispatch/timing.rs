//! Timers, and other threads.

use std::time::Duration;

use standpipe_blocking::dispatch::ConnectionOptions;

use crate::hearing::*;

const SOON: Duration = Duration::from_millis(5);

#[test]
fn calls_come_in_order_of_time_and_a_loop_waits_for_them() {
    let (mut event_loop, log) = (event_loop(), Log::default());
    for (name, after) in [("third", 3), ("first", 1), ("second", 2)] {
        let told = log.clone();
        event_loop.call_after(SOON * after, move |_| told.push(name));
    }
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines(), ["first", "second", "third"]);
}

#[test]
fn a_call_that_is_taken_back_never_comes() {
    let (mut event_loop, log) = (event_loop(), Log::default());
    let told = log.clone();
    let timer = event_loop.call_after(Duration::from_secs(3600), move |_| told.push("called"));
    assert!(event_loop.cancel(timer) && !event_loop.cancel(timer));
    event_loop.run().expect("nothing is left to wait for");
    assert!(log.lines().is_empty());
}

#[test]
fn a_call_sets_the_next_one() {
    fn tick(event_loop: &mut standpipe_blocking::dispatch::Loop<'_>, log: Log, left: u32) {
        log.push(left.to_string());
        if left > 0 {
            event_loop.call_after(Duration::ZERO, move |event_loop| tick(event_loop, log, left - 1));
        }
    }
    let (mut event_loop, log) = (event_loop(), Log::default());
    let told = log.clone();
    event_loop.call_after(SOON, move |event_loop| tick(event_loop, told, 3));
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines(), ["3", "2", "1", "0"]);
}

#[test]
fn a_channels_timer_is_told_to_its_handler_and_may_be_taken_back() {
    let (mut event_loop, log) = (event_loop(), Log::default());
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
}

#[test]
fn a_channels_timers_go_with_it() {
    let (mut event_loop, log) = (event_loop(), Log::default());
    let (ours, theirs) = pair();
    let key = event_loop.insert(ours, ConnectionOptions::default(), Hearing::new(&log));
    event_loop.channel(key).expect("it is there").set_timer(Duration::from_secs(3600));
    drop(theirs);
    event_loop.run().expect("it does not wait for the timer");
    assert_eq!(log.lines(), ["ended", "closed clean"]);
}

#[test]
fn a_wait_ends_when_its_time_is_over() {
    let mut event_loop = event_loop();
    let (ours, _theirs) = pair();
    event_loop.insert(ours, ConnectionOptions::default(), Echo);
    run_until_idle(&mut event_loop);
    let before = event_loop.now();
    assert!(event_loop.run_once(Some(SOON)).expect("it can wait"), "it is still there");
    assert!(event_loop.now().since(before) >= SOON);
}

#[test]
fn another_thread_ends_the_wait() {
    let mut event_loop = event_loop();
    let (ours, _theirs) = pair();
    event_loop.insert(ours, ConnectionOptions::default(), Echo);
    run_until_idle(&mut event_loop);
    let waker = event_loop.waker();
    let thread = std::thread::spawn(move || waker.wake());
    let before = event_loop.now();
    event_loop.run_once(Some(LIMIT)).expect("it can wait");
    assert!(event_loop.now().since(before) < LIMIT);
    thread.join().expect("no panic");
}

#[test]
fn another_thread_has_the_loop_do_something() {
    let mut event_loop = event_loop();
    let (ours, mut theirs) = pair();
    let key = event_loop.insert(ours, ConnectionOptions::default(), Echo);
    let waker = event_loop.waker();
    let thread = std::thread::spawn(move || {
        assert!(waker.call(move |event_loop| {
            let mut channel = event_loop.channel(key).expect("it is there");
            channel.push(b"from another thread").expect("it is open");
            channel.close();
        }));
        let text = heard(&mut theirs).expect("a clean end");
        drop(theirs);
        text
    });
    event_loop.run().expect("it can wait");
    assert_eq!(thread.join().expect("no panic"), "from another thread");
}

#[test]
fn a_waker_outlives_its_loop() {
    let waker = event_loop().waker();
    waker.wake();
    assert!(!waker.call(|_| ()));
}
