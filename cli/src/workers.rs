//! How many threads a server has, and what each of them does.

use std::io;
use std::num::NonZero;
use std::thread::{self, Builder};

use standpipe_sys::Front;

use crate::args::Runtime;
use crate::outcome::{Outcome, USAGE};

impl Runtime {
    /// How many threads serve: as many as were asked for, or else one for each core.
    pub(crate) fn workers(self, asked: Option<u32>) -> Result<usize, Outcome> {
        match (self, asked) {
            (Self::Blocking, None | Some(1)) => Ok(1),
            (Self::Blocking, Some(_)) => Err(Outcome::failed(
                USAGE,
                "--workers is for --runtime mio and smol: blocking has a thread for each connection anyway",
            )),
            (_, Some(asked)) => Ok(asked as usize),
            (_, None) => Ok(thread::available_parallelism().map_or(1, NonZero::get)),
        }
    }

    /// How many of so many workers accept. The threads of an executor take each other's work.
    pub(crate) fn fronts(self, workers: usize) -> usize {
        if self == Self::Mio { workers } else { 1 }
    }

    /// Serves with so many threads, as many of which have a front as [`Runtime::fronts`] says.
    pub(crate) fn serve(self, mut fronts: Vec<Front<'_>>, workers: usize) -> io::Result<()> {
        if fronts.len() > 1 {
            return standpipe_mio::serve_all(fronts);
        }
        let Some(front) = fronts.pop() else { return Ok(()) };
        match self {
            Self::Blocking => standpipe_blocking::serve(front),
            Self::Mio => standpipe_mio::serve(front),
            Self::Smol => serve_by_futures(front, workers),
        }
    }
}

fn serve_by_futures(front: Front<'_>, workers: usize) -> io::Result<()> {
    let executor = smol::Executor::new();
    // Nothing is sent: its end is what the others wait for.
    let (over, others) = smol::channel::unbounded::<()>();
    thread::scope(|scope| {
        let over = over;
        for number in 1..workers {
            let help = || smol::block_on(executor.run(others.recv())).unwrap_or_default();
            Builder::new().name(format!("worker {number}")).spawn_scoped(scope, help)?;
        }
        let served = smol::block_on(executor.run(standpipe_smol::serve(front, &executor)));
        drop(over);
        served
    })
}
