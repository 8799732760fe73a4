//! [`quote`](standpipe_core::process::quote): lines are read as slower readers read them, and what is written is read again.

use standpipe_core::process::quote::shell::SplitError;
use standpipe_core::process::quote::windows::PairedQuotes;
use standpipe_core::process::quote::{batch, shell, windows};

/// What is special to one of the readers or writers.
const PIECES: [&[u8]; 16] = [
    b"'", b"\"", b"\\", b" ", b"\t", b"\n", b"\r", b"\"\"", b"\\\"", b"\\\\", b"a", b"if", b"=", b"$",
    b"\xff", b"&",
];

/// Checks any line, and one of pieces that the bytes choose; and their parts as arguments.
pub fn check(bytes: &[u8]) {
    check_line(bytes);
    let pieces = bytes.iter().map(|byte| PIECES.get(usize::from(*byte)).copied());
    check_line(&pieces.map(|piece| piece.unwrap_or(b"\0")).collect::<Vec<_>>().concat());
}

fn check_line(line: &[u8]) {
    assert_eq!(shell::split(line), words(line));
    for paired in [PairedQuotes::StayQuoted, PairedQuotes::EndQuoted] {
        assert_eq!(windows::split_with(line, paired), arguments(line, paired));
    }
    let args: Vec<&[u8]> = line.split(|byte| *byte == 0).collect();
    check_arguments(&args);
    check_arguments(&args[1..]);
}

fn check_arguments(args: &[&[u8]]) {
    assert_eq!(shell::split(shell::join(args)).expect("whole words"), args);
    let quoted: Vec<Vec<u8>> = args.iter().map(shell::quote).collect();
    assert_eq!(shell::split(quoted.join(&b' ')).expect("whole words"), args);
    let line = windows::join(args);
    for paired in [PairedQuotes::StayQuoted, PairedQuotes::EndQuoted] {
        assert_eq!(windows::split_with(&line, paired), args);
    }
    match batch::join(args) {
        Ok(line) => assert_eq!(windows::split(line), args),
        Err(error) => {
            assert_eq!(args[error.argument][error.offset], error.byte);
            assert!(batch::join(&args[..error.argument]).is_ok());
            assert!(batch::join([&args[error.argument][..error.offset]]).is_ok());
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Between,
    Within,
    Quoted { quote: u8, begin: usize },
}

/// A shell's words, a state and a byte at a time.
fn words(line: &[u8]) -> Result<Vec<Vec<u8>>, SplitError> {
    let (mut words, mut state, mut escape) = (Vec::<Vec<u8>>::new(), State::Between, None);
    for (offset, byte) in line.iter().copied().enumerate() {
        if state == State::Between {
            if b" \t\r\n".contains(&byte) {
                continue;
            }
            words.push(Vec::new());
            state = State::Within;
        }
        let word = words.last_mut().expect("it was begun");
        match (state, byte) {
            (State::Quoted { .. }, _) if escape.take().is_some() => {
                word.extend((!b"\"\\".contains(&byte)).then_some(b'\\'));
                word.push(byte);
            }
            _ if escape.take().is_some() => word.push(byte),
            (State::Quoted { quote, .. }, _) if byte == quote => state = State::Within,
            (State::Within | State::Quoted { quote: b'"', .. }, b'\\') => escape = Some(offset),
            (State::Within, b'\'' | b'"') => state = State::Quoted { quote: byte, begin: offset },
            (State::Within, b' ' | b'\t' | b'\r' | b'\n') => state = State::Between,
            _ => word.push(byte),
        }
    }
    match (escape, state) {
        (Some(offset), _) => Err(SplitError::TrailingBackslash { offset }),
        (None, State::Quoted { quote, begin }) => Err(SplitError::UnclosedQuote { quote, offset: begin }),
        _ => Ok(words),
    }
}

/// The arguments of Windows' C runtime: first the backslashes are seen to, then the quotes.
fn arguments(line: &[u8], paired: PairedQuotes) -> Vec<Vec<u8>> {
    // `None` is a double quote that is no plain one.
    let mut bytes: Vec<Option<u8>> = Vec::new();
    for byte in line {
        let slashes = bytes.iter().rev().take_while(|byte| **byte == Some(b'\\')).count();
        if *byte != b'"' {
            bytes.push(Some(*byte));
            continue;
        }
        // Those that were halved for an earlier quote are parted from these by that quote.
        bytes.truncate(bytes.len() - slashes);
        bytes.extend(vec![Some(b'\\'); slashes / 2]);
        bytes.push((slashes % 2 == 1).then_some(b'"'));
    }
    let (mut args, mut quoted, mut within) = (Vec::<Vec<u8>>::new(), false, false);
    let mut bytes = bytes.into_iter().peekable();
    while let Some(byte) = bytes.next() {
        if !quoted && matches!(byte, Some(b' ' | b'\t')) {
            within = false;
            continue;
        }
        if !std::mem::replace(&mut within, true) {
            args.push(Vec::new());
        }
        let arg = args.last_mut().expect("it was begun");
        match byte {
            Some(byte) => arg.push(byte),
            None if quoted && bytes.peek() == Some(&None) => {
                bytes.next();
                arg.push(b'"');
                quoted = paired == PairedQuotes::StayQuoted;
            }
            None => quoted = !quoted,
        }
    }
    args
}
