//! Running commands, one or several in a row, to the end of all of them.

use standpipe_core::Machine;
use standpipe_core::process::{Output, Stream};
use standpipe_sys::process::PreparedRow;
use standpipe_sys::{LaunchError, RunError};

use crate::{Talk, Waiter};

/// To their end, or to that of their stop.
pub(super) fn communicate(row: PreparedRow) -> Result<Output, RunError> {
    run(row, |_, _| {})
}

/// The same, every piece of the outputs handed over as it comes.
pub(super) fn deliver(row: PreparedRow, sink: impl FnMut(Stream, &[u8])) -> Result<Output, RunError> {
    run(row.delivering(), sink)
}

fn run(row: PreparedRow, mut sink: impl FnMut(Stream, &[u8])) -> Result<Output, RunError> {
    let (mut talk, mut ends, timeout) = row.communicate()?;
    let mut waiter = Waiter::default();
    talk.set_deadline(timeout.map(|wait| waiter.now() + wait));
    while !talk.is_done() {
        waiter.run(&mut talk, &mut ends).map_err(RunError::Wait)?;
        talk.hand_over(&mut sink);
    }
    Ok(talk.finish()?)
}

/// The same; every exit but code 0 is an error.
pub(super) fn checked(row: PreparedRow) -> Result<Output, RunError> {
    let names = row.names();
    Ok(communicate(row)?.check(|stage| names[stage].clone())?)
}

/// As long as the caller likes.
pub(super) fn talk(row: PreparedRow) -> Result<Talk, LaunchError> {
    Ok(Talk::new(row.talk()?, Waiter::default()))
}
