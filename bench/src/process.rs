//! A process that is measured from outside: [`Process`].

use std::fs::{read_dir, read_to_string};
use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Signal, getrlimit, kill_process, setrlimit};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use crate::options::package;
use crate::raw::{leashed, process_cpu};
use crate::sample::{Outcome, Sample};
use crate::{allocations, memory};

/// A running program; dropping it ends it and all its descendants.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
}

/// How long a server may take until it listens.
const START: Duration = Duration::from_secs(20);
/// How long it may take until it has reaped.
const REAPING: Duration = Duration::from_secs(2);

impl Process {
    /// Runs a program that reads nothing and whose messages nobody reads; should we die first, it is ended.
    fn spawn(command: &mut Command) -> Result<Self, String> {
        Self::spawn_with(command, Stdio::null())
    }

    fn spawn_with(command: &mut Command, stdin: Stdio) -> Result<Self, String> {
        let command = command.stdin(stdin).stderr(Stdio::null());
        let child =
            leashed(command).spawn().map_err(|error| format!("cannot run {}: {error}", name(command)))?;
        Ok(Self { child })
    }

    /// Runs a server that says `listening on ADDRESS` first.
    pub(crate) fn on_told_port(command: &mut Command) -> Result<(Self, u16), String> {
        let (process, port, _) = Self::telling(command)?;
        Ok((process, port))
    }

    /// The same, with what it says afterwards.
    pub(crate) fn telling(command: &mut Command) -> Result<(Self, u16, BufReader<ChildStdout>), String> {
        let mut process = Self::spawn(command.stdout(Stdio::piped()))?;
        let mut output = BufReader::new(process.child.stdout.take().expect("stdout is a pipe"));
        let mut line = String::new();
        let read = output.read_line(&mut line);
        let address = line.split_whitespace().nth(2).filter(|_| read.is_ok());
        let port = address.and_then(|address| address.rsplit_once(':')?.1.parse().ok());
        let port = port.ok_or_else(|| format!("{} told no port, but '{}'", name(command), line.trim()))?;
        Ok((process, port, output))
    }

    /// Runs a server that was told to listen on this port, and waits until it does.
    pub(crate) fn on_port(command: &mut Command, port: u16) -> Result<Self, String> {
        let process = Self::spawn(command.stdout(Stdio::null()))?;
        process.listening(port).map_err(|()| format!("{} does not listen", name(command)))
    }

    /// The same, with what it says, and with an input that does not end.
    pub(crate) fn talking_on_port(command: &mut Command, port: u16) -> Result<(Self, ChildStdout), String> {
        let mut process = Self::spawn_with(command.stdout(Stdio::piped()), Stdio::piped())?;
        let output = process.child.stdout.take().expect("stdout is a pipe");
        let process = process.listening(port).map_err(|()| format!("{} does not listen", name(command)))?;
        Ok((process, output))
    }

