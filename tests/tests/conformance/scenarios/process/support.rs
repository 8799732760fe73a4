//! What many scenarios of children need: commands, and what became of them.

use std::cell::Cell;
use std::fs;
use std::io::{PipeReader, PipeWriter, Read, pipe};
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::getuid;
use standpipe_core::process::{Command, Exit, Group, PlanError, Stdio};
use standpipe_sys::spawn::{SpawnError, SpawnStep};
use standpipe_sys::{LaunchError, RunError, fault};
use standpipe_tests::harness::{
    Backend, Call, Children, Condition, Finished, NotRun, Processes, Run, Scenario, Verdict,
};
use standpipe_tests::log::Log;

/// What a scenario has to put up with where nothing speaks against it.
pub(super) const USUAL: &[Condition] =
    &[Condition::SignalStorm, Condition::StandardClosed, Condition::Unprivileged, Condition::DescriptorLimit];

/// The same where the scenario has many descriptors itself.
pub(super) const ROOMY: &[Condition] =
    &[Condition::SignalStorm, Condition::StandardClosed, Condition::Unprivileged];

/// A scenario that the simulation runs as well.
pub(super) const fn everywhere(name: &'static str, run: fn(&dyn Backend) -> Verdict) -> Scenario {
    Scenario { area: "process", name, under: USUAL, leaves: false, run: Run::Everywhere(run) }
}

/// A scenario of real processes.
pub(super) const fn real(name: &'static str, run: fn(&dyn Processes) -> Verdict) -> Scenario {
    Scenario { area: "process", name, under: USUAL, leaves: false, run: Run::Processes(run) }
}

/// A scenario of real processes in which nothing is done.
pub(super) const fn plain(name: &'static str, run: fn(&dyn Processes) -> Verdict) -> Scenario {
    Scenario { under: &[], ..real(name, run) }
}

/// A scenario of children by their handles.
pub(super) const fn by_handle(name: &'static str, run: fn(&dyn Children) -> Verdict) -> Scenario {
    Scenario { area: "process", name, under: USUAL, leaves: false, run: Run::Children(run) }
}

/// Only to catch a hang.
pub(super) const LONG: Duration = Duration::from_secs(60);
/// A deadline that is meant to pass.
pub(super) const SHORT: Duration = Duration::from_millis(100);

/// The program that does what its arguments say: `tests/src/bin/puppet.rs`.
pub(super) const PUPPET: &str = env!("CARGO_BIN_EXE_puppet");

/// A puppet with these acts, in a process group of its own.
pub(super) fn puppet(acts: &str) -> Command {
    Command::new(PUPPET).args(acts.split_whitespace()).group(Group::New)
}

/// A shell with this line, in a process group of its own.
pub(super) fn shell(line: &str) -> Command {
    Command::shell(line).group(Group::New)
}

/// What the command came to, without input and under a bound.
pub(super) fn run(on: &dyn Processes, command: Command) -> Finished {
    bounded(on, Call::new(command))
}

/// What the call came to; the bound is a deadline where it has none.
pub(super) fn bounded(on: &dyn Processes, call: Call<Command>) -> Finished {
    let timeout = call.timeout.or(Some(LONG));
    let done = on.run(&Call { timeout, ..call }).expect("it runs");
    assert!(done.took < LONG, "{done:?}");
    done
}

/// All that the command says, as text; it must end well and say nothing to standard error.
pub(super) fn said(on: &dyn Processes, command: Command) -> String {
    let done = run(on, command);
    let output = done.output();
    assert!(done.result.is_ok(), "{:?}", done.result);
    assert_eq!((output.exit, output.cut, &output.stderr[..]), (Exit::Code(0), false, &b""[..]), "{output:?}");
    String::from_utf8(output.stdout.clone()).expect("text")
}

/// The log of a run that was ended by nobody.
pub(super) fn finished(done: &Finished) -> Verdict {
    assert!(done.result.is_ok(), "{:?}", done.result);
    Ok(done.log())
}

/// The log of a text that comes out the same everywhere.
pub(super) fn text(name: &str, text: &str) -> Verdict {
    Ok(Log::new().with(name, text.as_bytes(), ()))
}

/// Where it is enough that nothing was found wrong.
pub(super) fn fine() -> Verdict {
    Ok(Log::new())
}

/// Why a command cannot be started.
pub(super) fn not_launched(error: NotRun) -> LaunchError {
    match error.downcast::<RunError>().map(|error| *error) {
        Ok(RunError::Launch(error)) => error,
        other => panic!("it was started: {other:?}"),
    }
}

/// The step of its set-up that the command fails at.
pub(super) fn failed(on: &dyn Processes, command: Command) -> SpawnError {
    match not_launched(on.run(&Call::new(command)).expect_err("it cannot be started")) {
        LaunchError::Spawn(error) => error,
        other => panic!("no step has failed: {other}"),
    }
}

/// The command fails at this step, with this error.
pub(super) fn fails(on: &dyn Processes, command: Command, step: SpawnStep, errno: Errno) -> Verdict {
    let error = failed(on, command);
    assert_eq!((error.step(), error.fault()), (&step, fault(errno.raw_os_error())));
    fine()
}

/// The command is refused for this reason, before anything is done.
pub(super) fn refused(on: &dyn Processes, command: Command, reason: &PlanError) -> Verdict {
    match not_launched(on.run(&Call::new(command)).expect_err("it is refused")) {
        LaunchError::Plan(error) => assert_eq!(&error, reason),
        other => panic!("it was planned: {other}"),
    }
    fine()
}

/// A file with these permissions.
pub(super) fn file(path: impl AsRef<Path>, text: &str, mode: u32) -> PathBuf {
    let path = path.as_ref();
    fs::write(path, text).expect("it can be written");
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
    path.into()
}

/// The bytes of a path.
pub(super) fn bytes(path: impl AsRef<Path>) -> Vec<u8> {
    path.as_ref().as_os_str().as_encoded_bytes().to_vec()
}

/// What stands behind the name in a file of lines such as `/proc/self/status`, words with a blank between.
pub(super) fn field(text: &str, name: &str) -> String {
    let line = text.lines().find_map(|line| line.strip_prefix(name)).expect("it is there");
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether this process may do everything.
pub(super) fn is_root() -> bool {
    getuid().is_root()
}

/// Children that wait for each other: each tells that it is there, and goes on when the gate is opened.
pub(super) struct Gate {
    told: PipeReader,
    tell: PipeWriter,
    held: PipeReader,
    /// Its end is what they wait for.
    hold: Cell<Option<PipeWriter>>,
}

impl Default for Gate {
    fn default() -> Self {
        let ((told, tell), (held, hold)) = (pipe().expect("a pipe"), pipe().expect("a pipe"));
        Self { told, tell, held, hold: Cell::new(Some(hold)) }
    }
}

impl Gate {
    /// A puppet that waits between these acts.
    pub(super) fn puppet(&self, before: &str, after: &str) -> Command {
        puppet(&format!("{before} , write 3 1 1 , copy 1 , {after}"))
            .stdin(Stdio::Descriptor(self.held.as_raw_fd()))
            .descriptor(3, Stdio::Descriptor(self.tell.as_raw_fd()))
    }

    /// Waits until so many are there.
    pub(super) fn await_all(&self, count: usize) {
        (&self.told).read_exact(&mut vec![0; count]).expect("the gate has an end of its own");
    }

    /// Lets them go.
    pub(super) fn open(&self) {
        drop(self.hold.take());
    }
}
