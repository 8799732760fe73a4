//! How children end, and who hears of it.

use std::os::fd::{AsFd, AsRawFd};

use standpipe_core::process::{Command, Group, Stdio};
use standpipe_core::signal::{Signal, SignalSet};
use standpipe_core::{Done, FaultKind, Side, Target};
use standpipe_sys::{fd, is_ready};

use crate::support::{ended, isolated, news, read_some, read_to_end, reaped, start};
use crate::system::{deaths, reap_any};

const NO_CHILD: fn(Done) -> bool = |done| matches!(done, Done::Failed(f) if f.kind() == FaultKind::NoChild);

fn only(signal: Signal) -> SignalSet {
    SignalSet::EMPTY.with(signal)
}

#[test]
fn an_exit_code_is_the_status() {
    for code in [0, 1, 3, 127, 255] {
        let exit = start(&Command::shell(format!("exit {code}")));
        assert_eq!(reaped(&exit), Done::Ok(code << 8));
    }
}

#[test]
fn a_signal_is_the_status() {
    for signal in [Signal::TERM, Signal::KILL, Signal::HUP] {
        let exit = start(&Command::new("sleep").arg("600"));
        assert_eq!(exit.observe(), Done::Blocked);
        assert_eq!(exit.signal(Target::Child, only(signal)), Done::Ok(0));
        assert_eq!(reaped(&exit), Done::Ok(signal.number()));
    }
}

#[test]
fn observing_leaves_the_child_to_be_reaped_and_stays_readable() {
    let exit = start(&Command::new("true"));
    assert_eq!(ended(&exit), Done::Ok(0));
    assert!(is_ready(exit.as_fd(), Side::Read), "an ended child stays readable");
    assert_eq!(exit.observe(), Done::Ok(0));
    assert_eq!(exit.reap(), Done::Ok(0));
    assert!(NO_CHILD(exit.reap()), "it is reaped once");
    assert!(NO_CHILD(exit.observe()));
}

#[test]
fn a_running_child_is_not_reaped() {
    let exit = start(&Command::new("sleep").arg("600"));
    assert_eq!(exit.reap(), Done::Blocked);
    assert_eq!(exit.observe(), Done::Blocked);
    assert!(!is_ready(exit.as_fd(), Side::Read), "nothing to hear yet");
    exit.kill_and_reap();
}

#[test]
fn one_that_is_gone_may_be_signalled() {
    let exit = start(&Command::new("true").group(Group::New));
    assert_eq!(ended(&exit), Done::Ok(0));
    assert_eq!(exit.signal(Target::Child, only(Signal::TERM).with(Signal::CONT)), Done::Ok(0));
    assert_eq!(exit.reap(), Done::Ok(0));
    assert_eq!(exit.signal(Target::Group, only(Signal::CONT)), Done::Ok(0), "no such group is no failure");
}

#[test]
fn a_group_is_signalled_as_a_whole() {
    let (read, write) = fd::pipe().expect("a pipe");
    let command = Command::shell("sleep 600 & echo up; wait").group(Group::New);
    let exit = start(&command.stdout(Stdio::Descriptor(write.as_raw_fd())));
    drop(write);
    let mut read = read.into();
    read_some(&mut read, &mut Vec::new());
    assert_eq!(exit.signal(Target::Group, only(Signal::KILL)), Done::Ok(0));
    assert_eq!(read_to_end(read.into()), "", "the grandchild has let the pipe go");
    assert_eq!(reaped(&exit), Done::Ok(9));
}