    fn listening(mut self, port: u16) -> Result<Self, ()> {
        let start = Instant::now();
        while !is_listening(port) {
            if start.elapsed() > START || self.child.try_wait().is_ok_and(|status| status.is_some()) {
                return Err(());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(self)
    }

    /// CPU seconds of the process, of its living descendants and of those that were reaped.
    pub(crate) fn cpu(&self) -> f64 {
        let cpu = |pid: u32| process_cpu(pid).unwrap_or(0.0) + reaped_cpu(pid);
        tree(self.child.id()).into_iter().map(cpu).sum()
    }

    /// Measures work that returns its units, with the CPU that this process spends meanwhile as that of the children, and
    /// with its memory and its allocations.
    pub(crate) fn measure(&self, work: impl FnOnce() -> Result<f64, String>) -> Outcome {
        self.each(memory::forget_peak);
        let (cpu, allocated) = (self.cpu(), self.allocations());
        let mut outcome = Ok(0.0);
        let (mut sample, peak) = memory::watched(
            || self.peak(),
            || {
                Sample::of(|| {
                    outcome = work();
                    outcome.clone().unwrap_or_default()
                })
            },
        );
        sample.children = self.cpu() - cpu;
        sample.allocations = allocations::between(allocated, self.allocations());
        sample.peak = peak;
        outcome.map(|_| sample)
    }

    /// Waits until it has reaped its children, so that nothing of theirs is counted later; some never do.
    pub(crate) fn wait_until_alone(&self) {
        let start = Instant::now();
        while tree(self.child.id()).len() > 1 && start.elapsed() < REAPING {
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Bytes of memory that the process and its living descendants hold.
    pub(crate) fn memory(&self) -> f64 {
        self.each(memory::held).into_iter().sum()
    }

    /// The most that each of them held, in sum.
    pub(crate) fn peak(&self) -> f64 {
        self.each(memory::peak).into_iter().sum()
    }

    /// How often it has allocated, where it is this program and somebody counts.
    pub(crate) fn allocations(&self) -> Option<u64> {
        allocations::of(self.child.id())
    }

    fn each<T>(&self, look: impl Fn(&str) -> T) -> Vec<T> {
        tree(self.child.id()).into_iter().map(|pid| look(&pid.to_string())).collect()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A handler that stands still would outlive its server. What has ended meanwhile needs no signal.
        for pid in tree(self.child.id()).into_iter().filter_map(|pid| Pid::from_raw(pid as i32)) {
            let _ = kill_process(pid, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

fn name(command: &Command) -> String {
    Path::new(command.get_program()).file_name().unwrap_or_default().display().to_string()
}

/// What a helper listens with, its port told as [`Process::on_told_port`] reads it.
pub(crate) fn listen_and_tell() -> io::Result<TcpListener> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut stdout = io::stdout();
    writeln!(stdout, "listening on {}", listener.local_addr()?)?;
    stdout.flush()?;
    Ok(listener)
}

/// A port that nobody listens on now.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("it is bound").port()
}

/// The interpreter that `install-peers` has made, or else the one that is there.
pub(crate) fn python() -> PathBuf {
    let made = package().join("target/python/bin/python3");
    if made.is_file() { made } else { "python3".into() }
}

/// Whether there is a program of this name.
pub(crate) fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Lets this process and its children have as many descriptors as the system allows.
pub(crate) fn raise_descriptor_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Opening tells if it was not enough.
    let _ = setrlimit(Resource::Nofile, limit);
}

/// Lets this thread, and what it starts, run on one core for as long as this lives; where there is no such core, nothing is
/// changed.
pub(crate) fn pin(core: usize) -> Pinned {
    let before = sched_getaffinity(None).ok();
    let mut one = CpuSet::new();
    one.set(core);
    // A machine with fewer cores measures all the same.
    let _ = sched_setaffinity(None, &one);
    Pinned(before)
}

/// Where it ran before.
#[derive(Debug)]
pub(crate) struct Pinned(Option<CpuSet>);

impl Drop for Pinned {
    fn drop(&mut self) {
        let _ = self.0.map(|before| sched_setaffinity(None, &before));
    }
}

/// Looks without connecting: a relay would dial its target, and a server that forks would fork.
fn is_listening(port: u16) -> bool {
    const LISTEN: &str = "0A";
    let text = read_to_string("/proc/net/tcp").unwrap_or_default();
    let address = format!(":{port:04X}");
    text.lines().any(|line| {
        let mut fields = line.split_whitespace().skip(1);
        fields.next().is_some_and(|local| local.ends_with(&address)) && fields.nth(1) == Some(LISTEN)
    })
}

/// A process and its living descendants, whichever of its threads they were started by.
fn tree(pid: u32) -> Vec<u32> {
    let threads = read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let children = threads.map(|thread| read_to_string(thread.path().join("children")).unwrap_or_default());
    let mut all = vec![pid];
    for children in children {
        all.extend(children.split_whitespace().filter_map(|child| child.parse().ok()).flat_map(tree));
    }
    all
}

/// Clock ticks a second, as /proc counts (proc_pid_stat(5)).
const TICKS: f64 = 100.0;

/// Children's user and system time, fields 16 and 17.
fn reaped_cpu(pid: u32) -> f64 {
    let text = read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let (_, fields) = text.rsplit_once(')').unwrap_or_default();
    let times = fields.split_whitespace().skip(13).take(2);
    times.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS
}
