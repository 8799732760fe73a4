//! The servers, a fresh process for each measurement: [`Kind`].

use crate::process::Process;
use crate::sample::helper;

/// What a server is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// What the helper is told.
    server: &'static str,
}

/// The core that servers run on, so that whoever measures them leaves it alone.
pub(super) const CORE: usize = 0;

pub(crate) const TOKIO: &str = "tokio, LinesCodec and forward";

/// The rows; the first is the limit.
pub(crate) const KINDS: [Kind; 5] = [
    Kind { name: "epoll by hand, one buffer (limit)", server: "epoll" },
    Kind { name: "**standpipe mio, MessageHandler**", server: "messages" },
    Kind { name: "**standpipe mio, AsyncChat**", server: "chat" },
    Kind { name: "**standpipe mio, Dispatcher** (no lines)", server: "dispatcher" },
    Kind { name: TOKIO, server: "tokio" },
];

impl Kind {
    /// Starts it and waits until it listens.
    pub(crate) fn start(&self) -> Result<(Process, u16), String> {
        Process::on_told_port(helper("echo").arg(self.server))
    }
}
