//! All of the output in one vector: ours and the peers.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use standpipe_core::process;
use standpipe_smol::Dialogue;

use super::{Row, raw_poll};
use crate::sample::Sample;
use crate::table::Ratio;

const SUBPROCESS: &str = "subprocess crate";

pub(super) const ROWS: &[Row] = &[
    Row::collect("raw poll, 1 MiB pipes, room reserved (limit)", raw_poll::collect),
    Row::collect("raw poll, 1 MiB pipes, a vector that grows", raw_poll::collect_growing),
    Row::collect("raw poll, 64 KiB pipes, room reserved", raw_poll::collect_small),
    Row::collect("**standpipe blocking**", blocking),
    Row::collect("**standpipe mio**", mio),
    Row::collect("**standpipe smol**", smol),
    Row::collect("std, writer thread and read_to_end", threads),
    Row::collect(SUBPROCESS, subprocess),
    Row { share: 8, ..Row::collect("duct, an eighth of the bytes", duct) },
    Row::collect("tokio process, join of write_all and read_to_end", tokio),
    Row {
        share: 8,
        ..Row::collect(
            "smol async-process, zip of write_all and 64 KiB reads, an eighth of the bytes",
            async_reads,
        )
    },
    Row {
        share: 8,
        ..Row::collect(
            "smol async-process, zip of write_all and read_to_end, an eighth of the bytes",
            async_read_to_end,
        )
    },
];

pub(super) const ALSO: &[Ratio] =
    &[Ratio { to: SUBPROCESS, label: "x subprocess crate", of: Sample::wall_per_unit }];

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
    Dialogue { limit: Some(input.len()), ..Dialogue::fed(input) }
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

fn async_reads(input: &'static [u8]) -> Vec<u8> {
    let mut output = Vec::new();
    super::sink::async_process(input, |piece| output.extend_from_slice(piece));
    output
}

fn async_read_to_end(input: &'static [u8]) -> Vec<u8> {
    use smol::io::{AsyncReadExt, AsyncWriteExt};
    smol::block_on(async {
        let mut command = smol::process::Command::new("cat");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("cat runs");
        let mut stdin = child.stdin.take().expect("stdin is a pipe");
        let mut stdout = child.stdout.take().expect("stdout is a pipe");
        let mut output = Vec::new();
        let feed = async move { stdin.write_all(input).await };
        let (fed, read) = smol::future::zip(feed, stdout.read_to_end(&mut output)).await;
        fed.and(read).expect("cat talks");
        assert!(child.status().await.expect("cat ends").success());
        output
    })
}
