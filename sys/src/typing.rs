//! The end of what is typed at a pseudo-terminal of ours: [`Typing`].

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use standpipe_core::{Outcome, Pending};

use crate::fd::check;
use crate::transfer::{self, Calls};

/// Where what is typed stands. A terminal has no end of input but a character, Ctrl-D by default, which only hands over
/// the line where one has begun (termios(3), VEOF). One that is not in canonical mode has none at all: there the end is a
/// matter of the program's own.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Typing {
    in_line: bool,
}

impl Typing {
    /// So many of these bytes were typed.
    pub(crate) fn typed(&mut self, pending: &Pending<'_>, n: usize) {
        let mut left = n;
        let mut last = |chunk: &[u8]| {
            let taken = chunk.len().min(left);
            left -= taken;
            chunk[..taken].last().copied()
        };
        let last = match pending {
            Pending::Slice(bytes) => last(bytes),
            Pending::Queue(queue) => queue.chunks().filter_map(last).last(),
            _ => None,
        };
        self.in_line = last.map_or(self.in_line, |byte| byte != b'\n');
    }

    /// Types the end of input, as far as the terminal takes it: `Blocked` where it does not yet.
    pub(crate) fn end(&mut self, master: BorrowedFd<'_>) -> Outcome {
        let Ok(Some(character)) = end_character(master) else { return Outcome::Ready(0) };
        while self.in_line {
            match type_one(master, character) {
                Outcome::Ready(1) => self.in_line = false,
                outcome => return outcome,
            }
        }
        type_one(master, character)
    }
}

fn type_one(master: BorrowedFd<'_>, character: u8) -> Outcome {
    transfer::write(master, Calls::File, Pending::Slice(&[character]), 1)
}

/// The character that ends input, where one does (tcgetattr(3)).
fn end_character(master: BorrowedFd<'_>) -> io::Result<Option<u8>> {
    // SAFETY: an all-zero termios is a valid value of that plain C struct.
    let mut modes = unsafe { std::mem::zeroed::<libc::termios>() };
    // SAFETY: `modes` is writable and of the right type; the descriptor is borrowed, therefore open.
    check(unsafe { libc::tcgetattr(master.as_raw_fd(), &raw mut modes) })?;
    Ok((modes.c_lflag & libc::ICANON != 0).then_some(modes.c_cc[libc::VEOF]))
}
