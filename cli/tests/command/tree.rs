//! `standpipe run --timeout`: nobody of the program's tree survives.

use crate::support::{Ended, eventually, finish, is_alive, on_every_runtime, standpipe};

on_every_runtime! {
    a_time_out_leaves_nobody nobody_can_refuse_to_leave a_gentler_signal no_time_out_in_time
    a_pipeline_that_is_stopped a_stop_without_a_kill
}

/// The process numbers that a program of several processes has told.
#[track_caller]
fn assert_left(ended: &Ended, count: usize) {
    let told = String::from_utf8_lossy(&ended.stdout);
    let pids: Vec<u32> = told.lines().map(|line| line.parse().expect("a number")).collect();
    assert_eq!(pids.len(), count, "{told}");
    // Whoever has a parent no more is reaped by init, which takes its time.
    eventually("all of them are gone", || !pids.iter().any(|pid| is_alive(*pid)));
}

fn a_time_out_leaves_nobody(runtime: &str) {
    let words = ["--timeout", "1s", "--", "sh", "-c", "echo $$; exec sleep 90"];
    let ended = finish(standpipe(runtime, "run", &words));
    ended.failed(124, "timed out");
    assert_left(&ended, 1);
}

/// Processes that ignore SIGTERM, and a parent that does not wait for them.
fn nobody_can_refuse_to_leave(runtime: &str) {
    let line = "trap '' TERM; echo $$; for n in 1 2 3; do sh -c 'echo $$; sleep 90; sleep 90' & done; wait";
    let words = ["--timeout", "1s", "--kill-after", "300ms", "--", "sh", "-c", line];
    let ended = finish(standpipe(runtime, "run", &words));
    ended.failed(124, "timed out");
    assert_left(&ended, 4);
    let line = "(trap '' TERM; sh -c 'echo $$; sleep 90; sleep 90') & sleep 90";
    let words = ["--timeout", "1s", "--kill-after", "60s", "--", "sh", "-c", line];
    let ended = finish(standpipe(runtime, "run", &words));
    ended.failed(124, "timed out");
    assert_left(&ended, 1);
}

fn a_gentler_signal(runtime: &str) {
    let line = "exec 2>/dev/null; trap 'echo interrupted; exit 3' INT; while :; do sleep 0.05; done";
    for name in ["INT", "SIGINT", "2"] {
        let words = ["--timeout", "500ms", "--signal", name, "--kill-after", "0", "--", "sh", "-c", line];
        let ended = finish(standpipe(runtime, "run", &words));
        ended.failed(124, "timed out");
        assert_eq!(ended.stdout, b"interrupted\n");
    }
}

fn no_time_out_in_time(runtime: &str) {
    assert_eq!(
        finish(standpipe(runtime, "run", &["--timeout", "1h", "--", "echo", "in time"])).text(),
        "in time\n"
    );
    assert_eq!(finish(standpipe(runtime, "run", &["--timeout", "0", "--", "sleep", "0.2"])).text(), "");
}

fn a_pipeline_that_is_stopped(runtime: &str) {
    let line = "echo $$ >&2; trap '' TERM; sleep 90; sleep 90";
    let stages = ["sh", "-c", line, "--", "sh", "-c", line, "--", "sh", "-c", line];
    let words = [&["--timeout", "1s", "--kill-after", "300ms", "--pipe", "--"], &stages[..]].concat();
    let ended = finish(standpipe(runtime, "run", &words));
    assert_eq!(ended.code, Some(124));
    let (told, pids): (Vec<_>, Vec<_>) =
        ended.stderr.lines().partition(|line| line.starts_with("standpipe: "));
    assert!(told.len() == 1 && told[0].contains(" | "), "one line that names the pipeline: {told:?}");
    assert_left(&Ended { stdout: pids.join("\n").into_bytes(), ..ended }, 3);
}

/// `--kill-after 0`: the program may take as long as it likes.
fn a_stop_without_a_kill(runtime: &str) {
    let line = "exec 2>/dev/null; trap 'sleep 1; echo tidy; exit' TERM; while :; do sleep 0.05; done";
    let words = ["--timeout", "200ms", "--kill-after", "0", "--", "sh", "-c", line];
    let ended = finish(standpipe(runtime, "run", &words));
    ended.failed(124, "timed out");
    assert_eq!(ended.stdout, b"tidy\n");
}
