//! The `standpipe` command: programs served, connected and run, with half-close kept and exit codes that tell the ends
//! apart. It has no protocol logic of its own.

#![forbid(unsafe_code)]

mod args;
mod connect;
mod duration;
mod log;
mod outcome;
mod reload;
mod run;
mod runtime;
mod serve;
mod tls;
mod workers;

use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Task};
use log::Log;

fn main() -> ExitCode {
    match Arguments::try_parse() {
        Ok(arguments) => finish(arguments),
        Err(error) => usage(&error),
    }
}

fn finish(arguments: Arguments) -> ExitCode {
    let log = Log::new(arguments.task.common());
    let outcome = match arguments.task {
        Task::Serve(task) => serve::main(task),
        Task::Connect(task) => connect::main(task),
        Task::Run(task) => run::main(task),
    };
    if let Some(message) = &outcome.message {
        log.failure(message);
    }
    outcome.code.into()
}

/// Prints help or what is wrong with the usage, and gives the code for it: `run` keeps 0 to 124 for its child.
fn usage(error: &clap::Error) -> ExitCode {
    // Nobody is left to tell when even this cannot be printed.
    let _ = error.print();
    if !error.use_stderr() {
        return ExitCode::SUCCESS;
    }
    let is_run = std::env::args_os().nth(1).is_some_and(|task| task == "run");
    if is_run { outcome::OWN_FAILURE.into() } else { outcome::USAGE.into() }
}
