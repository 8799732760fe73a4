//! Client to server in memory, in one thread: what the layers themselves cost, without any socket.

mod goals;
mod handshakes;
mod pairs;

use std::io::{self, Read, Write};

use rustls::crypto::CryptoProvider;
use standpipe_core::{Layer, Pool};

use super::bare::Job;
use super::identity::{Identity, PROVIDER, RING};
use super::{FIRST, contexts, python};
use crate::pattern::{Check, piece};
use pairs::{BUFFER, give_all, hand_over};

pub(crate) use goals::GOALS;
pub(super) use handshakes::help as help_handshakes;
pub(crate) use handshakes::run as handshakes;

use crate::options::Options;
use crate::process::is_installed;
use crate::rounds::{self, Peer};
use crate::sample::{Outcome, Sample, helper};
use crate::table::{Cpu, Ratio, Table, Unit};

/// A pair of ends: moves so many bytes from the client to the server.
type Run = fn(&Identity, usize) -> io::Result<Sample>;

const ROWS: [(&str, Run); 5] = [
    ("rustls unbuffered by hand, 64 KiB (limit)", |identity, total| by_hand(identity, &PROVIDER, total)),
    ("**standpipe Session**, lent buffers", session),
    ("rustls buffered, 64 KiB", |identity, total| buffered(identity, &PROVIDER, total)),
    ("rustls unbuffered by hand, 64 KiB, ring", |identity, total| by_hand(identity, &RING, total)),
    ("rustls buffered, 64 KiB, ring", |identity, total| buffered(identity, &RING, total)),
];
const PYTHON: &str = "Python ssl, MemoryBIO, 64 KiB";

const LIMIT: Ratio = Ratio { to: ROWS[0].0, label: "x limit, CPU", of: Sample::cpu_per_unit };
const BUFFERED: Ratio = Ratio { to: ROWS[2].0, label: "x rustls buffered, CPU", ..LIMIT };

/// What fits into one of them when it is sealed: three full records.
const AT_ONCE: usize = 48 << 10;
/// What the session is given at once; it takes what it has room for.
const OFFERED: usize = 128 << 10;

pub(crate) fn run(options: &Options) -> Vec<Table> {
    let identity = Identity::make();
    let total = options.amount(64 << 20, 1 << 30);
    let title = format!("tls-memory: {} MiB from client to server in memory", total >> 20);
    let row = |(name, _): &(&'static str, Run)| {
        let (name, identity) = (*name, &identity);
        Peer::new(name, move || measure(name, identity, total))
    };
    let mut rows: Vec<Peer<'_>> = ROWS.iter().map(row).collect();
    rows.push(match is_installed("python3") {
        true => Peer::new(PYTHON, || with_python(&identity, total)),
        false => Peer::missing(PYTHON, "not installed"),
    });
    let rows = rounds::run(&title, options, rows);
    let cpu = Cpu::PROCESSES;
    vec![Table { title, unit: Unit::GigabytesPerSecond, cpu, rows, ratios: vec![LIMIT, BUFFERED] }]
}

fn measure(name: &str, identity: &Identity, total: usize) -> Outcome {
    Sample::from_helper(helper("tls").args(["memory", name, &total.to_string()]).arg(identity.folder()))
}

fn with_python(identity: &Identity, total: usize) -> Outcome {
    let mut script = python::command(identity, include_str!("memory.py"))?;
    Sample::from_helper(script.arg(total.to_string()))
}

/// `NAME TOTAL FOLDER`: prints a sample.
pub(super) fn help(arguments: &[&str]) -> Result<(), String> {
    let [name, total, folder] = arguments else {
        return Err("a name, a number and a folder are missing".to_owned());
    };
    let total = total.parse().map_err(|_| "no number")?;
    let (_, run) = ROWS.iter().find(|(row, _)| row == name).ok_or("no such row")?;
    let identity = Identity::at(folder);
    let measured = run(&identity, FIRST).and_then(|_first| run(&identity, total));
    measured.map_err(|error| error.to_string())?.print();
    Ok(())
}

/// Measures the bytes alone, the handshake being over.
fn sample(total: usize, mut pass: impl FnMut(&[u8], &mut Check) -> io::Result<usize>) -> io::Result<Sample> {
    let (mut sent, mut check, mut failure) = (0, Check::default(), None);
    let sample = Sample::of(|| {
        while sent < total && failure.is_none() {
            match pass(piece(sent, OFFERED.min(total - sent)), &mut check) {
                Ok(n) => sent += n,
                Err(error) => failure = Some(error),
            }
        }
        total as f64
    });
    check.verdict(total)?;
    failure.map_or(Ok(sample), Err)
}

fn by_hand(identity: &Identity, provider: &CryptoProvider, total: usize) -> io::Result<Sample> {
    let (mut client, mut server) =
        pairs::by_hand(&identity.client_with(provider), &identity.server_with(provider), BUFFER)?;
    sample(total, |data, check| {
        let data = &data[..data.len().min(AT_ONCE)];
        client.turn(Job::Seal(data), &mut |_| {})?;
        hand_over(&mut client, &mut server);
        server.turn(Job::Nothing, &mut |plain| check.take(plain))?;
        Ok(data.len())
    })
}

fn session(identity: &Identity, total: usize) -> io::Result<Sample> {
    let mut pool = Pool::default();
    let (client, server) = (contexts::client(identity)?, contexts::server(identity)?);
    let (mut client, mut server) = pairs::sessions(&client, &server, &mut pool)?;
    sample(total, |data, check| {
        let sealed = client.seal(data, &mut pool);
        give_all(&mut client, &mut server, &mut pool, check);
        Ok(sealed)
    })
}

fn buffered(identity: &Identity, provider: &CryptoProvider, total: usize) -> io::Result<Sample> {
    let (mut client, mut server) =
        pairs::buffered(&identity.client_with(provider), &identity.server_with(provider))?;
    let mut wire = Vec::new();
    let mut plain = vec![0; BUFFER];
    sample(total, |data, check| {
        let data = &data[..data.len().min(AT_ONCE)];
        let sealed = client.writer().write(data)?;
        while client.wants_write() {
            client.write_tls(&mut wire)?;
        }
        let mut from = &wire[..];
        while !from.is_empty() {
            server.read_tls(&mut from)?;
            let seen = server.process_new_packets().map_err(io::Error::other)?;
            let n = seen.plaintext_bytes_to_read();
            server.reader().read_exact(&mut plain[..n])?;
            check.take(&plain[..n]);
        }
        wire.clear();
        Ok(sealed)
    })
}
