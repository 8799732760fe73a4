//! From commands and connections to machines over descriptors.

use std::os::fd::{AsRawFd, OwnedFd};

use standpipe_core::Side;
use standpipe_core::flow::{Relay, RelayOptions, SendQueue};
use standpipe_core::process::{
    Command, Communicate, CommunicateOptions, Group, Pipeline, PipelineOptions, Stdio, Stop, Unfinished,
};

use crate::exit::ChildExit;
use crate::service::children_ends;
use crate::{Ends, LaunchError, Stream, fault, fd, launch};

/// Why a command could not be run to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// It could not be started.
    #[error(transparent)]
    Launch(#[from] LaunchError),
    /// It was ended before its time; what it had written by then is inside.
    #[error(transparent)]
    Unfinished(#[from] Unfinished),
    /// Waiting failed.
    #[error("cannot wait for the command: {0}")]
    Wait(#[source] std::io::Error),
}

impl From<RunError> for std::io::Error {
    /// The kind a user would match on, the typed error as its source.
    fn from(error: RunError) -> Self {
        use std::io::ErrorKind;
        let kind = match error {
            RunError::Launch(error) => return error.into(),
            RunError::Wait(error) => return error,
            RunError::Unfinished(Unfinished::TimedOut { .. }) => ErrorKind::TimedOut,
            RunError::Unfinished(_) => ErrorKind::FileTooLarge,
        };
        Self::new(kind, error)
    }
}

/// What a dialogue with a command is to be.
#[derive(Debug, Default)]
pub struct Dialogue {
    /// What standard input gets, where it is a pipe.
    pub input: Option<SendQueue>,
    /// How many bytes of each output are collected; `None` for core's default.
    pub limit: Option<usize>,
    /// How the child is ended at the deadline or over the limit.
    pub stop: Option<Stop>,
}

/// Starts a command and a dialogue with it: every standard stream that is [`Stdio::Pipe`] is fed or collected.
///
/// # Errors
/// [`LaunchError`].
pub fn communicate(command: &Command, dialogue: Dialogue) -> Result<(Communicate, Ends), LaunchError> {
    let mut launched = launch(command)?;
    let mut ends = Ends::default();
    let mut options = CommunicateOptions { stop: dialogue.stop, ..CommunicateOptions::default() };
    options.limit = dialogue.limit.unwrap_or(options.limit);
    if let Some(pipe) = launched.pipe(0) {
        options.input = Some(dialogue.input.unwrap_or_else(|| SendQueue::new(0, 0)));
        ends = ends.with(Communicate::STDIN, pipe);
    }
    for (number, port, piped) in
        [(1, Communicate::STDOUT, &mut options.stdout), (2, Communicate::STDERR, &mut options.stderr)]
    {
        if let Some(pipe) = launched.pipe(number) {
            *piped = true;
            ends = ends.with(port, pipe);
        }
    }
    Ok((Communicate::new(options), ends.with(Communicate::EXIT, launched.exit)))
}

/// Starts commands in a row, each reading what the one before writes, in one process group that the first leads.
/// `terminal` is the descriptor of the terminal to whose foreground the group is brought.
///
/// # Errors
/// [`LaunchError`]; stages that were started by then are killed and reaped.
///
/// # Panics
/// When there are no commands, or more than [`Pipeline::MOST_STAGES`].
pub fn pipeline(
    commands: &[Command],
    stop: Stop,
    terminal: Option<i32>,
) -> Result<(Pipeline, Ends), LaunchError> {
    let stages = u8::try_from(commands.len()).unwrap_or(u8::MAX);
    assert!((1..=Pipeline::MOST_STAGES).contains(&stages), "a pipeline has 1 to 31 stages");
    let mut ends = Ends::default();
    let mut leader = None;
    let mut upstream: Option<OwnedFd> = None;
    for (index, command) in (0..).zip(commands) {
        let mut command = command.clone().group(leader.map_or(Group::New, Group::Join));
        if let (None, Some(terminal)) = (leader, terminal) {
            command = command.foreground(terminal);
        }
        if let Some(pipe) = &upstream {
            command = command.stdin(Stdio::Descriptor(pipe.as_raw_fd()));
        }
        let downstream = if index + 1 < stages { Some(pipe()?) } else { None };
        if let Some((_, write)) = &downstream {
            command = command.stdout(Stdio::Descriptor(write.as_raw_fd()));
        }
        let exit: ChildExit = launch(&command)?.exit;
        leader = leader.or(Some(exit.pid()));
        ends = ends.with(Pipeline::stage(index), exit);
        upstream = downstream.map(|(read, _)| read);
    }
    Ok((Pipeline::new(PipelineOptions { stages, stop }), ends))
}

fn pipe() -> Result<(OwnedFd, OwnedFd), LaunchError> {
    fd::pipe().map_err(|error| LaunchError::Pipe(fault::of(&error)))
}

/// Couples our own standard input and output with a connection.
///
/// # Errors
/// A standard stream is closed, or the descriptor limit.
pub fn relay_terminal(peer: Stream, options: RelayOptions) -> std::io::Result<(Relay, Ends)> {
    let ends = Ends::default()
        .with(Relay::INPUT, crate::standard(Side::Read)?)
        .with(Relay::OUTPUT, crate::standard(Side::Write)?)
        .with(Relay::PEER, peer);
    Ok((Relay::terminal(options, 0), ends))
}

/// Couples a connection with a command that is started for it with pipes for standard input and output.
///
/// # Errors
/// [`LaunchError`].
pub fn relay_command(
    peer: Stream,
    command: &Command,
    options: RelayOptions,
) -> Result<(Relay, Ends), LaunchError> {
    let command = command.clone().stdin(Stdio::Pipe).stdout(Stdio::Pipe);
    let ends = children_ends(&command)?.with(Relay::CLIENT, peer);
    Ok((Relay::exec(options), ends))
}
