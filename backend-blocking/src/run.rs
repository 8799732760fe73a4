//! Relays and pipelines, run to their end in the calling thread.

use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

use standpipe_core::Machine;
use standpipe_core::flow::{Relay, Report};
use standpipe_core::process::Pipeline;
use standpipe_sys::Ends;

use crate::{Interrupt, Waiter};

/// Runs a relay to its end. A raised interrupt aborts it: a child is stopped, connections are reset.
///
/// # Errors
/// Waiting failed; the ends are closed, a child is killed and reaped.
pub fn relay(mut relay: Relay, mut ends: Ends, interrupt: Option<&Interrupt>) -> io::Result<Report> {
    let mut waiter = Waiter::default();
    let mut also = interrupt.map(AsFd::as_fd);
    loop {
        if waiter.run_until(&mut relay, &mut ends, also)? {
            also = None;
            relay.abort();
        }
        if let Some(report) = relay.report() {
            return Ok(report);
        }
    }
}

/// Runs a pipeline to its end, or to the end of its stop after the time-out.
///
/// # Errors
/// Waiting failed; the children are killed and reaped.
pub fn pipeline(mut pipeline: Pipeline, mut ends: Ends, timeout: Option<Duration>) -> io::Result<Pipeline> {
    let mut waiter = Waiter::default();
    pipeline.set_deadline(timeout.map(|wait| waiter.now() + wait));
    while !pipeline.is_done() {
        waiter.run(&mut pipeline, &mut ends)?;
    }
    Ok(pipeline)
}
