//! What the servers by hand know of a connection: [`Lines`].

use std::io::{self, Write};

use memchr::memchr_iter;

/// The beginning of a line that has not ended.
#[derive(Default)]
pub(super) struct Lines(Vec<u8>);

impl Lines {
    /// Answers what has ended, by one write: peers never leave so much unread that there is no room.
    pub(super) fn echo(&mut self, bytes: &[u8], mut to: impl Write) -> io::Result<()> {
        let mut end = 0;
        // Each line is found, as whoever does something with it would.
        for newline in memchr_iter(b'\n', bytes) {
            end = newline + 1;
        }
        let (ended, begun) = bytes.split_at(end);
        if end > 0 && self.0.is_empty() {
            to.write_all(ended)?;
        } else if end > 0 {
            self.0.extend_from_slice(ended);
            to.write_all(&std::mem::take(&mut self.0))?;
        }
        self.0.extend_from_slice(begun);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn what_has_ended_is_answered_wherever_it_is_cut() {
        let (mut lines, mut answers) = (Lines::default(), Vec::new());
        for piece in ["a", "b\nc\nd", "", "\n"] {
            lines.echo(piece.as_bytes(), &mut answers).expect("a vector takes everything");
        }
        assert_eq!(answers, b"ab\nc\nd\n");
    }
}
