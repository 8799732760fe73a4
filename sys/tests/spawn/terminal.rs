//! Children on a terminal.

use std::fs::File;
use std::io::Write;
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;

use standpipe_core::process::{Command, Group, Stdio};
use standpipe_core::{Done, FaultKind};
use standpipe_sys::spawn::SpawnStep;
use standpipe_sys::{Pty, pty};

use crate::support::{isolated, output, reaped, refusal, start};
use crate::system::is_open;

/// The command in a session of its own on the terminal.
fn on(pty: &Pty, command: Command) -> Command {
    let slave = pty.slave.as_raw_fd();
    command.group(Group::Session).controlling_terminal(slave).stdin(Stdio::Descriptor(slave))
}

#[test]
fn a_terminal_controls_the_childs_session() {
    let pty = pty().expect("a pseudo-terminal");
    let stat = output(on(&pty, Command::new("cat").arg("/proc/self/stat")));
    let (pid, rest) = stat.split_once(' ').expect("fields");
    let (_, rest) = rest.rsplit_once(") ").expect("a name");
    let fields: Vec<&str> = rest.split(' ').collect();
    let slave = File::from(pty.slave).metadata().expect("it is open").rdev();
    let [group, session, terminal, foreground] = [2, 3, 4, 5].map(|n| fields[n]);
    assert_eq!([group, session, foreground], [pid; 3]);
    assert_eq!(terminal, slave.to_string());
}

#[test]
fn a_child_finds_itself_on_its_terminal() {
    let pty = pty().expect("a pseudo-terminal");
    let command = Command::shell("test -t 0 && test -r /dev/tty && tty </dev/tty && tty");
    let name = std::fs::read_link(format!("/proc/self/fd/{}", pty.slave.as_raw_fd())).expect("its name");
    assert_eq!(output(on(&pty, command)), format!("/dev/tty\n{}\n", name.display()));
}

#[test]
fn what_is_typed_is_a_signal() {
    let pty = pty().expect("a pseudo-terminal");
    let exit = start(&on(&pty, Command::new("sleep").arg("600")));
    let mut master = File::from(pty.master);
    master.write_all(b"\x03").expect("it can be typed");
    assert_eq!(reaped(&exit), Done::Ok(2), "SIGINT");
}

#[test]
fn a_terminal_that_goes_takes_its_session_along() {
    let pty = pty().expect("a pseudo-terminal");
    let exit = start(&on(&pty, Command::new("sleep").arg("600")));
    drop(pty.master);
    assert_eq!(reaped(&exit), Done::Ok(1), "SIGHUP");
}

#[test]
fn a_terminal_may_be_put_in_the_foreground_as_well() {
    let pty = pty().expect("a pseudo-terminal");
    let command = on(&pty, Command::new("true")).foreground(pty.slave.as_raw_fd());
    assert_eq!(reaped(&start(&command)), Done::Ok(0));
}

#[test]
fn a_terminal_is_not_taken_from_another_session() {
    let pty = pty().expect("a pseudo-terminal");
    let first = start(&on(&pty, Command::new("sleep").arg("600")));
    let error = refusal(&on(&pty, Command::new("true")));
    assert_eq!(*error.step(), SpawnStep::ControllingTerminal(pty.slave.as_raw_fd()));
    assert_eq!(error.fault().raw(), libc::EPERM);
    first.kill_and_reap();
}

fn control(number: i32) -> Command {
    Command::new("true").group(Group::Session).controlling_terminal(number)
}

#[test]
fn what_is_no_terminal_is_told() {
    let null = File::open("/dev/null").expect("/dev/null opens");
    let error = refusal(&control(null.as_raw_fd()));
    assert_eq!(*error.step(), SpawnStep::ControllingTerminal(null.as_raw_fd()));
    assert_eq!(error.fault().raw(), libc::ENOTTY);
}

/// The lowest free numbers, which are those that a spawn's own descriptors get.
#[test]
fn a_closed_terminal_is_told_whatever_comes_to_lie_there() {
    isolated("terminal::a_closed_terminal_is_told_whatever_comes_to_lie_there", || {
        for number in (3..).filter(|number| !is_open(*number)).take(6) {
            let error = refusal(&control(number));
            assert_eq!(*error.step(), SpawnStep::ControllingTerminal(number));
            assert_eq!(error.fault().kind(), FaultKind::BadDescriptor);
            let error = refusal(&Command::new("true").group(Group::New).foreground(number));
            assert_eq!(*error.step(), SpawnStep::Foreground(number));
            assert_eq!(error.fault().kind(), FaultKind::BadDescriptor);
        }
    });
}
