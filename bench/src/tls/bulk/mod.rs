//! Many bytes one way, both ends of a kind: a sending and a receiving process, each a fresh one.

mod openssl;
mod peers;
mod standpipe;

use std::io::{self, BufRead};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use super::FIRST;
use super::identity::Identity;
use crate::options::Options;
use crate::process::listen_and_tell;
use crate::process::{Process, is_installed};
use crate::rounds::{self, Peer};
use crate::sample::{Outcome, Sample, helper};
use crate::table::{Cpu, Ratio, Table, Unit};

/// Who sends and receives. A new row is one line here and two functions.
struct Row {
    name: &'static str,
    send: End,
    receive: End,
}

/// One end: it moves all bytes of the pattern, says or sees their end, and returns when the other end has ended as well.
type End = fn(TcpStream, &Terms) -> io::Result<()>;

/// What both ends know.
#[derive(Clone)]
struct Terms {
    identity: Arc<Identity>,
    total: usize,
}

const ROWS: [Row; 10] = [
    Row {
        name: "plain TCP, 64 KiB (limit)",
        send: peers::plain_send::<{ 64 << 10 }>,
        receive: peers::plain_receive::<{ 64 << 10 }>,
    },
    Row {
        name: "plain TCP, 128 KiB",
        send: peers::plain_send::<{ 128 << 10 }>,
        receive: peers::plain_receive::<{ 128 << 10 }>,
    },
    Row {
        name: "**standpipe blocking**, Read, 128 KiB",
        send: standpipe::blocking_send,
        receive: standpipe::blocking_read,
    },
    Row {
        name: "**standpipe blocking**, BufRead, in place, 128 KiB",
        send: standpipe::blocking_send,
        receive: standpipe::blocking_fill,
    },
    Row {
        name: "**standpipe mio**, in place, 128 KiB",
        send: standpipe::mio_send,
        receive: standpipe::mio_receive,
    },
    Row {
        name: "**standpipe smol**, AsyncRead, 128 KiB",
        send: standpipe::smol_send,
        receive: standpipe::smol_read,
    },
    Row {
        name: "**standpipe smol**, AsyncBufRead, in place, 128 KiB",
        send: standpipe::smol_send,
        receive: standpipe::smol_fill,
    },
    Row { name: "rustls Stream, 64 KiB", send: peers::stream_send, receive: peers::stream_receive },
    Row { name: "tokio-rustls, 64 KiB", send: peers::tokio_send, receive: peers::tokio_receive },
    Row { name: "futures-rustls, 64 KiB", send: peers::futures_send, receive: peers::futures_receive },
];

const LIMIT: Ratio = Ratio { to: ROWS[0].name, label: "x limit, CPU", of: Sample::cpu_per_unit };
const STREAM: Ratio = Ratio { to: ROWS[7].name, label: "x rustls Stream, CPU", ..LIMIT };
const TOKIO: Ratio = Ratio { to: ROWS[8].name, label: "x tokio-rustls, CPU", ..LIMIT };
const FUTURES: Ratio = Ratio { to: ROWS[9].name, label: "x futures-rustls, CPU", ..LIMIT };
const LONGER: Ratio = Ratio { to: ROWS[1].name, label: "x plain 128 KiB, CPU", ..LIMIT };
const TIME: Ratio = Ratio { label: "x limit, time", of: Sample::wall_per_unit, ..LIMIT };

const CPU: Cpu = Cpu { own: "sender", children: "receiver", spread: true };

pub(crate) fn run(options: &Options) -> Vec<Table> {
    let identity = Identity::make();
    let total = options.amount(64 << 20, 1 << 30);
    let title = format!("tls-bulk: {} MiB one way, both ends of a kind", total >> 20);
    let row = |row: &'static Row| Peer::new(row.name, || measure(row.name, &identity, total));
    let mut rows: Vec<Peer<'_>> = ROWS.iter().map(row).collect();
    rows.push(match is_installed("openssl") {
        true => Peer::new(openssl::NAME, || openssl::measure(&identity, total)),
        false => Peer::missing(openssl::NAME, "not installed"),
    });
    let rows = rounds::run(&title, options, rows);
    let ratios = vec![LIMIT, LONGER, STREAM, TOKIO, FUTURES, TIME];
    vec![Table { title, unit: Unit::GigabytesPerSecond, cpu: CPU, rows, ratios }]
}

fn measure(name: &str, identity: &Identity, total: usize) -> Outcome {
    let end = |end: &str, port: u16| {
        let mut helper = helper("tls");
        helper.args(["bulk", end, name, &total.to_string()]).arg(identity.folder());
        helper.arg(port.to_string());
        helper
    };
    let (_receiver, port, mut said) = Process::telling(&mut end("receive", 0))?;
    let sent = Sample::from_helper(&mut end("send", port))?;
    let mut line = String::new();
    said.read_line(&mut line).map_err(|error| error.to_string())?;
    let received: Sample = serde_json::from_str(&line).map_err(|_| format!("{name}: {}", line.trim()))?;
    Ok(sent.with_receiver(&received))
}

/// How long a transfer lasts at most: some ends would wait for ever.
const AT_MOST: Duration = Duration::from_secs(60);

/// `send|receive NAME TOTAL FOLDER PORT`: prints a sample; the receiving end tells its port first.
pub(super) fn help(arguments: &[&str]) -> Result<(), String> {
    let [end, name, total, folder, port] = arguments else {
        return Err("five words are wanted".to_owned());
    };
    let row = ROWS.iter().find(|row| row.name == *name).ok_or("no such row")?;
    let terms = Terms {
        identity: Identity::at(folder).into(),
        total: total.parse().map_err(|_| "no number of bytes")?,
    };
    let port: u16 = port.parse().map_err(|_| "no port")?;
    let (sockets, end) = match *end {
        "send" => (Sockets::Dialled(port), row.send),
        _ => (Sockets::Accepted(listen_and_tell().map_err(|error| error.to_string())?), row.receive),
    };
    std::thread::spawn(|| {
        std::thread::sleep(AT_MOST);
        println!("not over after {AT_MOST:?}");
        std::process::exit(1);
    });
    let first = sockets.next().and_then(|socket| end(socket, &Terms { total: FIRST, ..terms.clone() }));
    let socket = first.and_then(|()| sockets.next());
    let mut moved = Ok(());
    let sample = Sample::of(|| {
        moved = socket.and_then(|socket| end(socket, &terms));
        terms.total as f64
    });
    match moved {
        Ok(()) => sample.print(),
        // The receiver's words are read from its output.
        Err(error) => println!("{error}"),
    }
    Ok(())
}

/// Where connections come from.
enum Sockets {
    Dialled(u16),
    Accepted(TcpListener),
}

impl Sockets {
    fn next(&self) -> io::Result<TcpStream> {
        let socket = match self {
            Self::Dialled(port) => TcpStream::connect(("127.0.0.1", *port))?,
            Self::Accepted(listener) => listener.accept()?.0,
        };
        socket.set_nodelay(true)?;
        Ok(socket)
    }
}
