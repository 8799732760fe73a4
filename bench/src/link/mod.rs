//! TCP to TCP, one way, through relays.

mod goals;
mod helper;
mod relay;

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::options::Options;
use crate::pattern::{Check, LONGEST, piece};
use crate::rounds::{self, Peer};
use crate::sample::{Outcome, Sample};
use crate::table::{Cpu, Ratio, Table, Unit};

pub(crate) use goals::GOALS;
pub(crate) use helper::help;
use relay::{HAPROXY, KINDS, Kind, SOCAT, TOKIO};

const CPU: Cpu = Cpu { own: "client and sink", children: "relay", spread: true };

const LIMIT: Ratio = Ratio { to: KINDS[0].name, label: "x limit, relay CPU", of: Sample::children_per_unit };
const COPY: Ratio = Ratio { to: KINDS[1].name, label: "x read and write, relay CPU", ..LIMIT };
const TOKIO_CPU: Ratio = Ratio { to: TOKIO, label: "x tokio, relay CPU", ..LIMIT };
const SOCAT_CPU: Ratio = Ratio { to: SOCAT, label: "x socat, relay CPU", ..LIMIT };
const HAPROXY_CPU: Ratio = Ratio { to: HAPROXY, label: "x haproxy, relay CPU", ..LIMIT };
const ALL_CPU: Ratio = Ratio { label: "x limit, CPU of all", of: Sample::cpu_per_unit, ..LIMIT };
const TIME: Ratio = Ratio { label: "x limit, time", of: Sample::wall_per_unit, ..LIMIT };

/// How long a relay may stand still.
const PATIENCE: Duration = Duration::from_secs(10);

/// So many bytes go through a fresh process before it is measured.
const FIRST: usize = 1 << 20;

pub(crate) fn run(options: &Options) -> Vec<Table> {
    let bytes = options.amount(64 << 20, 1 << 30);
    let title = format!("tcp-link: TCP to TCP, {} MiB one way", bytes >> 20);
    let row = |kind: &'static Kind| match kind.is_installed() {
        true => Peer::new(kind.name, move || measure(kind, options, bytes)),
        false => Peer::missing(kind.name, "not installed"),
    };
    let rows = rounds::run(&title, options, KINDS.iter().map(row).collect());
    let ratios = vec![LIMIT, COPY, TOKIO_CPU, SOCAT_CPU, HAPROXY_CPU, ALL_CPU, TIME];
    vec![Table { title, unit: Unit::GigabytesPerSecond, cpu: CPU, rows, ratios }]
}

fn measure(kind: &Kind, options: &Options, bytes: usize) -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    let target = listener.local_addr().map_err(|error| error.to_string())?.port();
    let (relay, port) = kind.start(&options.standpipe, target)?;
    let through = |bytes| through(port, &listener, bytes).map_err(|error| format!("{}: {error}", kind.name));
    through(FIRST)?;
    relay.wait_until_alone();
    relay.measure(|| through(bytes).map(|()| bytes as f64))
}

/// Sends so many bytes to the relay, and takes them from its other side.
fn through(port: u16, listener: &TcpListener, bytes: usize) -> io::Result<()> {
    std::thread::scope(|scope| {
        let sink = scope.spawn(|| drain(listener, bytes));
        let mut client = TcpStream::connect(("127.0.0.1", port))?;
        client.set_nodelay(true)?;
        client.set_write_timeout(Some(PATIENCE))?;
        let mut sent = 0;
        while sent < bytes {
            let next = piece(sent, LONGEST.min(bytes - sent));
            client.write_all(next)?;
            sent += next.len();
        }
        client.shutdown(Shutdown::Write)?;
        sink.join().expect("the sink ends")
    })
}

/// Takes so many bytes and looks at them.
pub(crate) fn drain(listener: &TcpListener, bytes: usize) -> io::Result<()> {
    let patience = Timespec { tv_sec: PATIENCE.as_secs() as i64, tv_nsec: 0 };
    if poll(&mut [PollFd::new(listener, PollFlags::IN)], Some(&patience))? == 0 {
        return Err(io::ErrorKind::TimedOut.into());
    }
    let mut socket = listener.accept()?.0;
    socket.set_read_timeout(Some(PATIENCE))?;
    let mut buffer = vec![0; 256 << 10];
    let mut check = Check::default();
    while check.received < bytes {
        match socket.read(&mut buffer)? {
            0 => break,
            n => check.take(&buffer[..n]),
        }
    }
    check.verdict(bytes)
}
