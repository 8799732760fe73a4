//! Opens something that may never open, such as a FIFO or a serial line, and gives up after some seconds: the example of
//! Python's signal module (17.4.1).
//!
//! Try `mkfifo fifo && cargo run --example signal_alarm fifo 2`.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use standpipe_blocking::signal::{Armed, Signal, Signals, TimerClock, TimerSetting, set_interrupt};

/// How long until the next alarm, when the first has come right before the call and not within.
const AGAIN: Duration = Duration::from_millis(100);

/// The handler and the timer are as they were before when this returns, whatever it returns.
fn open_within(path: &str, limit: Duration) -> io::Result<OwnedFd> {
    let mut signals = Signals::new([Signal::ALRM])?;
    set_interrupt(Signal::ALRM, true)?;
    let setting = TimerSetting { delay: limit, interval: AGAIN };
    let _armed = Armed::new(TimerClock::Real, setting).map_err(io::Error::other)?;
    loop {
        // Not the standard library's: that one tries again by itself.
        match rustix::fs::open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()) {
            // Another signal may have interrupted it.
            Err(Errno::INTR) if signals.pending().is_none() => {}
            Err(Errno::INTR) => return Err(io::ErrorKind::TimedOut.into()),
            opened => return Ok(opened?),
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(path), Some(seconds)) = (arguments.next(), arguments.next()) else {
        return Err("usage: signal_alarm PATH SECONDS".into());
    };
    match open_within(&path, Duration::try_from_secs_f64(seconds.parse()?)?) {
        Ok(_) => println!("open"),
        Err(error) => println!("{error}"),
    }
    Ok(())
}
