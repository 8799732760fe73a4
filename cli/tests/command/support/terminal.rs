//! Commands on a terminal.

use std::process::Command;

use super::command;

/// How much a line that is typed may hold is limited (termios(3), MAX_CANON), so a payload is typed in lines.
pub(crate) fn terminal_input(lines: u32) -> Vec<u8> {
    (0..lines).flat_map(|n| format!("{n:0100}\n").into_bytes()).collect()
}

/// Runs a command on a terminal of its own; what it is fed is typed, and then the end. With `apart` its standard
/// output is not the terminal.
pub(crate) fn on_terminal(apart: bool, of: &Command) -> Command {
    let mut python = command("python3");
    python.args(["-c", include_str!("terminal.py"), if apart { "apart" } else { "together" }]);
    python.arg(of.get_program()).args(of.get_args());
    python
}
