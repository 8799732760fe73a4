//! What the figures were taken on, with what, and when: [`Machine`].

use std::collections::BTreeMap;
use std::process::Command;

use serde::{Deserialize, Serialize};

use crate::options::package;
use crate::process;

/// What the figures were taken on, with what, and when.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Machine {
    cores: usize,
    processor: String,
    memory: String,
    kernel: String,
    rustc: String,
    load: String,
    pub(crate) date: String,
    commit: String,
    /// Of the peers, libraries as they were built in and programs as they say.
    versions: BTreeMap<String, String>,
}

/// The libraries that are measured, or that those are built of.
const LIBRARIES: [&str; 15] = [
    "async-io",
    "async-net",
    "async-process",
    "aws-lc-rs",
    "duct",
    "futures-lite",
    "futures-rustls",
    "memchr",
    "mio",
    "rustls",
    "smol",
    "subprocess",
    "tokio",
    "tokio-rustls",
    "tokio-util",
];

/// The programs that are measured, each with what makes it tell its version.
const PROGRAMS: [(&str, &[&str]); 7] = [
    ("haproxy", &["haproxy", "-v"]),
    ("nc", &["nc", "-h"]),
    ("ncat", &["ncat", "--version"]),
    ("openssl", &["openssl", "version"]),
    ("socat", &["socat", "-V"]),
    ("stunnel", &["stunnel", "-version"]),
    // It tells nobody, but its package does.
    ("tcpserver", &["dpkg-query", "--show", "ucspi-tcp"]),
];

impl Machine {
    pub(crate) fn look() -> Self {
        Self {
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            processor: line("/proc/cpuinfo", "model name"),
            memory: line("/proc/meminfo", "MemTotal"),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            rustc: said(Command::new("rustc").arg("--version")),
            load: read("/proc/loadavg").split(' ').take(3).collect::<Vec<_>>().join(" "),
            date: said(Command::new("date").args(["-u", "+%Y-%m-%d %H:%M UTC"])),
            commit: commit(),
            versions: libraries().chain(programs()).collect(),
        }
    }

    pub(crate) fn markdown(&self) -> String {
        let Self { load, date, commit, .. } = self;
        format!(
            "{}; {date}, commit {commit}, load before the run {load}. {}.",
            self.hardware(),
            self.versions()
        )
    }

    /// Whether it is the same machine with the same software at the same commit.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.commit == other.commit && self.hardware() == other.hardware() && self.versions == other.versions
    }

    fn hardware(&self) -> String {
        let Self { cores, processor, memory, kernel, rustc, .. } = self;
        format!("{cores} cores ({processor}), {memory}, Linux {kernel}, {rustc}")
    }

    /// All versions in one sentence.
    fn versions(&self) -> String {
        let all: Vec<_> = self.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
        all.join(", ")
    }
}

/// What was measured. That there are results of other workloads already changes nothing of it.
fn commit() -> String {
    let git = |words: &[&str]| said(Command::new("git").current_dir(package()).args(words));
    let changed =
        git(&["status", "--porcelain", "--untracked-files=no", "--", ":/", ":!/bench/results", ":!/docs"]);
    let mark = if changed.is_empty() { "" } else { "-dirty" };
    git(&["rev-parse", "--short", "HEAD"]) + mark
}

fn libraries() -> impl Iterator<Item = (String, String)> {
    let lock = include_str!("../Cargo.lock");
    let version = |name: &str| {
        let (_, rest) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
        Some((name.to_owned(), rest.split_once('"')?.0.to_owned()))
    };
    LIBRARIES.into_iter().filter_map(version)
}

fn programs() -> impl Iterator<Item = (String, String)> {
    let installed = PROGRAMS.iter().filter(|(name, _)| process::is_installed(name));
    let programs = installed.map(|(name, words)| (*name, said(Command::new(words[0]).args(&words[1..]))));
    let python = process::python();
    let uvloop = said(Command::new(&python).args(["-c", "import uvloop; print(uvloop.__version__)"]));
    let python = said(Command::new(&python).arg("--version"));
    let all = programs.chain([("Python", python), ("uvloop", uvloop)]);
    all.filter_map(|(name, said)| Some((name.to_owned(), version(&said)?)))
}

/// The first word of what a program has said that is a number with a point in it.
fn version(said: &str) -> Option<String> {
    let is_version =
        |word: &&str| word.starts_with(|first: char| first.is_ascii_digit()) && word.contains('.');
    said.split([' ', '\t', '\n', '(', ')', ',']).find(is_version).map(str::to_owned)
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

fn line(path: &str, name: &str) -> String {
    let text = read(path);
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.split_once(':'));
    value.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
}

/// What a program says, wherever it says it.
fn said(command: &mut Command) -> String {
    let Ok(output) = command.output() else { return String::new() };
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&text).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_say() {
        let said =
            ["OpenSSL 3.0.22 11 Nov", "Ncat: Version 7.93 ( at its site )", "ucspi-tcp\t1:0.88-6", "no"];
        assert_eq!(
            said.map(version),
            [Some("3.0.22".to_owned()), Some("7.93".to_owned()), Some("1:0.88-6".to_owned()), None]
        );
    }

    #[test]
    fn every_library_is_built_in() {
        assert_eq!(libraries().count(), LIBRARIES.len());
    }
}
