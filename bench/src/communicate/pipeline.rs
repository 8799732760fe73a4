//! Three programs in a row, which say in the end how many bytes have come: ours and the peers.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};

use rustix::pipe::fcntl_setpipe_size;
use standpipe_blocking as blocking;
use standpipe_core::process;
use standpipe_mio::{Loop, Turned};
use standpipe_smol::Dialogue;
use standpipe_sys::communicate_in_a_row;

use super::{Row, raw_poll};

pub(super) const ROWS: &[Row] = &[
    Row::count("std, all input written at once into a 1 MiB pipe (limit)", by_hand),
    Row::count("**standpipe blocking**", ours_blocking),
    Row::count("**standpipe mio**", ours_mio),
    Row::count("**standpipe smol**", ours_smol),
    Row::count("std, writer thread and read_to_end", threads),
    Row::count("subprocess crate", subprocess),
    Row::count("duct", duct),
    Row::count("sh", sh),
];

const STAGES: [&[&str]; 3] = [&["cat"], &["tr", "x", "y"], &["wc", "-c"]];
const LINE: &str = "cat | tr x y | wc -c";

/// What `wc` has said.
fn number(said: &[u8]) -> usize {
    String::from_utf8_lossy(said).trim().parse().expect("wc says a number")
}

fn command(words: &[&str]) -> Command {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]);
    command
}

/// The children, the first one's standard input, and the last one's output.
fn started() -> (Vec<Child>, ChildStdin, impl Read) {
    let mut children: Vec<Child> = Vec::new();
    for words in STAGES {
        let before = children.last_mut().and_then(|child| child.stdout.take());
        let stdin = before.map_or_else(Stdio::piped, Stdio::from);
        children.push(command(words).stdin(stdin).stdout(Stdio::piped()).spawn().expect("it runs"));
    }
    let stdin = children[0].stdin.take().expect("stdin is a pipe");
    let stdout = children[2].stdout.take().expect("stdout is a pipe");
    (children, stdin, stdout)
}

fn said(children: Vec<Child>, mut stdout: impl Read) -> usize {
    let mut said = Vec::new();
    stdout.read_to_end(&mut said).expect("wc is read");
    for mut child in children {
        assert!(child.wait().expect("it ends").success());
    }
    number(&said)
}

/// The last one says nothing before its input ends, so nobody need read meanwhile: a library cannot know that.
fn by_hand(input: &'static [u8]) -> usize {
    let (children, mut stdin, stdout) = started();
    fcntl_setpipe_size(&stdin, raw_poll::BIG).expect("a pipe can be made big");
    stdin.write_all(input).expect("cat reads");
    drop(stdin);
    said(children, stdout)
}

fn threads(input: &'static [u8]) -> usize {
    let (children, mut stdin, stdout) = started();
    let writer = std::thread::spawn(move || stdin.write_all(input));
    let count = said(children, stdout);
    writer.join().expect("the writer ends").expect("cat reads");
    count
}

fn ours_blocking(input: &'static [u8]) -> usize {
    let [cat, tr, wc] = STAGES.map(|words| blocking::Command::new(words[0]).args(&words[1..]));
    number(&(cat.input(input) | tr | wc).check_output().expect("they run").stdout)
}

fn ours_smol(input: &'static [u8]) -> usize {
    let [cat, tr, wc] = STAGES.map(|words| standpipe_smol::Command::new(words[0]).args(&words[1..]));
    number(&smol::block_on((cat.input(input) | tr | wc).check_output()).expect("they run").stdout)
}

fn ours_mio(input: &'static [u8]) -> usize {
    let words = |words: &[&str]| process::Command::new(words[0]).args(words[1..].iter().copied());
    let [cat, tr, wc] = STAGES.map(words);
    let row = [cat.stdin(process::Stdio::Pipe), tr, wc.stdout(process::Stdio::Pipe)];
    let task = communicate_in_a_row(&row, Dialogue::fed(input)).expect("they run");
    let mut event_loop = Loop::new().expect("a loop");
    let key = event_loop.insert(task).expect("it is watched");
    while event_loop.next().expect("the loop waits") != Some(Turned::Done(key)) {}
    let (talk, _) = event_loop.remove(key).expect("it is there");
    number(&talk.finish().expect("they end").stdout)
}

fn subprocess(input: &'static [u8]) -> usize {
    use subprocess::{Exec, InputData, Redirection};
    let [cat, tr, wc] = STAGES.map(|words| Exec::cmd(words[0]).args(&words[1..]));
    let row = (cat | tr | wc).stdin(InputData::from_bytes(input)).stdout(Redirection::Pipe);
    number(&row.capture().expect("they run").stdout)
}

fn duct(input: &'static [u8]) -> usize {
    let [cat, tr, wc] = STAGES.map(|words| duct::cmd(words[0], &words[1..]));
    number(cat.pipe(tr).pipe(wc).stdin_bytes(input).read().expect("they run").as_bytes())
}

fn sh(input: &'static [u8]) -> usize {
    let mut shell = command(&["sh", "-c", LINE]);
    let mut child = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("sh runs");
    let mut stdin = child.stdin.take().expect("stdin is a pipe");
    stdin.write_all(input).expect("cat reads");
    drop(stdin);
    let stdout = child.stdout.take().expect("stdout is a pipe");
    said(vec![child], stdout)
}
