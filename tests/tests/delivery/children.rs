//! Children as senders: through a pipe, or a terminal.

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use standpipe_blocking::{
    ChildHandle, Command, CommunicateEvent, Signal, StdStream, Stdio, Stop, Talk, Target,
};
use standpipe_tests::client::pattern;
use tempfile::TempDir;

use crate::table::{Transport, Way};
use crate::{Delivery, MOST};

/// What a hang is told by.
const LONG: Option<Duration> = Some(Duration::from_secs(60));

static SOURCE: LazyLock<(TempDir, PathBuf)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("source");
    fs::write(&path, pattern(0, MOST)).expect("it can be written");
    (folder, path)
});

/// A child that writes so much and then does what its way asks for. It says on standard error that all was accepted.
pub(crate) fn sender(way: Way, n: usize) -> Command {
    let then = match way {
        Way::HalfClose => "exec 1>&-; read -r answer; test \"$answer\" = answer",
        Way::Term | Way::Kill | Way::Deadline => "echo >&2; exec sleep 600",
        _ => "exit 0",
    };
    // In raw mode a terminal changes nothing.
    let line = format!("test -t 1 && stty raw -echo <&1; head -c {n} '{}'; {then}", SOURCE.1.display());
    Command::shell(line).stderr(Stdio::Pipe)
}

pub(crate) fn perform(transport: Transport, way: Way, n: usize) -> Delivery {
    let stdout = if transport == Transport::Pipe { Stdio::Pipe } else { Stdio::Terminal };
    let command = sender(way, n).stdout(stdout);
    let command = if way == Way::HalfClose { command.input("answer\n") } else { command };
    let mut talk = command.talk().expect("a shell runs");
    match way {
        Way::Term => end(&mut talk, Signal::TERM),
        Way::Kill => end(&mut talk, Signal::KILL),
        Way::Deadline => return give_up(talk),
        _ => {}
    }
    run(&mut talk);
    let output = talk.finish().expect("waiting works");
    Delivery { bytes: output.stdout, end: output.exit.to_string() }
}

fn run(talk: &mut Talk) {
    assert_eq!(talk.run(LONG).expect("waiting works"), None, "it comes to its end");
}

/// Ends the child once it has said that all was accepted.
fn end(talk: &mut Talk, signal: Signal) {
    until_all_is_accepted(talk);
    send(&talk.child(), signal);
}

pub(crate) fn send(child: &ChildHandle, signal: Signal) {
    child.signal(Target::Child, signal);
}

fn until_all_is_accepted(talk: &mut Talk) {
    for _ in 0..6000 {
        if !talk.collected(StdStream::Stderr).is_empty() {
            return;
        }
        talk.run(Some(Duration::from_millis(10))).expect("waiting works");
    }
    panic!("not all was accepted");
}

/// Waits until the child is silent, and a little longer.
fn give_up(mut talk: Talk) -> Delivery {
    until_all_is_accepted(&mut talk);
    let event = talk.run(Some(Duration::from_millis(20))).expect("waiting works");
    let end = match event {
        Some(CommunicateEvent::TimedOut) => "timed out, and the dialogue can go on",
        _ => "something else",
    };
    let bytes = talk.take_output(StdStream::Stdout);
    talk.stop(&Stop::kill());
    let rest = talk.finish().expect("waiting works").stdout;
    Delivery { bytes: [bytes, rest].concat(), end: end.into() }
}
