//! Commands: fed, collected, stopped, reaped.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::thread;
use std::time::Duration;

use standpipe_core::process::{Exit, Stop, Unfinished};
use standpipe_core::signal::Signal;
use standpipe_tests::client::pattern;
use standpipe_tests::harness::{Backend, Call, Condition, Finished, Run, Scenario, Verdict};
use standpipe_tests::log::Log;
use standpipe_tests::program::{Act, Program};

const MANY: &[Condition] =
    &[Condition::SignalStorm, Condition::StandardClosed, Condition::Unprivileged, Condition::TermIgnored];

const fn scenario(name: &'static str, run: fn(&dyn Backend) -> Verdict) -> Scenario {
    Scenario { area: "process", name, under: &[], leaves: false, run: Run::Everywhere(run) }
}

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario { leaves: true, ..scenario("a_grandchild_that_holds_the_pipe_keeps_nobody", grandchild) },
    Scenario { under: MANY, ..scenario("eight_mebibytes_through_cat", through_cat) },
    Scenario { under: MANY, ..scenario("both_outputs_and_a_code", both_outputs) },
    scenario("a_child_that_stops_reading_is_no_failure", stops_reading),
    scenario("a_time_out_keeps_what_was_written", time_out),
    scenario("a_limit_keeps_what_fits", limit),
    scenario("a_stop_of_the_group_leaves_nobody", stop_of_the_group),
    Scenario { under: &[Condition::TermIgnored], ..scenario("term_ends_the_child", term_ends) },
    scenario("a_broken_pipe_ends_a_childs_child_silently", broken_pipe),
    scenario("a_slow_reader_gets_every_number", numbers),
    scenario("ends_are_told_apart", ends_told_apart),
    Scenario { under: &[Condition::ForeignReaper], ..scenario("a_stolen_status_is_unknown", stolen) },
    scenario("a_strangers_status_stays_its_own", strangers_status),
    scenario("a_thousand_dropped_children_leave_no_zombie", dropped),
    scenario("pipes_do_not_leak_to_siblings", siblings),
    scenario("a_script_just_written_can_be_run", just_written),
];

const MINUTE: Duration = Duration::from_secs(60);

fn finished(finished: &Finished) -> Verdict {
    assert!(finished.result.is_ok(), "{:?}", finished.result);
    Ok(finished.log())
}

/// Failure 1.
fn grandchild(backend: &dyn Backend) -> Verdict {
    let done = backend.communicate(&Call::new(Program::new([Act::Linger(MINUTE), Act::Print("hi")])));
    assert!(done.took < Duration::from_secs(10), "{:?}", done.took);
    assert_eq!((&done.output().stdout[..], done.output().cut), (&b"hi"[..], true));
    finished(&done)
}

/// Failure 3.
fn through_cat(backend: &dyn Backend) -> Verdict {
    let call = Call { input: Some(pattern(0, 8 << 20)), ..Call::new(Program::cat()) };
    let done = backend.communicate(&call);
    assert!(done.output().stdout == pattern(0, 8 << 20), "every byte, in order");
    finished(&done)
}

fn both_outputs(backend: &dyn Backend) -> Verdict {
    let acts = [Act::Count, Act::Complain("what"), Act::Print("that"), Act::Exit(3)];
    let done = backend.communicate(&Call { input: Some(vec![0; 1000]), ..Call::new(Program::new(acts)) });
    assert_eq!(done.output().exit, Exit::Code(3));
    finished(&done)
}

fn stops_reading(backend: &dyn Backend) -> Verdict {
    let program = Program::new([Act::Take(1000), Act::CloseInput, Act::Print("enough")]);
    finished(&backend.communicate(&Call { input: Some(vec![0; 1 << 20]), ..Call::new(program) }))
}

fn time_out(backend: &dyn Backend) -> Verdict {
    let program = Program::new([Act::Print("so far"), Act::Sleep(MINUTE)]);
    let done = backend.communicate(&Call { timeout: Some(Duration::from_millis(500)), ..Call::new(program) });
    assert!(matches!(done.result, Err(Unfinished::TimedOut { .. })), "{:?}", done.result);
    assert!(done.took < Duration::from_secs(10), "{:?}", done.took);
    Ok(Log::new().with("stdout", &done.output().stdout, done.output().exit))
}

fn limit(backend: &dyn Backend) -> Verdict {
    let call = Call { limit: 5000, ..Call::new(Program::new([Act::Numbers(300_000), Act::Sleep(MINUTE)])) };
    let done = backend.communicate(&call);
    assert!(matches!(done.result, Err(Unfinished::Limit { .. })), "{:?}", done.result);
    Ok(Log::new().with("stdout", &done.output().stdout, done.output().exit))
}

