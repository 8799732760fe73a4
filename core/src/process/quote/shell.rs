//! Lines for a POSIX shell, and words from lines that are written like one's.

use alloc::vec::Vec;

/// Why a line is not made of whole words.
///
/// ```
/// use standpipe_core::process::quote::shell::{SplitError, split};
///
/// assert_eq!(split("say 'hello"), Err(SplitError::UnclosedQuote { quote: b'\'', offset: 4 }));
/// assert_eq!(split(r"C:\"), Err(SplitError::TrailingBackslash { offset: 2 }));
/// assert_eq!(
///     split("say \"hello").unwrap_err().to_string(),
///     "the quote \" at byte 4 is not closed; close it, or write \\\" for one that is meant",
/// );
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SplitError {
    /// A quote was opened and never closed.
    #[error("the quote {} at byte {offset} is not closed; close it, or write \\{} for one that is meant",
        char::from(*quote), char::from(*quote))]
    UnclosedQuote {
        /// Which one, `'` or `"`.
        quote: u8,
        /// Where it was opened, in bytes from the beginning.
        offset: usize,
    },
    /// The last byte is a backslash with nothing to take for itself.
    #[error("nothing follows the backslash at byte {offset}; write \\\\ for one that is meant")]
    TrailingBackslash {
        /// Where it is, in bytes from the beginning.
        offset: usize,
    },
}

/// One argument as a word of a POSIX shell, like `shlex.quote` and `pipes.quote` (SUB-36): as it is where every byte is a
/// letter, a digit or one of `_@%+=:,./-`; else between single quotes, in which a shell leaves every byte alone.
///
/// No byte is lost or changed. No shell line can have a NUL in it, though, so an argument with one cannot be given to a
/// shell.
///
/// ```
/// use standpipe_core::process::quote::shell::quote;
///
/// assert_eq!(quote("notes.txt"), b"notes.txt");
/// assert_eq!(quote(""), b"''");
/// assert_eq!(quote("$HOME; rm *"), b"'$HOME; rm *'");
/// assert_eq!(quote("it's"), br#"'it'"'"'s'"#);
/// ```
pub fn quote(arg: impl AsRef<[u8]>) -> Vec<u8> {
    let mut word = Vec::new();
    put(&mut word, arg.as_ref());
    word
}

/// Arguments as a line of a POSIX shell that runs the first with the others, like `shlex.join`: each as [`quote`] writes
/// it, a space between any two.
///
/// A first word that a shell would not take for a command (`if`, or `A=1`, which sets a variable) is quoted as well, so
/// that it is one.
///
/// ```
/// use standpipe_core::process::quote::shell::{join, split};
///
/// assert_eq!(join(["ls", "-l", "my file"]), b"ls -l 'my file'");
/// assert_eq!(join(["A=1", "B=2"]), b"'A=1' B=2");
/// assert_eq!(split(join(["a", "", "b\n'"])).unwrap(), [&b"a"[..], b"", b"b\n'"]);
/// ```
pub fn join<A: AsRef<[u8]>>(args: impl IntoIterator<Item = A>) -> Vec<u8> {
    super::join(
        args,
        |line, index, arg| {
            if index == 0 && is_no_command(arg) { put_quoted(line, arg) } else { put(line, arg) }
        },
    )
}

/// The words of a line, like `shlex.split` (POSIX rules, no comments); the inverse of [`join`].
///
/// Spaces, tabs, CR and LF lie between words. A backslash takes the next byte as it is. Between single quotes every byte
/// stands for itself; between double quotes every byte but a backslash that is followed by `"` or another backslash.
///
/// Nothing else is special: no variable, pattern, comment or operator is looked for. Where a shell differs, it is this
/// way as in the original: a backslash before a newline gives the newline, and one before `$` or `` ` `` within double
/// quotes stays.
///
/// Time and memory are linear in the line.
///
/// # Errors
/// [`SplitError`]: a quote that is not closed, or a backslash at the end.
///
/// ```
/// use standpipe_core::process::quote::shell::split;
///
/// assert_eq!(split(r#"cp -- "my file" it\'s '' a'b'c"#).unwrap(), ["cp", "--", "my file", "it's", "", "abc"].map(Vec::from));
/// assert!(split("  ").unwrap().is_empty());
/// ```
pub fn split(line: impl AsRef<[u8]>) -> Result<Vec<Vec<u8>>, SplitError> {
    let mut rest = Rest { line: line.as_ref(), at: 0 };
    let mut words = Vec::new();
    while let Some(byte) = rest.next() {
        if !is_blank(byte) {
            rest.at -= 1;
            words.push(rest.word()?);
        }
    }
    Ok(words)
}

