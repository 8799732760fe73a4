//! What a child costs, counted in system calls: the same whatever its parent holds, but for what it is given from high numbers.

use std::collections::BTreeMap;

use libtest_mimic::{Failed, Trial};

use crate::drivers::Driver;
use crate::performer::Assignment;
use crate::scenes::{COUNTED, Scene};
use crate::tracer::{Inject, Traced, traced};

/// Calls by name and number.
type Calls = &'static [(&'static str, usize)];

/// Calls that make a child, its own before its program included. Those that wait for it come as often as it takes.
const SPAWNING: &[&str] = &[
    "pipe2",
    "fcntl",
    "clone",
    "clone3",
    "fork",
    "vfork",
    "close",
    "close_range",
    "dup2",
    "dup3",
    "openat",
    "prctl",
    "prlimit64",
    "rt_sigaction",
    "rt_sigprocmask",
    "setpgid",
    "execve",
];

/// What three streams that lie at high numbers cost more: each is fetched and moved, by a pidfd that is closed in the end.
const FETCHING: Calls = &[("close", 4), ("dup3", 3)];

/// Failures 22 and 23, which are told in time elsewhere. The portable way of a child is to copy and to close one by one.
pub(crate) fn trials(driver: &'static Driver) -> Vec<Trial> {
    if cfg!(standpipe_force_portable) {
        return Vec::new();
    }
    let [nothing, memory, descriptors] = COUNTED;
    let grows_not = move |name: &str, much: &'static Scene, more: Calls| {
        Trial::test(format!("{}::{name}", driver.name), move || compare(driver, nothing, much, more))
    };
    vec![
        grows_not("a_child_costs_the_same_beside_much_memory", memory, &[]),
        grows_not("a_child_costs_the_same_beside_ten_thousand_descriptors", descriptors, FETCHING),
    ]
}

fn compare(
    driver: &'static Driver,
    nothing: &'static Scene,
    much: &'static Scene,
    more: Calls,
) -> Result<(), Failed> {
    let [few, many] = [nothing, much].map(|scene| traced(&Assignment { driver, scene }, &Inject::NOTHING));
    let (few, many) = (few?, many?);
    let shares_memory = |seen: &Traced| {
        let clones = seen.log.lines().filter(|line| line.contains(" clone("));
        clones.clone().count() == 1
            && clones.clone().all(|line| line.contains("CLONE_VM|") && line.contains("CLONE_VFORK"))
    };
    if [&few, &many].iter().any(|seen| seen.told != "passed" || !shares_memory(seen)) {
        return Err(format!("{}\n{}\n{}", few.told, many.told, many.log).into());
    }
    let (few, many) = (counted(&few), counted(&many));
    let at_most = |name: &str| {
        let more = more.iter().find(|(call, _)| *call == name).map_or(0, |(_, count)| *count);
        few.get(name).copied().unwrap_or(0) + more
    };
    let grows = many.iter().any(|(name, count)| *count > at_most(name));
    let is_bounded = few.values().sum::<usize>() < 150;
    if is_bounded && !grows { Ok(()) } else { Err(format!("{few:?}\n{many:?}").into()) }
}

fn counted(seen: &Traced) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for (_, name) in seen.calls().filter(|(_, name)| SPAWNING.contains(name)) {
        *counts.entry(name).or_default() += 1;
    }
    counts
}
