//! Memory of idle connections that have echoed a line each.

mod goals;

use std::io;
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;

use rustls::ClientConfig;
use rustls::client::UnbufferedClientConnection;
use rustls::server::UnbufferedServerConnection;

use super::bare::{Bare, Job};
use super::client::Client;
use super::identity::{Identity, server_name};
use super::server::{Kind, Setting, Work};
use super::{echo_target, rows, setting};
use crate::echo::python;
use crate::held::{FIRST, held};
use crate::memory::held as memory;
use crate::options::Options;
use crate::process::{Process, is_installed, raise_descriptor_limit};
use crate::rounds::{self, Peer};
use crate::sample::{Outcome, Sample, helper};
use crate::table::{Cpu, Ratio, Table, Unit};

pub(crate) use goals::GOALS;

/// No server, but what each of them has to keep.
const BARE: &str = "rustls unbuffered, the state alone (limit)";

const LOOP: Kind = Kind::helper("**standpipe mio, dispatch::Loop**", "loop");
const HELD: Kind = Kind::helper("rustls buffered, held by a mio loop", "held");
const TOKIO: Kind = Kind::helper("tokio-rustls, BufReader", "tokio");

const TASKS: Kind = Kind::helper("**standpipe smol, TlsStream**, a task each", "smol");
const FUTURES: Kind = Kind::helper("futures-rustls, BufReader", "futures");

const KINDS: [Kind; 11] = [
    Kind::BLOCKING,
    Kind::MIO,
    Kind::SMOL,
    LOOP,
    HELD,
    TOKIO,
    TASKS,
    FUTURES,
    Kind::helper("rustls Stream, thread", "stream"),
    Kind::HAPROXY.named("haproxy, to a plain echo"),
    Kind::STUNNEL.named("stunnel, to a plain echo"),
];

const PYTHON: &str = "Python asyncio, streams";

/// It takes so much memory that more would measure the machine's.
const MOST_OF_PYTHON: usize = 5_000;

const MEMORY: Ratio = Ratio { to: BARE, label: "x limit", of: Sample::memory_per_unit };
const RATIOS: [Ratio; 4] = [
    MEMORY,
    Ratio { to: HELD.name, label: "x rustls buffered", ..MEMORY },
    Ratio { to: TOKIO.name, label: "x tokio-rustls", ..MEMORY },
    Ratio { to: FUTURES.name, label: "x futures-rustls", ..MEMORY },
];

/// Those that one thread holds, and how many.
const LOOPS: [Kind; 5] = [LOOP, HELD, TOKIO, TASKS, FUTURES];
const MANY: usize = 5_000;

pub(crate) fn run(options: &Options) -> Vec<Table> {
    raise_descriptor_limit();
    vec![table(options, &Identity::make(), &KINDS, options.amount(200, 1000))]
}

pub(crate) fn many(options: &Options) -> Vec<Table> {
    raise_descriptor_limit();
    vec![table(options, &Identity::make(), &LOOPS, options.amount(MANY / 10, MANY))]
}

fn table(options: &Options, identity: &Identity, kinds: &[Kind], count: usize) -> Table {
    let (_target, target) = echo_target(identity);
    let title = format!("tls-idle: memory of {count} idle connections");
    let measure = move |kind: &Kind, setting: Setting<'_>| measure(kind, setting, target, count);
    let mut all = vec![Peer::new(BARE, || bare(identity, count))];
    all.extend(rows(kinds, setting(options, identity), measure));
    all.push(match is_installed("python3") {
        _ if count > MOST_OF_PYTHON => Peer::missing(PYTHON, "too many for it"),
        true => Peer::new(PYTHON, || asyncio(identity, count)),
        false => Peer::missing(PYTHON, "python3 is not installed"),
    });
    let rows = rounds::run(&title, options, all);
    let unit = Unit::BytesPer("connection");
    Table { title, unit, cpu: Cpu::PROCESSES, rows, ratios: RATIOS.to_vec() }
}

fn measure(kind: &Kind, setting: Setting<'_>, target: u16, count: usize) -> Outcome {
    let (server, port) = kind.start(setting, Work::Echo(target))?;
    added(&server, port, setting.identity, kind.name, count)
}

fn asyncio(identity: &Identity, count: usize) -> Outcome {
    let (server, port) = Process::on_told_port(python("asyncio-tls").arg(identity.both()))?;
    added(&server, port, identity, PYTHON, count)
}

fn added(server: &Process, port: u16, identity: &Identity, name: &str, count: usize) -> Outcome {
    let config = identity.client();
    held(server, count, |count| open(port, &config, count).map_err(|error| format!("{name}: {error}")))
}

/// By two threads, so that neither side waits for each handshake of the other.
fn open(port: u16, config: &Arc<ClientConfig>, count: usize) -> io::Result<Vec<TcpStream>> {
    let some = |count| (0..count).map(|_| open_one(port, config)).collect::<io::Result<Vec<_>>>();
    thread::scope(|scope| {
        let others = scope.spawn(|| some(count / 2));
        let mut all = some(count - count / 2)?;
        all.extend(others.join().expect("no panic")?);
        Ok(all)
    })
}

fn open_one(port: u16, config: &Arc<ClientConfig>) -> io::Result<TcpStream> {
    let line = [[b'm'; 62].as_slice(), b"\r\n"].concat();
    let mut client = Client::connect(port, config)?;
    match client.ask(&line)? == line {
        true => Ok(client.into_socket()),
        false => Err(io::Error::other("another line came back")),
    }
}

fn bare(identity: &Identity, count: usize) -> Outcome {
    Sample::from_helper(helper("tls").args(["state", &count.to_string()]).arg(identity.folder()))
}

/// `COUNT FOLDER`
pub(super) fn help(arguments: &[&str]) -> Result<(), String> {
    let [count, folder] = arguments else { return Err("a number and a folder are missing".to_owned()) };
    let count: usize = count.parse().map_err(|_| "no number")?;
    let identity = Identity::at(folder);
    let (client, server) = (identity.client(), identity.server());
    let shake = || {
        let client = UnbufferedClientConnection::new(client.clone(), server_name());
        let server = UnbufferedServerConnection::new(server.clone());
        shaken(client.map_err(io::Error::other)?, server.map_err(io::Error::other)?)
    };
    let states = |count| (0..count).map(|_| shake()).collect::<io::Result<Vec<_>>>();
    let first = states(FIRST).map_err(|error| error.to_string())?;
    drop(first);
    let before = memory("self");
    let states = states(count).map_err(|error| error.to_string())?;
    Sample::of_memory(memory("self") - before, states.len() as f64).print();
    Ok(())
}

/// A server's state after a handshake in memory.
fn shaken(
    client: UnbufferedClientConnection,
    server: UnbufferedServerConnection,
) -> io::Result<Box<UnbufferedServerConnection>> {
    const BUFFER: usize = 16 << 10;
    let (mut client, mut server) = (Bare::new(client, BUFFER), Bare::new(server, BUFFER));
    while !server.may_send {
        client.turn(Job::Nothing, &mut |_| {})?;
        pass(client.pending(), server.window());
        let n = client.pending().len();
        client.written(n);
        server.filled(n);
        server.turn(Job::Nothing, &mut |_| {})?;
        pass(server.pending(), client.window());
        let n = server.pending().len();
        server.written(n);
        client.filled(n);
    }
    Ok(server.connection)
}

fn pass(from: &[u8], to: &mut [u8]) {
    to[..from.len()].copy_from_slice(from);
}