fn put(line: &mut Vec<u8>, arg: &[u8]) {
    if !arg.is_empty() && arg.iter().all(|byte| is_plain(*byte)) {
        line.extend_from_slice(arg);
    } else {
        put_quoted(line, arg);
    }
}

/// A single quote cannot stand between single quotes, so it gets double ones of its own.
fn put_quoted(line: &mut Vec<u8>, arg: &[u8]) {
    line.push(b'\'');
    for byte in arg {
        match byte {
            b'\'' => line.extend_from_slice(br#"'"'"'"#),
            byte => line.push(*byte),
        }
    }
    line.push(b'\'');
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_@%+=:,./-".contains(&byte)
}

/// Whether a shell takes the plain word for something else where it looks for a command: the reserved words of POSIX and
/// those that bash and ksh have beside them.
fn is_no_command(arg: &[u8]) -> bool {
    const RESERVED: [&[u8]; 18] = [
        b"case",
        b"coproc",
        b"do",
        b"done",
        b"elif",
        b"else",
        b"esac",
        b"fi",
        b"for",
        b"function",
        b"if",
        b"in",
        b"namespace",
        b"select",
        b"then",
        b"time",
        b"until",
        b"while",
    ];
    arg.contains(&b'=') || RESERVED.contains(&arg)
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// What is left of a line.
struct Rest<'a> {
    line: &'a [u8],
    at: usize,
}

impl Iterator for Rest<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let byte = *self.line.get(self.at)?;
        self.at += 1;
        Some(byte)
    }
}

impl Rest<'_> {
    fn word(&mut self) -> Result<Vec<u8>, SplitError> {
        let mut word = Vec::new();
        while let Some(byte) = self.next() {
            match byte {
                byte if is_blank(byte) => break,
                b'\\' => word.push(self.escaped()?),
                b'\'' | b'"' => self.quoted(byte, &mut word)?,
                byte => word.push(byte),
            }
        }
        Ok(word)
    }

    fn escaped(&mut self) -> Result<u8, SplitError> {
        let offset = self.at - 1;
        self.next().ok_or(SplitError::TrailingBackslash { offset })
    }

    fn quoted(&mut self, quote: u8, word: &mut Vec<u8>) -> Result<(), SplitError> {
        let offset = self.at - 1;
        while let Some(byte) = self.next() {
            match byte {
                byte if byte == quote => return Ok(()),
                b'\\' if quote == b'"' => match self.escaped()? {
                    byte @ (b'"' | b'\\') => word.push(byte),
                    byte => word.extend([b'\\', byte]),
                },
                byte => word.push(byte),
            }
        }
        Err(SplitError::UnclosedQuote { quote, offset })
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::{SplitError, join, quote, split};

    #[test]
    fn every_byte_comes_back() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(split(quote(&all)), Ok([all.clone()].into()));
        for byte in all {
            assert_eq!(split(join([[byte], [byte]])), Ok([[byte].into(), [byte].into()].into()));
        }
    }

    #[test]
    fn a_first_word_that_is_no_command_is_made_one() {
        assert_eq!(join(["if", "if"]), b"'if' if");
        assert_eq!(join(["env", "A=1"]), b"env A=1");
        assert_eq!(join(["A=1", "env"]), b"'A=1' env");
        assert_eq!(join(<[&str; 0]>::default()), b"");
    }

    #[test]
    fn the_error_tells_where() {
        let unclosed = |quote, offset| Err(SplitError::UnclosedQuote { quote, offset });
        assert_eq!(split("a 'b\" c"), unclosed(b'\'', 2));
        assert_eq!(split("'a' \"b'"), unclosed(b'"', 4));
        assert_eq!(split("a \\"), Err(SplitError::TrailingBackslash { offset: 2 }));
        assert_eq!(split("\"a\\"), Err(SplitError::TrailingBackslash { offset: 2 }));
        assert_eq!(split("'a\\"), unclosed(b'\'', 0));
    }

    #[test]
    fn a_backslash_within_double_quotes_is_one_unless_it_is_needed() {
        assert_eq!(split(r#""\a\"\\\$""#).unwrap(), [br#"\a"\\$"#]);
        assert_eq!(split("a\\\nb").unwrap(), [b"a\nb"]);
    }
}
