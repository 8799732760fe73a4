//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use standpipe_core::signal::Signal;
use standpipe_core::socket::Address;

use crate::duration::Limit;

const FORMS: &str = "\
ADDR is host:port, [v6]:port, :port (every interface to serve, this machine to connect), unix:PATH or fd:N. Durations \
are decimals with ms, s, m, h or d; 0 switches a limit off.

Example: standpipe serve 127.0.0.1:7000 --exec cat";

/// Serve, connect and run programs: half-close is kept, and exit codes tell the ends apart.
#[derive(Debug, Parser)]
#[command(name = "standpipe", version, max_term_width = 100, disable_help_subcommand = true, after_help = FORMS)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) task: Task,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    Serve(Serve),
    Connect(Connect),
    Run(Run),
}

impl Task {
    pub(crate) fn common(&self) -> Common {
        match self {
            Self::Serve(task) => task.common,
            Self::Connect(task) => task.common,
            Self::Run(task) => task.common,
        }
    }
}

/// What a served program's standard input and output are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub(crate) enum ProgramStdio {
    /// Pipes, which the connection is relayed to.
    #[default]
    Pipe,
    /// The connection itself. Nothing is relayed: no idle limit, no count of bytes, and only the program notices a client
    /// that is gone.
    Socket,
    /// The connection itself where nothing has to be seen on the way: without TLS, and where no idle limit is asked for.
    Auto,
}

/// How a server's connections are secured.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "TLS")]
pub(crate) struct ServeTls {
    /// Speak TLS with a certificate that is made now, its SHA-256 printed for clients to pin
    #[arg(long, group = "identity", conflicts_with = "tls_cert")]
    pub(crate) tls_self_signed: bool,
    /// Speak TLS with this certificate chain; of several, with the one that bears the name a client asks for, else the
    /// first. SIGHUP reads the files anew
    #[arg(long, group = "identity", value_name = "PEM", requires = "tls_key")]
    pub(crate) tls_cert: Vec<PathBuf>,
    /// The key that belongs to it; of several, in the same order
    #[arg(long, value_name = "PEM", requires = "tls_cert")]
    pub(crate) tls_key: Vec<PathBuf>,
    /// Clients must have a certificate that leads to one of these
    #[arg(long, value_name = "PEM", requires = "identity")]
    pub(crate) tls_client_ca: Option<PathBuf>,
    /// How long the handshake of a connection may take
    #[arg(long, value_name = "D", default_value = "10s")]
    pub(crate) handshake_timeout: Limit,
}

impl ServeTls {
    /// Whether connections are to be secured.
    pub(crate) fn is_given(&self) -> bool {
        self.tls_self_signed || !self.tls_cert.is_empty()
    }
}

/// How a connection that is made is secured.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "TLS")]
pub(crate) struct ConnectTls {
    /// Speak TLS; the certificate must lead to the system's roots and bear the host's name
    #[arg(long)]
    pub(crate) tls: bool,
    /// Trust these roots instead
    #[arg(long, value_name = "PEM")]
    pub(crate) tls_ca: Option<PathBuf>,
    /// The name that the certificate must bear, instead of the host's
    #[arg(long, value_name = "NAME")]
    pub(crate) tls_name: Option<String>,
    /// Trust anybody
    #[arg(long, conflicts_with_all = ["tls_ca", "tls_pin"])]
    pub(crate) tls_insecure: bool,
    /// Trust the one certificate with this SHA-256
    #[arg(long, value_name = "sha256:HEX", conflicts_with = "tls_ca")]
    pub(crate) tls_pin: Option<Pin>,
    /// Our own certificate chain, for servers that want one
    #[arg(long, value_name = "PEM", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The key that belongs to it
    #[arg(long, value_name = "PEM", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// How long the handshake may take
    #[arg(long, value_name = "D", default_value = "10s")]
    pub(crate) handshake_timeout: Limit,
}

