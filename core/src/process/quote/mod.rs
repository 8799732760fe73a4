//! Arguments as one line, and a line as arguments: for a shell, for Windows' C runtime, and for its batch files.
//!
//! A [`Command`](super::Command) needs none of it, since its arguments stay apart all the way to the program. This is
//! for lines that somebody else takes apart: a shell at the other end of a connection, a file, a message.
//!
//! All are pure functions over bytes; text stays text, since only ASCII is put between.
//!
//! ```
//! use standpipe_core::process::Command;
//! use standpipe_core::process::quote::shell;
//!
//! let remote = shell::join(["rm", "--", "it's mine"]);
//! let command = Command::new("ssh").args([b"host".to_vec(), remote]);
//! assert_eq!(command.to_string(), r#"ssh host rm -- 'it'"'"'s mine'"#);
//! ```

pub mod batch;
pub mod shell;
pub mod windows;

use alloc::vec::Vec;

/// Appends each argument as `put` writes it, a space between any two.
fn join<A: AsRef<[u8]>>(
    args: impl IntoIterator<Item = A>,
    mut put: impl FnMut(&mut Vec<u8>, usize, &[u8]),
) -> Vec<u8> {
    let mut line = Vec::new();
    for (index, arg) in args.into_iter().enumerate() {
        if index > 0 {
            line.push(b' ');
        }
        put(&mut line, index, arg.as_ref());
    }
    line
}
