//! Every scenario on every backend, by the same code.
//!
//! A scenario of a real backend runs in a process of its own, which is this program again: it sets the condition, runs
//! the scenario, and compares what it has open, its children and its threads before and after. The event log must be
//! the one of the simulation, and so all four are alike; of a scenario that takes real processes the real backends'
//! logs must be alike.

mod census;
mod chats;
mod children;
mod condition;
mod dispatching;
#[path = "../drive/mod.rs"]
mod drive;
mod guest;
mod host;
mod isolate;
mod lone;
mod looped;
mod real;
mod scenarios;
mod secured;
mod signalling;
mod sockets;
mod streams;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use libtest_mimic::{Arguments, Failed, Trial};
use standpipe_tests::harness::{Backend, Condition, Scenario, Skip};
use standpipe_tests::sim::{Readiness, Sim};

fn main() {
    // First: a part has the environment of its scenario.
    if scenarios::signal::take_part() {
        return;
    }
    if let Some(assignment) = isolate::assignment() {
        if !scenarios::socket::take_part(assignment.backend.sockets()) {
            isolate::perform(&assignment);
        }
        return;
    }
    let simulated = scenarios::ALL.iter().filter(|scenario| scenario.is_for(&Sim::default())).map(simulated);
    let real = real::REAL.iter().flat_map(|backend| {
        let theirs = scenarios::ALL.iter().filter(move |scenario| scenario.is_for(backend));
        theirs.flat_map(move |scenario| isolated(backend, scenario))
    });
    let secured = scenarios::ALL.iter().filter(|scenario| ["tls", "handshake"].contains(&scenario.area));
    let trials = simulated.chain(secured.map(cut)).chain(real);
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}

fn simulated(scenario: &'static Scenario) -> Trial {
    let name = format!("sim::{}::{}", scenario.area, scenario.name);
    Trial::test(name.clone(), move || match scenario.run(&Sim::default()) {
        Some(Err(Skip(reason))) => isolate::skip(&name, &reason),
        _ => Ok(()),
    })
}

/// The simulation again, where operations move any number of bytes or would block: cutting and timing change nothing.
fn cut(scenario: &'static Scenario) -> Trial {
    let name = format!("sim[cut]::{}::{}", scenario.area, scenario.name);
    Trial::test(name.clone(), move || {
        let sim = Sim { driver: Readiness::random(1), others: Readiness::random(2), ..Sim::default() };
        match scenario.run(&sim) {
            Some(Ok(log)) => compare(scenario, &log.to_string()),
            Some(Err(Skip(reason))) => isolate::skip(&name, &reason),
            None => Ok(()),
        }
    })
}

fn isolated(backend: &'static real::Real, scenario: &'static Scenario) -> impl Iterator<Item = Trial> {
    let is_plain = !scenario.under.contains(&Condition::OwnNames);
    let conditions = is_plain.then_some(&Condition::Plain).into_iter().chain(scenario.under);
    conditions.map(move |condition| {
        let assignment = isolate::Assignment { backend, scenario, condition: *condition };
        let name = assignment.name();
        Trial::test(name.clone(), move || match assignment.delegate()? {
            Ok(log) => compare(scenario, &log),
            Err(Skip(reason)) => isolate::skip(&name, &reason),
        })
    })
}

fn compare(scenario: &Scenario, log: &str) -> Result<(), Failed> {
    let expected = match scenario.run(&Sim::default()) {
        Some(Ok(log)) => log.to_string(),
        Some(Err(_)) => return Ok(()),
        None => first_log(scenario, log),
    };
    if expected == log {
        return Ok(());
    }
    Err(format!("the event log is\n{log}and not, as elsewhere,\n{expected}").into())
}

/// The log of whichever run of the scenario was over first.
fn first_log(scenario: &Scenario, log: &str) -> String {
    static LOGS: Mutex<BTreeMap<(&str, &str), String>> = Mutex::new(BTreeMap::new());
    let mut logs = LOGS.lock().unwrap_or_else(PoisonError::into_inner);
    logs.entry((scenario.area, scenario.name)).or_insert_with(|| log.into()).clone()
}
