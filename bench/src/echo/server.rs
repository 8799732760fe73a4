//! The servers, a fresh process for each measurement: [`Kind`].

use std::process::{Command, Stdio};
use std::sync::LazyLock;

use crate::options::package;
use crate::process::{self, Process, is_installed};
use crate::rounds::Peer;
use crate::sample::{Outcome, helper};

/// What a server is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    how: How,
}

#[derive(Clone, Copy, Debug)]
enum How {
    /// This program, which is told so.
    Helper(&'static str),
    /// `py/echo.py`, which is told so.
    Python(&'static str),
}

/// The core that servers run on, so that whoever measures them leaves it alone.
pub(super) const CORE: usize = 0;

pub(crate) const TOKIO: &str = "tokio, LinesCodec and forward";

pub(crate) const ASYNC_NET: &str = "async-net, read_until and write_all";

pub(crate) const THREADS: &str = "std, a thread each";

/// The rows; the first is the limit.
pub(crate) const KINDS: [Kind; 22] = [
    Kind::helper("epoll by hand, one buffer (limit)", "epoll"),
    Kind::helper("**standpipe mio, MessageHandler**", "messages"),
    Kind::helper("**standpipe mio, AsyncChat**", "chat"),
    Kind::helper("**standpipe mio, Dispatcher** (no lines)", "dispatcher"),
    Kind::helper("mio by hand, one buffer", "mio"),
    Kind::helper(TOKIO, "tokio"),
    Kind::helper("tokio, LinesCodec and a send for each", "tokio-each"),
    Kind::helper("**standpipe smol, MessageHandler**", "smol-messages"),
    Kind::helper("**standpipe smol, Dispatcher** (no lines)", "smol-dispatcher"),
    Kind::helper("**standpipe smol, Chat**", "smol-chat"),
    Kind::helper("**standpipe smol, Stream**, read_until and write_all", "smol-stream"),
    Kind::helper("**standpipe smol, Stream**, 64 bytes at once (no lines)", "smol-bytes"),
    Kind::helper(ASYNC_NET, "async-net"),
    Kind::helper("**standpipe blocking, MessageHandler**", "blocking-messages"),
    Kind::helper("**standpipe blocking, ChatStream**, a thread each", "blocking-chat"),
    Kind::helper("**standpipe blocking, Stream**, a thread each", "blocking-stream"),
    Kind::helper(THREADS, "threads"),
    Kind::python("Python asynchat", "asynchat"),
    Kind::python("Python asyncio, streams", "asyncio-streams"),
    Kind::python("Python asyncio, a protocol", "asyncio-protocol"),
    Kind::python("Python uvloop, streams", "uvloop-streams"),
    Kind::python("Python uvloop, a protocol", "uvloop-protocol"),
];

impl Kind {
    const fn helper(name: &'static str, server: &'static str) -> Self {
        Self { name, how: How::Helper(server) }
    }

    const fn python(name: &'static str, server: &'static str) -> Self {
        Self { name, how: How::Python(server) }
    }

    /// Its row, measured so.
    pub(crate) fn row<'a>(&'static self, measure: impl Fn(&Self) -> Outcome + 'a) -> Peer<'a> {
        match self.what_is_missing() {
            None => Peer::new(self.name, move || measure(self)),
            Some(why) => Peer::missing(self.name, why),
        }
    }

    fn what_is_missing(&self) -> Option<&'static str> {
        match self.how {
            How::Python(_) if !is_installed(PYTHON) => Some("python3 is not installed"),
            How::Python(server) if server.starts_with("uvloop") && !*HAS_UVLOOP => {
                Some("uvloop is not installed")
            }
            _ => None,
        }
    }

    /// Starts it and waits until it listens.
    pub(crate) fn start(&self) -> Result<(Process, u16), String> {
        match self.how {
            How::Helper(server) => Process::on_told_port(helper("echo").arg(server)),
            How::Python(server) => Process::on_told_port(&mut python(server)),
        }
    }
}

const PYTHON: &str = "python3";

/// A server in Python of this kind.
pub(crate) fn python(server: &str) -> Command {
    let mut command = Command::new(process::python());
    command.arg(package().join("py/echo.py")).arg(server);
    command
}

static HAS_UVLOOP: LazyLock<bool> = LazyLock::new(|| {
    let status = Command::new(process::python()).args(["-c", "import uvloop"]).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
});
