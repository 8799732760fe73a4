//! Memory of idle connections that have echoed a line each, in plain TCP.

mod goals;

use std::process::Command;

use rustix::process::{Resource, getrlimit};
use tempfile::TempDir;

use crate::echo::{ASYNC_NET, KINDS, Kind, THREADS, TOKIO, open};
use crate::held::held;
use crate::options::Options;
use crate::process::{Process, free_port, is_installed, raise_descriptor_limit};
use crate::rounds::{self, Peer};
use crate::sample::{Outcome, Sample};
use crate::table::{Cpu, Ratio, Table, Unit};

pub(crate) use goals::GOALS;

const COUNT: usize = 5_000;

/// socat forks, so that so many are enough to see what each costs.
const FORKS: usize = 100;

/// asynchat looks at every connection for each event, so that more take it many seconds.
const LOOKED_AT: usize = 1_000;

/// The limit has no ratio to it: what it holds of a connection is less than a page shows.
const TOKIO_MEMORY: Ratio = Ratio { to: TOKIO, label: "x tokio", of: Sample::memory_per_unit };

const SMOL_MEMORY: Ratio = Ratio { to: ASYNC_NET, label: "x async-net", ..TOKIO_MEMORY };

const THREADS_MEMORY: Ratio = Ratio { to: THREADS, label: "x std threads", ..TOKIO_MEMORY };

pub(crate) fn run(options: &Options) -> Vec<Table> {
    raise_descriptor_limit();
    vec![table(options.amount(COUNT / 10, COUNT), options)]
}

fn table(count: usize, options: &Options) -> Table {
    let title = format!("idle: memory of {count} idle connections");
    let mut peers: Vec<Peer<'_>> =
        KINDS.iter().map(|kind| kind.row(move |kind| measure(kind, count.min(most(kind))))).collect();
    peers.push(match is_enough_for_both_sides(count) {
        true => relay("haproxy", "haproxy, to a plain echo", haproxy, count),
        false => Peer::missing("haproxy, to a plain echo", "too few descriptors are allowed for both sides"),
    });
    peers.push(relay("socat", "socat, a process each, to a plain echo", socat, count.min(FORKS)));
    let rows = rounds::run(&title, options, peers);
    let unit = Unit::BytesPer("connection");
    let ratios = vec![TOKIO_MEMORY, SMOL_MEMORY, THREADS_MEMORY];
    Table { title, unit, cpu: Cpu::PROCESSES, rows, ratios }
}

fn most(kind: &Kind) -> usize {
    if kind.name == "Python asynchat" { LOOKED_AT } else { COUNT }
}

fn measure(kind: &Kind, count: usize) -> Outcome {
    let (server, port) = kind.start()?;
    held(&server, count, |count| open(port, count).map_err(|error| format!("{}: {error}", kind.name)))
}

/// A program that listens on one port and connects to another.
type Program = fn(&TempDir, port: u16, to: u16) -> Result<Command, String>;

/// Both sides of it are counted, and the echo behind it is not.
fn relay(program: &str, name: &'static str, command: Program, count: usize) -> Peer<'static> {
    if !is_installed(program) {
        return Peer::missing(name, "not installed");
    }
    Peer::new(name, move || {
        let (_echo, to) = KINDS[0].start()?;
        let folder = TempDir::new().map_err(|error| error.to_string())?;
        let port = free_port();
        let relay = Process::on_port(&mut command(&folder, port, to)?, port)?;
        held(&relay, count, |count| open(port, count).map_err(|error| format!("{name}: {error}")))
    })
}

/// Whether a relay may have so many connections; it has some descriptors of its own.
fn is_enough_for_both_sides(count: usize) -> bool {
    let most = getrlimit(Resource::Nofile).maximum.unwrap_or(u64::MAX);
    2 * count as u64 + 100 < most
}

fn haproxy(folder: &TempDir, port: u16, to: u16) -> Result<Command, String> {
    let text = format!(
        "global
  nbthread 1
  maxconn 9000
defaults
  mode tcp
  timeout connect 10s
  timeout client 300s
  timeout server 300s
listen relay
  bind 127.0.0.1:{port} backlog 4096
  server target 127.0.0.1:{to}
"
    );
    let path = folder.path().join("haproxy.conf");
    std::fs::write(&path, text).map_err(|error| error.to_string())?;
    let mut command = Command::new("haproxy");
    command.args(["-db", "-f"]).arg(path);
    Ok(command)
}

fn socat(_: &TempDir, port: u16, to: u16) -> Result<Command, String> {
    let mut command = Command::new("socat");
    command
        .arg(format!("TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork,backlog=64"))
        .arg(format!("TCP:127.0.0.1:{to}"));
    Ok(command)
}
