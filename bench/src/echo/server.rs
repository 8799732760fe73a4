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

pub(crate) const ASYNC_NET: &str = "async-net, read_until and write_all";

/// The rows; the first is the limit.
pub(crate) const KINDS: [Kind; 11] = [
    Kind { name: "epoll by hand, one buffer (limit)", server: "epoll" },
    Kind { name: "**standpipe mio, MessageHandler**", server: "messages" },
    Kind { name: "**standpipe mio, AsyncChat**", server: "chat" },
    Kind { name: "**standpipe mio, Dispatcher** (no lines)", server: "dispatcher" },
    Kind { name: TOKIO, server: "tokio" },
    Kind { name: "**standpipe smol, MessageHandler**", server: "smol-messages" },
    Kind { name: "**standpipe smol, Dispatcher** (no lines)", server: "smol-dispatcher" },
    Kind { name: "**standpipe smol, Chat**", server: "smol-chat" },
    Kind { name: "**standpipe smol, Stream**, read_until and write_all", server: "smol-stream" },
    Kind { name: "**standpipe smol, Stream**, 64 bytes at once (no lines)", server: "smol-bytes" },
    Kind { name: ASYNC_NET, server: "async-net" },
];

impl Kind {
    /// Starts it and waits until it listens.
    pub(crate) fn start(&self) -> Result<(Process, u16), String> {
        Process::on_told_port(helper("echo").arg(self.server))
    }
}
