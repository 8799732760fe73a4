//! The relays, a fresh process for each measurement: [`Kind`].

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::process::{Process, free_port, is_installed};
use crate::sample::helper;

/// What a relay is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    how: How,
}

#[derive(Clone, Copy, Debug)]
enum How {
    /// The command of this workspace, with a runtime, and with these options.
    Standpipe(&'static str, &'static [&'static str]),
    /// This program again.
    Helper(&'static str),
    /// With another line of its configuration.
    Haproxy(&'static str),
    /// With these options.
    Socat(&'static [&'static str]),
    Ncat,
}

pub(super) const TOKIO: &str = "tokio copy_bidirectional, 64 KiB";
pub(super) const SOCAT: &str = "socat -b 65536";
pub(super) const HAPROXY: &str = "haproxy";

const SPLICE: &[&str] = &["--splice"];

/// The rows; the first is the limit.
pub(super) const KINDS: [Kind; 16] = [
    Kind { name: "splice, 1 MiB pipe, thread (limit)", how: How::Helper("splice") },
    Kind { name: "read and write, 64 KiB, thread", how: How::Helper("copy") },
    Kind { name: "std io::copy, thread", how: How::Helper("std") },
    Kind { name: "**standpipe --splice** blocking", how: How::Standpipe("blocking", SPLICE) },
    Kind { name: "**standpipe --splice** mio", how: How::Standpipe("mio", SPLICE) },
    Kind { name: "**standpipe --splice** smol", how: How::Standpipe("smol", SPLICE) },
    Kind { name: "**standpipe** blocking", how: How::Standpipe("blocking", &[]) },
    Kind { name: "**standpipe** mio", how: How::Standpipe("mio", &[]) },
    Kind { name: "**standpipe** smol", how: How::Standpipe("smol", &[]) },
    Kind { name: TOKIO, how: How::Helper("tokio") },
    Kind { name: "smol io::copy", how: How::Helper("smol") },
    Kind { name: SOCAT, how: How::Socat(&["-b", "65536"]) },
    Kind { name: "socat, 8 KiB", how: How::Socat(&[]) },
    Kind { name: HAPROXY, how: How::Haproxy("") },
    Kind { name: "haproxy, splice-auto", how: How::Haproxy("option splice-auto") },
    Kind { name: "ncat, for each connection another", how: How::Ncat },
];

impl Kind {
    pub(super) fn is_installed(&self) -> bool {
        match self.how {
            How::Standpipe(..) | How::Helper(_) => true,
            How::Haproxy(_) => is_installed("haproxy"),
            How::Socat(_) => is_installed("socat"),
            How::Ncat => is_installed("ncat"),
        }
    }

    /// Starts it, connecting each connection to this port, and waits until it listens.
    pub(super) fn start(&self, standpipe: &Path, to: u16) -> Result<(Process, u16), String> {
        match self.how {
            How::Standpipe(runtime, options) => {
                let mut command = Command::new(standpipe);
                command.args(["serve", "127.0.0.1:0", "--runtime", runtime]).args(options);
                Process::on_told_port(command.args(["--connect", &format!("127.0.0.1:{to}")]))
            }
            How::Helper(name) => Process::on_told_port(helper("link").args([name, &to.to_string()])),
            How::Haproxy(line) => haproxy(line, to),
            How::Socat(options) => {
                let port = free_port();
                let listen = format!("TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork,nodelay");
                let target = format!("TCP:127.0.0.1:{to},nodelay");
                let mut command = Command::new("socat");
                Ok((Process::on_port(command.args(options).args([listen, target]), port)?, port))
            }
            How::Ncat => {
                let port = free_port();
                let mut command = Command::new("ncat");
                command.args(["-lk", "127.0.0.1", &port.to_string(), "--sh-exec"]);
                command.arg(format!("exec ncat 127.0.0.1 {to}"));
                Ok((Process::on_port(&mut command, port)?, port))
            }
        }
    }
}

fn haproxy(line: &str, to: u16) -> Result<(Process, u16), String> {
    let port = free_port();
    let text = format!(
        "global
  nbthread 1
  tune.bufsize 65536
defaults
  mode tcp
  {line}
  timeout connect 10s
  timeout client 300s
  timeout server 300s
listen relay
  bind 127.0.0.1:{port}
  server target 127.0.0.1:{to}
"
    );
    // It has read its file once it listens.
    let file = tempfile::NamedTempFile::new().map_err(|error| error.to_string())?;
    fs::write(file.path(), text).map_err(|error| error.to_string())?;
    let mut command = Command::new("haproxy");
    command.args(["-db", "-f"]).arg(file.path());
    Ok((Process::on_port(&mut command, port)?, port))
}
