//! How a child ends, and what is known of it.

use std::thread;
use std::time::Duration;

use standpipe_core::process::Exit;
use standpipe_core::signal::Signal;
use standpipe_tests::harness::{Backend, Call, Condition, Processes, Scenario, Verdict};
use standpipe_tests::log::Log;
use standpipe_tests::program::{Act, Program};

use super::support::{Gate, everywhere, finished, puppet, real, run, shell};

/// Where somebody else may have the status first.
const OTHERS: &[Condition] = &[Condition::ForeignReaper, Condition::DeathsIgnored, Condition::SignalStorm];

pub(super) const SCENARIOS: &[Scenario] = &[
    everywhere("every_code_is_told", every_code),
    everywhere("every_deadly_signal_is_told", every_signal),
    real("a_code_is_eight_bits", eight_bits),
    real("a_real_time_signal_is_told", real_time),
    real("a_shells_own_child_is_its_code", shells_child),
    real("a_program_that_takes_anothers_place_keeps_the_number", exec),
    Scenario {
        under: &[Condition::SignalStorm],
        ..real("five_hundred_deaths_at_once_are_five_hundred_statuses", five_hundred)
    },
    Scenario { under: OTHERS, ..real("an_unknown_end_is_never_success", unknown) },
    Scenario { under: OTHERS, ..real("an_unknown_end_loses_no_output", unknown_output) },
    Scenario { under: OTHERS, ..real("an_unknown_end_passes_a_deadline", unknown_deadline) },
];

/// SUB-39, POP-23.
fn every_code(on: &dyn Backend) -> Verdict {
    for code in 0..=255 {
        let done = on.communicate(&Call::new(Program::new([Act::Exit(code)])));
        assert_eq!(done.output().exit, Exit::Code(code));
    }
    Ok(Log::new())
}

/// Whether a core is dumped is a matter of the system.
fn every_signal(on: &dyn Backend) -> Verdict {
    let deadly = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 24, 25, 26, 27, 29, 30, 31];
    for number in deadly {
        let expected = Signal::new(number).expect("a signal");
        let done = on.communicate(&Call::new(Program::new([Act::Raise(expected)])));
        let Exit::Signal { signal, .. } = done.output().exit else { panic!("{expected}: {done:?}") };
        assert_eq!(signal, expected);
    }
    Ok(Log::new())
}

/// SUB-39: 300 is 44.
fn eight_bits(on: &dyn Processes) -> Verdict {
    let exits = ["exit 300", "exit 256", "exit -1"].map(|acts| run(on, puppet(acts)).output().exit);
    assert_eq!(exits, [Exit::Code(44), Exit::Code(0), Exit::Code(255)]);
    Ok(Log::new().with("exits", &[], exits))
}

fn real_time(on: &dyn Processes) -> Verdict {
    let done = run(on, shell("kill -40 $$"));
    let signal = Signal::new(40).expect("a signal");
    assert_eq!(done.output().exit, Exit::Signal { signal, core_dumped: false });
    finished(&done)
}

fn shells_child(on: &dyn Processes) -> Verdict {
    let done = run(on, shell("sh -c 'kill -9 $$' 2>/dev/null; echo $?; exit $?"));
    assert_eq!((&done.output().stdout[..], done.output().exit), (&b"137\n"[..], Exit::Code(0)));
    finished(&done)
}

/// SUB-52.
fn exec(on: &dyn Processes) -> Verdict {
    let done = run(on, shell("a=$$; exec sh -c 'test $0 = $$ && exit 7' $a"));
    assert_eq!(done.output().exit, Exit::Code(7));
    finished(&done)
}

/// Failure 12: they wait for the end of one pipe, so SIGCHLD comes a few times at most.
fn five_hundred(on: &dyn Processes) -> Verdict {
    let gate = Gate::default();
    thread::scope(|scope| {
        let wait = |number: usize| {
            let code = (number % 256) as u8;
            let command = gate.puppet("", &format!("exit {code}"));
            scope.spawn(move || assert_eq!(run(on, command).output().exit, Exit::Code(code)))
        };
        (0..500).map(wait).for_each(drop);
        gate.await_all(500);
        gate.open();
    });
    Ok(Log::new())
}

/// SUB-41, POP-20: what nobody knows is told as such.
fn unknown(on: &dyn Processes) -> Verdict {
    for code in [0, 5] {
        for _ in 0..20 {
            let exit = run(on, puppet(&format!("exit {code}"))).output().exit;
            assert!(exit == Exit::Code(code) || exit == Exit::Unknown, "{exit:?}");
            assert!(exit == Exit::Code(0) || !exit.success());
        }
    }
    Ok(Log::new())
}

fn unknown_output(on: &dyn Processes) -> Verdict {
    for _ in 0..10 {
        let done = run(on, puppet("write 1 200000 5000 , exit 5"));
        assert_eq!((done.output().stdout.len(), done.output().cut), (200_000, false));
    }
    Ok(Log::new())
}

fn unknown_deadline(on: &dyn Processes) -> Verdict {
    for _ in 0..5 {
        let timeout = Some(Duration::from_millis(20));
        let call = Call { timeout, ..Call::new(puppet("wait 60000")) };
        let exit = on.run(&call).expect("it runs").output().exit;
        assert!(!exit.success(), "{exit:?}");
    }
    Ok(Log::new())
}
