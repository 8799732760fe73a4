//! What is to be seen from outside: this program again, which plays one part and ends by it.

use std::env;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};

use standpipe_blocking::signal::{self, Blocked, Disposition, Handlers, Ignored, Signals, ignore, raise};
use standpipe_core::process::Exit;
use standpipe_core::signal::{Signal, SignalSet, TimerClock, TimerSetting};
use standpipe_tests::harness::{Backend, Call, Verdict};
use standpipe_tests::log::Log;
use standpipe_tests::program::{Act, Program};

const PART: &str = "STANDPIPE_PART";

/// What a part ends with that goes on after the signal.
const ALIVE: i32 = 7;

/// What a process does for a part.
type Play = fn() -> std::io::Result<()>;

const PARTS: &[(&str, Play)] = &[
    ("kills_again", || {
        let mut signals = Signals::new([Signal::TERM])?;
        raise(Signal::TERM)?;
        assert_eq!(signals.wait()?, Some(Signal::TERM));
        drop(signals);
        raise(Signal::TERM)
    }),
    ("last_kills", || {
        let signals: Vec<_> = (0..5).map(|_| Signals::new([Signal::TERM])).collect::<Result<_, _>>()?;
        for one in signals {
            raise(Signal::TERM)?;
            drop(one);
        }
        raise(Signal::TERM)
    }),
    ("ignored_kills", || {
        let ignored = ignore(Signal::TERM)?;
        raise(Signal::TERM)?;
        drop(ignored);
        raise(Signal::TERM)
    }),
    ("handlers_kill", || {
        let mut handlers = Handlers::new()?;
        handlers.on(Signal::TERM, |_, _| Ok(()))?;
        handlers.set(Signal::TERM, Disposition::Ignore)?;
        handlers.on(Signal::TERM, |_, _| Ok(()))?;
        raise(Signal::TERM)?;
        assert_eq!(handlers.run_pending()?, 1);
        drop(handlers);
        raise(Signal::TERM)
    }),
    ("alarm_kills", || {
        signal::set_timer(TimerClock::Real, TimerSetting::once(std::time::Duration::from_millis(1)))
            .map_err(std::io::Error::other)?;
        signal::pause();
        Ok(())
    }),
    ("nohup", || {
        let signals = Signals::new([Signal::HUP, Signal::USR2])?;
        assert_eq!(signals.caught(), Signal::USR2.into());
        raise(Signal::HUP)?;
        drop(signals);
        assert_eq!(signal::disposition(Signal::HUP)?, Disposition::Ignore);
        raise(Signal::HUP)
    }),
    ("nohup_caught", || {
        let mut signals = Signals::with([Signal::HUP], Ignored::Catch)?;
        raise(Signal::HUP)?;
        assert_eq!(signals.wait()?, Some(Signal::HUP));
        drop(signals);
        assert_eq!(signal::disposition(Signal::HUP)?, Disposition::Ignore);
        raise(Signal::HUP)
    }),
];

/// Plays the part that this process was started for, if it was for one.
pub(crate) fn take_part() -> bool {
    let Ok(name) = env::var(PART) else {
        return false;
    };
    let (_, play) = PARTS.iter().find(|(part, _)| *part == name).expect("a known part");
    play().expect("it is played");
    std::process::exit(ALIVE);
}

fn played(part: &str, shell: &str) -> ExitStatus {
    let program = env::current_exe().expect("it runs");
    let mut command = Command::new("sh");
    command.args(["-c", shell]).arg(program).env(PART, part);
    command.status().expect("a shell runs")
}

fn dies(part: &str, signal: Signal) -> Verdict {
    let status = played(part, "trap - TERM; exec \"$0\"");
    assert_eq!(status.signal(), Some(signal.number()), "{status}");
    Ok(Log::new())
}

fn survives(part: &str) -> Verdict {
    let status = played(part, "trap '' HUP; exec \"$0\"");
    assert_eq!(status.code(), Some(ALIVE), "{status}");
    Ok(Log::new())
}

pub(super) fn kills_again(_: &dyn Backend) -> Verdict {
    dies("kills_again", Signal::TERM)
}

pub(super) fn last_kills(_: &dyn Backend) -> Verdict {
    dies("last_kills", Signal::TERM)
}

pub(super) fn ignored_kills(_: &dyn Backend) -> Verdict {
    dies("ignored_kills", Signal::TERM)
}

pub(super) fn handlers_kill(_: &dyn Backend) -> Verdict {
    dies("handlers_kill", Signal::TERM)
}

pub(super) fn alarm_kills(_: &dyn Backend) -> Verdict {
    dies("alarm_kills", Signal::ALRM)
}

pub(super) fn nohup(_: &dyn Backend) -> Verdict {
    survives("nohup")
}

pub(super) fn nohup_caught(_: &dyn Backend) -> Verdict {
    survives("nohup_caught")
}

/// Whatever its parent blocks, ignores and catches.
pub(super) fn defaults(backend: &dyn Backend) -> Verdict {
    // A child's end is told by SIGCHLD where there are no pidfds.
    let _blocked = Blocked::new(SignalSet::FULL.without(Signal::CHLD.into()));
    let _ignored = ignore(Signal::HUP).expect("it can be ignored");
    let _caught = super::catch(backend, &[Signal::USR2]);
    for signal in [Signal::HUP, Signal::USR2, Signal::TERM, Signal::PIPE, Signal::ALRM] {
        let done = backend.communicate(&Call::new(Program::new([Act::Raise(signal)])));
        assert_eq!(done.output().exit, Exit::Signal { signal, core_dumped: false });
    }
    Ok(Log::new())
}
