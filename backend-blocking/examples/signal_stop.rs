//! Works until it is asked to end, by SIGTERM or SIGINT, and then finishes what it has begun. Asked a second time, it ends
//! at once, as a program without handlers does.
//!
//! Try `cargo run --example signal_stop`, and Control-C.

use std::io;
use std::time::Duration;

use standpipe_blocking::signal::{Signal, Signals, Waited};

/// How long a piece of work takes.
const PIECE: Duration = Duration::from_millis(100);

fn main() -> io::Result<()> {
    let mut signals = Signals::new([Signal::TERM, Signal::INT])?;
    println!("working");
    let asked = loop {
        // A piece of work would be here. Between two of them one looks; without work, one would wait.
        match signals.wait_timeout(PIECE)? {
            Waited::TimedOut => {}
            Waited::Signal(signal) => break signal,
            Waited::Closed => return Ok(()),
        }
    };
    // What was found is in place again: the next one ends the program.
    drop(signals);
    println!("finishing after {asked}");
    // Here, what was begun is finished: until the end of input, for whoever tries it.
    io::copy(&mut io::stdin(), &mut io::sink())?;
    println!("done");
    Ok(())
}
