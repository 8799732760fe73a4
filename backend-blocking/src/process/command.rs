//! Commands in the standard library's habits: [`Command`].

mod run;

use standpipe_sys::command_methods;
use standpipe_sys::process::Prepared;

/// What to run, with what input and under which limits.
///
/// ```
/// use standpipe_blocking::{ChildSignals, Command, Exit, Limit, Resource, Signal};
///
/// let output = Command::new("sh").args(["-c", "echo out; echo err >&2; exit 3"]).output()?;
/// assert_eq!((output.exit, &output.stdout[..], &output.stderr[..]), (Exit::Code(3), &b"out\n"[..], &b"err\n"[..]));
///
/// let output = Command::shell("umask; ulimit -n; nice")
///     .umask(0o027)
///     .resource_limit(Resource::Nofile, Limit::at(64))
///     .nice(19)
///     .signals(ChildSignals { ignored: Signal::HUP.into(), ..ChildSignals::default() })
///     .die_with_parent(Signal::KILL)
///     .output()?;
/// assert_eq!(output.stdout, b"0027\n64\n19\n");
///
/// let output = Command::shell("test -t 1 && cat </dev/tty").terminal().input("typed\n").communicate()?;
/// assert_eq!(output.stdout, b"typed\r\ntyped\r\n"); // the terminal echoes what is typed
/// # Ok::<(), standpipe_blocking::RunError>(())
/// ```
#[derive(Debug)]
pub struct Command(pub(super) Prepared);

command_methods! { Command }
