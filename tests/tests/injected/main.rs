//! Every system call on the way of a child, failing in every way that its man page names, one at a time.
//!
//! A scenario runs in a process of its own, which is this program again. When it is about to begin, strace(1) attaches to
//! it and lets a call fail, the first time in a thread, the second or the third; it lets go of a child that runs its
//! program, so nobody but us is hit. What is to come of it: what would have come anyway, or a typed error. Never a hang, a
//! panic, a zombie or a descriptor that stays open.

mod calls;
#[path = "../conformance/census.rs"]
mod census;
mod counts;
mod drivers;
mod gate;
mod performer;
mod scenes;
mod tracer;

use std::collections::BTreeSet;

use libtest_mimic::{Arguments, Failed, Trial};

use calls::{CALLS, Call, HARMLESS};
use drivers::{DRIVERS, Driver};
use performer::Assignment;
use scenes::{SCENES, Scene};
use tracer::{Inject, Traced, traced};

fn main() {
    if let Some(assignment) = performer::assignment() {
        return performer::perform(&assignment);
    }
    let trials = DRIVERS.iter().flat_map(|driver| {
        let failing =
            CALLS.iter().filter(|call| call.is_made_by(driver)).map(move |call| failing(driver, call));
        failing.chain([known(driver)]).chain(counts::trials(driver))
    });
    let trials = trials.collect();
    if tracer::is_missing() {
        return standpipe_tests::skip("injected: strace is not installed");
    }
    // More at once would only wait for each other.
    let arguments = Arguments { test_threads: Some(4), ..Arguments::from_args() };
    libtest_mimic::run(&arguments, trials).exit();
}

fn scenes() -> impl Iterator<Item = &'static Scene> {
    SCENES.iter().filter(|scene| scene.is_possible())
}

/// How often in a thread, or in a child, a call is let pass before it fails.
const TURNS: std::ops::RangeInclusive<usize> = 1..=3;

fn failing(driver: &'static Driver, call: &'static Call) -> Trial {
    Trial::test(format!("{}::{}_may_fail", driver.name, call.name), move || {
        let mut hits = 0;
        for scene in scenes().filter(|scene| call.is_in(scene)) {
            for (errno, turn) in call.errors.iter().flat_map(|errno| TURNS.map(move |turn| (errno, turn))) {
                let assignment = Assignment { driver, scene };
                let seen = traced(&assignment, &Inject { call: call.name, errno, turn })?;
                check(call, errno, turn, scene, &seen)?;
                hits += seen.hits();
            }
        }
        if hits == 0 { Err("it is never called, so nothing was shown".into()) } else { Ok(()) }
    })
}

fn check(call: &Call, errno: &str, turn: usize, scene: &Scene, seen: &Traced) -> Result<(), Failed> {
    let wrong = |what: &str| {
        let Traced { told, said, log } = seen;
        format!("{what}: {} {errno} the {turn}. time in {}\n{told}\n{said}\n{log}", call.name, scene.name)
            .into()
    };
    match seen.told.split_once(' ').map_or(seen.told.as_str(), |(word, _)| word) {
        "passed" | "refused" => Ok(()),
        "left" => Err(wrong("something is left")),
        _ => Err(wrong("it did not come to a good end")),
    }
}

/// No call is made of which nobody has thought what becomes of its failure.
fn known(driver: &'static Driver) -> Trial {
    Trial::test(format!("{}::every_call_is_known", driver.name), move || {
        let mut unknown = BTreeSet::new();
        for scene in scenes() {
            let seen = traced(&Assignment { driver, scene }, &Inject::NOTHING)?;
            check(&CALLS[0], "not failing", 0, scene, &seen)?;
            unknown.extend(seen.calls().map(|(_, name)| name.to_owned()).filter(|name| !is_known(name)));
        }
        if unknown.is_empty() { Ok(()) } else { Err(format!("nobody has thought of {unknown:?}").into()) }
    })
}

fn is_known(name: &str) -> bool {
    HARMLESS.contains(&name) || CALLS.iter().any(|call| call.name == name)
}
