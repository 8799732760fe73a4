//! A server with its clients, and what they saw.

use std::fmt;
use std::time::Duration;

use standpipe_core::EofPolicy;
use standpipe_core::flow::{RelayOptions, Report};

use crate::client::{Seen, Step};
use crate::log::Log;
use crate::program::Program;

/// What a server does with a connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Sends back what comes.
    Echo,
    /// Couples it with a child of its own.
    Exec(Program),
    /// Gives it to a child of its own, as its standard input and output.
    HandedOver(Program),
    /// Couples it with a server of the suite's own that echoes.
    Link,
}

/// A server, and the clients that come.
#[derive(Clone, Debug)]
pub struct Service {
    /// What it does with each of them.
    pub kind: Kind,
    /// The limits of each connection.
    pub options: RelayOptions,
    /// How many connections may be open at once.
    pub max_connections: usize,
    /// Whether bytes are moved by conduits, where nothing looks at them.
    pub splices: bool,
    /// How many bytes a connection may move before others get their turn.
    pub budget: usize,
    /// What a client's end without close_notify is taken for; clients are plain where that is not said.
    pub client_security: Option<EofPolicy>,
    /// The same of the server of a [`Kind::Link`].
    pub server_security: Option<EofPolicy>,
    /// How long connections may go on after a [`Step::Drain`].
    pub drain: Duration,
    /// How many descriptors there are, which the simulation takes from here and the others from their process.
    pub descriptors: usize,
    /// The clients, which all come at once.
    pub clients: Vec<Vec<Step>>,
}

impl Service {
    /// Serves these clients with the usual limits.
    pub fn new(kind: Kind, clients: impl IntoIterator<Item = Vec<Step>>) -> Self {
        Self {
            kind,
            options: RelayOptions::default(),
            max_connections: usize::MAX,
            splices: false,
            budget: standpipe_core::BUDGET,
            client_security: None,
            server_security: None,
            drain: Duration::from_secs(30),
            descriptors: usize::MAX,
            clients: clients.into_iter().collect(),
        }
    }

    /// Serves these clients by conduits.
    pub fn spliced(kind: Kind, clients: impl IntoIterator<Item = Vec<Step>>) -> Self {
        Self { splices: true, ..Self::new(kind, clients) }
    }

    /// Serves these clients by TLS.
    pub fn secured(kind: Kind, clients: impl IntoIterator<Item = Vec<Step>>) -> Self {
        Self { client_security: Some(EofPolicy::Error), ..Self::new(kind, clients) }
    }
}

/// What one client saw.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Visit {
    /// What came.
    pub received: Vec<u8>,
    /// How the connection ended.
    pub end: Seen,
}

/// What a [`Service`] came to.
#[derive(Clone, PartialEq, Debug)]
pub struct Served {
    /// What each client saw, in the order of the clients.
    pub visits: Vec<Visit>,
    /// What each connection came to, in no order.
    pub reports: Vec<Report>,
    /// How often accepting had to pause because a resource had run out.
    pub pauses: usize,
    /// How long it took.
    pub took: Duration,
}

impl Served {
    /// The event log in normal form: clients by number, connections sorted. Which call noticed a reset, and how much had
    /// gone into buffers before an end that is not clean, is not in it.
    pub fn log(&self) -> Log {
        let visits = self.visits.iter().enumerate();
        let log = visits.fold(Log::new(), |log, (number, visit)| {
            log.with(format!("client {number:04}"), &visit.received, visit.end)
        });
        let mut reports: Vec<_> = self.reports.iter().map(ended).collect();
        reports.sort_unstable();
        reports
            .iter()
            .enumerate()
            .fold(log, |log, (number, report)| log.with(format!("connection {number:04}"), &[], Text(report)))
    }
}

fn ended(report: &Report) -> String {
    let Report { end, exit, received, .. } = report;
    match end {
        end if end.is_reset() => "reset".into(),
        end if end.is_clean() => format!("{end:?}, {exit:?}, {received} bytes received"),
        end => format!("{end:?}, {exit:?}"),
    }
}

/// A text that is shown as it is.
struct Text<'a>(&'a str);

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
