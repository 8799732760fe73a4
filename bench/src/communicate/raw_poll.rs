//! The limit: one poll loop over two big pipes.

use std::fs::File;
use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Command, Stdio};

use rustix::buffer::spare_capacity;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::{Errno, ioctl_fionbio, read};
use rustix::pipe::fcntl_setpipe_size;

/// What a pipe holds, and what is moved at once.
const BIG: usize = 1 << 20;

/// Knows how much will come.
pub(super) fn collect(input: &[u8]) -> Vec<u8> {
    run(input, Vec::with_capacity(input.len() + 1))
}

/// Knows nothing, as a library does.
pub(super) fn collect_growing(input: &[u8]) -> Vec<u8> {
    run(input, Vec::with_capacity(BIG))
}

fn run(input: &[u8], output: Vec<u8>) -> Vec<u8> {
    let mut command = Command::new("cat");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("cat runs");
    let stdin = OwnedFd::from(child.stdin.take().expect("stdin is a pipe"));
    let stdout = OwnedFd::from(child.stdout.take().expect("stdout is a pipe"));
    for pipe in [&stdin, &stdout] {
        ioctl_fionbio(pipe, true).expect("a pipe can be made non-blocking");
        fcntl_setpipe_size(pipe, BIG).expect("a pipe can be made big");
    }
    let output = exchange(File::from(stdin), &stdout, input, output);
    assert!(child.wait().expect("cat ends").success());
    output
}

fn exchange(stdin: File, stdout: &OwnedFd, mut input: &[u8], mut output: Vec<u8>) -> Vec<u8> {
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
        if readable {
            // Doubles, so that all of it costs what it is worth.
            output.reserve(1);
            match read(stdout, spare_capacity(&mut output)) {
                Ok(0) => return output,
                Ok(_) | Err(Errno::AGAIN) => {}
                Err(error) => panic!("cannot read: {error}"),
            }
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
