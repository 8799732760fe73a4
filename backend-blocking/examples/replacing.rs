//! What stood in the places of older functions, recipe by recipe of 17.1.4 in Python's manual (SUB-64 to SUB-78).

use std::error::Error;
use std::io::{Read, Write};

use standpipe_blocking::os::{self, Mode};
use standpipe_blocking::popen2::{Popen3, Popen4};
use standpipe_blocking::{Command, Exit, Signal, Stdio};

/// `` output=`mycmd myarg` `` (17.1.4.1). The newline at the end stays.
fn backquote() -> Result<(), Box<dyn Error>> {
    let output = Command::new("echo").arg("myarg").check_output()?;
    assert_eq!(output.stdout, b"myarg\n");
    Ok(())
}

/// `` output=`dmesg | grep hda` `` (17.1.4.2). No descriptor is to be closed by hand.
fn pipeline() -> Result<(), Box<dyn Error>> {
    let dmesg = Command::new("printf").arg("%s\\n").args(["hda: found", "hdb: found"]);
    let output = (dmesg | Command::new("grep").arg("hda")).check_output()?;
    assert_eq!(output.stdout, b"hda: found\n");
    Ok(())
}

/// `sts = os.system("mycmd" + " myarg")` (17.1.4.3), and with a code that is looked at.
fn system() -> Result<(), Box<dyn Error>> {
    assert_eq!(Command::shell("exit 3").status()?, Exit::Code(3));
    match Command::shell("kill -TERM $$").status()? {
        Exit::Signal { signal, .. } => assert_eq!(signal, Signal::TERM),
        exit => panic!("Child returned {exit}"),
    }
    assert_eq!(os::system("exit 3")?.map(|status| status.raw()), Some(768)); // as it was
    Ok(())
}

/// `os.spawnlp(os.P_NOWAIT, ..)`, `os.spawnlp(os.P_WAIT, ..)`, `os.spawnvp(..)` and `os.spawnlpe(..)` (17.1.4.4).
fn spawn() -> Result<(), Box<dyn Error>> {
    let mut child = Command::new("sh").args(["-c", "exit 1"]).spawn()?;
    assert!(child.pid() > 0);
    assert_eq!(child.wait()?, Exit::Code(1));

    let vector = ["-c", "exit 2"];
    assert_eq!(Command::new("sh").args(vector).status()?.return_code(), Some(2));

    let path = std::env::var("PATH")?;
    let with_environment =
        Command::new("sh").args(["-c", "test $A = b"]).env_clear().env("PATH", path).env("A", "b");
    assert_eq!(os::spawn_wait(with_environment)?, Some(0));
    Ok(())
}

/// `os.popen(cmd, "r")` and `os.popen(cmd, "w")` (17.1.4.5): one stream is a pipe.
fn popen() -> Result<(), Box<dyn Error>> {
    let mut child = Command::shell("echo read").stdout(Stdio::Pipe).spawn()?;
    let mut text = String::new();
    child.stdout.take().expect("a pipe").read_to_string(&mut text)?;
    assert_eq!((text.as_str(), child.wait()?.success()), ("read\n", true));

    let mut child = Command::shell("cat >/dev/null").stdin(Stdio::Pipe).spawn()?;
    child.stdin.take().expect("a pipe").write_all(b"written")?;
    assert!(child.wait()?.success());

    let mut file = os::popen("cat >/dev/null; exit 1", Mode::Write)?; // as it was
    file.write_all(b"written")?;
    assert_eq!(file.close()?.map(|status| status.raw()), Some(256), "There were some errors");
    Ok(())
}

/// `(child_stdin, child_stdout) = os.popen2(cmd)`, and its kin (17.1.4.5): the streams have names.
fn popen2_to_4() -> Result<(), Box<dyn Error>> {
    let line = "read -r word; echo out $word; echo err $word >&2";
    let output = Command::shell(line).input("x\n").stdout(Stdio::Pipe).communicate()?;
    assert_eq!(output.stdout, b"out x\n");
    let output = Command::shell(line).input("x\n").stdout(Stdio::Pipe).stderr(Stdio::Pipe).communicate()?;
    assert_eq!((&output.stdout[..], &output.stderr[..]), (&b"out x\n"[..], &b"err x\n"[..]));
    let output = Command::shell(line).input("x\n").stdout(Stdio::Pipe).stderr(Stdio::Stdout).communicate()?;
    assert_eq!(output.stdout, b"out x\nerr x\n");
    Ok(())
}

/// `Popen3("cmd", capturestderr)` and `Popen4("cmd")` (17.1.4.6), as they were.
fn popen3_and_4() -> Result<(), Box<dyn Error>> {
    let (mut out, mut err) = (String::new(), String::new());
    let mut three = Popen3::new(Command::shell("cat; echo err >&2"), true)?;
    three.tochild.take().expect("not closed yet").write_all(b"out")?;
    three.fromchild.read_to_string(&mut out)?;
    three.childerr.as_mut().expect("it is captured").read_to_string(&mut err)?;
    assert_eq!((out.as_str(), err.as_str(), three.wait()?), ("out", "err\n", Exit::Code(0)));

    let mut four = Popen4::new(Command::new("sh").args(["-c", "echo out; echo err >&2; exit 3"]))?;
    let mut both = String::new();
    four.fromchild.read_to_string(&mut both)?;
    assert_eq!((both.as_str(), four.wait()?), ("out\nerr\n", Exit::Code(3)));
    assert_eq!(four.sts().map(|status| status.raw()), Some(768));
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    [backquote, pipeline, system, spawn, popen, popen2_to_4, popen3_and_4]
        .iter()
        .try_for_each(|recipe| recipe())
}

#[test]
fn every_recipe_does_what_the_manual_says() {
    main().expect("it fails nowhere");
}
