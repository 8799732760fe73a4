//! Quoting beside those who read it and wrote it first: Python 2.7 and 3, and the shell.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;

use standpipe_core::process::quote::shell::SplitError;
use standpipe_core::process::quote::{shell, windows};
use standpipe_tests::python::Python;

const SCRIPT: &str = r#"
import binascii, shlex, subprocess, sys
quote = shlex.quote if hasattr(shlex, 'quote') else __import__('pipes').quote
three = sys.version_info[0] > 2
def text(word): return binascii.unhexlify(word[1:]).decode('latin-1') if three else binascii.unhexlify(word[1:])
def hexed(word): return 'x' + binascii.hexlify(word.encode('latin-1') if three else word).decode()
for line in lines.split('\n'):
    args = [text(word) for word in line.split()]
    print(hexed(subprocess.list2cmdline(args)))
    print(hexed(' '.join(quote(arg) for arg in args)))
    try: print(' '.join(['ok'] + [hexed(word) for word in shlex.split(''.join(args))]))
    except ValueError as error: print(error)
"#;

/// Lists of arguments that look random, are the same each time, and are made of what is special.
fn lists() -> Vec<Vec<Vec<u8>>> {
    const BYTES: &[u8] = b"ab'\"\\\\ \t\n\r%&$`=;*?#~!-/.:@+,_\x80\xff(";
    let mut dice = 1_u64;
    let mut throw = |sides: usize| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) as usize % sides
    };
    let mut lists: Vec<Vec<Vec<u8>>> = Vec::new();
    for _ in 0..900 {
        // Few kinds of bytes at a time, so that they meet.
        let kinds: Vec<u8> = (0..1 + throw(6)).map(|_| BYTES[throw(BYTES.len())]).collect();
        let mut arg = || (0..throw(9)).map(|_| kinds[throw(kinds.len())]).collect();
        lists.push(vec![arg(), arg(), arg()]);
    }
    lists.extend((1..=255).map(|byte| vec![vec![byte], vec![b'"', byte, b'"'], vec![byte, b'\\']]));
    lists
}

fn hex(word: &[u8]) -> String {
    word.iter().fold("x".into(), |hex, byte| format!("{hex}{byte:02x}"))
}

fn hexes(words: &[Vec<u8>]) -> String {
    words.iter().map(|word| hex(word)).collect::<Vec<_>>().join(" ")
}

/// What Python says of a line that is split.
fn said(words: Result<Vec<Vec<u8>>, SplitError>) -> String {
    match words {
        Ok(words) => format!("ok {}", hexes(&words)).trim_end().into(),
        Err(SplitError::UnclosedQuote { .. }) => "No closing quotation".into(),
        Err(_) => "No escaped character".into(),
    }
}

#[test]
fn lines_are_written_and_read_like_the_originals() {
    let lists = lists();
    let ours = lists.iter().flat_map(|args| {
        let quoted: Vec<Vec<u8>> = args.iter().map(shell::quote).collect();
        [hex(&windows::join(args)), hex(&quoted.join(&b' ')), said(shell::split(args.concat()))]
    });
    let ours: Vec<String> = ours.collect();
    let lines: Vec<String> = lists.iter().map(|args| hexes(args)).collect();
    let script = format!("lines = '''{}'''\n{SCRIPT}", lines.join("\n"));
    for python in Python::with_module("shlex") {
        let theirs = python.lines(&script);
        assert_eq!(theirs.len(), ours.len());
        for (index, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
            let args = &lists[index / 3];
            assert_eq!(ours, theirs, "question {} of {args:?} to Python {}", index % 3, python.version);
        }
    }
}

fn sh(line: &[u8]) -> std::process::Output {
    let mut shell = Command::new("/bin/sh");
    shell.arg("-c").arg(OsStr::from_bytes(line)).output().expect("there is a shell")
}

#[test]
fn a_shell_gives_on_every_byte() {
    let all = lists().concat();
    for args in all.chunks(400) {
        let line = [b"printf '%s\\0' ".to_vec(), shell::join([&[b"sep".to_vec()], args].concat())].concat();
        let mut expected = b"sep\0".to_vec();
        args.iter().for_each(|arg| expected.extend([&arg[..], b"\0"].concat()));
        assert_eq!(sh(&line).stdout, expected);
    }
}

/// What is run is the first argument, whatever a shell would like to take it for.
#[test]
fn a_shell_runs_the_first_argument() {
    for name in ["if", "case", "while", "function", "A=1", "{", "!", "#", "~"] {
        let output = sh(&shell::join([name, "true"]));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(127), "{name}: {said}");
    }
}
