//! What connections add to the memory of their server: [`held`].

use std::time::{Duration, Instant};

use crate::allocations::between;
use crate::process::Process;
use crate::sample::{Outcome, Sample};

/// A server's first connections, which are not counted: what it makes once is made for them.
pub(crate) const FIRST: usize = 8;

/// How much more memory it holds for so many connections, for as long as they are.
pub(crate) fn held<T>(server: &Process, count: usize, open: impl Fn(usize) -> Result<T, String>) -> Outcome {
    drop(open(FIRST)?);
    let before = settled(server);
    let allocated = server.allocations();
    let connections = open(count)?;
    let memory = settled(server) - before;
    let allocations = between(allocated, server.allocations());
    let peak = server.peak();
    drop(connections);
    Ok(Sample { allocations, peak, ..Sample::of_memory(memory, count as f64) })
}

/// What it holds once that has stood still for a while, but for what other processes move by beginning and ending: a page that is
/// shared counts in part.
fn settled(server: &Process) -> f64 {
    const STILL: Duration = Duration::from_millis(100);
    const AT_MOST: Duration = Duration::from_secs(3);
    const SHARED: f64 = 32.0 * 1024.0;
    let start = Instant::now();
    let mut last = server.memory();
    loop {
        std::thread::sleep(STILL);
        let now = server.memory();
        if (now - last).abs() <= SHARED || start.elapsed() > AT_MOST {
            return now;
        }
        last = now;
    }
}