impl ConnectTls {
    /// An option that is given and means nothing on a plain connection.
    pub(crate) fn any_given(&self) -> Option<&'static str> {
        let given = [
            (self.tls_ca.is_some(), "--tls-ca"),
            (self.tls_name.is_some(), "--tls-name"),
            (self.tls_insecure, "--tls-insecure"),
            (self.tls_pin.is_some(), "--tls-pin"),
            (self.tls_cert.is_some(), "--tls-cert"),
        ];
        given.into_iter().find_map(|(is_given, option)| is_given.then_some(option))
    }
}

/// TLS options of both sides.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "TLS")]
pub(crate) struct CommonTls {
    /// Application protocols, the preferred one first
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(crate) alpn: Vec<String>,
    /// The oldest version that is spoken
    #[arg(long, value_enum, value_name = "VERSION", default_value = "1.2")]
    pub(crate) tls_min: Oldest,
    /// What an end without close_notify is
    #[arg(long, value_enum, value_name = "WHAT", default_value = "error")]
    pub(crate) tls_eof: Eof,
    /// Append the secrets of each connection, for who decrypts a capture of it
    #[arg(long, value_name = "FILE")]
    pub(crate) keylog: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Oldest {
    #[value(name = "1.2")]
    Tls12,
    #[value(name = "1.3")]
    Tls13,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Eof {
    /// Truncation
    Error,
    /// A clean end
    Accept,
}

/// An address that is dialled, over TLS where it says so.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Dialled {
    pub(crate) address: Address,
    pub(crate) tls: bool,
}

impl std::str::FromStr for Dialled {
    type Err = standpipe_core::socket::AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.strip_prefix("tls:") {
            Some(rest) => Ok(Self { address: rest.parse()?, tls: true }),
            None => Ok(Self { address: text.parse()?, tls: false }),
        }
    }
}

/// The SHA-256 of a certificate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Pin(pub(crate) [u8; 32]);

impl std::str::FromStr for Pin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("'{text}' is no pin: write sha256: and 64 hexadecimal digits, as serve prints it");
        let digits = text.strip_prefix("sha256:").filter(|digits| digits.len() == 64 && digits.is_ascii());
        let digits = digits.ok_or_else(wrong)?;
        let mut pin = [0; 32];
        for (index, byte) in pin.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&digits[2 * index..2 * index + 2], 16).map_err(|_| wrong())?;
        }
        Ok(Self(pin))
    }
}

impl std::fmt::Display for Pin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What drives the machines. All three behave alike.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub(crate) enum Runtime {
    /// A thread for each connection.
    Blocking,
    /// An event loop in each of --workers.
    #[default]
    Mio,
    /// Futures on async-io, in --workers threads.
    Smol,
}

/// How log lines on standard error look.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub(crate) enum LogFormat {
    /// A sentence a line.
    #[default]
    Text,
    /// A JSON object a line.
    Json,
}

/// Options of every task.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Common {
    /// What drives it
    #[arg(long, value_enum, default_value_t, help_heading = "General")]
    pub(crate) runtime: Runtime,
    /// How log lines look
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", help_heading = "General")]
    pub(crate) log_format: LogFormat,
    /// Log what goes well, too
    #[arg(short, long, help_heading = "General")]
    pub(crate) verbose: bool,
}

