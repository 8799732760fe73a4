//! Dialogues that go on as long as one likes.

use std::time::Duration;

use standpipe_core::process::{CommunicateEvent, Exit, Stdio, Stop, Stream};
use standpipe_core::signal::Signal;
use standpipe_tests::client::pattern;
use standpipe_tests::harness::{Children, Scenario, Talking, Verdict};
use standpipe_tests::log::Log;

use super::support::{Gate, LONG, by_handle, fine, puppet};

pub(super) const SCENARIOS: &[Scenario] = &[
    by_handle("a_dialogue_goes_on_after_a_deadline", after_a_deadline),
    by_handle("a_dialogue_that_is_cut_short_a_hundred_times_loses_nothing", a_hundred_times),
    by_handle("a_dialogue_goes_on_over_its_limit", over_its_limit),
    by_handle("what_was_taken_out_is_not_told_again", taken_out),
    by_handle("a_dialogue_is_stopped_when_one_likes", stopped),
    by_handle("a_dialogue_with_a_child_that_was_waited_for_has_its_output", waited_for),
    by_handle("a_dialogue_that_is_dropped_leaves_nothing", dropped),
    by_handle("another_thread_ends_the_child_of_a_dialogue", ended_by_another),
];

fn talk(on: &dyn Children, acts: &str, input: Vec<u8>) -> Box<dyn Talking> {
    on.spawn(&puppet(acts)).expect("it runs").talk(input)
}

const A_MOMENT: Option<Duration> = Some(Duration::from_millis(10));

/// SUB-46, SUB trap 7.
fn after_a_deadline(on: &dyn Children) -> Verdict {
    let gate = Gate::default();
    let mut talk =
        on.spawn(&gate.puppet("say early-", "say late , exit 3")).expect("it runs").talk(Vec::new());
    gate.await_all(1);
    assert_eq!(talk.run(A_MOMENT), Some(CommunicateEvent::TimedOut));
    gate.open();
    assert_eq!(talk.run(None), None);
    let output = talk.finish();
    assert_eq!((&output.stdout[..], output.exit), (&b"early-late"[..], Exit::Code(3)));
    Ok(Log::new().with("stdout", &output.stdout, output.exit))
}

/// In both directions, and also with no time at all.
fn a_hundred_times(on: &dyn Children) -> Verdict {
    let mut talk = talk(on, "copy 1", pattern(0, 4 << 20));
    let mut collected = Vec::new();
    let mut wait = [Duration::ZERO, Duration::from_micros(100), Duration::from_millis(1)].into_iter().cycle();
    while talk.run(wait.next()).is_some() {
        collected.extend(talk.take_output(Stream::Stdout));
    }
    collected.extend(talk.finish().stdout);
    assert!(collected == pattern(0, 4 << 20), "every byte, in order");
    Ok(Log::new().with("stdout", &collected, ()))
}

fn over_its_limit(on: &dyn Children) -> Verdict {
    let mut talk = talk(on, "write 1 300000 1000 , write 2 5 5 , exit 1", Vec::new());
    talk.set_limit(Stream::Stdout, 1000);
    assert_eq!(talk.run(Some(LONG)), Some(CommunicateEvent::Limit(Stream::Stdout)));
    let first = talk.take_output(Stream::Stdout);
    talk.set_limit(Stream::Stdout, usize::MAX);
    assert_eq!(talk.run(Some(LONG)), None);
    let output = talk.finish();
    let all = [first, output.stdout].concat();
    assert!(all == pattern(0, 300_000) && output.stderr.len() == 5 && output.exit == Exit::Code(1));
    Ok(Log::new().with("stdout", &all, output.exit))
}

fn taken_out(on: &dyn Children) -> Verdict {
    let gate = Gate::default();
    let mut talk = on.spawn(&gate.puppet("say first", "say second")).expect("it runs").talk(Vec::new());
    gate.await_all(1);
    let mut first = Vec::new();
    while first.len() < 5 {
        assert_eq!(talk.run(A_MOMENT), Some(CommunicateEvent::TimedOut));
        first.extend(talk.take_output(Stream::Stdout));
    }
    gate.open();
    assert_eq!((&first[..], &talk.finish().stdout[..]), (&b"first"[..], &b"second"[..]));
    fine()
}

fn stopped(on: &dyn Children) -> Verdict {
    let mut talk = talk(on, "say x , wait 60000", Vec::new());
    assert_eq!(talk.run(A_MOMENT), Some(CommunicateEvent::TimedOut));
    talk.stop(&Stop::terminate(LONG));
    assert_eq!(talk.run(Some(LONG)), None);
    assert_eq!(talk.finish().exit, Exit::Signal { signal: Signal::TERM, core_dumped: false });
    fine()
}

/// SUB-40.
fn waited_for(on: &dyn Children) -> Verdict {
    let mut child = on.spawn(&puppet("write 1 60000 1000 , write 2 50000 1000 , exit 3")).expect("it runs");
    assert_eq!(child.wait(), Exit::Code(3));
    let output = child.talk(Vec::new()).finish();
    assert_eq!((output.stdout.len(), output.stderr.len(), output.exit), (60_000, 50_000, Exit::Code(3)));
    fine()
}

fn dropped(on: &dyn Children) -> Verdict {
    for acts in ["wait 60000", "write 1 10000000 100000", "read 1 1", "exit 3", "stop"] {
        for _ in 0..10 {
            let mut talk = talk(on, acts, vec![0; 200_000]);
            talk.run(Some(Duration::from_millis(1)));
        }
    }
    fine()
}

/// Also a child that is to be heard of by nobody else.
fn ended_by_another(on: &dyn Children) -> Verdict {
    let child = on.spawn(&puppet("wait 60000").stdout(Stdio::Null)).expect("it runs");
    let talk = child.talk(Vec::new());
    let shared = talk.share();
    let killer = std::thread::spawn(move || {
        assert_eq!(shared.wait_timeout(Duration::from_millis(10)), None);
        shared.signal(Signal::KILL);
        shared.wait()
    });
    let killed = Exit::Signal { signal: Signal::KILL, core_dumped: false };
    assert_eq!((talk.finish().exit, killer.join().expect("no panic")), (killed, killed));
    fine()
}
