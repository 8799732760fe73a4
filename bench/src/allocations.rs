//! How often a process allocates: [`allocations`].

use std::fs::{File, read_link, read_to_string};
use std::os::unix::fs::FileExt;
use std::sync::atomic::Ordering::Relaxed;

use crate::raw;

/// How often this process has allocated so far; `None` where nobody counts.
pub(crate) fn own() -> Option<u64> {
    raw::allocations().map(|count| count.load(Relaxed))
}

/// The same of a living process, which is asked nothing; `None` as well where it is another program.
pub(crate) fn of(pid: u32) -> Option<u64> {
    let here = std::ptr::from_ref(raw::allocations()?) as u64;
    let there = here - start("self")? + start(&pid.to_string())?;
    let memory = File::open(format!("/proc/{pid}/mem")).ok()?;
    let mut count = [0; 8];
    memory.read_exact_at(&mut count, there).ok()?;
    Some(u64::from_ne_bytes(count))
}

/// Where this program starts in the memory of a process that runs it.
fn start(pid: &str) -> Option<u64> {
    let program = read_link("/proc/self/exe").ok()?;
    let maps = read_to_string(format!("/proc/{pid}/maps")).ok()?;
    let first = maps.lines().find(|line| line.ends_with(&*program.to_string_lossy()))?;
    u64::from_str_radix(first.split_once('-')?.0, 16).ok()
}

/// How many there were in between.
pub(crate) fn between(before: Option<u64>, after: Option<u64>) -> Option<f64> {
    Some((after? - before?) as f64)
}
