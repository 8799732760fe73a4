//! A scenario in a process of its own.

use std::fmt::Debug;
use std::fs::{self, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::mpsc::channel;
use std::time::Duration;
use std::{env, thread};

use libtest_mimic::Failed;
use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, setrlimit};
use standpipe_core::signal::SignalSet;
use standpipe_sys::Clock;
use standpipe_sys::signals::Blocked;
use standpipe_tests::harness::{Backend, Call, Condition, Kind, Scenario, Service, Skip};
use standpipe_tests::program::Program;

use crate::census::{Census, marked};
use crate::real::{REAL, Real};
use crate::{condition, scenarios};

/// One scenario, on one backend, under one condition.
#[derive(Clone, Copy)]
pub(crate) struct Assignment {
    pub(crate) backend: &'static Real,
    pub(crate) scenario: &'static Scenario,
    pub(crate) condition: Condition,
}

const NAME: &str = "STANDPIPE_SCENARIO";
const REPORT: &str = "STANDPIPE_REPORT";

/// How long a scenario may take. They take seconds; this is for the one that hangs.
const BOUND: Duration = Duration::from_secs(180);

/// How long what a scenario leaves has to go.
const SETTLE: Duration = Duration::from_secs(10);

/// What this process is for, where another one has started it for a scenario.
pub(crate) fn assignment() -> Option<Assignment> {
    let name = env::var(NAME).ok()?;
    let all = REAL.iter().flat_map(|backend| {
        let scenarios = scenarios::ALL.iter().flat_map(move |scenario| {
            Condition::ALL.iter().map(move |condition| Assignment {
                backend,
                scenario,
                condition: *condition,
            })
        });
        scenarios.collect::<Vec<_>>()
    });
    Some(all.into_iter().find(|assignment| assignment.name() == name).expect("a known scenario"))
}

impl Assignment {
    pub(crate) fn name(&self) -> String {
        let Scenario { area, name, .. } = self.scenario;
        let under = match self.condition {
            Condition::Plain => String::new(),
            condition => format!("[{condition:?}]"),
        };
        let on = self.scenario.terms().map_or_else(String::new, |terms| format!("[{terms}]"));
        format!("{}::{area}::{name}{on}{under}", self.backend.name())
    }

    /// Has another process perform it: its event log as text, or why it was not run.
    pub(crate) fn delegate(&self) -> Result<Result<String, Skip>, Failed> {
        let folder = tempfile::tempdir()?;
        // An unprivileged user writes there as well.
        fs::set_permissions(folder.path(), Permissions::from_mode(0o777))?;
        let (report, output) = (folder.path().join("report"), folder.path().join("output"));
        let mut command = match condition::command(self.condition, env::current_exe()?.as_os_str()) {
            Ok(command) => command,
            Err(skip) => return Ok(Err(skip)),
        };
        let file = fs::File::create(&output)?;
        command.env(NAME, self.name()).env(REPORT, &report).process_group(0);
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        let mut child = command.spawn()?;
        let pid = child.id();
        let (sender, ended) = channel();
        let waiting = thread::spawn(move || sender.send(child.wait()));
        let status = ended.recv_timeout(BOUND);
        if status.is_err() {
            kill(i32::try_from(pid)?);
        }
        marked(&mark(&report)).into_iter().for_each(kill);
        waiting.join().expect("no panic").ok();
        let said = fs::read_to_string(&report).unwrap_or_default();
        match (status, said.split_once('\n')) {
            (Err(_), _) => Err(format!("hung for {BOUND:?}\n{said}{}", fs::read_to_string(output)?).into()),
            (_, Some(("passed", log))) => Ok(Ok(log.into())),
            (_, Some(("skipped", reason))) => Ok(Err(Skip(reason.into()))),
            (status, _) => Err(format!("{status:?}\n{said}{}", fs::read_to_string(output)?).into()),
        }
    }
}

fn kill(pid: i32) {
    if let Some(pid) = Pid::from_raw(pid) {
        // It may be gone by itself by now.
        let _ = kill_process(pid, Signal::KILL);
    }
}

/// What the environment of every process of a scenario holds.
fn mark(report: &Path) -> String {
    format!("{REPORT}={}", report.display())
}

/// Performs it in this process, and reports.
pub(crate) fn perform(assignment: &Assignment) {
    let path = PathBuf::from(env::var_os(REPORT).expect("whoever starts a scenario says where to report"));
    report_panics(path.clone());
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).expect("up to the hard limit");
    warm_up(assignment.backend);
    let standing = condition::set(assignment.condition);
    let before = Census::take();
    let verdict = assignment.scenario.run(assignment.backend).expect("the backend has what it takes");
    until_none("left in the process", || Census::take().leftovers(&before));
    if !assignment.scenario.leaves {
        until_none("left processes", || marked(&mark(&path)));
    }
    drop(standing);
    let text = match verdict {
        Ok(log) => format!("passed\n{log}"),
        Err(Skip(reason)) => format!("skipped\n{reason}"),
    };
    fs::write(path, text).expect("the report can be written");
}

/// A panic in any thread is in the report, whatever becomes of standard error.
fn report_panics(path: PathBuf) {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        hook(panic);
        if let Ok(mut file) = OpenOptions::new().create(true).append(true).open(&path) {
            let _ = writeln!(file, "failed\n{panic}");
        }
        std::process::exit(101);
    }));
}

/// Runs what a runtime sets up once and keeps: a reactor's thread and descriptors.
fn warm_up(backend: &Real) {
    if backend.name() == "smol" {
        begin_reactor();
    }
    backend.communicate(&Call::new(Program::default()));
    backend.serve(&Service::new(Kind::Echo, [Vec::new()]));
}

/// Its thread takes no signal from those who have blocked it in theirs. No child may be waited for meanwhile: without pidfds
/// nobody would hear of its end.
fn begin_reactor() {
    let _blocked = Blocked::new(SignalSet::FULL);
    smol::block_on(async {});
}

fn until_none<T: Debug>(what: &str, look: impl Fn() -> Vec<T>) {
    let clock = Clock::start();
    let give_up = clock.now() + SETTLE;
    let (_never, nothing) = channel::<()>();
    loop {
        let found = look();
        if found.is_empty() {
            return;
        }
        assert!(clock.now() < give_up, "{what}: {found:#?}");
        let _ = nothing.recv_timeout(Duration::from_millis(10));
    }
}

/// Says that a scenario was not run, where it cannot be overlooked: nothing of this program's output is captured.
pub(crate) fn skip(name: &str, reason: &str) -> Result<(), Failed> {
    eprintln!("skipped {name}: {reason}");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap_or(Path::new("."));
    let mut file = OpenOptions::new().create(true).append(true).open(folder.join("skips.txt"))?;
    writeln!(file, "{name}: {reason}")?;
    Ok(())
}
