//! What comes from the child.

use std::time::Duration;

use standpipe_core::process::{Exit, Stdio, Unfinished};
use standpipe_core::signal::Signal;
use standpipe_tests::client::pattern;
use standpipe_tests::harness::{Backend, Call, Condition, Processes, Scenario, Verdict};
use standpipe_tests::log::Log;
use standpipe_tests::program::{Act, Program};

use super::support::{everywhere, finished, puppet, real, run, shell};

/// Where grandchildren outlive the child, nothing is reaped from under them.
const WITH_REAPER: &[Condition] =
    &[Condition::SignalStorm, Condition::ForeignReaper, Condition::DeathsIgnored];

pub(super) const SCENARIOS: &[Scenario] = &[
    everywhere("a_child_that_closes_its_output_lives_on", closes_output),
    everywhere("as_much_as_the_limit_is_no_failure", at_the_limit),
    everywhere("one_byte_over_the_limit_is_one", over_the_limit),
    everywhere("the_limit_of_an_output_is_its_own", own_limit),
    everywhere("what_is_delivered_is_all_that_came", delivered),
    everywhere("what_is_delivered_by_the_time_out_is_had", delivered_in_time),
    everywhere("without_a_limit_to_spare_silence_is_no_failure", silence),
    real("a_limit_names_the_output", names_the_output),
    real("a_mebibyte_of_errors_before_any_output", errors_first),
    real("the_simple_protocol_of_popen2", simple_protocol),
    real("ten_thousand_single_bytes_arrive_in_order", single_bytes),
    real("pieces_of_odd_sizes_arrive_in_order", odd_pieces),
    real("bytes_of_every_value_arrive_untouched", every_value),
    real("sixteen_mebibytes_come_out", sixteen_mebibytes),
    real("an_output_that_is_not_collected_holds_up_nobody", not_collected),
    real("an_output_on_the_null_device_leaves_the_other", other_output),
    real("last_words_are_never_lost", last_words),
    Scenario { under: WITH_REAPER, ..real("what_a_grandchild_says_soon_after_is_heard", soon_after) },
    Scenario { under: WITH_REAPER, ..real("a_grandchild_that_goes_on_is_listened_to", goes_on) },
    Scenario { under: WITH_REAPER, ..real("a_grandchild_without_our_pipes_is_no_matter", without_pipes) },
    Scenario { leaves: true, ..real("a_grandchild_that_holds_one_output_leaves_the_other", holds_one) },
    Scenario {
        under: WITH_REAPER,
        leaves: true,
        ..real("a_shells_sleeper_in_the_background_delays_nobody", sleeper)
    },
];

/// Law 9: the ends of a child and of its output are independent.
fn closes_output(on: &dyn Backend) -> Verdict {
    let acts = [
        Act::Print("x"),
        Act::CloseOutput,
        Act::Sleep(Duration::from_millis(100)),
        Act::Complain("y"),
        Act::Exit(7),
    ];
    let done = on.communicate(&Call::new(Program::new(acts)));
    let output = done.output();
    assert_eq!(
        (output.exit, &output.stdout[..], &output.stderr[..], output.cut),
        (Exit::Code(7), &b"x"[..], &b"y"[..], false)
    );
    finished(&done)
}

fn at_the_limit(on: &dyn Backend) -> Verdict {
    let call = Call { limit: 100_000, ..Call::new(Program::new([Act::Zeros(100_000)])) };
    let done = on.communicate(&call);
    assert_eq!(done.output().stdout.len(), 100_000);
    finished(&done)
}

fn over_the_limit(on: &dyn Backend) -> Verdict {
    let call = Call { limit: 100_000, ..Call::new(Program::new([Act::Zeros(100_001), Act::Swallow])) };
    let done = on.communicate(&call);
    assert!(matches!(done.result, Err(Unfinished::Limit { .. })), "{:?}", done.result);
    Ok(Log::new().with("stdout", &done.output().stdout, ()))
}

fn own_limit(on: &dyn Backend) -> Verdict {
    let acts = [Act::Print("12345"), Act::Complain("67890"), Act::Exit(1)];
    finished(&on.communicate(&Call { limit: 5, ..Call::new(Program::new(acts)) }))
}

/// In both directions, far beyond a limit that does not hold, and beside another output.
fn delivered(on: &dyn Backend) -> Verdict {
    let acts = [Act::Complain("first"), Act::Copy, Act::Exit(3)];
    let call =
        Call { input: Some(pattern(0, 8 << 20)), limit: 5, delivers: true, ..Call::new(Program::new(acts)) };
    let done = on.communicate(&call);
    assert!(done.output().stdout == pattern(0, 8 << 20) && done.output().stderr == b"first");
    finished(&done)
}

fn delivered_in_time(on: &dyn Backend) -> Verdict {
    let acts = [Act::Print("so far"), Act::Sleep(Duration::from_secs(60))];
    let timeout = Some(Duration::from_millis(500));
    let done = on.communicate(&Call { timeout, delivers: true, ..Call::new(Program::new(acts)) });
    assert!(matches!(done.result, Err(Unfinished::TimedOut { .. })), "{:?}", done.result);
    assert_eq!(done.output().stdout, b"so far");
    Ok(Log::new().with("stdout", &done.output().stdout, ()))
}

fn silence(on: &dyn Backend) -> Verdict {
    let done = on.communicate(&Call { limit: 0, ..Call::new(Program::new([Act::Exit(4)])) });
    assert_eq!(done.output().exit, Exit::Code(4));
    let spoke =
        on.communicate(&Call { limit: 0, ..Call::new(Program::new([Act::Print("x"), Act::Exit(4)])) });
    assert!(matches!(spoke.result, Err(Unfinished::Limit { .. })), "{:?}", spoke.result);
    finished(&done)
}

