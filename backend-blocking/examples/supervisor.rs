//! A supervisor: it runs a command, starts it again whenever it ends, after a wait that grows while it keeps ending early,
//! and stops it with its whole session on SIGTERM or SIGINT.
//!
//! `cargo run --example supervisor -- COMMAND [ARG…]`

use std::error::Error;
use std::os::fd::AsFd;
use std::time::Duration;

use standpipe_blocking::signal::Signals;
use standpipe_blocking::standpipe_core::Side;
use standpipe_blocking::standpipe_sys::{Clock, PollSet};
use standpipe_blocking::{Command, Exit, Signal, Stop};

/// How long to wait before the next start: twice as long each time, and from the beginning again once it has run longer than
/// the longest wait.
struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, next: first }
    }

    fn after(&mut self, ran: Duration) -> Duration {
        if ran > self.longest {
            self.next = self.first;
        }
        let longer = (self.next * 2).min(self.longest);
        std::mem::replace(&mut self.next, longer)
    }
}

/// Runs it again and again until `told` is readable: how the last run ended, and how many there were.
fn supervise(
    command: &Command,
    mut backoff: Backoff,
    told: &impl AsFd,
) -> Result<(Exit, u32), Box<dyn Error>> {
    let stop = Stop::signal(Signal::TERM).grace(Duration::from_secs(5)).then(Signal::KILL).whole_session();
    let clock = Clock::start();
    for starts in 1.. {
        let (begun, mut child) = (clock.now(), command.spawn()?);
        println!("{}: started", child.pid());
        let Some(exit) = child.wait_unless(told)? else {
            return Ok((child.stop(&stop)?.exit, starts));
        };
        let wait = backoff.after(clock.now().since(begun));
        println!("{}: {exit}, next start in {wait:?}", child.pid());
        if is_readable_within(told, wait)? {
            return Ok((exit, starts));
        }
    }
    unreachable!("a range without an end")
}

fn is_readable_within(fd: &impl AsFd, wait: Duration) -> std::io::Result<bool> {
    let mut set = PollSet::default();
    set.add(fd.as_fd(), Side::Read);
    set.wait(Some(wait))?;
    Ok(set.is_ready(0))
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let program = words.next().ok_or("usage: supervisor COMMAND [ARG…]")?;
    let command = Command::new(program).args(words).session();
    let told = Signals::new([Signal::TERM, Signal::INT])?;
    let backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(30));
    let (exit, starts) = supervise(&command, backoff, &told)?;
    println!("stopped after {starts} starts: {exit}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use standpipe_blocking::{Command, Exit, Interrupt, Signal};

    use super::{Backoff, supervise};

    #[test]
    fn waits_double_up_to_the_longest_and_begin_again() {
        let [a, b, c] = [1, 2, 3].map(Duration::from_secs);
        let mut backoff = Backoff::new(a, c);
        let waits = [Duration::ZERO; 3].map(|ran| backoff.after(ran));
        assert_eq!(waits, [a, b, c]);
        assert_eq!(backoff.after(Duration::from_secs(4)), a);
    }

    #[test]
    fn what_ends_is_started_again_and_what_runs_is_stopped() {
        let folder = tempfile::tempdir().expect("a folder");
        let here = |program: &str| Command::new(program).arg("ready").current_dir(folder.path());
        here("mkfifo").check().expect("there is no such file yet");
        // The first two runs end at once, the third tells that it is there and stays.
        let line = "echo >>runs; test $(wc -l <runs) -lt 3 && exit 1; : >ready; exec sleep 600";
        let command = Command::shell(line).current_dir(folder.path()).session();
        let interrupt = Interrupt::new().expect("a pipe");
        let ended = std::thread::scope(|scope| {
            let backoff = Backoff::new(Duration::from_millis(1), Duration::from_millis(2));
            let running =
                scope.spawn(|| supervise(&command, backoff, &interrupt).map_err(|error| error.to_string()));
            let there = here("cat").timeout(Duration::from_secs(60)).check_output();
            interrupt.raise();
            there.expect("the third run is there");
            running.join().expect("no panic")
        });
        let killed = Exit::Signal { signal: Signal::TERM, core_dumped: false };
        assert_eq!(ended.expect("nothing fails"), (killed, 3));
    }
}
