//! A performer under strace(1): [`traced`].

use std::env;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use libtest_mimic::Failed;
use rustix::process::{Pid, Signal, kill_process};

use crate::gate::Gate;
use crate::performer::Assignment;

/// Only to catch a hang; a scene takes a fraction of a second.
const BOUND: Duration = Duration::from_secs(60);

/// A call that is to fail.
pub(crate) struct Inject<'a> {
    pub(crate) call: &'a str,
    pub(crate) errno: &'a str,
    /// The how manieth one in each thread and each child.
    pub(crate) turn: usize,
}

impl Inject<'_> {
    /// None fails; all are watched.
    pub(crate) const NOTHING: Self = Inject { call: "all", errno: "", turn: 0 };

    fn arguments(&self) -> Vec<String> {
        let traced = format!("trace={}", self.call);
        let Self { call, errno, turn } = self;
        let failing = (*turn > 0).then(|| format!("inject={call}:error={errno}:when={turn}"));
        [traced].into_iter().chain(failing).flat_map(|what| ["-e".into(), what]).collect()
    }
}

/// What became of a scene.
pub(crate) struct Traced {
    /// What the performer told at the end.
    pub(crate) told: String,
    /// What it has said to standard error.
    pub(crate) said: String,
    /// What strace(1) saw.
    pub(crate) log: String,
}

impl Traced {
    /// How often a call was let fail.
    pub(crate) fn hits(&self) -> usize {
        self.log.matches("(INJECTED)").count()
    }

    /// The process and the name of each call.
    pub(crate) fn calls(&self) -> impl Iterator<Item = (&str, &str)> {
        self.log.lines().filter_map(|line| {
            let (process, call) = line.split_once(' ')?;
            let (name, _) = call.trim_start().split_once('(')?;
            name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_').then_some((process, name))
        })
    }
}

/// Whether there is no strace(1).
pub(crate) fn is_missing() -> bool {
    Command::new("strace").arg("--version").stdout(Stdio::null()).status().is_err()
}

/// Plays a scene while a call fails.
pub(crate) fn traced(assignment: &Assignment, inject: &Inject<'_>) -> Result<Traced, Failed> {
    let folder = tempfile::tempdir()?;
    let (errors, log) = (folder.path().join("errors"), folder.path().join("log"));
    let (mut gate, theirs) = Gate::new(BOUND)?;
    let mark = folder.path().display().to_string();
    let mut performer = start(assignment, &mark, theirs, File::create(&errors)?)?;
    let told = gate.hear().and_then(|_ready| play(&mut gate, &performer, inject, &log));
    let told = told.unwrap_or_else(|error| format!("nothing more, {error}"));
    performer.end();
    let read = |path: &Path| fs::read_to_string(path).unwrap_or_default();
    Ok(Traced { told, said: read(&errors), log: read(&log) })
}

/// What the command holds of the gate goes with it: the performer's end of it is to be seen.
fn start(assignment: &Assignment, mark: &str, gate: OwnedFd, errors: File) -> std::io::Result<Ended> {
    let mut performer = Command::new(env::current_exe()?);
    performer.envs(assignment.environment(mark)).stdin(gate).stdout(Stdio::null()).stderr(errors);
    performer.spawn().map(Ended)
}

fn play(gate: &mut Gate, performer: &Ended, inject: &Inject<'_>, log: &Path) -> std::io::Result<String> {
    let mut strace = attach(performer.0.id(), inject, log)?;
    gate.tell("go")?;
    let over = gate.hear();
    strace.detach();
    over?;
    gate.tell("look")?;
    gate.hear()
}

/// Returns when strace(1) has said that it is attached. It lets go of a child that runs its program.
fn attach(pid: u32, inject: &Inject<'_>, log: &Path) -> std::io::Result<Ended> {
    let mut strace = Command::new("strace");
    strace.args(["-f", "-b", "execve", "-p", &pid.to_string(), "-o"]).arg(log).args(inject.arguments());
    let mut strace = Ended(strace.stdin(Stdio::null()).stderr(Stdio::piped()).spawn()?);
    let mut said = String::new();
    if let Some(errors) = strace.0.stderr.as_mut() {
        BufReader::new(errors).read_line(&mut said)?;
    }
    if said.contains("attached") { Ok(strace) } else { Err(std::io::Error::other(said)) }
}

/// A child of ours that does not outlive this.
struct Ended(Child);

impl Ended {
    /// Kills it, if it has not ended.
    fn end(&mut self) {
        let _gone_is_fine = self.0.kill();
        let _gone_is_fine = self.0.wait();
    }

    /// Asks it to let go and to end.
    fn detach(&mut self) {
        let _gone_is_fine = kill_process(Pid::from_child(&self.0), Signal::INT);
        let _gone_is_fine = self.0.wait();
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        self.end();
    }
}