/// `timeout` makes itself a group of its own, and stays in the session.
#[test]
#[cfg(not(standpipe_force_portable))]
fn a_session_is_signalled_in_all_its_groups() {
    let (read, write) = fd::pipe().expect("a pipe");
    let command = Command::shell("timeout 600 sh -c 'echo up; exec sleep 600' & wait").group(Group::Session);
    let exit = start(&command.stdout(Stdio::Descriptor(write.as_raw_fd())));
    drop(write);
    let mut read = read.into();
    read_some(&mut read, &mut Vec::new());
    assert_eq!(exit.signal(Target::Group, only(Signal::KILL)), Done::Ok(0));
    assert_eq!(ended(&exit), Done::Ok(9));
    let read = read.into();
    assert!(!is_ready(std::os::fd::OwnedFd::as_fd(&read), Side::Read), "another group holds the pipe");
    assert_eq!(exit.signal(Target::Session, only(Signal::KILL)), Done::Ok(0));
    assert_eq!(read_to_end(read), "", "and has let it go");
    assert_eq!(exit.reap(), Done::Ok(9));
    assert_eq!(
        exit.signal(Target::Session, only(Signal::CONT)),
        Done::Ok(0),
        "no such session is no failure"
    );
}

#[test]
fn a_stop_and_its_end_are_told_once() {
    let mut exit = start(&Command::new("sleep").arg("600"));
    exit.watch_stops().expect("a pipe");
    assert_eq!(exit.observe_stops(), Done::Blocked);
    assert_eq!(exit.signal(Target::Child, only(Signal::STOP)), Done::Ok(0));
    assert_eq!(news(&exit), Done::Ok(0x137f));
    assert_eq!(exit.observe_stops(), Done::Blocked);
    assert_eq!(exit.observe(), Done::Blocked, "it has not ended");
    assert_eq!(exit.signal(Target::Child, only(Signal::CONT)), Done::Ok(0));
    assert_eq!(news(&exit), Done::Ok(0xffff));
    assert_eq!(exit.signal(Target::Child, only(Signal::KILL)), Done::Ok(0));
    assert_eq!(news(&exit), Done::Ok(9));
    assert_eq!(news(&exit), Done::Ok(9), "an end is left to be reaped");
    assert!(is_ready(exit.as_fd(), Side::Read), "and stays readable");
    assert_eq!(exit.reap(), Done::Ok(9));
    assert!(NO_CHILD(exit.observe_stops()));
}

#[test]
fn five_hundred_deaths_at_once_are_five_hundred_statuses() {
    let (read, write) = fd::pipe().expect("a pipe");
    let children: Vec<_> = (0..500)
        .map(|n| {
            let line = format!("read line; exit {}", n % 256);
            start(&Command::shell(line).stdin(Stdio::Descriptor(read.as_raw_fd())))
        })
        .collect();
    drop(write);
    for (n, exit) in (0..).zip(&children) {
        assert_eq!(reaped(exit), Done::Ok((n % 256) << 8));
    }
}

#[test]
fn a_thief_is_noticed_and_nothing_of_his_is_taken() {
    isolated("exits::a_thief_is_noticed_and_nothing_of_his_is_taken", || {
        let mut foreign = std::process::Command::new("sleep").arg("600").spawn().expect("sleep runs");
        let exit = start(&Command::shell("exit 3"));
        assert_eq!(reap_any(), Some(exit.pid()), "the thief is the first");
        assert!(NO_CHILD(ended(&exit)));
        assert!(NO_CHILD(exit.reap()));
        exit.kill_and_reap();
        foreign.kill().expect("it still runs");
        let status = foreign.wait().expect("it is still its owner's");
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9));
    });
}

#[test]
fn killing_leaves_no_child() {
    isolated("exits::killing_leaves_no_child", || {
        start(&Command::new("sleep").arg("600")).kill_and_reap();
        start(&Command::shell("trap '' TERM; exec sleep 600")).kill_and_reap();
        assert_eq!(reap_any(), None);
    });
}

#[test]
fn other_handlers_of_sigchld_go_on() {
    isolated("exits::other_handlers_of_sigchld_go_on", || {
        let mut deaths = deaths().into();
        for _ in 0..3 {
            assert_eq!(reaped(&start(&Command::new("true"))), Done::Ok(0));
            assert_ne!(read_some(&mut deaths, &mut Vec::new()), 0);
        }
    });
}
