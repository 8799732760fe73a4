//! TLS to `cat` and back.

use super::client::{Client, told};
use super::identity::Identity;
use super::server::{Kind, Setting, Work};
use super::{CPU, FIRST, rows, setting, with_server_cpu};
use crate::options::Options;
use crate::rounds;
use crate::sample::{Outcome, Sample};
use crate::table::{Ratio, Table, Unit};

/// The rows; what is compared with is first.
const KINDS: [Kind; 7] = [
    Kind::helper("rustls buffered, two threads, 64 KiB", "stream"),
    Kind::BLOCKING,
    Kind::MIO,
    Kind::SMOL,
    Kind::helper("tokio-rustls, 64 KiB", "tokio"),
    Kind::STUNNEL,
    Kind::SOCAT,
];

const RUSTLS: Ratio =
    Ratio { to: KINDS[0].name, label: "x rustls, server CPU", of: Sample::children_per_unit };
const TOKIO: Ratio = Ratio { to: KINDS[4].name, label: "x tokio-rustls, server CPU", ..RUSTLS };
const TIME: Ratio = Ratio { to: KINDS[0].name, label: "x rustls, time", of: Sample::wall_per_unit };

pub(crate) fn run(options: &Options) -> Vec<Table> {
    let identity = Identity::make();
    let bytes = options.amount(32 << 20, 256 << 20);
    let title = format!("tls-exec: TLS to cat and back, {} MiB there and back", bytes >> 20);
    let rows = rows(&KINDS, setting(options, &identity), move |kind, setting| measure(kind, setting, bytes));
    let rows = rounds::run(&title, options, rows);
    vec![Table { title, unit: Unit::GigabytesPerSecond, cpu: CPU, rows, ratios: vec![RUSTLS, TOKIO, TIME] }]
}

fn measure(kind: &Kind, setting: Setting<'_>, bytes: usize) -> Outcome {
    let (server, port) = kind.start(setting, Work::Cat)?;
    let config = setting.identity.client();
    let exchange = |bytes| {
        let mut client = Client::connect(port, &config)?;
        client.exchange(bytes).map(|()| client)
    };
    let first = exchange(FIRST).map_err(|error| format!("{}: {}", kind.name, told(&error)))?;
    // Not every server takes note of our end in time; that is not what is measured.
    let _ = first.close();
    server.wait_until_alone();
    let mut last = None;
    let sample = with_server_cpu(kind, &server, || {
        last = Some(exchange(bytes)?);
        Ok(bytes as f64)
    });
    // While the connection lives, so does the server's child, whose CPU is read off its clock.
    drop(last);
    sample
}
