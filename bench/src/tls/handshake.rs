//! Full handshakes, one at a time.

use std::io;
use std::sync::Arc;

use rustls::ClientConfig;

use super::client::Client;
use super::identity::Identity;
use super::server::{Kind, Setting, Work};
use super::{CPU, echo_target, rows, setting, with_server_cpu};
use crate::options::Options;
use crate::rounds;
use crate::sample::{Outcome, Sample};
use crate::table::{Ratio, Table, Unit};

/// The rows; what is compared with is first.
const KINDS: [Kind; 8] = [
    Kind::helper("rustls Stream, thread", "stream"),
    Kind::BLOCKING,
    Kind::MIO,
    Kind::SMOL,
    Kind::helper("tokio-rustls", "tokio"),
    Kind::OPENSSL,
    Kind::HAPROXY.named("haproxy, to a plain echo"),
    Kind::STUNNEL.named("stunnel, to a plain echo"),
];

const RUSTLS_CPU: Ratio =
    Ratio { to: KINDS[0].name, label: "x rustls Stream, server CPU", of: Sample::children_per_unit };
const TOKIO_CPU: Ratio = Ratio { to: KINDS[4].name, label: "x tokio-rustls, server CPU", ..RUSTLS_CPU };
const TIME: Ratio = Ratio { to: KINDS[0].name, label: "x rustls Stream, time", of: Sample::wall_per_unit };

/// A server's first connections, which are not counted.
const FIRST: usize = 10;

pub(crate) fn run(options: &Options) -> Vec<Table> {
    let identity = Identity::make();
    let (_target, target) = echo_target(&identity);
    let count = options.amount(100, 1000);
    let title = format!("tls-handshake: {count} full handshakes and an echoed letter, one at a time");
    let measure = move |kind: &Kind, setting: Setting<'_>| measure(kind, setting, target, count);
    let rows = rounds::run(&title, options, rows(&KINDS, setting(options, &identity), measure));
    let unit = Unit::MicrosecondsPer("handshake");
    vec![Table { title, unit, cpu: CPU, rows, ratios: vec![RUSTLS_CPU, TOKIO_CPU, TIME] }]
}

fn measure(kind: &Kind, setting: Setting<'_>, target: u16, count: usize) -> Outcome {
    let (server, port) = kind.start(setting, Work::Echo(target))?;
    let config = setting.identity.client();
    repeat(port, &config, FIRST).map_err(|error| format!("{}: {error}", kind.name))?;
    with_server_cpu(kind, &server, || {
        repeat(port, &config, count)?;
        Ok(count as f64)
    })
}

/// The letter shows that the server's part is over as well, and the end that it is done with the connection.
fn repeat(port: u16, config: &Arc<ClientConfig>, count: usize) -> io::Result<()> {
    const LETTER: &[u8] = b"k\n";
    for _ in 0..count {
        let mut client = Client::connect(port, config)?;
        if client.ask(LETTER)? != LETTER {
            return Err(io::Error::other("another letter came back"));
        }
        client.close()?;
    }
    Ok(())
}
