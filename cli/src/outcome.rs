//! What the command came to: its exit code, and the line that says why.

use std::fmt::Display;

use standpipe_core::flow::Report;
use standpipe_core::process::Exit;
use standpipe_core::{End, Side};

/// The work failed.
pub(crate) const FAILED: u8 = 1;
/// The usage was wrong.
pub(crate) const USAGE: u8 = 2;
/// The stream was truncated.
pub(crate) const TRUNCATED: u8 = 3;
/// The peer reset the connection.
pub(crate) const RESET: u8 = 4;
/// A time limit.
pub(crate) const TIMED_OUT: u8 = 5;
/// `run`: its time limit, as timeout(1) has it.
pub(crate) const RUN_TIMED_OUT: u8 = 124;
/// `run`: a failure of its own.
pub(crate) const OWN_FAILURE: u8 = 125;
/// `run`: the program cannot be run, as shells have it.
pub(crate) const NOT_EXECUTABLE: u8 = 126;
/// `run`: there is no such program, as shells have it.
pub(crate) const NOT_FOUND: u8 = 127;

/// An exit code, and the line that says why.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: u8,
    pub(crate) message: Option<String>,
}

impl Outcome {
    pub(crate) const DONE: Self = Self { code: 0, message: None };

    pub(crate) fn failed(code: u8, why: impl Display) -> Self {
        Self { code, message: Some(why.to_string()) }
    }

    pub(crate) fn code(code: u8) -> Self {
        Self { code, message: None }
    }

    /// What a child's end is as an exit code.
    pub(crate) fn of_exit(exit: Exit) -> Self {
        match exit.shell_code() {
            Some(code) => Self::code(code),
            None => Self::failed(FAILED, format_args!("the child's exit code is lost: {exit}")),
        }
    }

    /// What a relay's end is as an exit code; a child's own code counts where everything else went well.
    pub(crate) fn of_report(report: &Report) -> Self {
        match report.end {
            End::Clean | End::Cut => report.exit.map_or(Self::DONE, Self::of_exit),
            end if end.is_reset() && is_connection(end) => {
                Self::failed(RESET, "the peer reset the connection")
            }
            end @ End::Truncated => Self::failed(TRUNCATED, end),
            end @ End::TimedOut(_) => Self::failed(TIMED_OUT, end),
            end => Self::failed(FAILED, end),
        }
    }
}

/// Whether the failure was the connection's, and not that of our own standard output.
fn is_connection(end: End) -> bool {
    use standpipe_core::flow::Relay;
    !matches!(end, End::Failed { port, side: Side::Write, .. } if port == Relay::OUTPUT)
}
