//! Commands in a row, each reading what the one before writes: [`row`].

use std::os::fd::{AsRawFd, OwnedFd};

use standpipe_core::Port;
use standpipe_core::process::{Command, Group, Stdio};

use crate::launch::check_sources;
use crate::{Ends, LaunchError, Launched, Stream, fault, fd, launch};

/// Commands that were started in a row.
pub(crate) struct Row {
    /// Their exits, each behind its port.
    pub(crate) ends: Ends,
    /// Our end of the first one's standard input, where it is a pipe.
    pub(crate) stdin: Option<Stream>,
    /// Our end of the last one's standard output, where it is a pipe.
    pub(crate) stdout: Option<Stream>,
    /// Our end of the one pipe that everybody's standard error is, where it is a pipe.
    pub(crate) stderr: Option<Stream>,
}

/// Starts them: one as it is, several in a process group that the first leads. `terminal` is the descriptor of the
/// terminal to whose foreground the group is brought, `port` where each one's exit goes.
pub(crate) fn row(
    commands: &[Command],
    terminal: Option<i32>,
    port: impl Fn(u8) -> Port,
) -> Result<Row, LaunchError> {
    // Before there is a pipe of ours that could come to lie at the number of one that is closed.
    commands.iter().try_for_each(check_sources)?;
    let mut row = Row { ends: Ends::default(), stdin: None, stdout: None, stderr: None };
    let complaints = complaints(commands)?;
    let (mut leader, mut upstream) = (None, None::<OwnedFd>);
    for (index, command) in (0..).zip(commands) {
        let mut command = grouped(command.clone(), commands.len(), leader);
        if let (None, Some(terminal)) = (leader, terminal) {
            command = command.foreground(terminal);
        }
        if let Some(pipe) = &upstream {
            command = command.stdin(Stdio::Descriptor(pipe.as_raw_fd()));
        }
        let downstream = if usize::from(index) + 1 < commands.len() { Some(pipe()?) } else { None };
        if let Some((_, write)) = &downstream {
            command = command.stdout(Stdio::Descriptor(write.as_raw_fd()));
        }
        if let Some((_, write)) = complaints.as_ref().filter(|_| command.stdio(2) == Some(Stdio::Pipe)) {
            command = command.stderr(Stdio::Descriptor(write.as_raw_fd()));
        }
        let mut launched: Launched = launch(&command)?;
        leader = leader.or(Some(launched.exit.pid()));
        row.stdin = row.stdin.or(launched.pipe(0));
        row.stdout = launched.pipe(1);
        row.stderr = row.stderr.or(launched.pipe(2));
        row.ends = row.ends.with(port(index), launched.exit);
        upstream = downstream.map(|(read, _)| read);
    }
    if let Some((read, _)) = complaints {
        row.stderr = Some(Stream::pipe(read).map_err(|error| LaunchError::Pipe(fault::of(&error)))?);
    }
    Ok(row)
}

fn grouped(command: Command, stages: usize, leader: Option<i32>) -> Command {
    match leader {
        None if stages == 1 => command,
        None => command.group(Group::New),
        Some(leader) => command.group(Group::Join(leader)),
    }
}

/// What several commands complain into, if any of them is to be read.
fn complaints(commands: &[Command]) -> Result<Option<(OwnedFd, OwnedFd)>, LaunchError> {
    let wanted = commands.len() > 1 && commands.iter().any(|command| command.stdio(2) == Some(Stdio::Pipe));
    if wanted { pipe().map(Some) } else { Ok(None) }
}

fn pipe() -> Result<(OwnedFd, OwnedFd), LaunchError> {
    fd::pipe().map_err(|error| LaunchError::Pipe(fault::of(&error)))
}
