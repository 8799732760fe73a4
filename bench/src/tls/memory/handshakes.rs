//! Handshakes in memory, in one thread: what standpipe adds to those of rustls.

use std::io;

use rustls::HandshakeKind;
use rustls::crypto::CryptoProvider;
use standpipe_core::{Layer, Pool};

use super::pairs;
use crate::options::Options;
use crate::process::is_installed;
use crate::rounds::{self, Peer};
use crate::sample::{Outcome, Sample, helper};
use crate::table::{Cpu, Ratio, Table, Unit};
use crate::tls::identity::{Handshakes, Identity, PROVIDER, RING};
use crate::tls::{contexts, python};

/// A kind of ends: makes so many pairs of them, one after the other.
type Run = fn(&Identity, Handshakes, usize) -> io::Result<Sample>;

const ROWS: [(&str, Run); 4] = [
    ("rustls unbuffered by hand (limit)", by_hand),
    ("**standpipe Session**", sessions),
    ("rustls buffered", |identity, handshakes, count| buffered(identity, &PROVIDER, handshakes, count)),
    ("rustls buffered, ring", |identity, handshakes, count| buffered(identity, &RING, handshakes, count)),
];
const PYTHON: &str = "Python ssl, MemoryBIO";

const LIMIT: Ratio = Ratio { to: ROWS[0].0, label: "x limit, CPU", of: Sample::cpu_per_unit };
const BUFFERED: Ratio = Ratio { to: ROWS[2].0, label: "x rustls buffered, CPU", ..LIMIT };

/// What either side says fits into this.
const BUFFER: usize = 16 << 10;

/// Of each kind, before it is measured: AWS-LC gathers its entropy at the first one, and there is nothing to resume yet.
const FIRST: usize = 10;

pub(crate) fn run(options: &Options) -> Vec<Table> {
    let identity = Identity::make();
    Handshakes::ALL.iter().map(|&handshakes| table(options, &identity, handshakes)).collect()
}

fn table(options: &Options, identity: &Identity, handshakes: Handshakes) -> Table {
    let count = options.amount(200, 2000);
    let title =
        format!("tls-handshake-memory: {count} {} handshakes in memory, both ends", handshakes.word());
    let row = |(name, _): &(&'static str, Run)| {
        let name = *name;
        Peer::new(name, move || measure(name, identity, handshakes, count))
    };
    let mut rows: Vec<Peer<'_>> = ROWS.iter().map(row).collect();
    rows.push(match is_installed("python3") {
        true => Peer::new(PYTHON, || with_python(identity, handshakes, count)),
        false => Peer::missing(PYTHON, "not installed"),
    });
    let rows = rounds::run(&title, options, rows);
    let unit = Unit::MicrosecondsPer("handshake");
    Table { title, unit, cpu: Cpu::PROCESSES, rows, ratios: vec![LIMIT, BUFFERED] }
}

fn measure(name: &str, identity: &Identity, handshakes: Handshakes, count: usize) -> Outcome {
    let helper = &mut helper("tls");
    helper.args(["handshakes", name, handshakes.word(), &count.to_string()]).arg(identity.folder());
    Sample::from_helper(helper)
}

fn with_python(identity: &Identity, handshakes: Handshakes, count: usize) -> Outcome {
    let mut script = python::command(identity, include_str!("handshakes.py"))?;
    Sample::from_helper(script.args([handshakes.word(), &count.to_string()]))
}

/// `NAME full|resumed COUNT FOLDER`: prints a sample.
pub(in crate::tls) fn help(arguments: &[&str]) -> Result<(), String> {
    let [name, handshakes, count, folder] = arguments else {
        return Err("a name, a kind, a number and a folder are missing".to_owned());
    };
    let handshakes = Handshakes::told(handshakes).ok_or("no such handshakes")?;
    let count = count.parse().map_err(|_| "no number")?;
    let (_, run) = ROWS.iter().find(|(row, _)| row == name).ok_or("no such row")?;
    run(&Identity::at(folder), handshakes, count).map_err(|error| error.to_string())?.print();
    Ok(())
}

/// Measures pairs that are made one after the other. Whether they are what is asked for is seen by one more.
fn sample<P>(
    handshakes: Handshakes,
    count: usize,
    mut pair: impl FnMut() -> io::Result<P>,
    is_resumed: impl Fn(&P) -> bool,
) -> io::Result<Sample> {
    let mut repeat = |times| (0..times).try_for_each(|_| pair().map(drop));
    repeat(FIRST)?;
    let mut outcome = Ok(());
    let sample = Sample::of(|| {
        outcome = repeat(count);
        count as f64
    });
    outcome?;
    match is_resumed(&pair()?) == (handshakes == Handshakes::Resumed) {
        true => Ok(sample),
        false => Err(io::Error::other(format!("it is no {} handshake", handshakes.word()))),
    }
}

fn by_hand(identity: &Identity, handshakes: Handshakes, count: usize) -> io::Result<Sample> {
    let (client, server) = (handshakes.client(identity.client()), handshakes.server(identity.server()));
    sample(
        handshakes,
        count,
        || pairs::by_hand(&client, &server, BUFFER),
        |(client, _)| client.connection.handshake_kind() == Some(HandshakeKind::Resumed),
    )
}

fn sessions(identity: &Identity, handshakes: Handshakes, count: usize) -> io::Result<Sample> {
    let client = contexts::client_for(identity, handshakes)?;
    let server = contexts::server_for(identity, handshakes)?;
    let mut pool = Pool::default();
    sample(
        handshakes,
        count,
        || pairs::sessions(&client, &server, &mut pool),
        |(client, _)| client.negotiated().is_some_and(|negotiated| negotiated.is_resumed),
    )
}

fn buffered(
    identity: &Identity,
    provider: &CryptoProvider,
    handshakes: Handshakes,
    count: usize,
) -> io::Result<Sample> {
    let client = handshakes.client(identity.client_with(provider));
    let server = handshakes.server(identity.server_with(provider));
    sample(
        handshakes,
        count,
        || pairs::buffered(&client, &server),
        |(client, _)| client.handshake_kind() == Some(HandshakeKind::Resumed),
    )
}
