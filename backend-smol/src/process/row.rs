//! Running commands, one or several in a row, to the end of all of them.

use std::future::poll_fn;
use std::time::Duration;

use standpipe_core::Machine;
use standpipe_core::process::{Communicate, Output, Stream};
use standpipe_sys::process::PreparedRow;
use standpipe_sys::{Ends, LaunchError, RunError};

use super::Talk;
use crate::Waiter;
use crate::turn::Turn;

/// Runs a dialogue to its end, or to that of its stop, every piece of outputs that are delivered handed over.
pub(crate) async fn run(
    (mut talk, mut ends, timeout): (Communicate, Ends, Option<Duration>),
    mut sink: impl FnMut(Stream, &[u8]),
) -> Result<Output, RunError> {
    let (mut waiter, mut turn) = (Waiter::default(), Turn::default());
    talk.set_deadline(timeout.map(|wait| waiter.now() + wait));
    while !talk.is_done() {
        poll_fn(|context| turn.poll_go_on(context)).await;
        waiter.run(&mut talk, &mut ends).await.map_err(RunError::Wait)?;
        talk.hand_over(|stream, piece| {
            turn.moved(piece.len());
            sink(stream, piece);
        });
    }
    Ok(talk.finish()?)
}

/// Starts commands and runs them to their end.
pub(super) async fn communicate(row: PreparedRow) -> Result<Output, RunError> {
    run(row.communicate()?, |_, _| {}).await
}

/// The same, every piece of their outputs handed over as it comes.
pub(super) async fn deliver(row: PreparedRow, sink: impl FnMut(Stream, &[u8])) -> Result<Output, RunError> {
    run(row.delivering().communicate()?, sink).await
}

/// The same; every exit but code 0 is an error.
pub(super) async fn checked(row: PreparedRow) -> Result<Output, RunError> {
    let names = row.names();
    Ok(communicate(row).await?.check(|stage| names[stage].clone())?)
}

/// As long as the caller likes.
pub(super) fn talk(row: PreparedRow) -> Result<Talk, LaunchError> {
    Ok(Talk::new(row.talk()?))
}
