//! What a process has: descriptors, children, threads.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use rustix::fs::{OFlags, fcntl_getfl};

/// What a process has at one time.
#[derive(Debug)]
pub(crate) struct Census {
    /// Number and what stands behind it.
    descriptors: BTreeSet<(String, String)>,
    children: BTreeSet<String>,
    threads: usize,
    /// The flags of the standard descriptors.
    flags: [Option<OFlags>; 3],
}

impl Census {
    /// Counts this process.
    pub(crate) fn take() -> Self {
        let tasks: Vec<_> = entries("/proc/self/task");
        let children = tasks.iter().filter_map(|task| fs::read_to_string(format!("{task}/children")).ok());
        let children: Vec<String> = children.collect();
        let flags = [
            fcntl_getfl(std::io::stdin()).ok(),
            fcntl_getfl(std::io::stdout()).ok(),
            fcntl_getfl(std::io::stderr()).ok(),
        ];
        Self {
            descriptors: entries("/proc/self/fd").into_iter().filter_map(descriptor).collect(),
            children: children.iter().flat_map(|list| list.split_whitespace()).map(String::from).collect(),
            threads: tasks.iter().filter(|task| !is_of_pool(task)).count(),
            flags,
        }
    }
}

impl Census {
    /// What there is that was not there before; of what was there some may have gone since, such as a thread that was
    /// about to end.
    pub(crate) fn leftovers(&self, before: &Self) -> Vec<String> {
        let descriptors = self.descriptors.difference(&before.descriptors).map(|found| format!("{found:?}"));
        let children = self.children.difference(&before.children).map(|child| format!("child {child}"));
        let threads = (self.threads > before.threads).then(|| format!("{} threads", self.threads));
        let flags = (self.flags != before.flags).then(|| format!("other flags: {:?}", self.flags));
        descriptors.chain(children).chain(threads).chain(flags).collect()
    }
}

/// Whether it is of smol's pool for calls that wait, which grows by its own lights and keeps its threads, as a reactor keeps
/// its own.
fn is_of_pool(task: &String) -> bool {
    fs::read_to_string(format!("{task}/comm")).is_ok_and(|name| name.starts_with("blocking-"))
}

fn entries(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("proc is mounted");
    entries.filter_map(Result::ok).map(|entry| entry.path().display().to_string()).collect()
}

/// `None` for the one through which the folder itself is read.
fn descriptor(path: String) -> Option<(String, String)> {
    let target = fs::read_link(&path).ok()?;
    (!target.starts_with("/proc")).then(|| (path, target.display().to_string()))
}

/// The processes that descend from one with this mark in its environment, but for this one.
pub(crate) fn marked(mark: &str) -> Vec<i32> {
    let own = std::process::id().to_string();
    let is_marked = |process: &String| {
        let environment = fs::read(Path::new(process).join("environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes())
    };
    let numbers = entries("/proc").into_iter().filter(is_marked);
    let numbers = numbers.filter_map(|path| path.strip_prefix("/proc/").map(String::from));
    numbers.filter(|number| *number != own).filter_map(|number| number.parse().ok()).collect()
}
