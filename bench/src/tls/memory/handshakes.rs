//! Full handshakes in memory, in one thread: what standpipe adds to those of rustls.

use std::io;

use standpipe_core::Pool;

use super::pairs;
use crate::options::Options;
use crate::rounds::{self, Peer};
use crate::sample::{Outcome, Sample, helper};
use crate::table::{Cpu, Ratio, Table, Unit};
use crate::tls::contexts;
use crate::tls::identity::Identity;

/// A kind of ends: makes so many pairs of them, one after the other.
type Run = fn(&Identity, usize) -> io::Result<Sample>;

const ROWS: [(&str, Run); 3] = [
    ("rustls unbuffered by hand (limit)", by_hand),
    ("**standpipe Session**", sessions),
    ("rustls buffered", buffered),
];

const LIMIT: Ratio = Ratio { to: ROWS[0].0, label: "x limit, CPU", of: Sample::cpu_per_unit };
const BUFFERED: Ratio = Ratio { to: ROWS[2].0, label: "x rustls buffered, CPU", ..LIMIT };

/// Of each kind, before it is measured: AWS-LC gathers its entropy at the first one.
const FIRST: usize = 10;

pub(crate) fn run(options: &Options) -> Vec<Table> {
    let identity = Identity::make();
    let count = options.amount(200, 2000);
    let title = format!("tls-handshake-memory: {count} full handshakes in memory, both ends");
    let row = |(name, _): &(&'static str, Run)| {
        let (name, identity) = (*name, &identity);
        Peer::new(name, move || measure(name, identity, count))
    };
    let rows = rounds::run(&title, options, ROWS.iter().map(row).collect());
    let unit = Unit::MicrosecondsPer("handshake");
    vec![Table { title, unit, cpu: Cpu::PROCESSES, rows, ratios: vec![LIMIT, BUFFERED] }]
}

fn measure(name: &str, identity: &Identity, count: usize) -> Outcome {
    Sample::from_helper(helper("tls").args(["handshakes", name, &count.to_string()]).arg(identity.folder()))
}

/// `NAME COUNT FOLDER`: prints a sample.
pub(in crate::tls) fn help(arguments: &[&str]) -> Result<(), String> {
    let [name, count, folder] = arguments else {
        return Err("a name, a number and a folder are missing".to_owned());
    };
    let count = count.parse().map_err(|_| "no number")?;
    let (_, run) = ROWS.iter().find(|(row, _)| row == name).ok_or("no such row")?;
    run(&Identity::at(folder), count).map_err(|error| error.to_string())?.print();
    Ok(())
}

fn sample(count: usize, mut once: impl FnMut() -> io::Result<()>) -> io::Result<Sample> {
    let mut repeat = |times| (0..times).try_for_each(|_| once());
    repeat(FIRST)?;
    let mut outcome = Ok(());
    let sample = Sample::of(|| {
        outcome = repeat(count);
        count as f64
    });
    outcome.map(|()| sample)
}

fn by_hand(identity: &Identity, count: usize) -> io::Result<Sample> {
    let (client, server) = (identity.client(), identity.server());
    sample(count, || pairs::by_hand(&client, &server).map(drop))
}

fn sessions(identity: &Identity, count: usize) -> io::Result<Sample> {
    let (client, server) = (contexts::client(identity)?, contexts::server(identity)?);
    let mut pool = Pool::default();
    sample(count, || pairs::sessions(&client, &server, &mut pool).map(drop))
}

fn buffered(identity: &Identity, count: usize) -> io::Result<Sample> {
    let (client, server) = (identity.client(), identity.server());
    sample(count, || pairs::buffered(&client, &server).map(drop))
}
