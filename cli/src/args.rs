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

/// What drives the machines. All three behave alike.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub(crate) enum Runtime {
    /// A thread for each connection.
    Blocking,
    /// One event loop.
    #[default]
    Mio,
    /// Futures on async-io.
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
/// stops accepting and lets open connections finish; a second signal aborts them. A served program finds REMOTE_ADDR,
/// REMOTE_PORT, LOCAL_ADDR and LOCAL_PORT in its environment; it reads the client's bytes to their end and may answer
/// afterwards.
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
    /// A connection to ADDR for each connection
    #[arg(long, group = "work", value_name = "ADDR")]
    pub(crate) connect: Option<Address>,
    /// Every connection gets its own bytes back
    #[arg(long, group = "work")]
    pub(crate) echo: bool,
    #[command(flatten)]
    pub(crate) limits: Limits,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct Limits {
    /// Connections served at once; others wait in the kernel's queue
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_connections: Option<u32>,
    /// End a connection on which nothing has moved for so long
    #[arg(long, value_name = "D", default_value = "1h")]
    pub(crate) idle_timeout: Limit,
    /// The same once one direction has ended
    #[arg(long, value_name = "D", default_value = "1h")]
    pub(crate) half_close_timeout: Limit,
    /// How long open connections have to finish on shutdown
    #[arg(long, value_name = "D", default_value = "30s")]
    pub(crate) drain_timeout: Limit,
    /// How long a program that is stopped has before SIGKILL
    #[arg(long, value_name = "D", default_value = "5s")]
    pub(crate) kill_after: Limit,
}

/// Connect standard input and output, or a program, to an address
///
/// The end of standard input is passed on as a half-close, and everything the peer still sends is written. Where
/// standard input is a terminal, the peer's end is the end.
///
/// Exit codes: 0 done (with a program, its own code), 1 failed, 2 usage, 4 reset by the peer, 5 timed out.
#[derive(Debug, Args)]
#[command(after_help = "Example: printf 'b\\na\\n' | standpipe connect 127.0.0.1:7000")]
pub(crate) struct Connect {
    /// Where to connect
    #[arg(value_name = "ADDR")]
    pub(crate) address: Address,
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
