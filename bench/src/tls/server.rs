//! The servers, a fresh process for each measurement: [`Kind`].

use std::fs;
use std::path::Path;
use std::process::Command;

use super::identity::{Handshakes, Identity, SUITE};
use super::python;
use crate::process::{Process, free_port, is_installed};
use crate::sample::helper;

/// What a server is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    how: How,
}

#[derive(Clone, Copy, Debug)]
enum How {
    /// The command of this workspace, with a runtime.
    Standpipe(&'static str),
    /// This program again.
    Helper(&'static str),
    Haproxy,
    OpenSsl,
    Python,
    Socat,
    Stunnel,
}

/// What a server does with a connection.
#[derive(Clone, Copy, Debug)]
pub(super) enum Work {
    /// Gives it a `cat`.
    Cat,
    /// Connects it to this port, in plain TCP.
    Link(u16),
    /// Sends it its own bytes back; who cannot, connects it to this port.
    Echo(u16),
}

/// What all servers are started with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting<'a> {
    pub(super) standpipe: &'a Path,
    pub(super) identity: &'a Identity,
    /// Of a server that can do both.
    pub(super) handshakes: Handshakes,
}

impl Kind {
    pub(super) const BLOCKING: Self = Self::standpipe("**standpipe blocking**", "blocking");
    pub(super) const MIO: Self = Self::standpipe("**standpipe mio**", "mio");
    pub(super) const SMOL: Self = Self::standpipe("**standpipe smol**", "smol");
    pub(super) const HAPROXY: Self = Self { name: "haproxy", how: How::Haproxy };
    pub(super) const OPENSSL: Self = Self { name: "openssl s_server", how: How::OpenSsl };
    pub(super) const PYTHON: Self = Self { name: "Python ssl", how: How::Python };
    pub(super) const SOCAT: Self = Self { name: "socat OPENSSL-LISTEN", how: How::Socat };
    pub(super) const STUNNEL: Self = Self { name: "stunnel", how: How::Stunnel };

    const fn standpipe(name: &'static str, runtime: &'static str) -> Self {
        Self { name, how: How::Standpipe(runtime) }
    }

    /// A server of this program.
    pub(super) const fn helper(name: &'static str, server: &'static str) -> Self {
        Self { name, how: How::Helper(server) }
    }

    /// The same under another name.
    pub(super) const fn named(self, name: &'static str) -> Self {
        Self { name, how: self.how }
    }

    pub(super) fn is_installed(&self) -> bool {
        match self.how {
            How::Standpipe(_) | How::Helper(_) => true,
            How::Haproxy => is_installed(HAPROXY),
            How::OpenSsl => is_installed("openssl"),
            How::Python => is_installed("python3"),
            How::Socat => is_installed("socat"),
            How::Stunnel => is_installed(STUNNEL),
        }
    }

    /// Starts it and waits until it listens.
    pub(super) fn start(&self, setting: Setting<'_>, work: Work) -> Result<(Process, u16), String> {
        let Setting { standpipe, identity, handshakes } = setting;
        match self.how {
            How::Standpipe(runtime) => {
                Process::on_told_port(&mut serve(Command::new(standpipe), runtime, identity, work))
            }
            How::Helper(name) => {
                let helper = &mut helper("tls");
                let (word, port) = work.words();
                helper
                    .args(["serve", name, word, &port.to_string(), handshakes.word()])
                    .arg(identity.folder());
                Process::on_told_port(helper)
            }
            How::Haproxy => on_free_port(|port| haproxy(identity, port, work)),
            How::OpenSsl => on_free_port(|port| Ok(s_server(identity, port, handshakes))),
            How::Python => {
                let mut script = python::command(identity, include_str!("serve/python.py"))?;
                Process::on_told_port(script.arg(handshakes.word()))
            }
            How::Socat => on_free_port(|port| Ok(socat(identity, port, work))),
            How::Stunnel => on_free_port(|port| stunnel(identity, port, work)),
        }
    }
}

impl Work {
    fn words(self) -> (&'static str, u16) {
        match self {
            Self::Cat => ("cat", 0),
            Self::Link(port) => ("link", port),
            Self::Echo(port) => ("echo", port),
        }
    }

