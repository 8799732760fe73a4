//! What holds when a future of a child is dropped at one of its awaits: nothing is lost, nothing comes twice, and nobody is left.

mod limited;

use std::future::poll_fn;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use futures_lite::{AsyncReadExt, AsyncWriteExt, future};
use standpipe_smol::{
    Child, Command, CommunicateEvent, Exit, Output, RunError, Signal, StdStream, Stdio, Stop, Stream,
};
use standpipe_sys::fd;

use limited::{LIMIT, within_limit};

/// More than all the pipes between two ends hold.
const MUCH: usize = 4 << 20;

const KILLED: Exit = Exit::Signal { signal: Signal::KILL, core_dumped: false };

/// Numbers without order, the same in every run (Marsaglia's xorshift).
struct Chance(u32);

impl Chance {
    fn below(&mut self, end: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 % end
    }
}

/// Polls a future until it has waited so many times, and drops it then.
async fn drop_after<T>(waits: u32, run: impl Future<Output = T>) -> Option<T> {
    let (mut run, mut waited) = (pin!(run), 0);
    poll_fn(|context| match run.as_mut().poll(context) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending if waited == waits => Poll::Ready(None),
        Poll::Pending => {
            waited += 1;
            Poll::Pending
        }
    })
    .await
}

fn bytes() -> Vec<u8> {
    (0..MUCH).map(|n| ((n * 7) >> 3) as u8).collect()
}

#[test]
fn a_dialogue_that_is_dropped_and_run_again_has_each_byte_once() {
    for seed in 1..=4 {
        let (mut chance, bytes) = (Chance(seed), bytes());
        let row = Command::new("cat").input(bytes.clone()).into_pipeline()
            | Command::new("cat").stdout(Stdio::Pipe);
        let mut talk = row.talk().expect("cat runs");
        let (mut collected, mut dropped) = (Vec::new(), 0);
        within_limit(async {
            loop {
                match drop_after(chance.below(3), talk.run(Some(LIMIT))).await {
                    Some(Ok(None)) => break,
                    Some(event) => panic!("there is neither a limit nor a time-out: {event:?}"),
                    None => dropped += 1,
                }
                if chance.below(4) == 0 {
                    collected.append(&mut talk.take_output(StdStream::Stdout));
                }
            }
            let output = talk.finish().await.expect("it is over");
            collected.extend(output.stdout);
            assert_eq!(output.stages, [Exit::Code(0); 2]);
        });
        assert!(collected == bytes, "every byte once, in order (seed {seed})");
        assert!(dropped > 0, "it was dropped in between (seed {seed})");
    }
}

#[test]
fn a_limit_that_was_told_to_nobody_is_told_again() {
    let mut talk = Command::shell("exec cat /dev/zero").stdout(Stdio::Pipe).talk().expect("cat runs");
    talk.set_limit(StdStream::Stdout, MUCH);
    within_limit(async {
        let event = loop {
            if let Some(event) = drop_after(0, talk.run(None)).await {
                break event.expect("it can be watched");
            }
        };
        assert_eq!(event, Some(CommunicateEvent::Limit(StdStream::Stdout)));
        assert_eq!(talk.collected(StdStream::Stdout).len(), MUCH);
        talk.finish().await.expect_err("nothing was done about the limit");
    });
}

/// A child that ends when the pipe at its standard input does.
fn patient() -> Child {
    Command::shell("read -r code; exit \"$code\"").stdin(Stdio::Pipe).spawn().expect("a shell runs")
}

#[test]
fn a_wait_that_is_dropped_loses_no_end() {
    within_limit(async {
        for waits in 0..4 {
            let mut child = patient();
            let mut stdin = child.stdin.take().expect("a pipe");
            let handle = child.handle();
            for _ in 0..=waits {
                assert!(drop_after(0, child.wait()).await.is_none(), "it waits for a code");
                assert!(drop_after(0, handle.wait()).await.is_none(), "so does who has its handle");
                let short = child.wait_timeout(Duration::from_millis(1));
                assert_eq!(
                    drop_after(waits, short).await.transpose().expect("it can be watched").flatten(),
                    None
                );
            }
            stdin.write_all(b"7\n").await.expect("it reads");
            let ended = loop {
                if let Some(ended) = drop_after(waits, child.wait()).await {
                    break ended.expect("it can be watched");
                }
            };
            assert_eq!(
                (ended, handle.wait().await.expect("there are descriptors")),
                (Exit::Code(7), Exit::Code(7))
            );
            assert_eq!(
                child.wait().await.expect("there is nothing to watch"),
                Exit::Code(7),
                "as often as it is asked"
            );
        }
    });
}

