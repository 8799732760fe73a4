//! `standpipe run`.

use std::ffi::OsString;
use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStringExt;

use standpipe_core::process::{Command, Exit, Pipeline, Stdio, Stop};
use standpipe_core::signal::Signal;
use standpipe_sys::{Foreground, pipeline, signal_pipe};

use crate::args::Run;
use crate::connect::launch_failed;
use crate::log::Log;
use crate::outcome::{FAILED, OWN_FAILURE, Outcome, RUN_TIMED_OUT};

/// Signals that would end this command, and those that users send on purpose.
const PASSED_ON: [Signal; 6] =
    [Signal::TERM, Signal::INT, Signal::HUP, Signal::QUIT, Signal::USR1, Signal::USR2];

pub(crate) fn main(task: Run) -> Outcome {
    run(task).unwrap_or_else(|outcome| outcome)
}

fn run(task: Run) -> Result<Outcome, Outcome> {
    let mut stages = stages(&task)?;
    let input = input(&task)?;
    if let (Some(file), Some(first)) = (&input, stages.first_mut()) {
        *first = first.clone().stdin(Stdio::Descriptor(file.as_raw_fd()));
    }
    let own = |what| move |error| Outcome::failed(OWN_FAILURE, format_args!("cannot {what}: {error}"));
    let (control, _caught) = signal_pipe(&PASSED_ON).map_err(own("catch signals"))?;
    let foreground = Foreground::of_stdin();
    let stop = stop(&task);
    let terminal = foreground.as_ref().map(|_| 0);
    let (machine, ends) = pipeline(&stages, stop, terminal).map_err(|error| not_started(&error))?;
    let ends = ends.with(Pipeline::CONTROL, control);
    let ended = task.common.runtime.pipeline(machine, ends, task.timeout.0).map_err(own("wait"))?;
    drop(foreground);
    Log::new(task.common).stages(&stages, &ended);
    if ended.has_timed_out() {
        return Ok(Outcome::failed(RUN_TIMED_OUT, format_args!("timed out: {}", command_line(&stages))));
    }
    Ok(ended.exit().map_or(Outcome::code(OWN_FAILURE), finished))
}

fn finished(exit: Exit) -> Outcome {
    let outcome = Outcome::of_exit(exit);
    if exit == Exit::Unknown { Outcome { code: OWN_FAILURE, ..outcome } } else { outcome }
}

fn not_started(error: &standpipe_sys::LaunchError) -> Outcome {
    let outcome = launch_failed(error);
    if outcome.code == FAILED { Outcome { code: OWN_FAILURE, ..outcome } } else { outcome }
}

fn command_line(stages: &[Command]) -> String {
    stages.iter().map(Command::to_string).collect::<Vec<_>>().join(" | ")
}

fn stop(task: &Run) -> Stop {
    let stop = Stop::signal(task.signal);
    match task.kill_after.0 {
        Some(grace) => stop.grace(grace).then(Signal::KILL),
        None => stop,
    }
}

fn input(task: &Run) -> Result<Option<File>, Outcome> {
    let Some(path) = task.input.as_ref().filter(|path| path.as_os_str() != "-") else { return Ok(None) };
    let failed =
        |error| Outcome::failed(OWN_FAILURE, format_args!("cannot open '{}': {error}", path.display()));
    File::open(path).map(Some).map_err(failed)
}

fn stages(task: &Run) -> Result<Vec<Command>, Outcome> {
    let words: Vec<&[OsString]> = match task.pipe {
        true => task.command.split(|word| word == "--").collect(),
        false => vec![&task.command],
    };
    let usage = |what: &str| Outcome::failed(OWN_FAILURE, what);
    if words.len() > usize::from(Pipeline::MOST_STAGES) {
        return Err(usage("a pipeline has at most 31 stages"));
    }
    let stage = |words: &[OsString]| {
        let mut words = words.iter().cloned().map(OsStringExt::into_vec);
        let program =
            words.next().ok_or_else(|| usage("a stage of the pipeline is empty: two -- in a row"))?;
        Ok(Command::new(program).args(words))
    };
    words.into_iter().map(stage).collect()
}