/// Give every connection a program, an echo, or another connection
///
/// Prints `listening on ADDR` on standard output once it is ready; logs go to standard error. On SIGTERM or SIGINT it
/// stops accepting and lets open connections finish; a second signal aborts them. On SIGHUP it reads the files of
/// --tls-cert, --tls-key and --tls-client-ca anew: connections that begin afterwards go by them, and where they do not fit
/// the old ones stay. A served program finds REMOTE_ADDR, REMOTE_PORT, LOCAL_ADDR and LOCAL_PORT in its environment; it
/// reads the client's bytes to their end and may answer afterwards. With --stdio socket it has the connection itself: that is
/// the cheapest way, and ends with the program.
///
/// Exit codes: 0 done, 1 failed, 2 usage.
#[derive(Debug, Args)]
#[command(
    override_usage = "standpipe serve ADDR [OPTIONS] (--exec CMD [ARG]... | --sh LINE | --connect ADDR | --echo)",
    after_help = "Example: standpipe serve 127.0.0.1:7000 --max-connections 100 --exec sort -r",
    group = clap::ArgGroup::new("work").required(true)
)]
pub(crate) struct Serve {
    /// Where to listen; port 0 lets the system choose
    #[arg(value_name = "ADDR")]
    pub(crate) address: Address,
    /// A program for each connection; everything after it is its own
    #[arg(long, group = "work", num_args = 1.., allow_hyphen_values = true, value_names = ["CMD", "ARG"])]
    pub(crate) exec: Option<Vec<OsString>>,
    /// A shell line for each connection
    #[arg(long, group = "work", value_name = "LINE")]
    pub(crate) sh: Option<OsString>,
    /// What a program has as its standard input and output
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    pub(crate) stdio: ProgramStdio,
    /// Move the bytes of plain connections within the kernel, by splice(2): this process spares its copies, and those at both
    /// ends may pay for it
    #[arg(long)]
    pub(crate) splice: bool,
    /// A connection to ADDR for each connection; tls:HOST:PORT for one over TLS
    #[arg(long, group = "work", value_name = "ADDR")]
    pub(crate) connect: Option<Dialled>,
    /// Every connection gets its own bytes back
    #[arg(long, group = "work")]
    pub(crate) echo: bool,
    #[command(flatten)]
    pub(crate) tls: ServeTls,
    #[command(flatten)]
    pub(crate) common_tls: CommonTls,
    #[command(flatten)]
    pub(crate) limits: Limits,
    /// How many threads serve; of mio and smol, by default one for each core. The limits hold for all of them together
    #[arg(long, value_name = "N", help_heading = "General", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) workers: Option<u32>,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct Limits {
    /// Connections served at once; others wait in the kernel's queue
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_connections: Option<u32>,
    /// Connections served at once to one address; others are closed at once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_per_address: Option<u32>,
    /// End a connection on which nothing has moved for so long [default: 1h]
    #[arg(long, value_name = "D")]
    pub(crate) idle_timeout: Option<Limit>,
    /// The same once one direction has ended [default: 1h]
    #[arg(long, value_name = "D")]
    pub(crate) half_close_timeout: Option<Limit>,
    /// How long open connections have to finish on shutdown
    #[arg(long, value_name = "D", default_value = "30s")]
    pub(crate) drain_timeout: Limit,
    /// How long a program that is stopped has before SIGKILL
    #[arg(long, value_name = "D", default_value = "5s")]
    pub(crate) kill_after: Limit,
}

impl Limits {
    /// A limit of idleness that is asked for, which only whoever sees the bytes can keep.
    pub(crate) fn idleness(&self) -> Option<&'static str> {
        let asked =
            [(self.idle_timeout, "--idle-timeout"), (self.half_close_timeout, "--half-close-timeout")];
        let is_limit = |limit: Option<Limit>| limit.is_some_and(|Limit(limit)| limit.is_some());
        asked.into_iter().find_map(|(limit, option)| is_limit(limit).then_some(option))
    }
}

