//! Lines for Windows' C runtime, which takes a process's one command line apart into arguments.
//!
//! Nothing here is for `cmd.exe` or a batch file, which read a line by other rules: see [`batch`](super::batch).

use alloc::vec::Vec;
use core::mem::take;

/// What two double quotes in a row mean within a quoted part. Everything else is the same in all runtimes.
///
/// ```
/// use standpipe_core::process::quote::windows::{PairedQuotes, split_with};
///
/// let line = r#""a""b c""#;
/// assert_eq!(split_with(line, PairedQuotes::StayQuoted), [br#"a"b c"#]);
/// assert_eq!(split_with(line, PairedQuotes::EndQuoted), [&br#"a"b"#[..], b"c"]);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum PairedQuotes {
    /// One double quote, and the part goes on: documented, and done since the runtime of 2008.
    #[default]
    StayQuoted,
    /// One double quote, and the part ends: what runtimes before 2008 and `CommandLineToArgvW` do.
    EndQuoted,
}

/// Arguments as a line for Windows' C runtime, byte for byte as `subprocess.list2cmdline` has it (SUB-08, SUB-79 to SUB-84):
/// a space between any two; between double quotes where one is empty or has a space or tab in it; a backslash before every
/// double quote, and backslashes doubled where a double quote follows.
///
/// [`split`] is its inverse for all arguments. A NUL would end the line for Windows, so no program gets an argument that
/// has one.
///
/// ```
/// use standpipe_core::process::quote::windows::join;
///
/// assert_eq!(join(["a b c", "d", "e"]), br#""a b c" d e"#);
/// assert_eq!(join(["ab\"c", r" \", "d"]), br#"ab\"c " \\" d"#);
/// assert_eq!(join([r"a\\b c", "%PATH%", ""]), br#""a\\b c" %PATH% """#);
/// ```
#[doc(alias = "list2cmdline")]
pub fn join<A: AsRef<[u8]>>(args: impl IntoIterator<Item = A>) -> Vec<u8> {
    super::join(args, |line, _, arg| put(line, arg, arg.is_empty() || arg.iter().any(|byte| is_blank(*byte))))
}

/// The arguments of a line, as Windows' C runtime takes it apart since 2008 (SUB-85); the inverse of [`join`].
///
/// Spaces and tabs lie between arguments. Double quotes begin and end a quoted part, wherever they are. Backslashes are
/// themselves, unless a double quote follows: then each two are one, and one that is left over makes the quote a plain
/// byte. Every line is one, a quote that is not closed included, so nothing can fail.
///
/// The runtime reads the first word of a whole command line, the program, by other rules, without backslashes; here it is
/// an argument like the others, as [`join`] writes it.
///
/// Time and memory are linear in the line.
///
/// ```
/// use standpipe_core::process::quote::windows::split;
///
/// assert_eq!(split(r#"/out:"my file" a\\\"b C:\dir\ "#), [&b"/out:my file"[..], br#"a\"b"#, br"C:\dir\"]);
/// ```
#[doc(alias = "CommandLineToArgvW")]
pub fn split(line: impl AsRef<[u8]>) -> Vec<Vec<u8>> {
    split_with(line, PairedQuotes::default())
}

/// The same, with a choice of what two double quotes in a row mean within a quoted part; see [`PairedQuotes`] for both in
/// use. What [`join`] writes has none, so both choices read it alike.
///
/// ```
/// use standpipe_core::process::quote::windows::{PairedQuotes, join, split, split_with};
///
/// let line = join(["", "\"", "a b\\"]);
/// assert_eq!(split_with(&line, PairedQuotes::EndQuoted), split(&line));
/// ```
pub fn split_with(line: impl AsRef<[u8]>, paired: PairedQuotes) -> Vec<Vec<u8>> {
    let mut rest = line.as_ref();
    let mut args = Vec::new();
    while let Some(begin) = rest.iter().position(|byte| !is_blank(*byte)) {
        let mut argument = Argument { bytes: Vec::new(), quoted: false, paired };
        rest = argument.read(&rest[begin..]);
        args.push(argument.bytes);
    }
    args
}

