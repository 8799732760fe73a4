//! TLS that is terminated: to plain TCP, one way.

mod goals;

use std::io;
use std::net::TcpListener;
use std::sync::Arc;

use rustls::ClientConfig;

use super::client::{Client, told};
use super::identity::Identity;
use super::server::{Kind, Setting, Work};
use super::{FIRST, rows, setting, with_server_cpu};
use crate::link::drain;
use crate::options::Options;
use crate::rounds;
use crate::sample::{Outcome, Sample};
use crate::table::{Cpu, Ratio, Table, Unit};

pub(crate) use goals::GOALS;

/// The rows; the first is the limit.
const KINDS: [Kind; 9] = [
    Kind::helper("rustls unbuffered, 256 KiB, thread (limit)", "bare"),
    Kind::helper("rustls Stream, 64 KiB, thread", "stream"),
    Kind::BLOCKING,
    Kind::MIO,
    Kind::SMOL,
    Kind::helper("tokio-rustls copy_bidirectional, 64 KiB", "tokio"),
    Kind::HAPROXY,
    Kind::STUNNEL,
    Kind::SOCAT,
];

const CPU: Cpu = Cpu { own: "client and sink", children: "relay", spread: true };

const LIMIT: Ratio = Ratio { to: KINDS[0].name, label: "x limit, relay CPU", of: Sample::children_per_unit };
const RUSTLS: Ratio = Ratio { to: KINDS[1].name, label: "x rustls Stream, relay CPU", ..LIMIT };
const TOKIO: Ratio = Ratio { to: KINDS[5].name, label: "x tokio-rustls, relay CPU", ..LIMIT };
const HAPROXY: Ratio = Ratio { to: Kind::HAPROXY.name, label: "x haproxy, relay CPU", ..LIMIT };

pub(crate) fn run(options: &Options) -> Vec<Table> {
    let identity = Identity::make();
    let bytes = options.amount(32 << 20, 512 << 20);
    let title = format!("tls-link: TLS to plain TCP, {} MiB one way", bytes >> 20);
    let rows = rows(&KINDS, setting(options, &identity), move |kind, setting| measure(kind, setting, bytes));
    let rows = rounds::run(&title, options, rows);
    let ratios = vec![LIMIT, RUSTLS, TOKIO, HAPROXY];
    vec![Table { title, unit: Unit::GigabytesPerSecond, cpu: CPU, rows, ratios }]
}

fn measure(kind: &Kind, setting: Setting<'_>, bytes: usize) -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    let target = listener.local_addr().map_err(|error| error.to_string())?.port();
    let (server, port) = kind.start(setting, Work::Link(target))?;
    let config = setting.identity.client();
    let through = |bytes| through(port, &config, &listener, bytes);
    through(FIRST).map_err(|error| format!("{}: {}", kind.name, told(&error)))?;
    server.wait_until_alone();
    let mut last = None;
    with_server_cpu(kind, &server, || {
        last = Some(through(bytes)?);
        Ok(bytes as f64)
    })
}

/// Sends so many bytes to the relay, and takes them from its other side. Until the connection is dropped, a relay that
/// forks for it lives.
fn through(
    port: u16,
    config: &Arc<ClientConfig>,
    listener: &TcpListener,
    bytes: usize,
) -> io::Result<Client> {
    std::thread::scope(|scope| {
        let sink = scope.spawn(|| drain(listener, bytes));
        let mut client = Client::connect(port, config)?;
        client.send_pattern(bytes)?;
        sink.join().expect("the sink ends").map(|()| client)
    })
}
