//! Handshakes, one at a time: full ones, and resumed ones.

use std::io;
use std::sync::Arc;

use rustls::ClientConfig;

use super::client::Client;
use super::identity::{Handshakes, Identity};
use super::server::{Kind, Setting, Work};
use super::{CPU, echo_target, rows, setting, with_server_cpu};
use crate::options::Options;
use crate::rounds;
use crate::sample::{Outcome, Sample};
use crate::table::{Ratio, Table, Unit};

/// The rows of full handshakes; what is compared with is first.
const FULL: [Kind; 14] = [
    STREAM,
    BLOCKING,
    LOOP,
    TASKS,
    Kind::BLOCKING.named("**standpipe blocking**, the command"),
    Kind::MIO.named("**standpipe mio**, the command"),
    Kind::SMOL.named("**standpipe smol**, the command"),
    TOKIO,
    FUTURES,
    STREAM_RING,
    Kind::OPENSSL,
    Kind::PYTHON,
    Kind::HAPROXY.named("haproxy, to a plain echo"),
    Kind::STUNNEL.named("stunnel, to a plain echo"),
];

/// Those of resumed ones, which the command does not offer.
const RESUMED: [Kind; 9] =
    [STREAM, BLOCKING, LOOP, TASKS, TOKIO, FUTURES, STREAM_RING, Kind::OPENSSL, Kind::PYTHON];

/// Servers of a few lines, as the peers of this program are.
const BLOCKING: Kind = Kind::helper("**standpipe blocking**, thread", "blocking");
const LOOP: Kind = Kind::helper("**standpipe mio**, loop", "loop");
const TASKS: Kind = Kind::helper("**standpipe smol**, tasks", "smol");

const STREAM: Kind = Kind::helper("rustls Stream, thread", "stream");
const STREAM_RING: Kind = Kind::helper("rustls Stream, thread, ring", "ring");
const TOKIO: Kind = Kind::helper("tokio-rustls", "tokio");
const FUTURES: Kind = Kind::helper("futures-rustls on smol", "futures");

const RUSTLS_CPU: Ratio =
    Ratio { to: STREAM.name, label: "x rustls Stream, server CPU", of: Sample::children_per_unit };
const TOKIO_CPU: Ratio = Ratio { to: TOKIO.name, label: "x tokio-rustls, server CPU", ..RUSTLS_CPU };
const TIME: Ratio = Ratio { to: STREAM.name, label: "x rustls Stream, time", of: Sample::wall_per_unit };

/// A server's first connections, which are not counted.
const FIRST: usize = 10;

pub(crate) fn run(options: &Options) -> Vec<Table> {
    let identity = Identity::make();
    let (_target, target) = echo_target(&identity);
    let count = options.amount(50, 400);
    let table = |handshakes: Handshakes, kinds: &[Kind]| {
        let word = handshakes.word();
        let title = format!("tls-handshake: {count} {word} handshakes and an echoed letter, one at a time");
        let measure = move |kind: &Kind, setting: Setting<'_>| measure(kind, setting, target, count);
        let setting = Setting { handshakes, ..setting(options, &identity) };
        let rows = rounds::run(&title, options, rows(kinds, setting, measure));
        let unit = Unit::MicrosecondsPer("handshake");
        Table { title, unit, cpu: CPU, rows, ratios: vec![RUSTLS_CPU, TOKIO_CPU, TIME] }
    };
    vec![table(Handshakes::Full, &FULL), table(Handshakes::Resumed, &RESUMED)]
}

fn measure(kind: &Kind, setting: Setting<'_>, target: u16, count: usize) -> Outcome {
    let (server, port) = kind.start(setting, Work::Echo(target))?;
    let config = setting.handshakes.client(setting.identity.client());
    repeat(port, &config, FIRST).map_err(|error| format!("{}: {error}", kind.name))?;
    with_server_cpu(kind, &server, || {
        let resumed = repeat(port, &config, count)?;
        let expected = if setting.handshakes == Handshakes::Full { 0 } else { count };
        match resumed == expected {
            true => Ok(count as f64),
            false => Err(io::Error::other(format!("{resumed} of {count} were resumed"))),
        }
    })
}

/// How many were resumed. The letter shows that the server's part is over as well, and the end that it is done with the
/// connection.
fn repeat(port: u16, config: &Arc<ClientConfig>, count: usize) -> io::Result<usize> {
    const LETTER: &[u8] = b"k\n";
    let mut resumed = 0;
    for _ in 0..count {
        let mut client = Client::connect(port, config)?;
        resumed += usize::from(client.is_resumed());
        if client.ask(LETTER)? != LETTER {
            return Err(io::Error::other("another letter came back"));
        }
        client.close()?;
    }
    Ok(resumed)
}
