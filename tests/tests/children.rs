//! The handle of a child, and others' handles on it, by blocking calls.

use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use standpipe_blocking::{
    ChildHandle, Command, CommunicateEvent, Exit, RunError, Signal, StdStream, Stdio, Stop, StopStep, Target,
    Unfinished,
};

const LONG: Duration = Duration::from_secs(60);

fn killed(signal: Signal) -> Exit {
    Exit::Signal { signal, core_dumped: false }
}

/// A child that ends when the pipe at its standard input does.
fn patient() -> Command {
    Command::shell("read -r code; exit \"$code\"").stdin(Stdio::Pipe)
}

#[test]
fn every_thread_that_waits_gets_the_same_status() {
    let mut child = patient().spawn().expect("a shell runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    let handles: Vec<ChildHandle> = (0..8).map(|_| child.handle()).collect();
    thread::scope(|scope| {
        let waiting: Vec<_> = handles.iter().map(|handle| scope.spawn(|| handle.wait())).collect();
        let owner = scope.spawn(|| child.wait());
        stdin.write_all(b"7\n").expect("it reads");
        for thread in waiting {
            assert_eq!(thread.join().expect("no panic").expect("waiting works"), Exit::Code(7));
        }
        assert_eq!(owner.join().expect("no panic").expect("waiting works"), Exit::Code(7));
    });
    assert_eq!(handles[0].poll(), Some(Exit::Code(7)), "also afterwards");
}

#[test]
fn a_thousand_children_are_killed_while_they_are_waited_for() {
    for _ in 0..1000 {
        let mut child = Command::new("cat").stdin(Stdio::Pipe).spawn().expect("cat runs");
        let (handle, meeting) = (child.handle(), Barrier::new(2));
        thread::scope(|scope| {
            scope.spawn(|| {
                meeting.wait();
                handle.terminate();
                handle.kill();
            });
            meeting.wait();
            let exit = child.wait().expect("waiting works");
            // Its input is closed, so it may come to its own end as well.
            assert!([Exit::Code(0), killed(Signal::TERM), killed(Signal::KILL)].contains(&exit), "{exit}");
        });
        handle.kill();
        assert_eq!(handle.poll(), child.poll());
    }
}

#[test]
fn a_handle_does_not_keep_the_child() {
    let child = Command::new("sleep").arg("600").spawn().expect("sleep runs");
    let handle = child.handle();
    assert_eq!(handle.wait_timeout(Duration::from_millis(1)).expect("waiting works"), None);
    drop(child);
    assert_eq!(handle.poll(), Some(killed(Signal::KILL)));
    handle.signal(Target::Group, Signal::KILL);
}

#[test]
fn a_dialogue_is_ended_from_another_thread() {
    let talk = Command::shell("echo begun; exec sleep 600").stdout(Stdio::Pipe).talk().expect("a shell runs");
    let handle = talk.child();
    let killer = thread::spawn(move || handle.terminate());
    let output = talk.finish().expect("waiting works");
    killer.join().expect("no panic");
    assert_eq!(output.exit, killed(Signal::TERM));
}

#[test]
fn a_dialogue_goes_on_after_time_outs_and_limits() {
    let numbers: String = (1..=1000).map(|n| format!("{n}\n")).collect();
    let child = Command::shell("read -r go; seq 1 1000").stdin(Stdio::Pipe).stdout(Stdio::Pipe);
    let child = child.spawn().expect("a shell runs");
    let mut talk = child.talk("go\n").expect("it has a pipe");
    talk.set_limit(StdStream::Stdout, 100);
    let mut got = Vec::new();
    while let Some(event) = talk.run(Some(LONG)).expect("waiting works") {
        assert_eq!(event, CommunicateEvent::Limit(StdStream::Stdout));
        got.extend(talk.take_output(StdStream::Stdout));
    }
    got.extend(talk.finish().expect("it is over").stdout);
    assert_eq!(String::from_utf8(got).expect("text"), numbers);
}

#[test]
fn a_child_that_was_waited_for_can_be_talked_to() {
    let mut child = Command::shell("echo said; exit 3").stdout(Stdio::Pipe).spawn().expect("a shell runs");
    assert_eq!(child.wait_timeout(LONG).expect("waiting works"), Some(Exit::Code(3)));
    assert_eq!(child.status().expect("it has ended").raw(), 3 << 8);
    let output = child.communicate("").expect("waiting works");
    assert_eq!((output.exit, &output.stdout[..]), (Exit::Code(3), &b"said\n"[..]));
}

#[test]
fn a_dialogue_that_ends_over_its_limit_is_an_error_with_what_there_was() {
    let told_before = [false, true];
    for told in told_before {
        let mut talk =
            Command::shell("seq 1 100000").stdout(Stdio::Pipe).limit(100).talk().expect("a shell runs");
        if told {
            let event = talk.run(Some(LONG)).expect("waiting works");
            assert_eq!(event, Some(CommunicateEvent::Limit(StdStream::Stdout)));
        }
        let ended = talk.finish();
        let Err(RunError::Unfinished(Unfinished::Limit { stream, output })) = ended else {
            panic!("{ended:?}")
        };
        assert_eq!((stream, output.stdout.len()), (StdStream::Stdout, 100));
    }
}

#[test]
fn input_that_nobody_would_read_is_refused() {
    let child = Command::new("cat").stdin(Stdio::Null).spawn().expect("cat runs");
    let handle = child.handle();
    let error = child.communicate("lost").expect_err("there is nobody to read it");
    assert!(matches!(error, RunError::Unread), "{error}");
    assert!(handle.poll().is_some(), "it was ended");
}

#[test]
fn waiting_closes_standard_input() {
    let mut child = Command::new("cat").stdin(Stdio::Pipe).stdout(Stdio::Null).spawn().expect("cat runs");
    assert_eq!(child.wait_timeout(Duration::from_millis(1)).expect("waiting works"), None);
    assert!(child.stdin.is_some(), "a wait with a limit leaves it open");
    assert_eq!(child.wait().expect("waiting works"), Exit::Code(0));
}

#[test]
fn a_stop_says_which_step_has_ended_the_child() {
    let stop = Stop::close_stdin().grace(LONG).then(Signal::TERM);
    let mut child = Command::new("cat").stdin(Stdio::Pipe).spawn().expect("cat runs");
    let stopped = child.stop(&stop).expect("waiting works");
    assert_eq!((stopped.exit, stopped.by), (Exit::Code(0), Some(StopStep::CloseStdin)));

    let mut child =
        Command::shell("trap '' TERM; echo deaf; sleep 600 & wait").process_group().stdout(Stdio::Pipe);
    child = child.stdin(Stdio::Pipe);
    let mut child = child.spawn().expect("a shell runs");
    child.stdout.as_mut().expect("a pipe").read_exact(&mut [0; 5]).expect("it is deaf");
    let stop = Stop::close_stdin().grace(Duration::from_millis(50)).then(Signal::TERM);
    let stop = stop.grace(Duration::from_millis(50)).then(Signal::KILL).whole_group();
    let stopped = child.stop(&stop).expect("waiting works");
    assert_eq!((stopped.exit, stopped.by), (killed(Signal::KILL), Some(StopStep::Signal(Signal::KILL))));

    let mut over = Command::new("true").spawn().expect("true runs");
    assert_eq!(over.handle().wait().expect("waiting works"), Exit::Code(0));
    over.poll();
    assert_eq!(over.stop(&Stop::kill()).expect("waiting works").by, None);
}

#[test]
fn the_pidfd_is_the_childs() {
    let mut child = Command::new("cat").stdin(Stdio::Pipe).spawn().expect("cat runs");
    if let Some(pidfd) = child.pidfd() {
        let path = format!("/proc/self/fdinfo/{}", pidfd.as_raw_fd());
        let info = std::fs::read_to_string(path).expect("proc is mounted");
        assert!(
            info.lines().any(|line| line.split_whitespace().eq(["Pid:", &child.pid().to_string()])),
            "{info}"
        );
    }
    child.kill();
    assert_eq!(child.wait().expect("waiting works"), killed(Signal::KILL));
}
