//! A child that does exactly what its arguments say, act by act: where a shell would be in the way, since it has
//! descriptors, signals and children of its own.
//!
//! Acts are words, with a comma as a word of its own between them. It ends with code 0 after the last one.
//!
//! | act | what it does |
//! |---|---|
//! | `arguments ...` | prints its name and all words that follow, NUL after each |
//! | `show PATH` | prints the file, such as one of `/proc/self` |
//! | `folder` | prints where it is |
//! | `descriptors` | prints the numbers that are open and what is behind them, a line each |
//! | `flags N` | prints the flags of descriptor N in octal |
//! | `place` | prints parent, group, session, terminal and the terminal's foreground group, with blanks between |
//! | `say TEXT`, `complain TEXT` | prints to standard output or error |
//! | `write N COUNT PIECE` | writes bytes of the pattern to descriptor N, so many a call |
//! | `read PIECE PAUSE` | reads to the end, so many bytes a call, milliseconds between them, and prints the count |
//! | `take COUNT` | reads so many bytes |
//! | `copy N` | copies standard input to descriptor N to its end |
//! | `null N` | puts the null device at 0, 1 or 2 |
//! | `wait MILLISECONDS` | sleeps |
//! | `beget ...` | starts a puppet with the same descriptors and does not wait; `+` stands for a comma in its acts |
//! | `stop` | stops itself as job control does |
//! | `raise N` | sends itself a signal |
//! | `exit CODE` | ends with this code |
//!
//! The standard library has ignored SIGPIPE and opened what was closed of 0 to 2 before any of it.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::process::{self, Command};
use std::time::Duration;
use std::{env, thread};

use rustix::process::{Signal, getpid, kill_process};
use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout};
use standpipe_tests::client::pattern;
use standpipe_tests::place;

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> Outcome {
    let mut words: Vec<Vec<u8>> = env::args_os().map(OsStringExt::into_vec).collect();
    let name = words.remove(0);
    if words.first().is_some_and(|word| word == b"arguments") {
        words[0] = name;
        return print(&words.iter().flat_map(|word| [word.as_slice(), b"\0"].concat()).collect::<Vec<_>>());
    }
    let words: Vec<String> = words.into_iter().map(String::from_utf8).collect::<Result<_, _>>()?;
    words.split(|word| word == ",").try_for_each(act)
}

fn act(words: &[String]) -> Outcome {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        [] => Ok(()),
        ["show", path] => print(&fs::read(path)?),
        ["folder"] => print(env::current_dir()?.as_os_str().as_bytes()),
        ["descriptors"] => descriptors(),
        ["flags", number] => flags(number),
        ["place"] => print(place()?.map(|number| number.to_string()).join(" ").as_bytes()),
        ["say", text] => print(text.as_bytes()),
        ["complain", text] => Ok(io::stderr().write_all(text.as_bytes())?),
        ["write", to, count, piece] => write(to, count.parse()?, piece.parse()?),
        ["read", piece, pause] => read(piece.parse()?, Duration::from_millis(pause.parse()?)),
        ["take", count] => Ok(io::stdin().read_exact(&mut vec![0; count.parse()?])?),
        ["copy", to] => Ok(io::copy(&mut io::stdin().lock(), &mut descriptor(to)?).map(drop)?),
        ["null", number] => null(number.parse()?),
        ["wait", pause] => {
            rest(Duration::from_millis(pause.parse()?));
            Ok(())
        }
        ["beget", ref acts @ ..] => beget(acts),
        ["stop"] => Ok(kill_process(getpid(), Signal::STOP)?),
        ["raise", number] => raise(number.parse()?),
        ["exit", code] => process::exit(code.parse()?),
        _ => Err(format!("no act is {words:?}").into()),
    }
}

fn print(bytes: &[u8]) -> Outcome {
    let mut output = io::stdout().lock();
    output.write_all(bytes)?;
    Ok(output.flush()?)
}

/// The one through which the folder itself is read is left out.
fn descriptors() -> Outcome {
    let mut lines: Vec<(u32, String)> = Vec::new();
    for entry in fs::read_dir("/proc/self/fd")? {
        let entry = entry?;
        let number = entry.file_name().to_string_lossy().parse()?;
        lines.push((number, fs::read_link(entry.path())?.display().to_string()));
    }
    lines.retain(|(_, target)| !target.starts_with("/proc/"));
    lines.sort();
    let lines = lines.iter().map(|(number, target)| format!("{number} {target}\n"));
    print(lines.collect::<String>().as_bytes())
}

fn flags(number: &str) -> Outcome {
    let info = fs::read_to_string(format!("/proc/self/fdinfo/{number}"))?;
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:")).ok_or("no flags")?;
    print(flags.trim().as_bytes())
}

/// The standard streams as they are; others by a description of their own.
fn descriptor(number: &str) -> io::Result<File> {
    match number {
        "1" => io::stdout().as_fd().try_clone_to_owned().map(File::from),
        "2" => io::stderr().as_fd().try_clone_to_owned().map(File::from),
        number => File::options().write(true).open(format!("/proc/self/fd/{number}")),
    }
}

fn write(to: &str, count: usize, piece: usize) -> Outcome {
    let mut to = descriptor(to)?;
    pattern(0, count).chunks(piece).try_for_each(|piece| Ok(to.write_all(piece)?))
}

fn read(piece: usize, pause: Duration) -> Outcome {
    let mut input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let (mut bytes, mut count) = (vec![0; piece], 0);
    loop {
        match input.read(&mut bytes)? {
            0 => return print(count.to_string().as_bytes()),
            n => count += n,
        }
        rest(pause);
    }
}

#[expect(clippy::disallowed_methods, reason = "a child that takes its time is what was asked for")]
fn rest(pause: Duration) {
    thread::sleep(pause);
}

fn null(number: u32) -> Outcome {
    let null = File::options().read(true).write(true).open("/dev/null")?;
    Ok(match number {
        0 => dup2_stdin(null),
        1 => dup2_stdout(null),
        2 => dup2_stderr(null),
        _ => return Err("only 0 to 2 can be the null device".into()),
    }?)
}

fn beget(acts: &[&str]) -> Outcome {
    let acts = acts.iter().map(|word| if *word == "+" { "," } else { *word });
    Ok(Command::new(env::current_exe()?).args(acts).spawn().map(drop)?)
}

fn raise(number: i32) -> Outcome {
    let signal = Signal::from_named_raw(number).ok_or("no such signal")?;
    Ok(kill_process(getpid(), signal)?)
}
