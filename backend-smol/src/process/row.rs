//! Running commands, one or several in a row, to the end of all of them.

use std::time::Duration;

use standpipe_core::Machine;
use standpipe_core::process::{Communicate, Output};
use standpipe_sys::process::PreparedRow;
use standpipe_sys::{Ends, LaunchError, RunError};

use super::Talk;
use crate::Waiter;

/// Runs a dialogue to its end, or to that of its stop.
pub(crate) async fn run(
    mut talk: Communicate,
    mut ends: Ends,
    timeout: Option<Duration>,
) -> Result<Output, RunError> {
    let mut waiter = Waiter::default();
    talk.set_deadline(timeout.map(|wait| waiter.now() + wait));
    while !talk.is_done() {
        waiter.run(&mut talk, &mut ends).await.map_err(RunError::Wait)?;
    }
    Ok(talk.finish()?)
}

/// Starts commands and runs them to their end.
pub(super) async fn communicate(row: PreparedRow) -> Result<Output, RunError> {
    let (talk, ends, timeout) = row.communicate()?;
    run(talk, ends, timeout).await
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