/// Failure 15.
fn stop_of_the_group(backend: &dyn Backend) -> Verdict {
    let call = Call {
        timeout: Some(Duration::from_millis(300)),
        stop: Stop::terminate(Duration::from_millis(300)).whole_group(),
        ..Call::new(Program::new([Act::IgnoreTerm, Act::Linger(MINUTE), Act::Sleep(MINUTE)]))
    };
    let done = backend.communicate(&call);
    assert!(matches!(done.result, Err(Unfinished::TimedOut { .. })), "{:?}", done.result);
    Ok(Log::new().with("exit", &[], done.output().exit))
}

/// Failure 20.
fn term_ends(backend: &dyn Backend) -> Verdict {
    let call = Call {
        timeout: Some(Duration::from_millis(300)),
        stop: Stop::terminate(MINUTE).whole_group(),
        ..Call::new(Program::new([Act::Sleep(MINUTE)]))
    };
    let done = backend.communicate(&call);
    assert_eq!(done.output().exit, Exit::Signal { signal: Signal::TERM, core_dumped: false });
    Ok(Log::new().with("exit", &[], done.output().exit))
}

/// Failure 21.
fn broken_pipe(backend: &dyn Backend) -> Verdict {
    let done = backend.communicate(&Call::new(Program::new([Act::FirstOfMany])));
    assert_eq!((&done.output().stdout[..], &done.output().stderr[..]), (&b"y\n"[..], &b""[..]));
    finished(&done)
}

/// Failure 18.
fn numbers(backend: &dyn Backend) -> Verdict {
    let done = backend.communicate(&Call::new(Program::new([Act::Numbers(300_000)])));
    assert_eq!(done.output().stdout.len(), 1_988_895);
    finished(&done)
}

fn ends_told_apart(backend: &dyn Backend) -> Verdict {
    let acts = [Act::Exit(0), Act::Exit(255), Act::Raise(Signal::KILL), Act::Raise(Signal::HUP)];
    let ended = acts.map(|act| backend.communicate(&Call::new(Program::new([act]))).output().exit);
    Ok(Log::new().with("exits", &[], ended))
}

/// Failure 13, one half: whoever steals a status does not make us wait.
fn stolen(backend: &dyn Backend) -> Verdict {
    for _ in 0..50 {
        let done = backend.communicate(&Call::new(Program::new([Act::Print("x"), Act::Exit(3)])));
        assert_eq!(done.output().stdout, b"x");
        assert!(matches!(done.output().exit, Exit::Code(3) | Exit::Unknown), "{:?}", done.output());
        assert!(done.took < Duration::from_secs(10), "{:?}", done.took);
    }
    Ok(Log::new())
}

/// Failure 13, the other half: we steal nobody's.
fn strangers_status(backend: &dyn Backend) -> Verdict {
    let mut stranger = Command::new("sh").args(["-c", "exit 7"]).spawn().expect("a shell runs");
    let calls = (0..20).map(|_| backend.communicate(&Call::new(Program::default())).output().exit);
    let all: Vec<_> = calls.collect();
    assert_eq!(stranger.wait().expect("it is there").code(), Some(7));
    Ok(Log::new().with("exits", &[], all))
}

/// Failure 14; that nothing is left is looked for by whoever runs this.
fn dropped(backend: &dyn Backend) -> Verdict {
    let call = Call { input: Some(vec![0; 1000]), ..Call::new(Program::cat()) };
    (0..1000).for_each(|_| backend.abandon(&call));
    Ok(Log::new())
}

/// Failure 16: children that live on hold no pipe of those that are spawned beside them.
fn siblings(backend: &dyn Backend) -> Verdict {
    let sleeper = Call::new(Program::new([Act::Sleep(Duration::from_secs(3))]));
    let cat = Call { input: Some(b"through".to_vec()), ..Call::new(Program::cat()) };
    thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| backend.communicate(&sleeper));
        }
        for _ in 0..100 {
            let done = backend.communicate(&cat);
            assert_eq!((&done.output().stdout[..], done.output().cut), (&b"through"[..], false));
            assert!(done.took < Duration::from_secs(2), "{:?}", done.took);
        }
    });
    Ok(Log::new())
}

/// Failure 17: no child of ours holds the script open for writing when it is run.
fn just_written(backend: &dyn Backend) -> Verdict {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("script");
    let call = Call::new(Program::new([Act::Run(path.display().to_string())]));
    thread::scope(|scope| {
        let others = scope.spawn(|| {
            for _ in 0..200 {
                backend.communicate(&Call::new(Program::default()));
            }
        });
        while !others.is_finished() {
            fs::write(&path, "#!/bin/sh\necho \"$0\"\n").expect("it can be written");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it is ours");
            let done = backend.communicate(&call);
            assert_eq!(done.output().exit, Exit::Code(0), "{:?}", done.output());
            fs::remove_file(&path).expect("it is ours");
        }
    });
    Ok(Log::new())
}
