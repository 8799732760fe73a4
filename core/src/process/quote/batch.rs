//! Arguments for a batch file, which `cmd.exe` reads before its program ever does.
//!
//! What [`windows::join`] writes is for the C runtime, so `&`, `%` or `|` in an argument would be
//! taken by `cmd.exe` for its own, and an argument could run a command of its author's (SUB trap 15). There is no way of
//! quoting that all batch files undo alike; so what they would take for their own is refused.

use alloc::vec::Vec;

use super::windows;

/// An argument has a byte that `cmd.exe` or a batch file would take for its own.
///
/// ```
/// use standpipe_core::process::quote::batch::{BatchError, join};
///
/// assert_eq!(join(["a", "b&calc"]), Err(BatchError { argument: 1, offset: 1, byte: b'&' }));
/// assert_eq!(
///     join(["%PATH%"]).unwrap_err().to_string(),
///     "argument 0 has '%' at byte 0, which a batch file would take for its own; leave it out, or run a program instead",
/// );
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
#[error(
    "argument {argument} has '{}' at byte {offset}, which a batch file would take for its own; leave it out, or run a \
     program instead",
    byte.escape_ascii()
)]
pub struct BatchError {
    /// Which argument, from 0.
    pub argument: usize,
    /// Where in it, in bytes from its beginning.
    pub offset: usize,
    /// What it is.
    pub byte: u8,
}

/// Arguments as a line for a batch file: between double quotes where one has anything but letters, digits and `_-./:\`,
/// since `=`, `,` and `;` lie between a batch file's arguments as spaces do.
///
/// # Errors
/// [`BatchError`] for the first of the bytes `"`, `%`, `!`, `^`, `&`, `|`, `<`, `>`, `(`, `)` and the control characters
/// (tabs excepted). Between double quotes `cmd.exe` would leave some of them alone, but a batch file that takes the quotes
/// away, as `%~1` does, would not.
///
/// ```
/// use standpipe_core::process::quote::batch::join;
///
/// assert_eq!(join(["/s", r"C:\a b\", "key=value", ""]).unwrap(), br#"/s "C:\a b\\" "key=value" """#);
/// assert!(join(["a\" & calc & \""]).is_err());
/// ```
pub fn join<A: AsRef<[u8]>>(args: impl IntoIterator<Item = A>) -> Result<Vec<u8>, BatchError> {
    let mut refused = None;
    let line = super::join(args, |line, argument, arg| {
        let offset = arg.iter().position(|byte| is_special(*byte));
        refused = refused.or(offset.map(|offset| BatchError { argument, offset, byte: arg[offset] }));
        windows::put(line, arg, arg.is_empty() || !arg.iter().all(|byte| is_plain(*byte)));
    });
    refused.map_or(Ok(line), Err)
}

/// Whether Windows runs the program by `cmd.exe`: its name ends in `.bat` or `.cmd`, in small letters or large, spaces and
/// dots after it aside, which Windows does not look at.
///
/// ```
/// use standpipe_core::process::quote::batch::is_batch_file;
///
/// assert!(is_batch_file(r"C:\tools\BUILD.Bat. ") && is_batch_file("a.cmd"));
/// assert!(!is_batch_file("bat") && !is_batch_file("a.bat.exe"));
/// ```
pub fn is_batch_file(program: impl AsRef<[u8]>) -> bool {
    let program = program.as_ref();
    let end = program.iter().rposition(|byte| !matches!(byte, b' ' | b'.')).map_or(0, |last| last + 1);
    let extension = program[..end].last_chunk::<4>();
    extension.is_some_and(|last| [b".bat", b".cmd"].iter().any(|batch| last.eq_ignore_ascii_case(*batch)))
}

fn is_special(byte: u8) -> bool {
    byte != b'\t' && byte.is_ascii_control() || b"\"%!^&|<>()".contains(&byte)
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-./:\\".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::{BatchError, join};
    use crate::process::quote::windows;

    #[test]
    fn every_byte_is_quoted_or_refused() {
        for byte in 0..=255 {
            let arg = [b'x', byte];
            match join([&arg]) {
                Err(error) => assert_eq!(error, BatchError { argument: 0, offset: 1, byte }),
                Ok(line) => {
                    assert_eq!(windows::split(&line), [arg]);
                    let plain = byte.is_ascii_alphanumeric() || b"_-./:\\".contains(&byte);
                    assert_eq!(line.starts_with(b"\""), !plain, "{byte}");
                }
            }
        }
    }

    #[test]
    fn the_first_one_is_told() {
        assert_eq!(join(["ok", "a\nb%", "%"]), Err(BatchError { argument: 1, offset: 1, byte: b'\n' }));
    }
}
