//! What came of a question to a file over a socket: [`Asked`].

use standpipe_core::socket::{BufferedReader, Lines, ReadError, Taken};

/// What came of a question to a [`BufferedReader`], for whoever fills it until there is an answer.
#[derive(Debug)]
pub enum Asked {
    /// The answer; `None` at the end.
    Done(Option<Vec<u8>>),
    /// More is to be read first.
    Wait,
}

impl Asked {
    /// Asks for lines, which gather there.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn lines(reader: &mut BufferedReader, lines: &mut Lines) -> Result<Self, ReadError> {
        Ok(if reader.readlines(lines)? { Self::Done(None) } else { Self::Wait })
    }
}

impl From<Taken<'_>> for Asked {
    fn from(taken: Taken<'_>) -> Self {
        match taken {
            Taken::Bytes(bytes) => Self::Done(Some(bytes.into())),
            Taken::End => Self::Done(None),
            Taken::Wait => Self::Wait,
        }
    }
}
