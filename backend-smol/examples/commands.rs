//! Runs commands at once, each within its own time, and tells how each has ended, in the order in which they end. When one has
//! failed, or on a time-out, so does the whole.
//!
//! `cargo run --example smol_commands -- SECONDS LINE…`, each of which a shell runs. With `--first` in front, the first one that
//! succeeds is enough: the others are dropped, which kills and reaps them.

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use standpipe_smol::{Command, Exit, Output, RunError, Stop, Unfinished};

/// How one of the commands has ended.
#[derive(PartialEq, Eq, Debug)]
enum Ended {
    /// By itself.
    Exited(Exit),
    /// Not in time, so that it was stopped.
    TimedOut(Exit),
    /// Something else was in the way.
    Failed(String),
}

impl Ended {
    fn is_good(&self) -> bool {
        matches!(self, Self::Exited(exit) if exit.success())
    }

    fn told(&self) -> String {
        match self {
            Self::Exited(exit) => exit.to_string(),
            Self::TimedOut(exit) => format!("timed out ({exit})"),
            Self::Failed(why) => why.clone(),
        }
    }
}

impl From<Result<Output, RunError>> for Ended {
    fn from(result: Result<Output, RunError>) -> Self {
        match result {
            Ok(output) => Self::Exited(output.exit),
            Err(RunError::Unfinished(Unfinished::TimedOut { output })) => Self::TimedOut(output.exit),
            Err(error) => Self::Failed(error.to_string()),
        }
    }
}

/// A group of its own, so that what a line has started ends with it.
fn command(line: &str, timeout: Duration) -> Command {
    let stop = Stop::terminate(Duration::from_secs(1)).whole_group();
    Command::shell(line).process_group().timeout(timeout).stop(stop)
}

/// Runs all of them in this thread, and tells of each as it ends, by its index, until `goes_on` has enough.
async fn run(lines: &[String], timeout: Duration, mut goes_on: impl FnMut(usize, Ended) -> bool) {
    let executor = smol::LocalExecutor::new();
    let (tell, told) = smol::channel::unbounded();
    let tasks: Vec<_> = (0..)
        .zip(lines)
        .map(|(index, line)| {
            let (tell, command) = (tell.clone(), command(line, timeout));
            executor.spawn(async move { drop(tell.send((index, command.communicate().await.into())).await) })
        })
        .collect();
    drop(tell);
    executor
        .run(async {
            while let Ok((index, ended)) = told.recv().await {
                if !goes_on(index, ended) {
                    break;
                }
            }
        })
        .await;
    // Whatever still runs is killed and reaped.
    drop((tasks, executor));
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut words = std::env::args().skip(1).peekable();
    let first = words.next_if_eq("--first").is_some();
    let seconds = words.next().ok_or("usage: smol_commands [--first] SECONDS LINE…")?;
    let timeout = Duration::try_from_secs_f64(seconds.parse()?)?;
    let lines: Vec<String> = words.collect();
    let (mut good, all) = (0, lines.len());
    smol::block_on(run(&lines, timeout, |index, ended| {
        println!("{}: {}", lines[index], ended.told());
        good += usize::from(ended.is_good());
        !(first && good > 0)
    }));
    let enough = if first { good > 0 } else { good == all };
    Ok(if enough { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use standpipe_smol::{Exit, Signal};

    use super::{Ended, run};

    const LONG: Duration = Duration::from_secs(60);

    /// Runs lines until so many have ended.
    fn ran(lines: &[&str], timeout: Duration, enough: usize) -> BTreeMap<usize, Ended> {
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        let mut all = BTreeMap::new();
        smol::block_on(run(&lines, timeout, |index, ended| {
            all.insert(index, ended);
            all.len() < enough
        }));
        all
    }

    #[test]
    fn each_is_told_as_it_has_ended() {
        let lines = ["exit 0", "exit 3", "kill -KILL $$"];
        let all = ran(&lines, LONG, usize::MAX);
        let killed = Exit::Signal { signal: Signal::KILL, core_dumped: false };
        let expected = [Exit::Code(0), Exit::Code(3), killed].map(Ended::Exited);
        assert_eq!(all.into_values().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn one_that_takes_too_long_is_stopped_with_what_it_has_started() {
        let all = ran(&["sleep 600 & wait"], Duration::from_millis(200), usize::MAX);
        let ended = Exit::Signal { signal: Signal::TERM, core_dumped: false };
        assert_eq!(all[&0], Ended::TimedOut(ended));
    }

    #[test]
    fn who_waits_for_the_first_does_not_wait_for_the_others() {
        let all = ran(&["exec sleep 600", "exit 0", "exec sleep 600"], LONG * 20, 1);
        assert_eq!(all.into_iter().collect::<Vec<_>>(), [(1, Ended::Exited(Exit::Code(0)))]);
    }
}