fn names_the_output(on: &dyn Processes) -> Verdict {
    let command = puppet("write 1 3000 1000 , write 2 9000 1000 , wait 60000");
    let done = on.run(&Call { limit: 5000, ..Call::new(command) }).expect("it runs");
    let Err(Unfinished::Limit { stream, output }) = &done.result else { panic!("{:?}", done.result) };
    assert_eq!(stream.to_string(), "standard error");
    assert_eq!((&output.stdout, &output.stderr), (&pattern(0, 3000), &pattern(0, 5000)));
    Ok(done.log())
}

/// POP-37: a parent that reads one after the other waits for ever.
fn errors_first(on: &dyn Processes) -> Verdict {
    let done = run(on, puppet("write 2 1048576 1048576 , write 1 1048576 1048576"));
    assert!(done.output().stderr == pattern(0, 1 << 20) && done.output().stdout == pattern(0, 1 << 20));
    finished(&done)
}

/// POP-35.
fn simple_protocol(on: &dyn Processes) -> Verdict {
    let done = run(on, puppet("write 2 6000 6000 , null 2 , write 1 8000 8000"));
    assert_eq!((done.output().stderr.len(), done.output().stdout.len()), (6000, 8000));
    finished(&done)
}

fn single_bytes(on: &dyn Processes) -> Verdict {
    let done = run(on, puppet("write 1 10000 1"));
    assert_eq!(done.output().stdout, pattern(0, 10_000));
    finished(&done)
}

fn odd_pieces(on: &dyn Processes) -> Verdict {
    let acts = "write 1 99991 997 , write 2 65537 4099 , write 1 131071 65537 , write 2 4097 1";
    let done = run(on, puppet(acts));
    assert!(done.output().stdout == [pattern(0, 99_991), pattern(0, 131_071)].concat());
    assert!(done.output().stderr == [pattern(0, 65_537), pattern(0, 4097)].concat());
    finished(&done)
}

/// SUB-28, POP-27: no line end is translated.
fn every_value(on: &dyn Processes) -> Verdict {
    let input: Vec<u8> = (0..=255).chain(*b"\r\n\n\r\x04\x1a\0").collect();
    let done = on.run(&Call { input: Some(input.clone()), ..Call::new(puppet("copy 1")) }).expect("it runs");
    assert_eq!(done.output().stdout, input);
    finished(&done)
}

fn sixteen_mebibytes(on: &dyn Processes) -> Verdict {
    let done = run(on, puppet("write 1 16777216 262144"));
    assert!(done.output().stdout == pattern(0, 16 << 20));
    finished(&done)
}

/// SUB-01: more than a pipe holds.
fn not_collected(on: &dyn Processes) -> Verdict {
    let done = run(on, puppet("write 1 1000000 10000 , exit 3").stdout(Stdio::Null).stderr(Stdio::Null));
    assert_eq!(done.output().exit, Exit::Code(3));
    finished(&done)
}

fn other_output(on: &dyn Processes) -> Verdict {
    let done = run(on, puppet("write 1 100000 1000 , write 2 100000 1000").stdout(Stdio::Null));
    assert!(done.output().stdout.is_empty() && done.output().stderr == pattern(0, 100_000));
    finished(&done)
}

/// SUB-40: a pipe is full when the child ends, by its own will or by a signal.
fn last_words(on: &dyn Processes) -> Verdict {
    for (acts, exit) in [
        ("write 1 65536 65536 , exit 3", Exit::Code(3)),
        ("write 1 65536 65536 , raise 9", Exit::Signal { signal: Signal::KILL, core_dumped: false }),
    ] {
        for _ in 0..20 {
            let done = run(on, puppet(acts));
            assert_eq!(
                (done.output().stdout.len(), done.output().exit, done.output().cut),
                (65_536, exit, false)
            );
        }
    }
    Ok(Log::new())
}

fn soon_after(on: &dyn Processes) -> Verdict {
    let done = run(on, puppet("beget wait 50 + say late , say early-"));
    assert_eq!((&done.output().stdout[..], done.output().cut), (&b"early-late"[..], false));
    Ok(Log::new().with("stdout", &done.output().stdout, ()))
}

/// The time that a pipe is read after the child's end begins anew with each output.
fn goes_on(on: &dyn Processes) -> Verdict {
    let done = run(on, puppet("beget wait 80 + say a + wait 80 + say b + wait 80 + say c + wait 80 + say d"));
    assert_eq!((&done.output().stdout[..], done.output().cut), (&b"abcd"[..], false));
    Ok(Log::new().with("stdout", &done.output().stdout, ()))
}

fn without_pipes(on: &dyn Processes) -> Verdict {
    let done = run(on, puppet("say x , null 1 , null 2 , beget wait 100"));
    assert_eq!((&done.output().stdout[..], done.output().cut), (&b"x"[..], false));
    Ok(Log::new().with("stdout", &done.output().stdout, ()))
}

fn holds_one(on: &dyn Processes) -> Verdict {
    let done = run(on, puppet("say out , complain error , null 1 , beget wait 60000"));
    let output = done.output();
    assert_eq!((&output.stdout[..], &output.stderr[..], output.cut), (&b"out"[..], &b"error"[..], true));
    finished(&done)
}

/// Failure 1, as it stands there, and SUB-54.
fn sleeper(on: &dyn Processes) -> Verdict {
    let done = run(on, shell("sleep 60 & echo hi"));
    assert_eq!((&done.output().stdout[..], done.output().cut), (&b"hi\n"[..], true));
    assert!(done.took < Duration::from_secs(10), "{:?}", done.took);
    Ok(Log::new().with("stdout", &done.output().stdout, ()))
}
