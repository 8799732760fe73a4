//! Children that live in a loop beside its connections.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

use standpipe_core::process::{Command, Exit, Group, Stdio, Stop};
use standpipe_core::signal::Signal;
use standpipe_core::{Done, Target};
use standpipe_sys::RunError;
use standpipe_sys::dispatch::{ConnectionOptions, Ended, Others, Spawned};
use standpipe_tests::harness::{Dispatching, EventLoop, Hear, News, Scenario, Verdict};

use super::event_loop::Loop;
use super::support::{
    Hearing, LIMIT, Log, end, event_loop, fine, heard, many, pair, panic_quietly, run_until, say,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    many("a_child_is_told_of_when_it_has_ended", ended),
    many("what_cannot_be_started_is_refused_and_leaves_nothing", refused),
    many("a_child_is_talked_with_by_a_channel", by_a_channel),
    many("a_child_on_a_terminal_is_talked_with_by_a_channel", on_a_terminal),
    many("a_child_is_signalled_and_stopped_by_its_key", by_its_key),
    many("a_stop_may_ask_its_handler_for_the_end_of_input", end_of_input),
    many("a_child_that_stands_still_and_goes_on_is_told_of", stands_still),
    many("a_loop_that_stops_stops_its_children", stopped_with_the_loop),
    many("a_child_that_is_deaf_is_killed_when_the_drain_is_over", deaf),
    many("a_child_takes_its_group_along_when_the_loop_stops", group),
    many("a_child_that_is_dismissed_is_killed_and_not_told_of", dismissed),
    many("a_loop_that_is_dropped_leaves_no_child", dropped),
    many("closing_all_kills_children_and_tells_of_them", closed),
    many("who_is_told_of_an_end_starts_the_next", next),
    many("a_panic_on_the_end_of_a_child_costs_nobody_else", panicking),
    many("fifty_children_are_told_of_each", fifty),
    many("a_handler_of_a_connection_has_a_child_of_its_own", of_a_connection),
];

const SLEEP: &str = "exec sleep 600";

fn killed(signal: Signal) -> Exit {
    Exit::Signal { signal, core_dumped: false }
}

fn hearing<'a>(log: &Log) -> Hear<'a> {
    let log = log.clone();
    Box::new(move |_, news| log.push(told(&news)))
}

fn told(news: &News<'_>) -> String {
    match news {
        News::Stopped(_, signal) => format!("stopped by {signal}"),
        News::Continued(_) => "goes on".into(),
        News::Step(_, step) => format!("step {step:?}"),
        News::Ended(ended) => format!("ended: {}", ended.exit),
    }
}

fn spawn<'a>(event_loop: &mut Loop<'a>, line: &str, log: &Log) -> Spawned {
    event_loop.spawn(&Command::shell(line), false, hearing(log)).expect("there is a shell")
}

fn ended(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let spawned = spawn(&mut event_loop, "exit 3", &log);
    assert_eq!(event_loop.child(spawned.key).map(|child| child.pid()), Some(spawned.pid()));
    event_loop.run().expect("it can wait");
    assert!(event_loop.child(spawned.key).is_none());
    assert_eq!(log.lines(), ["ended: exit code 3"]);
    assert_eq!(spawned.handle.observe(), Done::Ok(3 << 8));
    log.verdict()
}

fn refused(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let result = event_loop.spawn(&Command::new("/no/such"), false, hearing(&log));
    assert!(matches!(result, Err(RunError::Launch(_))), "{result:?}");
    assert!(event_loop.is_empty() && log.lines().is_empty());
    fine()
}

/// The end of a child and those of its pipes are apart.
fn by_a_channel(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, life, log) = (event_loop(on), Log::default(), Log::default());
    let cat = Command::new("cat").stdin(Stdio::Pipe).stdout(Stdio::Pipe);
    let mut spawned = event_loop.spawn(&cat, false, hearing(&life)).expect("it is there");
    let stream = spawned.dialogue().expect("both are pipes");
    assert!(spawned.dialogue().is_none());
    let key = event_loop.insert(stream, ConnectionOptions::default(), Hearing::new(&log));
    let mut channel = event_loop.channel(key).expect("it is there");
    channel.push(b"hello").expect("it is open");
    channel.close_write();
    event_loop.run().expect("it can wait");
    assert_eq!(life.lines(), ["ended: exit code 0"]);
    assert_eq!(log.lines(), ["read hello", "ended", "closed clean"]);
    log.verdict()
}

