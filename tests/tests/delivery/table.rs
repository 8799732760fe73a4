//! What is executed, and how it is written down.

use std::fmt::Write;

/// What carries the bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Transport {
    Pipe,
    Terminal,
    Tcp,
    Unix,
    Tls,
}

/// How the sender ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Way {
    Clean,
    HalfClose,
    Fin,
    Reset,
    Term,
    Kill,
    Deadline,
}

/// How often each cell is executed.
pub(crate) const ROUNDS: usize = 20;

use Transport::{Pipe, Tcp, Terminal, Tls, Unix};

/// The rows, each with the transports that have such an end.
pub(crate) const CELLS: [(Way, [Option<Transport>; 5]); 7] = [
    (Way::Clean, [Some(Pipe), Some(Terminal), Some(Tcp), Some(Unix), Some(Tls)]),
    (Way::HalfClose, [Some(Pipe), Some(Terminal), Some(Tcp), Some(Unix), Some(Tls)]),
    (Way::Fin, [None, None, None, None, Some(Tls)]),
    (Way::Reset, [None, None, Some(Tcp), Some(Unix), Some(Tls)]),
    (Way::Term, [Some(Pipe), Some(Terminal), Some(Tcp), Some(Unix), None]),
    (Way::Kill, [Some(Pipe), Some(Terminal), Some(Tcp), Some(Unix), None]),
    (Way::Deadline, [Some(Pipe), Some(Terminal), Some(Tcp), Some(Unix), None]),
];

impl Way {
    fn name(self) -> &'static str {
        match self {
            Self::Clean => "ends as it should",
            Self::HalfClose => "half-closes and waits for an answer",
            Self::Fin => "closes without saying so in TLS",
            Self::Reset => "resets",
            Self::Term => "is a child that SIGTERM ends",
            Self::Kill => "is a child that SIGKILL ends",
            Self::Deadline => "falls silent, and the receiver's deadline passes",
        }
    }
}

/// The page with what was found.
pub(crate) fn page(rows: &[(Way, [Option<String>; 5])]) -> String {
    let mut page = String::from(HEAD);
    for (way, cells) in rows {
        write!(page, "| {} |", way.name()).expect("a string takes everything");
        for cell in cells {
            write!(page, " {} |", cell.as_deref().unwrap_or("–")).expect("a string takes everything");
        }
        page.push('\n');
    }
    let executed = rows.iter().flat_map(|(_, cells)| cells).flatten().count() * ROUNDS;
    write!(page, "\n{executed} deliveries are executed for this page at each run of the tests.\n")
        .expect("a string takes everything");
    page
}

const HEAD: &str = "\
# What is delivered

A sender has written so many bytes, all of which were accepted, and then ends in some way. What does the receiver get, and what is
it told? Each cell is what `standpipe-blocking` does, executed with nothing, with one byte, and with up to 400 KiB; a test holds
this page to it. After *everything* or *what had arrived* comes how the end is told.

A socket cannot tell a sender that was killed from one that has ended: the system closes it for both. Where that matters, the
bytes must say so themselves, as TLS does by its close_notify.

| the sender… | pipe | terminal | TCP | Unix | TLS |
|---|---|---|---|---|---|
";
