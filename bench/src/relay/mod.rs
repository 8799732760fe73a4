//! TCP to `cat` and back, through servers that give each connection a `cat` of its own.

mod client;
mod goals;
mod helper;
mod server;

use crate::options::Options;
use crate::rounds::{self, Peer};
use crate::sample::{Outcome, Sample};
use crate::table::{Cpu, Ratio, Table, Unit};

pub(crate) use goals::GOALS;
pub(crate) use helper::help;
use server::{KINDS, Kind, Server};

/// The client is the server's neighbour, whose CPU a server can spare or cost.
const CPU: Cpu = Cpu { own: "client", children: "server and cat", spread: true };

const LIMIT: Ratio = Ratio { to: KINDS[0].name, label: "x limit", of: Sample::wall_per_unit };
const LIMIT_CPU: Ratio = Ratio { label: "x limit, server CPU", of: Sample::children_per_unit, ..LIMIT };
const SOCAT: Ratio = Ratio { to: server::SOCAT, label: "x socat", ..LIMIT };
const SOCAT_CPU: Ratio = Ratio { to: server::SOCAT, label: "x socat, server CPU", ..LIMIT_CPU };
const TCPSERVER: Ratio = Ratio { to: server::TCPSERVER, label: "x tcpserver", ..LIMIT };
const SPLICE_CPU: Ratio = Ratio { to: server::SPLICE, label: "x pipes and splice, server CPU", ..LIMIT_CPU };
const ALL_CPU: Ratio = Ratio { label: "x limit, CPU of all", of: Sample::cpu_per_unit, ..LIMIT };

/// A row: a server that lives for the whole run, or why there is none.
type Row = (&'static Kind, Result<Server, String>);

pub(crate) fn run(options: &Options) -> Vec<Table> {
    let start = |kind: &'static Kind| match kind.is_installed() {
        true => (kind, kind.start(&options.standpipe)),
        false => (kind, Err("not installed".to_owned())),
    };
    let rows: Vec<Row> = KINDS.iter().map(start).collect();
    let ratios = vec![LIMIT, LIMIT_CPU, ALL_CPU, SPLICE_CPU, SOCAT, SOCAT_CPU, TCPSERVER];
    vec![bulk(options, &rows, ratios.clone()), connections(options, &rows, ratios)]
}

fn bulk(options: &Options, rows: &[Row], ratios: Vec<Ratio>) -> Table {
    let bytes = options.amount(16 << 20, 256 << 20);
    let title = format!("relay: TCP to cat and back, {} MiB there and back", bytes >> 20);
    let rows = rounds::run(&title, options, peers(rows, |server| client::bulk(server, bytes)));
    Table { title, unit: Unit::GigabytesPerSecond, cpu: CPU, rows, ratios }
}

fn connections(options: &Options, rows: &[Row], ratios: Vec<Ratio>) -> Table {
    let count = options.amount(20, 300);
    let title = format!("relay: TCP to cat and back, {count} connections, one at a time");
    let rows = rounds::run(&title, options, peers(rows, |server| client::connections(server, count)));
    Table { title, unit: Unit::MicrosecondsPer("connection"), cpu: CPU, rows, ratios }
}

fn peers<'a>(rows: &'a [Row], measure: impl Fn(&Server) -> Outcome + Copy + 'a) -> Vec<Peer<'a>> {
    let peer = |(kind, server): &'a Row| match server {
        Ok(server) => Peer::new(kind.name, move || measure(server)),
        Err(why) => Peer::missing(kind.name, why),
    };
    rows.iter().map(peer).collect()
}
