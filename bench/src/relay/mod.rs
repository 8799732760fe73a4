//! TCP to `cat` and back, through servers that give each connection a `cat` of its own.

mod client;
mod helper;
mod server;

use crate::options::Options;
use crate::rounds::{self, Peer};
use crate::sample::Sample;
use crate::table::{Cpu, Ratio, Table, Unit};

pub(crate) use helper::help;
use server::{SERVERS, Server};

const LIMIT: Ratio = Ratio { to: SERVERS[0].name, label: "x limit", of: Sample::wall_per_unit };
const LIMIT_CPU: Ratio = Ratio { label: "x limit, server CPU", of: Sample::children_per_unit, ..LIMIT };
const SOCAT: Ratio = Ratio { to: server::SOCAT, label: "x socat", ..LIMIT };
const SOCAT_CPU: Ratio = Ratio { to: server::SOCAT, label: "x socat, server CPU", ..LIMIT_CPU };
const TCPSERVER: Ratio = Ratio { to: server::TCPSERVER, label: "x tcpserver", ..LIMIT };

pub(crate) fn run(options: &Options) -> Vec<Table> {
    let servers: Vec<Server> = SERVERS.iter().map(|kind| kind.start(&options.standpipe)).collect();
    let ratios = vec![LIMIT, LIMIT_CPU, SOCAT, SOCAT_CPU, TCPSERVER];
    vec![bulk(options, &servers, ratios.clone()), connections(options, &servers, ratios)]
}

fn bulk(options: &Options, servers: &[Server], ratios: Vec<Ratio>) -> Table {
    let bytes = options.amount(16 << 20, 256 << 20);
    let title = format!("relay: TCP to cat and back, {} MiB there and back", bytes >> 20);
    let peer = |server| Peer::new(name(server), move || client::bulk(server, bytes));
    let rows = rounds::run(&title, options, servers.iter().map(peer).collect());
    Table { title, unit: Unit::GigabytesPerSecond, cpu: Cpu::PROCESSES, rows, ratios }
}

fn connections(options: &Options, servers: &[Server], ratios: Vec<Ratio>) -> Table {
    let count = options.amount(20, 300);
    let title = format!("relay: TCP to cat and back, {count} connections, one at a time");
    let peer = |server| Peer::new(name(server), move || client::connections(server, count));
    let rows = rounds::run(&title, options, servers.iter().map(peer).collect());
    Table { title, unit: Unit::MicrosecondsPer("connection"), cpu: Cpu::PROCESSES, rows, ratios }
}

fn name(server: &Server) -> &'static str {
    server.kind.name
}