#[test]
fn a_stop_that_is_dropped_goes_on() {
    within_limit(async {
        let mut child = Command::shell("trap '' TERM; echo ready; while :; do sleep 1; done")
            .stdout(Stdio::Pipe)
            .process_group()
            .spawn()
            .expect("a shell runs");
        child.stdout.as_mut().expect("a pipe").read_exact(&mut [0; 6]).await.expect("it is told");
        let stop = Stop::terminate(Duration::from_millis(1)).whole_group();
        assert!(drop_after(0, child.stop(&stop)).await.is_none(), "it does not listen to SIGTERM");
        assert_eq!(child.wait().await.expect("it can be watched"), KILLED);
    });
}

/// Both ends of a pipe, ours as a stream.
fn pipe() -> (Stream, OwnedFd) {
    let (read, write) = fd::pipe().expect("a pipe can be made");
    let ours = standpipe_sys::Stream::pipe(read).expect("it is a pipe");
    (Stream::new(ours).expect("it can be watched"), write)
}

/// The next numbers that come, one a line.
async fn numbers(from: &mut Stream, count: usize) -> Vec<i32> {
    let (mut text, mut byte) = (String::new(), [0]);
    while text.matches('\n').count() < count {
        from.read_exact(&mut byte).await.expect("it is told");
        text.push(char::from(byte[0]));
    }
    text.lines().map(|line| line.parse().expect("a number")).collect()
}

/// Nobody has these numbers, and nobody writes into the pipe any more.
async fn assert_gone(pids: &[i32], mut pipe: Stream) {
    for pid in pids {
        assert!(!Path::new(&format!("/proc/{pid}")).exists(), "{pid} is neither alive nor a zombie");
    }
    pipe.read_to_end(&mut Vec::new()).await.expect("it can be read");
}

/// Tells its number by descriptor 3 and stays.
fn staying(write: &OwnedFd) -> Command {
    let write = write.try_clone().expect("there are descriptors");
    Command::shell("echo $$ >&3; exec sleep 600").fd(3, write)
}

#[test]
fn a_dropped_command_leaves_no_child() {
    within_limit(async {
        let (mut read, write) = pipe();
        let command = staying(&write);
        drop(write);
        let run = async { panic!("it stays: {:?}", command.output().await) };
        let pids = future::or(run, numbers(&mut read, 1)).await;
        assert_gone(&pids, read).await;
    });
}

#[test]
fn a_dropped_pipeline_leaves_no_child() {
    within_limit(async {
        let (mut read, write) = pipe();
        let row = staying(&write) | staying(&write) | staying(&write);
        drop(write);
        let run = async { panic!("it stays: {:?}", row.output().await) };
        let pids = future::or(run, numbers(&mut read, 3)).await;
        assert_gone(&pids, read).await;
    });
}

#[test]
fn a_dropped_dialogue_leaves_no_child() {
    within_limit(async {
        let (mut read, write) = pipe();
        let child = staying(&write).spawn().expect("a shell runs");
        drop(write);
        let handle = child.handle();
        let run = async { panic!("it stays: {:?}", child.communicate("").await) };
        let pids = future::or(run, numbers(&mut read, 1)).await;
        assert_eq!((pids[0], handle.poll()), (handle.pid(), Some(KILLED)));
        assert_gone(&pids, read).await;
    });
}

#[test]
fn what_is_never_polled_is_never_started() {
    within_limit(async {
        let (mut read, write) = pipe();
        drop(Command::shell("echo started >&3").fd(3, write).output());
        let mut told = Vec::new();
        read.read_to_end(&mut told).await.expect("it can be read");
        assert!(told.is_empty());
    });
}

#[test]
fn every_executor_will_do() {
    let one = || Command::new("cat").input("in").check_output();
    let assert_ran = |output: Result<Output, RunError>| assert_eq!(output.expect("cat runs").stdout, b"in");
    assert_ran(within_limit(one()));
    assert_ran(future::block_on(one()));
    assert_ran(within_limit(smol::spawn(one())));
    let local = smol::LocalExecutor::new();
    assert_ran(within_limit(local.run(local.spawn(one()))));
}

#[test]
fn many_commands_go_on_at_once_in_one_thread() {
    const MANY: usize = 64;
    let local = smol::LocalExecutor::new();
    within_limit(local.run(async {
        // Each ends when all have begun: its input is closed when this has heard of every one.
        let (mut read, write) = pipe();
        let mut inputs = Vec::new();
        let mut tasks = Vec::new();
        for _ in 0..MANY {
            let told = write.try_clone().expect("there are descriptors");
            let command =
                Command::shell("echo $$ >&3; cat").fd(3, told).stdin(Stdio::Pipe).stdout(Stdio::Pipe);
            let mut child = command.spawn().expect("a shell runs");
            inputs.push(child.stdin.take().expect("a pipe"));
            tasks.push(local.spawn(child.communicate("")));
        }
        numbers(&mut read, MANY).await;
        drop(inputs);
        for task in tasks {
            assert_eq!(task.await.expect("it can be watched").exit, Exit::Code(0));
        }
    }));
}
