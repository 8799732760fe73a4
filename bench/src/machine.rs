//! What the figures were taken on: [`Machine`].

use std::process::Command;

use serde::Serialize;

/// What the figures were taken on.
#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    cores: usize,
    processor: String,
    memory: String,
    kernel: String,
    rustc: String,
    load: String,
}

impl Machine {
    pub(crate) fn look() -> Self {
        Self {
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            processor: line("/proc/cpuinfo", "model name"),
            memory: line("/proc/meminfo", "MemTotal"),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            rustc: said("rustc", "--version"),
            load: read("/proc/loadavg").split(' ').take(3).collect::<Vec<_>>().join(" "),
        }
    }

    pub(crate) fn markdown(&self) -> String {
        let Self { cores, processor, memory, kernel, rustc, load } = self;
        format!("{cores} cores ({processor}), {memory}, Linux {kernel}, {rustc}; load before the run {load}.")
    }
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

fn line(path: &str, name: &str) -> String {
    let text = read(path);
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.split_once(':'));
    value.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
}

fn said(program: &str, argument: &str) -> String {
    let output = Command::new(program).arg(argument).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}
