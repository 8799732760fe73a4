//! What happens while a call fails: one scene for each way that a child may take.

use std::error::Error;
use std::fs::File;
use std::os::fd::AsRawFd;
use std::time::Duration;

use rustix::process::{Resource as Limited, Rlimit, getrlimit, getuid, setrlimit};
use standpipe_core::process::{Command, Exit, Group, Limit, Output, Resource, Stdio, Stop, Unfinished};
use standpipe_core::signal::Signal;
use standpipe_sys::{RunError, pty};
use standpipe_tests::client::pattern;

use crate::drivers::{Driver, Talk};

/// What came of a scene: what should have come of it, or an error that the system has caused.
pub(crate) type Played = Result<(), Box<dyn Error>>;

/// Something that happens. It panics where what comes of it is neither right nor an error.
#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) name: &'static str,
    takes_root: bool,
    /// What its process holds all the time.
    pub(crate) hold: fn() -> Ballast,
    pub(crate) play: fn(&Driver) -> Played,
}

/// All of them.
pub(crate) const SCENES: &[Scene] = &[
    Scene { name: "dialogue", takes_root: false, hold: Ballast::default, play: dialogue },
    Scene { name: "stop", takes_root: false, hold: Ballast::default, play: stop },
    Scene { name: "terminal", takes_root: false, hold: Ballast::default, play: terminal },
    Scene { name: "somebody else", takes_root: true, hold: Ballast::default, play: somebody_else },
];

/// A child beside nothing, much memory, and many descriptors.
pub(crate) const COUNTED: &[Scene; 3] = &[
    Scene { name: "beside nothing", takes_root: false, hold: Ballast::default, play: plain },
    Scene { name: "beside much memory", takes_root: false, hold: Ballast::memory, play: plain },
    Scene { name: "beside many descriptors", takes_root: false, hold: Ballast::descriptors, play: plain },
];

/// What a process may hold while it has children.
#[derive(Debug, Default)]
pub(crate) struct Ballast {
    _memory: Vec<u8>,
    _descriptors: Vec<File>,
}

impl Ballast {
    /// A quarter of a gibibyte, all of it touched.
    fn memory() -> Self {
        Self { _memory: vec![1; 256 << 20], ..Self::default() }
    }

    /// Ten thousand, or as many as there may be.
    fn descriptors() -> Self {
        let limit = getrlimit(Limited::Nofile);
        setrlimit(Limited::Nofile, Rlimit { current: limit.maximum, ..limit }).expect("up to the hard limit");
        let most = limit.maximum.map_or(10_000, |most| most.saturating_sub(100).min(10_000) as usize);
        let null = File::open("/dev/null").expect("it is there");
        let copies = (0..most).map(|_| null.try_clone().expect("the limit is above"));
        Self { _descriptors: copies.collect(), ..Self::default() }
    }
}

impl Scene {
    pub(crate) fn is_possible(&self) -> bool {
        !self.takes_root || getuid().is_root()
    }
}

const PUPPET: &str = env!("CARGO_BIN_EXE_puppet");
const ENOUGH: usize = 200_000;

fn puppet(acts: &str) -> Command {
    Command::new(PUPPET)
        .args(acts.split_whitespace())
        .stdin(Stdio::Pipe)
        .stdout(Stdio::Pipe)
        .stderr(Stdio::Pipe)
}

/// A dialogue that nobody stops.
fn run(driver: &Driver, command: Command) -> Result<Output, RunError> {
    let (timeout, stop) = (Duration::from_secs(30), Stop::kill().whole_group());
    let done = (driver.run)(&Talk { command, input: pattern(0, ENOUGH), timeout, stop });
    assert!(!matches!(done, Err(RunError::Unfinished(_))), "{done:?}");
    done
}

fn is_right(output: &Output) {
    assert_eq!((output.exit, output.stdout.len()), (Exit::Code(0), ENOUGH));
    assert!(
        output.stdout == pattern(0, ENOUGH) && output.stderr == b"x" && !output.cut,
        "every byte, in order"
    );
}

/// More than a pipe holds goes in and comes out of a child of which all is said that anybody may say.
fn dialogue(driver: &Driver) -> Played {
    let command = puppet("complain x , copy 1")
        .executable("puppet")
        .env("PATH", format!("/no/such:{}", PUPPET.strip_suffix("/puppet").expect("a path")))
        .descriptor(3, Stdio::Null)
        .group(Group::New)
        .directory("/")
        .umask(0o27)
        .nice(5)
        .die_with_parent(Signal::KILL)
        .resource_limit(Resource::Core, Limit::at(0));
    is_right(&run(driver, command)?);
    Ok(())
}

/// A child that would live for long.
fn stop(driver: &Driver) -> Played {
    let command = puppet("wait 60000").group(Group::New);
    stopped(driver, command, Stop::terminate(Duration::from_millis(50)).whole_group())
}

/// The same on a terminal, in a session that is ended as a whole.
fn terminal(driver: &Driver) -> Played {
    let pty = pty()?;
    let number = pty.slave.as_raw_fd();
    let command = puppet("wait 60000").group(Group::Session).controlling_terminal(number).foreground(number);
    stopped(driver, command, Stop::terminate(Duration::from_millis(50)).whole_session())
}

fn stopped(driver: &Driver, command: Command, stop: Stop) -> Played {
    let timeout = Duration::from_millis(50);
    match (driver.run)(&Talk { command, input: Vec::new(), timeout, stop }) {
        Err(RunError::Unfinished(Unfinished::TimedOut { output })) => {
            assert!(matches!(output.exit, Exit::Signal { .. }), "{output:?}");
            Ok(())
        }
        Err(error) => Err(error.into()),
        Ok(output) => panic!("it has ended by itself: {output:?}"),
    }
}

/// A child that is born in the portable way.
fn somebody_else(driver: &Driver) -> Played {
    let command = puppet("complain x , copy 1").group(Group::New).uid(65534).gid(65534);
    is_right(&run(driver, command)?);
    Ok(())
}

/// A child that lives for a moment, so that it is waited for.
fn plain(driver: &Driver) -> Played {
    let (timeout, stop) = (Duration::from_secs(30), Stop::kill().whole_group());
    let command = puppet("wait 20").group(Group::New);
    let output = (driver.run)(&Talk { command, input: Vec::new(), timeout, stop })?;
    assert_eq!(output.exit, Exit::Code(0));
    Ok(())
}
