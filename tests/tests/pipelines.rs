//! Commands in a row, run by blocking calls.

use std::time::Duration;

use standpipe_blocking::{
    Command, CommunicateEvent, Exit, RunError, Signal, StdStream, Stdio, Stop, Unfinished,
};

const LONG: Duration = Duration::from_secs(60);

fn killed(signal: Signal) -> Exit {
    Exit::Signal { signal, core_dumped: false }
}

#[test]
fn eight_mebibytes_go_through_ten_stages() {
    let bytes: Vec<u8> = (0..8 << 20).map(|n: usize| ((n * 7) >> 3) as u8).collect();
    let row = (1..10)
        .fold(Command::new("cat").input(bytes.clone()).into_pipeline(), |row, _| row | Command::new("cat"));
    let output = row.timeout(LONG).check_output().expect("cat does not fail");
    assert!(output.stdout == bytes, "every byte, in order");
    assert_eq!(output.stages, [Exit::Code(0); 10]);
}

#[test]
fn who_is_not_read_any_more_ends_by_a_broken_pipe() {
    let output = (Command::new("yes") | Command::new("head").args(["-n", "2"]))
        .timeout(LONG)
        .output()
        .expect("it ends");
    assert_eq!(
        (&output.stdout[..], &output.stages[..]),
        (&b"y\ny\n"[..], &[killed(Signal::PIPE), Exit::Code(0)][..])
    );
    assert_eq!(output.exit, killed(Signal::PIPE));
}

#[test]
fn everybodys_complaints_are_collected() {
    let complaining = |word| Command::shell(format!("cat; echo {word} >&2"));
    let output = (complaining("one") | complaining("two") | complaining("three"))
        .timeout(LONG)
        .output()
        .expect("it ends");
    let mut lines: Vec<_> = std::str::from_utf8(&output.stderr).expect("text").lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["one", "three", "two"]);
}

#[test]
fn the_last_that_failed_is_named() {
    let row = Command::shell("exit 1") | Command::shell("cat; exit 2") | Command::new("cat");
    let Err(RunError::Unsuccessful(failed)) = row.timeout(LONG).check_output() else { panic!("it fails") };
    assert_eq!((failed.stage, failed.exit()), (1, Exit::Code(2)));
    assert_eq!(failed.to_string(), "'/bin/sh -c cat; exit 2' failed (exit code 2)");
    assert_eq!(failed.output.stages, [Exit::Code(1), Exit::Code(2), Exit::Code(0)]);
}

#[test]
fn a_stage_that_cannot_be_run_leaves_nobody() {
    let row = Command::new("sleep").arg("600") | Command::new("/no/such/program");
    let error = row.output().expect_err("there is no such program");
    assert!(matches!(&error, RunError::Launch(_)), "{error}");
}

#[test]
fn a_time_out_stops_the_whole_row() {
    let row = Command::shell("echo so far; trap '' TERM; sleep 600 & sleep 600") | Command::new("cat");
    let stop = Stop::terminate(Duration::from_millis(100));
    let ended = row.timeout(Duration::from_millis(300)).stop(stop).output();
    let Err(RunError::Unfinished(Unfinished::TimedOut { output })) = ended else { panic!("{ended:?}") };
    assert_eq!(output.stdout, b"so far\n");
    assert!(output.stages.iter().all(|exit| matches!(exit, Exit::Signal { .. })), "{output:?}");
}

#[test]
fn limits_of_the_first_that_says_any_hold_for_all() {
    let row =
        Command::new("cat").arg("/dev/zero") | Command::new("cat").limit(1000) | Command::new("cat").limit(5);
    let ended = row.timeout(LONG).output();
    let Err(RunError::Unfinished(Unfinished::Limit { output, .. })) = ended else { panic!("{ended:?}") };
    assert_eq!(output.stdout.len(), 1000);
}

#[test]
fn the_first_ones_pipe_may_be_talked_through() {
    let row = Command::new("cat").input("in\n") | Command::new("cat").stdout(Stdio::Pipe);
    let mut talk = row.talk().expect("cat runs");
    while let Some(event) = talk.run(Some(LONG)).expect("waiting works") {
        assert_ne!(event, CommunicateEvent::TimedOut, "nothing to wait for");
    }
    assert_eq!(talk.collected(StdStream::Stdout), b"in\n");
    assert_eq!(talk.finish().expect("it is over").stages, [Exit::Code(0); 2]);
}

#[test]
fn one_command_is_a_row_as_well() {
    let output =
        Command::new("cat").input("alone").into_pipeline().check_output().expect("cat does not fail");
    assert_eq!((&output.stdout[..], output.stages.len()), (&b"alone"[..], 1));
}
