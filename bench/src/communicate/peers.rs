//! Who feeds and collects: ours and the peers.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use standpipe_core::Bytes;
use standpipe_core::flow::SendQueue;
use standpipe_core::process;
use standpipe_smol::Dialogue;

use super::raw_poll;

type Run = fn(&'static [u8]) -> Vec<u8>;

pub(super) const SUBPROCESS: &str = "subprocess crate";

/// The rows; the first is the limit.
pub(super) const PEERS: [(&str, Run); 9] = [
    ("raw poll, 1 MiB pipes, room reserved (limit)", raw_poll::collect),
    ("raw poll, 1 MiB pipes, a vector that grows", raw_poll::collect_growing),
    ("**standpipe blocking**", blocking),
    ("**standpipe mio**", mio),
    ("**standpipe smol**", smol),
    ("std, writer thread and read_to_end", threads),
    (SUBPROCESS, subprocess),
    ("duct", duct),
    ("tokio process, join of write_all and read_to_end", tokio),
];

fn blocking(input: &'static [u8]) -> Vec<u8> {
    let command = standpipe_blocking::Command::new("cat").input(input).limit(input.len());
    command.output().expect("cat runs").stdout
}

fn mio(input: &'static [u8]) -> Vec<u8> {
    standpipe_mio::communicate(&cat(), dialogue(input), None).expect("cat runs").stdout
}

fn smol(input: &'static [u8]) -> Vec<u8> {
    let command = cat();
    let talk = standpipe_smol::communicate(&command, dialogue(input), None);
    smol::block_on(talk).expect("cat runs").stdout
}

fn cat() -> process::Command {
    process::Command::new("cat").stdin(process::Stdio::Pipe).stdout(process::Stdio::Pipe)
}

fn dialogue(input: &'static [u8]) -> Dialogue {
    let mut queue = SendQueue::new(input.len(), 0);
    queue.push(Bytes::from_static(input));
    Dialogue { input: Some(queue), limit: Some(input.len()), ..Dialogue::default() }
}

fn threads(input: &'static [u8]) -> Vec<u8> {
    let mut command = Command::new("cat");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("cat runs");
    let mut stdin = child.stdin.take().expect("stdin is a pipe");
    let mut stdout = child.stdout.take().expect("stdout is a pipe");
    let writer = std::thread::spawn(move || stdin.write_all(input));
    let mut output = Vec::new();
    stdout.read_to_end(&mut output).expect("cat is read");
    writer.join().expect("the writer ends").expect("cat reads");
    assert!(child.wait().expect("cat ends").success());
    output
}

fn subprocess(input: &'static [u8]) -> Vec<u8> {
    use subprocess::{Exec, InputData, Redirection};
    let exec = Exec::cmd("cat").stdin(InputData::from_bytes(input)).stdout(Redirection::Pipe);
    exec.capture().expect("cat runs").stdout
}

fn duct(input: &'static [u8]) -> Vec<u8> {
    duct::cmd("cat", [""; 0]).stdin_bytes(input).stdout_capture().run().expect("cat runs").stdout
}

fn tokio(input: &'static [u8]) -> Vec<u8> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(tokio_talk(input)).expect("cat talks")
}

async fn tokio_talk(input: &'static [u8]) -> std::io::Result<Vec<u8>> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut command = tokio::process::Command::new("cat");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut stdin = child.stdin.take().expect("stdin is a pipe");
    let mut stdout = child.stdout.take().expect("stdout is a pipe");
    let mut output = Vec::new();
    let feed = async move { stdin.write_all(input).await };
    tokio::try_join!(feed, stdout.read_to_end(&mut output))?;
    assert!(child.wait().await?.success());
    Ok(output)
}
