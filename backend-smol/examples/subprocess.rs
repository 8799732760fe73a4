//! What Python's manual does with `subprocess` (17.1), as futures: the three functions, pipelines of the shell, a dialogue, and what
//! `Popen` objects are good for (SUB-01 to SUB-03, SUB-36 to SUB-47, SUB-64 to SUB-75).

use std::error::Error;
use std::time::Duration;

use smol::future;
use smol::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use smol::stream::StreamExt;
use standpipe_smol::{Command, CommunicateEvent, Exit, RunError, Signal, StdStream, Stdio, Stop, Unfinished};

type Done = Result<(), Box<dyn Error>>;

/// `call`, `check_call` and `check_output` (17.1.1).
async fn functions() -> Done {
    assert_eq!(Command::shell("exit 1").status().await?, Exit::Code(1));
    let error = Command::new("false").check().await.expect_err("it fails");
    assert_eq!(error.to_string(), "'false' failed (exit code 1)");
    assert_eq!(Command::new("echo").arg("Hello World!").check_output().await?.stdout, b"Hello World!\n");
    let both = Command::shell("ls non_existent_file; exit 0").stderr(Stdio::Stdout).check_output().await?;
    assert!(String::from_utf8(both.stdout)?.contains("non_existent_file"));
    Ok(())
}

/// `` output=`dmesg | grep hda` `` (17.1.4.2). No descriptor is to be closed by hand.
async fn pipeline() -> Done {
    let dmesg = Command::new("printf").arg("%s\\n").args(["hda: found", "hdb: found"]);
    let output = (dmesg | Command::new("grep").arg("hda")).check_output().await?;
    assert_eq!(output.stdout, b"hda: found\n");
    Ok(())
}

/// `sort | uniq -c | sort -rn | head -n 1`, fed from here.
async fn most_frequent() -> Done {
    let words = "pipe\nsocket\npipe\nsignal\npipe\nsocket\n";
    let row = Command::new("sort").input(words)
        | Command::new("uniq").arg("-c")
        | Command::new("sort").arg("-rn")
        | Command::new("head").args(["-n", "1"]);
    let output = row.timeout(Duration::from_secs(60)).check_output().await?;
    assert_eq!(String::from_utf8(output.stdout)?.trim(), "3 pipe");
    Ok(())
}

/// `yes | head -n 1`: the one that is not read any more ends by a broken pipe, and that is told.
async fn broken_pipe() -> Done {
    let broken = Exit::Signal { signal: Signal::PIPE, core_dumped: false };
    let exits = (Command::new("yes") | Command::new("head").args(["-n", "1"]).stdout(Stdio::Null)).status();
    assert_eq!(exits.await?, [broken, Exit::Code(0)]);
    Ok(())
}

/// `pid = os.spawnlp(os.P_NOWAIT, ..)` (17.1.4.4): two at once, each with its own end.
async fn no_wait() -> Done {
    let (mut one, mut two) = (Command::shell("exit 1").spawn()?, Command::shell("exit 2").spawn()?);
    assert_eq!(future::try_zip(one.wait(), two.wait()).await?, (Exit::Code(1), Exit::Code(2)));
    Ok(())
}

/// `os.popen(cmd, "r")` and `os.popen(cmd, "w")` (17.1.4.5): one stream is a pipe.
async fn popen() -> Done {
    let mut child = Command::shell("echo one; echo two").stdout(Stdio::Pipe).spawn()?;
    let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    assert_eq!(lines.try_collect::<_, _, Vec<_>>().await?, ["one", "two"]);
    assert!(child.wait().await?.success());

    let mut child = Command::shell("read -r code; exit $code").stdin(Stdio::Pipe).spawn()?;
    child.stdin.take().expect("a pipe").write_all(b"5\n").await?;
    assert_eq!(child.wait().await?, Exit::Code(5));
    Ok(())
}

/// `os.popen3(cmd)` (17.1.4.5): the streams have names, and are used at once.
async fn popen3() -> Done {
    let line = "read -r word; echo out $word; echo err $word >&2";
    let all = Command::shell(line).stdin(Stdio::Pipe).stdout(Stdio::Pipe).stderr(Stdio::Pipe);
    let output = all.spawn()?.communicate("x\n").await?;
    assert_eq!((&output.stdout[..], &output.stderr[..]), (&b"out x\n"[..], &b"err x\n"[..]));

    let mut child = all.spawn()?; // a command may be run again
    let [mut stdin, mut stdout] =
        [&mut child.stdin, &mut child.stdout].map(|stream| stream.take().expect("a pipe"));
    let mut text = String::new();
    let write = async {
        stdin.write_all(b"y\n").await?;
        stdin.close().await
    };
    future::try_zip(write, stdout.read_to_string(&mut text)).await?;
    assert_eq!((text.as_str(), child.wait().await?), ("out y\n", Exit::Code(0)));
    Ok(())
}

/// What 2.7 has not: a time-out, after which what was written by then is there.
async fn timeout() -> Done {
    let slow = Command::shell("echo so far; exec sleep 600").timeout(Duration::from_secs(1));
    let error = slow.stop(Stop::kill()).output().await.expect_err("it takes too long");
    let RunError::Unfinished(Unfinished::TimedOut { output }) = error else { return Err(error.into()) };
    assert_eq!(output.stdout, b"so far\n");
    Ok(())
}

/// `communicate` with an end that is somebody else's decision: a dialogue may be left and come back to.
async fn dialogue() -> Done {
    let mut talk = Command::shell("echo ready; exec sleep 600").stdout(Stdio::Pipe).talk()?;
    while talk.collected(StdStream::Stdout).is_empty() {
        let event = talk.run(Some(Duration::from_millis(10))).await?;
        assert_eq!(event, Some(CommunicateEvent::TimedOut));
    }
    talk.child().terminate();
    let output = talk.finish().await?;
    let ended = Exit::Signal { signal: Signal::TERM, core_dumped: false };
    assert_eq!((output.exit, &output.stdout[..]), (ended, &b"ready\n"[..]));
    Ok(())
}

async fn all() -> Done {
    functions().await?;
    pipeline().await?;
    most_frequent().await?;
    broken_pipe().await?;
    no_wait().await?;
    popen().await?;
    popen3().await?;
    timeout().await?;
    dialogue().await
}

fn main() -> Done {
    smol::block_on(all())
}

#[test]
fn everything_does_what_the_manual_says() {
    main().expect("it fails nowhere");
}