/// Writes one argument, in its escapes and, if it is to be, between double quotes.
pub(super) fn put(line: &mut Vec<u8>, arg: &[u8], quoted: bool) {
    let mut backslashes = 0;
    line.extend(quoted.then_some(b'"'));
    for byte in arg {
        match byte {
            b'\\' => backslashes += 1,
            b'"' => put_backslashes(line, take(&mut backslashes) + 1),
            _ => backslashes = 0,
        }
        line.push(*byte);
    }
    if quoted {
        put_backslashes(line, backslashes);
        line.push(b'"');
    }
}

fn put_backslashes(line: &mut Vec<u8>, count: usize) {
    line.resize(line.len() + count, b'\\');
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// One that is being read.
struct Argument {
    bytes: Vec<u8>,
    quoted: bool,
    paired: PairedQuotes,
}

impl Argument {
    /// Reads from its first byte on. What is left of the line.
    fn read<'a>(&mut self, mut rest: &'a [u8]) -> &'a [u8] {
        loop {
            rest = match rest {
                [] => return rest,
                [b' ' | b'\t', ..] if !self.quoted => return rest,
                [b'\\', ..] => self.backslashes(rest),
                [b'"', after @ ..] => self.quote(after),
                [byte, after @ ..] => {
                    self.bytes.push(*byte);
                    after
                }
            };
        }
    }

    /// Backslashes, and the double quote that they make a plain one.
    fn backslashes<'a>(&mut self, rest: &'a [u8]) -> &'a [u8] {
        let count = rest.iter().take_while(|byte| **byte == b'\\').count();
        let rest = &rest[count..];
        let [b'"', after @ ..] = rest else {
            put_backslashes(&mut self.bytes, count);
            return rest;
        };
        put_backslashes(&mut self.bytes, count / 2);
        if count % 2 == 0 {
            return rest;
        }
        self.bytes.push(b'"');
        after
    }

    /// A double quote that was no plain one, and what follows it.
    fn quote<'a>(&mut self, after: &'a [u8]) -> &'a [u8] {
        let ([b'"', after @ ..], true) = (after, self.quoted) else {
            self.quoted = !self.quoted;
            return after;
        };
        self.bytes.push(b'"');
        self.quoted = self.paired == PairedQuotes::StayQuoted;
        after
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;
    use alloc::vec::Vec;

    use super::{PairedQuotes, join, split, split_with};

    /// The vectors of the reference (SUB-84).
    const VECTORS: [(&[&str], &str); 9] = [
        (&["a b c", "d", "e"], r#""a b c" d e"#),
        (&["ab\"c", "\\", "d"], r#"ab\"c \ d"#),
        (&["ab\"c", " \\", "d"], r#"ab\"c " \\" d"#),
        (&[r"a\\b c", "d"], r#""a\\b c" d"#),
        (&[r"a\\b\ c"], r#""a\\b\ c""#),
        (&["ab", ""], r#"ab """#),
        (&[r#"a\"b"#, r"a\\\b", r"a\"], r#"a\\\"b a\\\b a\"#),
        (&["a\tb", "a\nb|%^&"], "\"a\tb\" a\nb|%^&"),
        (&[], ""),
    ];

    #[test]
    fn arguments_become_the_line_that_the_original_makes_of_them() {
        for (args, line) in VECTORS {
            assert_eq!(String::from_utf8(join(args)).as_deref(), Ok(line));
            let back: Vec<Vec<u8>> = args.iter().map(|arg| (*arg).into()).collect();
            assert_eq!(split(line), back);
            assert_eq!(split_with(line, PairedQuotes::EndQuoted), back);
        }
    }

    #[test]
    fn backslashes_count_before_a_double_quote_only() {
        assert_eq!(
            split(r#"a\b\\c "d\\" e\\"f g"\" h\\\"i"#),
            [&br"a\b\\c"[..], br"d\", br#"e\f g""#, br#"h\"i"#]
        );
    }

    #[test]
    fn a_quote_may_begin_and_end_anywhere() {
        assert_eq!(split(r#"a" b"c "" """" "x"#), [&b"a bc"[..], b"", b"\"", b"x"]);
        assert_eq!(split_with(r#"""""#, PairedQuotes::EndQuoted), [b"\""]);
        assert!(split(" \t ").is_empty());
    }
}
