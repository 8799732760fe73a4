//! The output as it comes, from a buffer that is used again: ours and the peers.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use standpipe_core::process;
use standpipe_smol::Dialogue;

use super::{Row, raw_poll};

pub(super) const ROWS: &[Row] = &[
    Row::count("raw poll, 1 MiB pipes, discarded (limit)", raw_poll::discard),
    Row::count("raw poll, 64 KiB pipes, discarded", raw_poll::discard_small),
    Row::count("**standpipe blocking**", blocking),
    Row::count("**standpipe mio**", mio),
    Row::count("**standpipe smol**", smol),
    Row::count("std, writer thread and reads into 64 KiB", threads),
    Row::count("subprocess crate, read_to", subprocess),
    Row { share: 8, ..Row::count("duct, reader into 64 KiB, an eighth of the bytes", duct) },
    Row::count("tokio process, join of write_all and reads into 64 KiB", tokio),
    Row::count("smol async-process, zip of write_all and reads into 64 KiB", |input| {
        let mut count = 0;
        async_process(input, |piece| count += piece.len());
        count
    }),
];

/// The peers' buffer, which is what an ordinary pipe holds.
const BUFFER: usize = 64 << 10;

fn blocking(input: &'static [u8]) -> usize {
    let mut count = 0;
    let cat = standpipe_blocking::Command::new("cat").input(input);
    cat.deliver(|_, piece| count += piece.len()).expect("cat runs");
    count
}

fn mio(input: &'static [u8]) -> usize {
    let mut count = 0;
    let cat = process::Command::new("cat").stdin(process::Stdio::Pipe).stdout(process::Stdio::Pipe);
    let sink = |_, piece: &[u8]| count += piece.len();
    standpipe_mio::deliver(&cat, Dialogue::fed(input), None, sink).expect("cat runs");
    count
}

fn smol(input: &'static [u8]) -> usize {
    let mut count = 0;
    let cat = standpipe_smol::Command::new("cat").input(input);
    smol::block_on(cat.deliver(|_, piece| count += piece.len())).expect("cat runs");
    count
}

fn threads(input: &'static [u8]) -> usize {
    let mut command = Command::new("cat");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("cat runs");
    let mut stdin = child.stdin.take().expect("stdin is a pipe");
    let stdout = child.stdout.take().expect("stdout is a pipe");
    let writer = std::thread::spawn(move || stdin.write_all(input));
    let count = count_of(stdout);
    writer.join().expect("the writer ends").expect("cat reads");
    assert!(child.wait().expect("cat ends").success());
    count
}

fn count_of(mut output: impl Read) -> usize {
    let (mut buffer, mut count) = (vec![0; BUFFER], 0);
    loop {
        match output.read(&mut buffer).expect("cat is read") {
            0 => return count,
            n => count += n,
        }
    }
}

/// Counts what is written to it.
struct Counter(usize);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn subprocess(input: &'static [u8]) -> usize {
    use subprocess::{Exec, InputData, Redirection};
    let exec = Exec::cmd("cat").stdin(InputData::from_bytes(input)).stdout(Redirection::Pipe);
    let (mut counter, mut job) = (Counter(0), exec.start().expect("cat runs"));
    let mut communicator = job.communicate().expect("cat talks");
    communicator.read_to(&mut counter, std::io::sink()).expect("cat talks");
    assert!(job.wait().expect("cat ends").success());
    counter.0
}

fn duct(input: &'static [u8]) -> usize {
    count_of(duct::cmd("cat", [""; 0]).stdin_bytes(input).reader().expect("cat runs"))
}

fn tokio(input: &'static [u8]) -> usize {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(tokio_talk(input)).expect("cat talks")
}

async fn tokio_talk(input: &'static [u8]) -> std::io::Result<usize> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut command = tokio::process::Command::new("cat");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut stdin = child.stdin.take().expect("stdin is a pipe");
    let mut stdout = child.stdout.take().expect("stdout is a pipe");
    let feed = async move { stdin.write_all(input).await };
    let take = async {
        let (mut buffer, mut count) = (vec![0; BUFFER], 0);
        loop {
            match stdout.read(&mut buffer).await? {
                0 => return Ok(count),
                n => count += n,
            }
        }
    };
    let ((), count) = tokio::try_join!(feed, take)?;
    assert!(child.wait().await?.success());
    Ok(count)
}

pub(super) fn async_process(input: &'static [u8], mut sink: impl FnMut(&[u8])) {
    use smol::io::{AsyncReadExt, AsyncWriteExt};
    smol::block_on(async {
        let mut command = smol::process::Command::new("cat");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("cat runs");
        let mut stdin = child.stdin.take().expect("stdin is a pipe");
        let mut stdout = child.stdout.take().expect("stdout is a pipe");
        let feed = async move { stdin.write_all(input).await.expect("cat reads") };
        let take = async {
            let mut buffer = vec![0; BUFFER];
            loop {
                match stdout.read(&mut buffer).await.expect("cat is read") {
                    0 => return,
                    n => sink(&buffer[..n]),
                }
            }
        };
        smol::future::zip(feed, take).await;
        assert!(child.status().await.expect("cat ends").success());
    });
}
