//! Children on a terminal.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::thread;

use rustix::io::Errno;
use standpipe_core::process::{Command, Exit, Group, PlanError, Stdio};
use standpipe_core::signal::Signal;
use standpipe_sys::spawn::SpawnStep;
use standpipe_sys::{Pty, pty};
use standpipe_tests::harness::{Processes, Scenario, Verdict};
use standpipe_tests::log::Log;

use super::support::{PUPPET, fails, fine, finished, plain, puppet, real, refused, run, shell};

pub(super) const SCENARIOS: &[Scenario] = &[
    real("what_was_shown_before_the_end_can_be_read_after_it", shown_before_the_end),
    real("a_child_has_its_terminal_and_its_parent_has_not", has_terminal),
    real("what_is_typed_reaches_the_child", typed),
    real("an_interrupt_that_is_typed_ends_the_child", interrupt),
    real("a_terminal_that_goes_hangs_the_child_up", hang_up),
    real("a_terminal_of_another_session_is_told", taken),
    real("what_is_no_terminal_is_told", no_terminal),
    plain("a_terminal_without_a_session_is_refused", no_session),
    plain("a_foreground_without_a_terminal_is_refused", no_foreground),
];

/// A child in a session of its own, on this terminal with all its standard streams.
fn on_terminal(command: Command, slave: &OwnedFd) -> Command {
    let number = slave.as_raw_fd();
    let terminal = Stdio::Descriptor(number);
    let command = command.group(Group::Session).controlling_terminal(number);
    command.stdin(terminal).stdout(terminal).stderr(terminal)
}

/// All that is shown until nobody has the terminal any more.
fn shown(master: OwnedFd) -> String {
    let (mut master, mut shown) = (File::from(master), Vec::new());
    let end = master.read_to_end(&mut shown).map_err(|error| error.raw_os_error());
    assert!(end.is_ok() || end == Err(Some(Errno::IO.raw_os_error())), "{end:?}");
    String::from_utf8(shown).expect("text")
}

/// Failure 30: nothing is read before all is over.
fn shown_before_the_end(on: &dyn Processes) -> Verdict {
    let Pty { master, slave } = pty().expect("a terminal");
    let done = run(on, on_terminal(shell("printf x; exit"), &slave));
    drop(slave);
    assert_eq!(shown(master), "x");
    finished(&done)
}

/// Failure 30: the parent's own is what it was. Terminal and foreground group are the last two of a place.
fn has_terminal(on: &dyn Processes) -> Verdict {
    let ours = || fs::read_to_string("/proc/self/stat").expect("proc is mounted");
    let terminal_of = |stat: &str| {
        stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(4).map(String::from))
    };
    let before = terminal_of(&ours());
    let Pty { master, slave } = pty().expect("a terminal");
    let line = "echo $$ >/dev/tty; exec \"$0\" place";
    let done = run(on, on_terminal(Command::shell(line).arg(PUPPET), &slave));
    drop(slave);
    let shown = shown(master);
    let (number, place) = shown.split_once("\r\n").expect("two lines");
    let place: Vec<&str> = place.split(' ').collect();
    assert_eq!([place[1], place[2], place[4]], [number; 3], "it leads session and foreground");
    assert_ne!(place[3], "0");
    assert_eq!(terminal_of(&ours()), before);
    Ok(Log::new().with("exit", &[], done.output().exit))
}

fn typed(on: &dyn Processes) -> Verdict {
    let Pty { master, slave } = pty().expect("a terminal");
    let mut keyboard = File::from(master.try_clone().expect("a free number"));
    keyboard.write_all(b"hello\n\x04").expect("there is room");
    let done = run(on, on_terminal(shell("stty -echo; cat"), &slave).stdout(Stdio::Pipe));
    drop((slave, keyboard, master));
    assert_eq!(done.output().stdout, b"hello\n");
    finished(&done)
}

/// It is typed when the child has shown that it is there.
fn interrupt(on: &dyn Processes) -> Verdict {
    let exit = when_shown(on, |mut master| {
        master.write_all(b"\x03").expect("there is room");
        Some(master)
    });
    assert_eq!(exit, Exit::Signal { signal: Signal::INT, core_dumped: false });
    fine()
}

fn hang_up(on: &dyn Processes) -> Verdict {
    let exit = when_shown(on, |master| {
        drop(master);
        None
    });
    assert_eq!(exit, Exit::Signal { signal: Signal::HUP, core_dumped: false });
    fine()
}

/// How a child ends to whose terminal something happens when it has shown a letter.
fn when_shown(on: &dyn Processes, act: impl FnOnce(File) -> Option<File> + Send) -> Exit {
    let Pty { master, slave } = pty().expect("a terminal");
    let command = on_terminal(puppet("say x , wait 60000"), &slave);
    thread::scope(|scope| {
        let watch = scope.spawn(move || {
            let mut master = File::from(master);
            master.read_exact(&mut [0]).map(|()| act(master))
        });
        let done = run(on, command);
        drop(slave);
        let _open: io::Result<Option<File>> = watch.join().expect("no panic");
        done.output().exit
    })
}

/// The first session's leader is still there.
fn taken(on: &dyn Processes) -> Verdict {
    let Pty { master, slave } = pty().expect("a terminal");
    let first = on_terminal(puppet("say x , take 1"), &slave);
    let number = slave.as_raw_fd();
    thread::scope(|scope| {
        let first = scope.spawn(|| run(on, first));
        let mut master = File::from(master);
        master.read_exact(&mut [0]).expect("it has begun");
        let second = on_terminal(puppet(""), &slave);
        let verdict = fails(on, second, SpawnStep::ControllingTerminal(number), Errno::PERM);
        master.write_all(b"\n").expect("there is room");
        assert_eq!(first.join().expect("no panic").output().exit, Exit::Code(0));
        verdict
    })
}

fn no_terminal(on: &dyn Processes) -> Verdict {
    let null = File::open("/dev/null").expect("it is there");
    let number = null.as_raw_fd();
    let command = puppet("").group(Group::Session).controlling_terminal(number);
    fails(on, command, SpawnStep::ControllingTerminal(number), Errno::NOTTY)?;
    fails(on, puppet("").foreground(number), SpawnStep::Foreground(number), Errno::NOTTY)
}

fn no_session(on: &dyn Processes) -> Verdict {
    let Pty { slave, .. } = pty().expect("a terminal");
    let number = slave.as_raw_fd();
    refused(on, puppet("").controlling_terminal(number), &PlanError::TerminalWithoutSession(number))
}

fn no_foreground(on: &dyn Processes) -> Verdict {
    let Pty { slave, .. } = pty().expect("a terminal");
    let number = slave.as_raw_fd();
    let reason = PlanError::ForegroundWithoutTerminal(number);
    refused(on, puppet("").group(Group::Session).foreground(number), &reason)
}