/// Connect standard input and output, or a program, to an address
///
/// The end of standard input is passed on as a half-close, and everything the peer still sends is written. Where
/// standard input is a terminal, the peer's end is the end.
///
/// Exit codes: 0 done (with a program, its own code), 1 failed, 2 usage, 3 truncated (TLS ended without
/// close_notify), 4 reset by the peer, 5 timed out.
#[derive(Debug, Args)]
#[command(after_help = "Example: printf 'b\\na\\n' | standpipe connect 127.0.0.1:7000")]
pub(crate) struct Connect {
    /// Where to connect; tls:HOST:PORT is short for --tls
    #[arg(value_name = "ADDR")]
    pub(crate) address: Dialled,
    /// How long connecting may take
    #[arg(long, value_name = "D", default_value = "30s")]
    pub(crate) connect_timeout: Limit,
    /// Use IPv4 only
    #[arg(short = '4', conflicts_with = "v6")]
    pub(crate) v4: bool,
    /// Use IPv6 only
    #[arg(short = '6')]
    pub(crate) v6: bool,
    /// Connect from this address of this machine
    #[arg(long, value_name = "ADDR")]
    pub(crate) source: Option<Address>,
    /// A program whose input and output are the connection
    #[arg(last = true, value_names = ["CMD", "ARG"])]
    pub(crate) command: Vec<OsString>,
    #[command(flatten)]
    pub(crate) tls: ConnectTls,
    #[command(flatten)]
    pub(crate) common_tls: CommonTls,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Run a program or a pipeline under a time limit
///
/// The program runs in a process group of its own, in the foreground where standard input is a terminal. Signals that
/// would end this command are passed on to the group. Nothing of the group survives a time-out.
///
/// Exit codes: the program's own (in a pipeline the last failed stage's), 128+N for a signal, 124 timed out, 125 a
/// failure of this command, usage included, 126 not executable, 127 not found.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  standpipe run --timeout 1s -- sleep 9\n  standpipe run --pipe -- seq 3 -- tac"
)]
pub(crate) struct Run {
    /// How long it may take
    #[arg(long, value_name = "D", default_value = "0")]
    pub(crate) timeout: Limit,
    /// How long it has between the signal and SIGKILL
    #[arg(long, value_name = "D", default_value = "5s")]
    pub(crate) kill_after: Limit,
    /// The signal that ends it at the time-out
    #[arg(long, value_name = "S", default_value = "TERM", value_parser = signal)]
    pub(crate) signal: Signal,
    /// What standard input is read from; - for our own
    #[arg(long, value_name = "FILE")]
    pub(crate) input: Option<PathBuf>,
    /// Take each further -- as a pipe
    #[arg(long)]
    pub(crate) pipe: bool,
    /// The program; all after the first -- is verbatim
    #[arg(last = true, required = true, value_names = ["CMD", "ARG"])]
    pub(crate) command: Vec<OsString>,
    #[command(flatten)]
    pub(crate) common: Common,
}

fn signal(text: &str) -> Result<Signal, String> {
    Signal::parse(text)
        .ok_or_else(|| "no such signal: write a name as in TERM, or a number from 1 to 64".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &[&str]) -> Arguments {
        Arguments::try_parse_from(line).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn the_definition_is_sound() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }

    #[test]
    fn all_after_the_first_dashes_is_verbatim() {
        let Task::Run(run) = parse(&["standpipe", "run", "--", "git", "checkout", "--", "nothing"]).task
        else {
            panic!("not run");
        };
        assert_eq!(run.command, ["git", "checkout", "--", "nothing"]);
    }

    #[test]
    fn what_follows_exec_is_the_programs_own() {
        let line = ["standpipe", "serve", ":0", "--echo"];
        assert!(matches!(parse(&line).task, Task::Serve(Serve { echo: true, .. })));
        let line = ["standpipe", "serve", ":0", "--exec", "grep", "-v", "--runtime", "x"];
        let Task::Serve(serve) = parse(&line).task else { panic!("not serve") };
        assert_eq!(serve.exec, Some(["grep", "-v", "--runtime", "x"].map(OsString::from).to_vec()));
    }

    #[test]
    fn exactly_one_kind_of_work_is_taken() {
        for line in [&["standpipe", "serve", ":0"][..], &["standpipe", "serve", ":0", "--echo", "--sh", "x"]]
        {
            assert!(Arguments::try_parse_from(line).is_err());
        }
    }
}
