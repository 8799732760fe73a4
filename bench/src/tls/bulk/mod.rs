//! Many bytes one way, both ends of a kind: a sending and a receiving process, each a fresh one.

mod bare;
mod goals;
mod openssl;
mod peers;
mod python;
mod records;
mod standpipe;

use std::io::{self, BufRead};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, ServerConfig};

use super::FIRST;
use super::identity::{Identity, PROVIDER, RING};
use crate::options::Options;
use crate::process::{Process, is_installed, listen_and_tell};
use crate::rounds::{self, Peer};
use crate::sample::{Outcome, Sample, helper};
use crate::table::{Cpu, Ratio, Table, Unit};

pub(crate) use goals::GOALS;

/// Who sends and receives. A new row is one line here and two functions.
struct Row {
    name: &'static str,
    /// Whose ciphers rustls uses.
    provider: &'static LazyLock<CryptoProvider>,
    send: End,
    receive: End,
}

impl Row {
    const fn new(name: &'static str, send: End, receive: End) -> Self {
        Self { name, provider: &PROVIDER, send, receive }
    }

    const fn with_ring(self) -> Self {
        Self { provider: &RING, ..self }
    }
}

/// One end: it moves all bytes of the pattern, says or sees their end, and returns when the other end has ended as well.
type End = fn(TcpStream, &Terms) -> io::Result<()>;

/// What both ends know.
#[derive(Clone)]
struct Terms {
    identity: Arc<Identity>,
    provider: &'static CryptoProvider,
    total: usize,
    /// What is given to one write, and what a buffer that is read into has room for.
    at_once: usize,
}

impl Terms {
    fn client(&self) -> Arc<ClientConfig> {
        self.identity.client_with(self.provider)
    }

    fn server(&self) -> Arc<ServerConfig> {
        self.identity.server_with(self.provider)
    }
}

const ROWS: [Row; 13] = [
    Row::new("plain TCP (limit)", peers::plain_send, peers::plain_receive),
    Row::new("rustls' ciphers alone, in place (floor)", records::send, records::receive),
    Row::new("rustls unbuffered by hand, in place (technique)", bare::send, bare::receive),
    Row::new("**standpipe blocking**, Read", standpipe::blocking_send, standpipe::blocking_read),
    Row::new("**standpipe blocking**, BufRead, in place", standpipe::blocking_send, standpipe::blocking_fill),
    Row::new("**standpipe mio**, in place", standpipe::mio_send, standpipe::mio_receive),
    Row::new("**standpipe smol**, AsyncRead", standpipe::smol_send, standpipe::smol_read),
    Row::new("**standpipe smol**, AsyncBufRead, in place", standpipe::smol_send, standpipe::smol_fill),
    Row::new("rustls Stream", peers::stream_send, peers::stream_receive),
    Row::new("rustls Stream, ring", peers::stream_send, peers::stream_receive).with_ring(),
    Row::new("tokio-rustls", peers::tokio_send, peers::tokio_receive),
    Row::new("tokio-rustls, ring", peers::tokio_send, peers::tokio_receive).with_ring(),
    Row::new("futures-rustls", peers::futures_send, peers::futures_receive),
];

const LIMIT: Ratio = Ratio { to: ROWS[0].name, label: "x limit, CPU", of: Sample::cpu_per_unit };
const TECHNIQUE: Ratio = Ratio { to: ROWS[2].name, label: "x technique, CPU", ..LIMIT };
const STREAM: Ratio = Ratio { to: ROWS[8].name, label: "x rustls Stream, CPU", ..LIMIT };
const TOKIO: Ratio = Ratio { to: ROWS[10].name, label: "x tokio-rustls, CPU", ..LIMIT };
const FUTURES: Ratio = Ratio { to: ROWS[12].name, label: "x futures-rustls, CPU", ..LIMIT };
const TIME: Ratio = Ratio { label: "x limit, time", of: Sample::wall_per_unit, ..LIMIT };

const CPU: Cpu = Cpu { own: "sender", children: "receiver", spread: true };

/// What a table's rows give to one write.
const SIZES: [usize; 2] = [64 << 10, 128 << 10];

pub(crate) fn run(options: &Options) -> Vec<Table> {
    let identity = Identity::make();
    SIZES.iter().map(|&at_once| table(options, &identity, at_once)).collect()
}

fn table(options: &Options, identity: &Identity, at_once: usize) -> Table {
    let total = options.amount(32 << 20, 512 << 20);
    let (mebibytes, kibibytes) = (total >> 20, at_once >> 10);
    let title = format!("tls-bulk: {mebibytes} MiB one way, {kibibytes} KiB a write, both ends of a kind");
    let row = |row: &'static Row| Peer::new(row.name, move || measure(row.name, identity, total, at_once));
    let mut rows: Vec<Peer<'_>> = ROWS.iter().map(row).collect();
    rows.push(match is_installed("openssl") {
        true => Peer::new(openssl::NAME, || openssl::measure(identity, total)),
        false => Peer::missing(openssl::NAME, "not installed"),
    });
    rows.push(match is_installed("python3") {
        true => Peer::new(python::NAME, || python::measure(identity, total, at_once)),
        false => Peer::missing(python::NAME, "not installed"),
    });
    let rows = rounds::run(&title, options, rows);
    let ratios = vec![LIMIT, TECHNIQUE, STREAM, TOKIO, FUTURES, TIME];
    Table { title, unit: Unit::GigabytesPerSecond, cpu: CPU, rows, ratios }
}

fn measure(name: &str, identity: &Identity, total: usize, at_once: usize) -> Outcome {
    let end = |end: &str, port: u16| {
        let mut helper = helper("tls");
        helper.args(["bulk", end, name, &total.to_string(), &at_once.to_string()]).arg(identity.folder());
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

/// `send|receive NAME TOTAL AT_ONCE FOLDER PORT`: prints a sample; the receiving end tells its port first.
pub(super) fn help(arguments: &[&str]) -> Result<(), String> {
    let [end, name, total, at_once, folder, port] = arguments else {
        return Err("six words are wanted".to_owned());
    };
    let row = ROWS.iter().find(|row| row.name == *name).ok_or("no such row")?;
    let terms = Terms {
        identity: Identity::at(folder).into(),
        provider: row.provider,
        total: total.parse().map_err(|_| "no number of bytes")?,
        at_once: at_once.parse().map_err(|_| "no size of a write")?,
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