    /// What a helper was told.
    pub(super) fn told(word: &str, port: u16) -> Option<Self> {
        [Self::Cat, Self::Link(port), Self::Echo(port)].into_iter().find(|work| work.words().0 == word)
    }
}

pub(super) const CAT: &str = "/bin/cat";
const HAPROXY: &str = "haproxy";
const STUNNEL: &str = "stunnel";

fn on_free_port(command: impl FnOnce(u16) -> Result<Command, String>) -> Result<(Process, u16), String> {
    let port = free_port();
    Ok((Process::on_port(&mut command(port)?, port)?, port))
}

fn serve(mut command: Command, runtime: &str, identity: &Identity, work: Work) -> Command {
    command.args(["serve", "127.0.0.1:0", "--runtime", runtime]);
    command.arg("--tls-cert").arg(identity.chain()).arg("--tls-key").arg(identity.key());
    match work {
        Work::Cat => command.args(["--exec", CAT]),
        Work::Link(to) => command.args(["--connect", &format!("127.0.0.1:{to}")]),
        Work::Echo(_) => command.arg("--echo"),
    };
    command
}

fn haproxy(identity: &Identity, port: u16, work: Work) -> Result<Command, String> {
    let (Work::Link(to) | Work::Echo(to)) = work else { return Err("haproxy runs no programs".to_owned()) };
    let both = identity.both();
    let text = format!(
        "global
  nbthread 1
  maxconn 4000
  tune.bufsize 65536
  ssl-default-bind-ciphersuites {SUITE}
defaults
  mode tcp
  timeout connect 10s
  timeout client 300s
  timeout server 300s
listen relay
  bind 127.0.0.1:{port} ssl crt {} curves X25519 ssl-min-ver TLSv1.3 no-tls-tickets
  server target 127.0.0.1:{to}
",
        both.display()
    );
    let mut command = Command::new(HAPROXY);
    command.args(["-db", "-f"]).arg(written(identity, "haproxy", port, &text)?);
    Ok(command)
}

fn stunnel(identity: &Identity, port: u16, work: Work) -> Result<Command, String> {
    let target = match work {
        Work::Cat => format!("exec = {CAT}"),
        Work::Link(to) | Work::Echo(to) => format!("connect = 127.0.0.1:{to}"),
    };
    let text = format!(
        "foreground = yes
syslog = no
debug = 0
pid =
socket = a:TCP_NODELAY=1
socket = l:TCP_NODELAY=1
socket = r:TCP_NODELAY=1
[relay]
accept = 127.0.0.1:{port}
{target}
cert = {}
ciphersuites = {SUITE}
curves = X25519
sslVersionMin = TLSv1.3
",
        identity.both().display()
    );
    let mut command = Command::new(STUNNEL);
    command.arg(written(identity, "stunnel", port, &text)?);
    Ok(command)
}

fn written(identity: &Identity, name: &str, port: u16, text: &str) -> Result<std::path::PathBuf, String> {
    let path = identity.folder().join(format!("{name}-{port}.conf"));
    fs::write(&path, text).map_err(|error| error.to_string())?;
    Ok(path)
}

fn socat(identity: &Identity, port: u16, work: Work) -> Command {
    let listen = format!(
        "OPENSSL-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork,nodelay,verify=0,cert={},\
         openssl-min-proto-version=TLS1.3",
        identity.both().display()
    );
    let target = match work {
        Work::Cat => format!("EXEC:{CAT}"),
        Work::Link(to) | Work::Echo(to) => format!("TCP:127.0.0.1:{to},nodelay"),
    };
    let mut command = Command::new("socat");
    command.args(["-b", "65536", &listen, &target]);
    command
}

/// It answers every line with its letters in reverse.
fn s_server(identity: &Identity, port: u16, handshakes: Handshakes) -> Command {
    let tickets = if handshakes == Handshakes::Full { "0" } else { "2" };
    let mut command = Command::new("openssl");
    command.args(["s_server", "-rev", "-quiet", "-tls1_3", "-num_tickets", tickets, "-groups", "X25519"]);
    command.args(["-ciphersuites", SUITE, "-accept", &format!("127.0.0.1:{port}")]);
    command.arg("-cert").arg(identity.chain()).arg("-key").arg(identity.key());
    command
}
