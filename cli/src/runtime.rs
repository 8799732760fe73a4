//! The three runtimes, chosen by the user.

use std::io;
use std::time::Duration;

use standpipe_core::Layer;
use standpipe_core::flow::{Relay, Report};
use standpipe_core::process::Pipeline;
use standpipe_sys::socket::Candidate;
use standpipe_sys::{Ends, Stream};

use crate::args::Runtime;

impl Runtime {
    pub(crate) fn connect(self, candidates: Vec<Candidate>, timeout: Option<Duration>) -> io::Result<Stream> {
        match self {
            Self::Blocking => {
                standpipe_blocking::connect_to(candidates, timeout).map(|stream| stream.into_inner())
            }
            Self::Mio => standpipe_mio::connect_to(candidates, timeout),
            Self::Smol => smol::block_on(standpipe_smol::connect_to(candidates, timeout)),
        }
    }

    pub(crate) fn secure(
        self,
        stream: Stream,
        layer: Box<dyn Layer>,
        timeout: Option<Duration>,
    ) -> io::Result<(Stream, Box<dyn Layer>)> {
        match self {
            Self::Blocking => standpipe_blocking::secure(stream, layer, timeout),
            Self::Mio => standpipe_mio::secure(stream, layer, timeout),
            Self::Smol => smol::block_on(standpipe_smol::secure(stream, layer, timeout)),
        }
    }

    pub(crate) fn relay(self, relay: Relay, ends: Ends) -> io::Result<Report> {
        match self {
            Self::Blocking => standpipe_blocking::relay(relay, ends, None),
            Self::Mio => standpipe_mio::relay(relay, ends),
            Self::Smol => smol::block_on(standpipe_smol::relay(relay, ends)),
        }
    }

    pub(crate) fn pipeline(
        self,
        machine: Pipeline,
        ends: Ends,
        timeout: Option<Duration>,
    ) -> io::Result<Pipeline> {
        match self {
            Self::Blocking => standpipe_blocking::pipeline(machine, ends, timeout),
            Self::Mio => standpipe_mio::pipeline(machine, ends, timeout),
            Self::Smol => smol::block_on(standpipe_smol::pipeline(machine, ends, timeout)),
        }
    }
}
