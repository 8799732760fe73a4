//! The limit: one poll loop over two big pipes.

use std::fs::File;
use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Command, Stdio};

use rustix::buffer::spare_capacity;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::{Errno, ioctl_fionbio, read};
use rustix::pipe::fcntl_setpipe_size;

/// What a big pipe holds, and what is moved at once.
pub(super) const BIG: usize = 1 << 20;
/// What an ordinary one holds.
const ORDINARY: usize = 64 << 10;

/// What becomes of the output.
enum Output {
    Collected(Vec<u8>),
    /// Counted, and overwritten by what comes next.
    Discarded(Vec<u8>, usize),
}

/// Knows how much will come.
pub(super) fn collect(input: &[u8]) -> Vec<u8> {
    collected(input, BIG, input.len() + 1)
}

/// Knows nothing, as a library does.
pub(super) fn collect_growing(input: &[u8]) -> Vec<u8> {
    collected(input, BIG, BIG)
}

pub(super) fn collect_small(input: &[u8]) -> Vec<u8> {
    collected(input, ORDINARY, input.len() + 1)
}

pub(super) fn discard(input: &[u8]) -> usize {
    discarded(input, BIG)
}

pub(super) fn discard_small(input: &[u8]) -> usize {
    discarded(input, ORDINARY)
}

fn collected(input: &[u8], pipe: usize, reserved: usize) -> Vec<u8> {
    match run(input, pipe, Output::Collected(Vec::with_capacity(reserved))) {
        Output::Collected(bytes) | Output::Discarded(bytes, _) => bytes,
    }
}

fn discarded(input: &[u8], pipe: usize) -> usize {
    match run(input, pipe, Output::Discarded(vec![0; pipe], 0)) {
        Output::Collected(_) => 0,
        Output::Discarded(_, count) => count,
    }
}

impl Output {
    /// Reads once. Whether more may come.
    fn read(&mut self, from: &OwnedFd) -> bool {
        let result = match self {
            Self::Collected(bytes) => {
                // Doubles, so that all of it costs what it is worth.
                bytes.reserve(1);
                read(from, spare_capacity(bytes))
            }
            Self::Discarded(buffer, count) => read(from, &mut buffer[..]).inspect(|n| *count += n),
        };
        match result {
            Ok(n) => n > 0,
            Err(Errno::AGAIN) => true,
            Err(error) => panic!("cannot read: {error}"),
        }
    }
}

fn run(input: &[u8], pipe: usize, mut output: Output) -> Output {
    let mut command = Command::new("cat");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("cat runs");
    let stdin = OwnedFd::from(child.stdin.take().expect("stdin is a pipe"));
    let stdout = OwnedFd::from(child.stdout.take().expect("stdout is a pipe"));
    for end in [&stdin, &stdout] {
        ioctl_fionbio(end, true).expect("a pipe can be made non-blocking");
        fcntl_setpipe_size(end, pipe).expect("a pipe can be made big");
    }
    exchange(File::from(stdin), &stdout, input, &mut output);
    assert!(child.wait().expect("cat ends").success());
    output
}

fn exchange(stdin: File, stdout: &OwnedFd, mut input: &[u8], output: &mut Output) {
    let mut stdin = Some(stdin);
    loop {
        let (readable, writable) = wait(stdout, stdin.as_ref());
        if let Some(pipe) = stdin.as_mut().filter(|_| writable) {
            let written = pipe.write(&input[..input.len().min(BIG)]).unwrap_or(0);
            input = &input[written..];
        }
        if input.is_empty() {
            stdin = None;
        }
        if readable && !output.read(stdout) {
            return;
        }
    }
}

fn wait(stdout: &OwnedFd, stdin: Option<&File>) -> (bool, bool) {
    let mut set = vec![PollFd::new(stdout, PollFlags::IN)];
    set.extend(stdin.map(|pipe| PollFd::from_borrowed_fd(pipe.as_fd(), PollFlags::OUT)));
    poll(&mut set, None).expect("poll works");
    let ready = |index: usize| set.get(index).is_some_and(|entry| !entry.revents().is_empty());
    (ready(0), ready(1))
}