fn on_a_terminal(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, life, log) = (event_loop(on), Log::default(), Log::default());
    let cat = Command::shell("stty -echo; test -t 0 && echo ready && cat");
    let cat = cat.stdin(Stdio::Terminal).stdout(Stdio::Terminal).stderr(Stdio::Terminal);
    let mut spawned = event_loop.spawn(&cat, false, hearing(&life)).expect("there is a shell");
    let stream = spawned.dialogue().expect("both are the terminal");
    let typing = Hearing::answering(&log, |told, channel| match told {
        "read ready\r\n" => channel.push(b"typed\n"),
        "read typed\r\n" => {
            channel.close_write();
            Ok(())
        }
        _ => Ok(()),
    });
    event_loop.insert(stream, ConnectionOptions::default(), typing);
    event_loop.run().expect("it can wait");
    assert_eq!(life.lines(), ["ended: exit code 0"]);
    assert_eq!(log.lines(), ["read ready\r\ntyped\r\n", "ended", "closed clean"]);
    log.verdict()
}

fn by_its_key(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let first = spawn(&mut event_loop, SLEEP, &log);
    event_loop.child(first.key).expect("it is there").signal(Signal::HUP);
    event_loop.run().expect("it can wait");
    let second = spawn(&mut event_loop, SLEEP, &log);
    event_loop.child(second.key).expect("it is there").stop(&Stop::terminate(LIMIT));
    event_loop.run().expect("it can wait");
    let steps = ["step Signal(SIGTERM)", "step Grace(60s)"];
    assert_eq!(log.lines()[1..3], steps);
    assert_eq!(log.lines().len(), 4);
    log.verdict()
}

fn end_of_input(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let cat = Command::shell("cat; exit 5").stdin(Stdio::Pipe);
    let (stdin, told_log) = (Rc::new(RefCell::new(None)), log.clone());
    let theirs = stdin.clone();
    let hear: Hear<'_> = Box::new(move |_, news| {
        if let News::Step(..) = news {
            drop(theirs.borrow_mut().take());
        }
        told_log.push(told(&news));
    });
    let mut spawned = event_loop.spawn(&cat, false, hear).expect("there is a shell");
    *stdin.borrow_mut() = spawned.pipe(0);
    event_loop.child(spawned.key).expect("it is there").stop(&Stop::close_stdin());
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines(), ["step CloseStdin", "ended: exit code 5"]);
    log.verdict()
}

fn stands_still(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let told_log = log.clone();
    let hear: Hear<'_> = Box::new(move |_, mut news| {
        told_log.push(told(&news));
        if let News::Stopped(child, _) = &mut news {
            child.signal(Signal::CONT);
        }
        if let News::Continued(child) = &mut news {
            child.signal(Signal::TERM);
        }
    });
    event_loop.spawn(&Command::shell("kill -STOP $$; exec sleep 600"), true, hear).expect("there is a shell");
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines()[..2], ["stopped by SIGSTOP", "goes on"]);
    log.verdict()
}

fn stopped_with_the_loop(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let told_log = log.clone();
    let hear: Hear<'_> = Box::new(move |event_loop, news| {
        if let News::Ended(ended) = news {
            assert!(event_loop.is_stopping());
            assert_eq!((ended.exit, ended.by.is_some()), (killed(Signal::TERM), true));
            told_log.push(told(&news));
        }
    });
    event_loop.spawn(&Command::shell(SLEEP), false, hear).expect("there is a shell");
    event_loop.stop();
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines().len(), 1);
    assert!(!event_loop.is_stopping());
    log.verdict()
}

/// Runs until the child has said that it is ready.
fn ready<'a>(event_loop: &mut Loop<'a>, command: &Command, log: &Log) -> Spawned {
    let mut spawned =
        event_loop.spawn(&command.clone().stdout(Stdio::Pipe), false, hearing(log)).expect("it runs");
    let (output, said) = (spawned.pipe(1).expect("a pipe"), Log::default());
    event_loop.insert(output, ConnectionOptions::default(), Hearing::new(&said));
    run_until(event_loop, || said.has("read ready\n"));
    spawned
}

fn deaf(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log, events) = (event_loop(on), Log::default(), Log::default());
    let told = events.clone();
    event_loop.set_log(move |event| told.push(event.to_string()));
    event_loop.set_drain(Duration::from_millis(50));
    let command = Command::shell("trap '' TERM; echo ready; while :; do sleep 1; done").group(Group::New);
    let spawned = ready(&mut event_loop, &command, &log);
    event_loop.stop();
    event_loop.run().expect("it can wait");
    assert_eq!(spawned.handle.observe(), Done::Ok(Signal::KILL.number()));
    assert_eq!(events.lines(), ["aborting what is still open"]);
    fine()
}

