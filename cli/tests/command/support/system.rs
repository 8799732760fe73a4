//! A look at processes from outside, and at what is installed.

use std::fs;
use std::io::Write;
use std::os::fd::AsRawFd;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::LIMIT;

/// How often a fact is looked at that nobody tells.
const PERIOD: Duration = Duration::from_millis(5);

/// Waits for a fact of another process, which can only be looked at again and again.
#[track_caller]
pub(crate) fn eventually(what: &str, mut fact: impl FnMut() -> bool) {
    for _ in 0..LIMIT.as_millis() / PERIOD.as_millis() {
        if fact() {
            return;
        }
        #[allow(
            clippy::disallowed_methods,
            reason = "the pause between two looks at /proc, which tells nobody"
        )]
        std::thread::sleep(PERIOD);
    }
    panic!("never came true: {what}");
}

/// How many descriptors a process has open.
pub(crate) fn descriptors(pid: u32) -> usize {
    entries(pid, "fd")
}

/// How many threads a process has.
pub(crate) fn threads(pid: u32) -> usize {
    entries(pid, "task")
}

fn entries(pid: u32, what: &str) -> usize {
    fs::read_dir(format!("/proc/{pid}/{what}")).expect("the process is there").count()
}

/// The children of a process, those included that have ended and were not waited for.
pub(crate) fn children(pid: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").expect("/proc is there").flatten();
    let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.filter(|process| stat(*process).is_some_and(|(_, parent)| parent == pid)).collect()
}

/// Whether a process is there and has not ended.
pub(crate) fn is_alive(pid: u32) -> bool {
    stat(pid).is_some_and(|(state, _)| state != "Z")
}

/// The state and the parent of a process (proc(5)); they follow its name, which may hold anything.
fn stat(pid: u32) -> Option<(String, u32)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat[stat.rfind(')')? + 1..].split_whitespace();
    Some((fields.next()?.to_owned(), fields.next()?.parse().ok()?))
}

/// The flags of the open file description behind one of our descriptors, as F_GETFL has them.
pub(crate) fn flags(fd: &impl AsRawFd) -> String {
    let info = fs::read_to_string(format!("/proc/self/fdinfo/{}", fd.as_raw_fd())).expect("it is open");
    info.lines().find(|line| line.starts_with("flags:")).expect("fdinfo has flags").to_owned()
}

/// Sends a signal, by name, to a process that a test has started.
pub(crate) fn signal(pid: u32, name: &str) {
    let line = format!("kill -{name} {pid}");
    let status = Command::new("sh").args(["-c", &line]).stderr(Stdio::null()).status();
    status.expect("there is a shell");
}

/// Whether a tool is missing; the test is skipped then, and says so.
pub(crate) fn is_missing(tool: &str) -> bool {
    let found = Command::new("sh").args(["-c", "command -v \"$0\"", tool]).stdout(Stdio::null()).status();
    if found.expect("there is a shell").success() {
        return false;
    }
    skip(&format!("{tool} is not installed"));
    true
}

/// Says that a test cannot be made here, to the user and to the list that CI counts.
pub(crate) fn skip(reason: &str) {
    // Past the capture of the test's output, which nobody sees of a test that passes.
    let _ = writeln!(std::io::stderr(), "skipped: {reason}");
    let list = std::env::var_os("STANDPIPE_SKIPS")
        .unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../target/skips.txt").into());
    let file = fs::OpenOptions::new().create(true).append(true).open(list);
    file.and_then(|mut file| writeln!(file, "{reason}")).expect("the list of skips can be written");
}
