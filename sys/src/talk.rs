//! From commands and connections to machines over descriptors.

use standpipe_core::flow::{Relay, RelayOptions, SendQueue};
use standpipe_core::process::{
    Command, Communicate, CommunicateOptions, Group, Pipeline, PipelineOptions, Stdio, Stop, Unfinished,
    Unsuccessful,
};
use standpipe_core::{Bytes, Side};

use crate::row::{Row, row};
use crate::service::children_ends;
use crate::{End, Ends, LaunchError, Stream};

/// Why a command could not be run to its end, or to a good one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// It could not be started.
    #[error(transparent)]
    Launch(#[from] LaunchError),
    /// It was ended before its time; what it had written by then is inside.
    #[error(transparent)]
    Unfinished(#[from] Unfinished),
    /// It has ended by itself, and not well, where that was asked about.
    #[error(transparent)]
    Unsuccessful(#[from] Unsuccessful),
    /// Input was given to a command whose standard input is neither a pipe nor a terminal of ours.
    #[error("nothing would read the input: make the command's standard input a pipe or a terminal")]
    Unread,
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
            RunError::Unsuccessful(_) => ErrorKind::Other,
            RunError::Unread => ErrorKind::InvalidInput,
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
    /// Whether the outputs are delivered as they come instead of collected; the limit does not hold then.
    pub deliver: bool,
    /// How the child is ended at the deadline or over the limit.
    pub stop: Option<Stop>,
}

/// Starts a command and a dialogue with it: every standard stream that is [`Stdio::Pipe`] or [`Stdio::Terminal`] is fed
/// or collected.
///
/// # Errors
/// [`LaunchError`].
pub fn communicate(command: &Command, dialogue: Dialogue) -> Result<(Communicate, Ends), LaunchError> {
    communicate_in_a_row(std::slice::from_ref(command), dialogue)
}

/// Starts commands in a row, as [`pipeline`] does, and a dialogue with all of them: the first one's standard input is fed,
/// the last one's standard output collected, and all that goes to a standard error that is [`Stdio::Pipe`].
///
/// ```
/// use standpipe_core::process::{Command, Exit, Stdio};
/// use standpipe_sys::{Dialogue, communicate_in_a_row};
///
/// let row = [Command::new("yes"), Command::new("head").stdout(Stdio::Pipe)];
/// let (talk, ends) = communicate_in_a_row(&row, Dialogue::default())?;
/// // A driver runs it, as it would for a single command.
/// # drop(ends);
/// # Ok::<(), standpipe_sys::LaunchError>(())
/// ```
///
/// # Errors
/// [`LaunchError`]; what was started by then is killed and reaped.
///
/// # Panics
/// When there are no commands, or more than [`Communicate::MOST_STAGES`].
pub fn communicate_in_a_row(
    commands: &[Command],
    dialogue: Dialogue,
) -> Result<(Communicate, Ends), LaunchError> {
    let stages = stages(commands, Communicate::MOST_STAGES);
    let Row { ends, stdin, stdout, stderr } = row(commands, None, Communicate::stage)?;
    Ok(dialogue.over(stages, [stdin, stdout, stderr], ends))
}

/// Begins a dialogue with a child that was started before: `exit` is its own, and `pipes` are our ends of its standard streams, as
/// far as they are to be fed and collected. Nobody is stopped unasked where the dialogue has no stop.
///
/// ```
/// use standpipe_core::process::{Command, Stdio};
/// use standpipe_sys::{Dialogue, launch, talk_with};
///
/// let mut cat = launch(&Command::new("cat").stdin(Stdio::Pipe).stdout(Stdio::Pipe))?;
/// let pipes = [cat.pipe(0), cat.pipe(1), None];
/// let (talk, ends) = talk_with(cat.exit, pipes, Dialogue::default())?;
/// # drop((talk, ends));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`RunError::Unread`] for input where standard input is not among the pipes; the child is killed and reaped then.
pub fn talk_with(
    exit: impl Into<End>,
    pipes: [Option<Stream>; 3],
    dialogue: Dialogue,
) -> Result<(Communicate, Ends), RunError> {
    let ends = Ends::default().with(Communicate::EXIT, exit);
    let is_read = pipes[0].is_some() || dialogue.input.as_ref().is_none_or(SendQueue::is_empty);
    is_read.then(|| dialogue.over(1, pipes, ends)).ok_or(RunError::Unread)
}

impl Dialogue {
    /// One that feeds all of this, without limits of its own.
    ///
    /// ```
    /// let dialogue = standpipe_sys::Dialogue::fed("hello");
    /// assert!(dialogue.input.is_some() && dialogue.stop.is_none());
    /// ```
    pub fn fed(input: impl Into<Bytes>) -> Self {
        let input = input.into();
        let mut queue = SendQueue::new(input.len(), 0);
        queue.push(input);
        Self { input: Some(queue), ..Self::default() }
    }

    /// The same with the default stop, where it has none: for whoever asks nobody what follows from a time-out or a limit.
    ///
    /// ```
    /// use standpipe_sys::Dialogue;
    ///
    /// assert_eq!(Dialogue::fed("hello").ending().stop, Some(Default::default()));
    /// ```
    #[must_use]
    pub fn ending(self) -> Self {
        Self { stop: self.stop.or_else(|| Some(Stop::default())), ..self }
    }

    /// The machine of it, with our ends of the standard streams behind its ports.
    fn over(
        self,
        stages: u8,
        [stdin, stdout, stderr]: [Option<Stream>; 3],
        ends: Ends,
    ) -> (Communicate, Ends) {
        let defaults = CommunicateOptions::default();
        let talk = Communicate::new(CommunicateOptions {
            stages,
            input: stdin.as_ref().map(|_| self.input.unwrap_or_else(|| SendQueue::new(0, 0))),
            stdout: stdout.is_some(),
            stderr: stderr.is_some(),
            limit: self.limit.unwrap_or(defaults.limit),
            deliver: self.deliver,
            stop: self.stop,
            ..defaults
        });
        let streams =
            [(Communicate::STDIN, stdin), (Communicate::STDOUT, stdout), (Communicate::STDERR, stderr)];
        let there = streams.into_iter().filter_map(|(port, stream)| Some((port, stream?)));
        (talk, there.fold(ends, |ends, (port, stream)| ends.with(port, stream)))
    }
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
    let stages = stages(commands, Pipeline::MOST_STAGES);
    let row = row(&group_of_one(commands), terminal, Pipeline::stage)?;
    Ok((Pipeline::new(PipelineOptions { stages, stop }), row.ends))
}

/// One command alone has a group as well.
fn group_of_one(commands: &[Command]) -> Vec<Command> {
    commands.iter().map(|command| command.clone().group(Group::New)).collect()
}

fn stages(commands: &[Command], most: u8) -> u8 {
    let stages = u8::try_from(commands.len()).unwrap_or(u8::MAX);
    assert!((1..=most).contains(&stages), "a row has 1 to {most} commands");
    stages
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
