//! TLS 1.3, one suite fixed for all: through servers, in bulk, by handshakes, and idle. Every peer is a fresh process in
//! each round, since what rustls' buffered connection costs depends on the state of the allocator.

mod bare;
mod bulk;
mod client;
mod contexts;
mod exec;
mod goals;
mod handshake;
mod identity;
mod idle;
mod link;
mod memory;
mod python;
mod serve;
mod server;

use std::io;

use crate::goals::Goal;
use crate::options::Options;
use crate::process::Process;
use crate::rounds::Peer;
use crate::sample::{Outcome, helper};
use crate::table::Cpu;
use client::told;
use identity::{Handshakes, Identity};
use server::{Kind, Setting};

/// Those of each workload here.
pub(crate) const GOALS: [&[Goal]; 5] = [bulk::GOALS, link::GOALS, memory::GOALS, goals::GOALS, idle::GOALS];

pub(crate) use bulk::run as bulk;
pub(crate) use exec::run as exec;
pub(crate) use handshake::run as handshake;
pub(crate) use idle::{many as many_idle, run as idle};
pub(crate) use link::run as link;
pub(crate) use memory::{handshakes as handshake_memory, run as memory};

/// So many bytes go through a fresh process before it is measured: AWS-LC gathers its entropy at the first handshake,
/// for tens of milliseconds.
const FIRST: usize = 1 << 20;

/// Whose CPU the tables of servers show.
const CPU: Cpu = Cpu { own: "client", children: "server", spread: true };

/// `serve ...`, `bulk ...`, `memory ...`, `handshakes ...`, `state ...`
pub(crate) fn help(arguments: &[&str]) -> Result<(), String> {
    match arguments {
        ["serve", rest @ ..] => serve::help(rest),
        ["bulk", rest @ ..] => bulk::help(rest),
        ["memory", rest @ ..] => memory::help(rest),
        ["handshakes", rest @ ..] => memory::help_handshakes(rest),
        ["state", rest @ ..] => idle::help(rest),
        _ => Err("no such helper".to_owned()),
    }
}

/// The rows of these servers, each measured in the same way.
fn rows<'a>(
    kinds: &'a [Kind],
    setting: Setting<'a>,
    measure: impl Fn(&Kind, Setting<'_>) -> Outcome + Copy + 'a,
) -> Vec<Peer<'a>> {
    let row = |kind: &'a Kind| match kind.is_installed() {
        true => Peer::new(kind.name, move || measure(kind, setting)),
        false => Peer::missing(kind.name, "not installed"),
    };
    kinds.iter().map(row).collect()
}

fn setting<'a>(options: &'a Options, identity: &'a Identity) -> Setting<'a> {
    Setting { standpipe: &options.standpipe, identity, handshakes: Handshakes::Full }
}

/// Measures work that returns its units, with the CPU of a server that is still there when it is over.
fn with_server_cpu(kind: &Kind, server: &Process, work: impl FnOnce() -> io::Result<f64>) -> Outcome {
    server.measure(|| work().map_err(|error| format!("{}: {}", kind.name, told(&error))))
}

/// Where servers that cannot echo connect to; its CPU and memory are nobody's.
fn echo_target(identity: &Identity) -> (Process, u16) {
    let helper = &mut helper("tls");
    helper.args(["serve", "plain", "echo", "0", Handshakes::Full.word()]).arg(identity.folder());
    Process::on_told_port(helper).unwrap_or_else(|error| panic!("{error}"))
}
