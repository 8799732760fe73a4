//! The servers, each a process of its own that gives every connection a `cat`: [`Server`].

use std::path::Path;
use std::process::Command;

use crate::process::{Process, free_port, is_installed};
use crate::sample::{Outcome, helper};

/// What a server is and how it is started.
#[derive(Debug)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    how: How,
}

#[derive(Clone, Copy, Debug)]
enum How {
    /// The command of this workspace, with a runtime, and pipes for its programs.
    Pipes(&'static str),
    /// The same, with bytes that are moved within the kernel.
    Spliced(&'static str),
    /// The same, with the connection itself for its programs.
    Socket(&'static str),
    /// This program again.
    Helper(&'static str),
    /// A program on a port that is free now; `PORT` stands for its number.
    Program(&'static [&'static str]),
}

pub(super) const SPLICE: &str = "pipes of 1 MiB, splice, two threads";
pub(super) const SOCAT: &str = "socat EXEC:cat";
pub(super) const TCPSERVER: &str = "tcpserver";

/// The rows; the first is the limit.
pub(super) const KINDS: [Kind; 16] = [
    Kind { name: "the socket as the child's stdio, std Command (limit)", how: How::Helper("socket") },
    Kind { name: "**standpipe --stdio socket** blocking", how: How::Socket("blocking") },
    Kind { name: "**standpipe --stdio socket** mio", how: How::Socket("mio") },
    Kind { name: "**standpipe --stdio socket** smol", how: How::Socket("smol") },
    Kind { name: "**standpipe --stdio pipe** blocking", how: How::Pipes("blocking") },
    Kind { name: "**standpipe --stdio pipe** mio", how: How::Pipes("mio") },
    Kind { name: "**standpipe --stdio pipe** smol", how: How::Pipes("smol") },
    Kind { name: "**standpipe --splice** blocking", how: How::Spliced("blocking") },
    Kind { name: "**standpipe --splice** mio", how: How::Spliced("mio") },
    Kind { name: "**standpipe --splice** smol", how: How::Spliced("smol") },
    Kind { name: SPLICE, how: How::Helper("splice") },
    Kind { name: "tokio process, pipes, copy 64 KiB", how: How::Helper("tokio") },
    Kind { name: SOCAT, how: How::Program(&["socat", LISTEN, "EXEC:/bin/cat"]) },
    Kind { name: "socat EXEC:cat,nofork", how: How::Program(&["socat", LISTEN, "EXEC:/bin/cat,nofork"]) },
    Kind { name: "ncat --exec", how: How::Program(&["ncat", "-lk", "127.0.0.1", "PORT", "-e", "/bin/cat"]) },
    Kind { name: TCPSERVER, how: How::Program(&["tcpserver", "-HRl0", "127.0.0.1", "PORT", "/bin/cat"]) },
];

const LISTEN: &str = "TCP-LISTEN:PORT,bind=127.0.0.1,reuseaddr,fork";

/// A running server; dropping it ends it.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) kind: &'static Kind,
    pub(super) port: u16,
    process: Process,
}

impl Kind {
    pub(super) fn is_installed(&self) -> bool {
        match self.how {
            How::Program(arguments) => is_installed(arguments[0]),
            How::Pipes(_) | How::Spliced(_) | How::Socket(_) | How::Helper(_) => true,
        }
    }

    /// Starts it and waits until it listens.
    pub(super) fn start(&'static self, standpipe: &Path) -> Result<Server, String> {
        let (process, port) = match self.how {
            How::Pipes(runtime) => serve(standpipe, runtime, &["--stdio", "pipe"]),
            How::Spliced(runtime) => serve(standpipe, runtime, &["--splice"]),
            How::Socket(runtime) => serve(standpipe, runtime, &["--stdio", "socket"]),
            How::Helper(name) => Process::on_told_port(helper("relay").arg(name)),
            How::Program(arguments) => on_free_port(arguments),
        }?;
        Ok(Server { kind: self, port, process })
    }
}

fn serve(standpipe: &Path, runtime: &str, options: &[&str]) -> Result<(Process, u16), String> {
    let mut command = Command::new(standpipe);
    command.args(["serve", "127.0.0.1:0", "--runtime", runtime]).args(options);
    Process::on_told_port(command.args(["--exec", "/bin/cat"]))
}

fn on_free_port(arguments: &[&str]) -> Result<(Process, u16), String> {
    let port = free_port();
    let arguments = arguments.iter().map(|text| text.replace("PORT", &port.to_string()));
    let arguments: Vec<String> = arguments.collect();
    let process = Process::on_port(Command::new(&arguments[0]).args(&arguments[1..]), port)?;
    Ok((process, port))
}

impl Server {
    /// CPU seconds of the server, of its living descendants and of those it has reaped.
    pub(super) fn cpu(&self) -> f64 {
        self.process.cpu()
    }

    /// Measures work that returns its units, as [`Process::measure`] does.
    pub(super) fn measure(&self, work: impl FnOnce() -> Result<f64, String>) -> Outcome {
        self.process.measure(work)
    }
}