/// The end of the pipe says that nobody is left who has it.
fn group(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let command = Command::shell("sleep 600 & echo ready; wait").group(Group::New).stdout(Stdio::Pipe);
    let mut spawned = event_loop.spawn(&command, false, hearing(&Log::default())).expect("it runs");
    let output = spawned.pipe(1).expect("a pipe");
    let key = event_loop.insert(output, ConnectionOptions::default(), Hearing::new(&log));
    run_until(&mut event_loop, || log.has("read ready\n"));
    event_loop.child(spawned.key).expect("it is there").stop_all(Stop::terminate(LIMIT));
    event_loop.run().expect("it can wait");
    assert!(event_loop.channel(key).is_none());
    assert_eq!(log.lines(), ["read ready\n", "ended", "closed clean"]);
    assert_eq!(spawned.handle.signal(Target::Group, Signal::KILL.into()), Done::Ok(0));
    log.verdict()
}

fn dismissed(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let spawned = spawn(&mut event_loop, SLEEP, &log);
    assert!(event_loop.dismiss(spawned.key) && !event_loop.dismiss(spawned.key));
    assert_eq!(spawned.handle.observe(), Done::Ok(Signal::KILL.number()));
    event_loop.run().expect("it can wait");
    assert!(log.lines().is_empty());
    fine()
}

fn dropped(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let spawned = spawn(&mut event_loop, SLEEP, &log);
    event_loop.run_once(Some(Duration::ZERO)).expect("it can wait");
    drop(event_loop);
    assert_eq!(spawned.handle.observe(), Done::Ok(Signal::KILL.number()));
    assert!(log.lines().is_empty());
    fine()
}

fn closed(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    (0..3).for_each(|_| drop(spawn(&mut event_loop, SLEEP, &log)));
    event_loop.close_all();
    assert!(event_loop.is_empty());
    assert_eq!(log.lines().len(), 3);
    log.verdict()
}

fn next(on: &dyn Dispatching) -> Verdict {
    fn start(event_loop: &mut dyn EventLoop<'_>, log: &Log, left: u32) {
        let told_log = log.clone();
        let hear: Hear<'_> = Box::new(move |event_loop, news| {
            told_log.push(told(&news));
            if left > 0 {
                start(event_loop, &told_log, left - 1);
            }
        });
        event_loop.spawn(&Command::shell(format!("exit {left}")), false, hear).expect("there is a shell");
    }
    let (mut event_loop, log) = (event_loop(on), Log::default());
    start(&mut *event_loop, &log, 2);
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines(), [2, 1, 0].map(|code| format!("ended: exit code {code}")));
    log.verdict()
}

fn panicking(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let hear: Hear<'_> = Box::new(|_, _| panic_quietly("the handler"));
    let bad = event_loop.spawn(&Command::shell("exit 1"), false, hear).expect("there is a shell");
    catch_unwind(AssertUnwindSafe(|| event_loop.run())).expect_err("it panics");
    assert!(event_loop.child(bad.key).is_none());
    spawn(&mut event_loop, "exit 2", &log);
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines(), ["ended: exit code 2"]);
    log.verdict()
}

fn fifty(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    for code in 0..50 {
        spawn(&mut event_loop, &format!("exit {code}"), &log);
    }
    event_loop.run().expect("it can wait");
    let mut lines = log.lines();
    lines.sort();
    lines.dedup();
    assert_eq!(lines.len(), 50);
    fine()
}

/// It hears the child by a channel, and its end when that has come.
fn of_a_connection(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log, said) = (event_loop(on), Log::default(), Log::default());
    let (ours, mut theirs) = pair();
    let told = said.clone();
    let running = Hearing::answering(&log, move |told_now, channel| {
        let Some(line) = told_now.strip_prefix("read ") else { return Ok(()) };
        let (key, said) = (channel.key(), told.clone());
        let command = Command::shell(line).stdout(Stdio::Pipe);
        channel.afterwards(move |others| {
            let answer = Box::new(move |others: &mut dyn Others, ended: Ended| {
                let mut channel = others.channel(key).expect("it is there");
                channel.push(ended.exit.to_string().as_bytes()).expect("it is open");
                channel.close_when_done();
            });
            let mut spawned = others.spawn(&command, answer).expect("there is a shell");
            assert_eq!(others.child(spawned.key).map(|child| child.pid()), Some(spawned.pid()));
            let output = spawned.pipe(1).expect("a pipe");
            others.insert(output, ConnectionOptions::default(), Box::new(Hearing::new(&said)));
        });
        Ok(())
    });
    event_loop.insert(ours, ConnectionOptions::default(), running.half_open());
    say(&mut theirs, "echo hello; exit 4");
    end(&theirs);
    event_loop.run().expect("it can wait");
    assert_eq!(heard(&mut theirs).expect("a clean end"), "exit code 4");
    assert_eq!(said.lines(), ["read hello\n", "ended", "closed clean"]);
    said.verdict()
}
