//! Relays, dialogues and pipelines as futures.

use std::io;
use std::time::Duration;

use standpipe_core::Machine;
use standpipe_core::flow::{Relay, Report};
use standpipe_core::process::{Command, Output, Pipeline};
use standpipe_sys::{Dialogue, Ends, RunError};

use crate::Waiter;
use crate::process::row;

/// Runs a relay to its end.
///
/// Dropping the future closes its connections, and kills and reaps its child.
///
/// # Errors
/// The reactor cannot watch a descriptor.
pub async fn relay(mut relay: Relay, mut ends: Ends) -> io::Result<Report> {
    let mut waiter = Waiter::default();
    loop {
        waiter.run(&mut relay, &mut ends).await?;
        if let Some(report) = relay.report() {
            return Ok(report);
        }
    }
}

/// Runs a pipeline that was started before to its end, or to the end of its stop after the time-out; [`Pipeline`](crate::Pipeline)
/// starts one, and feeds it and listens to it.
///
/// Dropping the future kills and reaps the children.
///
/// # Errors
/// The reactor cannot watch a descriptor.
pub async fn pipeline(
    mut pipeline: Pipeline,
    mut ends: Ends,
    timeout: Option<Duration>,
) -> io::Result<Pipeline> {
    let mut waiter = Waiter::default();
    pipeline.set_deadline(timeout.map(|wait| waiter.now() + wait));
    while !pipeline.is_done() {
        waiter.run(&mut pipeline, &mut ends).await?;
    }
    Ok(pipeline)
}

/// Runs a command of core's, feeding and collecting the standard streams that are pipes, with a dialogue of one's own:
/// [`Command::communicate`](crate::Command::communicate) is for everybody else. The child is stopped at the time-out and at a limit.
///
/// Dropping the future kills and reaps the child.
///
/// # Errors
/// It could not be started; or it was stopped at the time-out or a limit, and what it had written is inside.
pub async fn communicate(
    command: &Command,
    dialogue: Dialogue,
    timeout: Option<Duration>,
) -> Result<Output, RunError> {
    let (talk, ends) = standpipe_sys::communicate(command, dialogue.ending())?;
    row::run((talk, ends, timeout), |_, _| {}).await
}
