//! A child by its handle: looked at, waited for, signalled, stopped, dropped.

use std::fs;
use std::thread;
use std::time::Duration;

use standpipe_core::process::{Command, Exit, Stdio, Stop, StopStep};
use standpipe_core::signal::Signal;
use standpipe_tests::harness::{Children, Condition, Living, Scenario, Verdict};
use standpipe_tests::log::Log;

use super::support::{Gate, LONG, ROOMY, SHORT, by_handle, fine, puppet, shell};

/// Where somebody else may have the status first.
const OTHERS: &[Condition] = &[Condition::ForeignReaper, Condition::DeathsIgnored, Condition::SignalStorm];

pub(super) const SCENARIOS: &[Scenario] = &[
    by_handle("a_look_never_waits", look),
    by_handle("an_end_is_told_as_often_as_it_is_asked_for", told_again),
    by_handle("a_child_that_stands_still_has_not_ended", stands_still),
    by_handle("who_waits_for_a_while_can_go_on", wait_for_a_while),
    by_handle("a_wait_closes_the_input", wait_closes_input),
    by_handle("a_wait_for_a_while_leaves_the_input", wait_leaves_input),
    by_handle("a_signal_reaches_the_child", signalled),
    Scenario { under: ROOMY, ..by_handle("a_signal_after_the_end_hits_nobody", after_the_end) },
    by_handle("a_stop_tells_the_step_that_ended_it", step),
    by_handle("a_stop_after_the_end_has_no_step", no_step),
    by_handle("a_dropped_child_is_gone_at_once", dropped),
    by_handle("a_dropped_child_that_ignores_term_is_gone_as_well", dropped_deaf),
    Scenario { under: ROOMY, ..by_handle("five_hundred_handles_learn_of_five_hundred_deaths", five_hundred) },
    by_handle("many_threads_wait_for_one_child", many_wait),
    by_handle("a_waiter_and_a_killer_do_not_disturb_each_other", waiter_and_killer),
    by_handle("a_shared_child_outlives_no_owner", owner_gone),
    Scenario { under: OTHERS, ..by_handle("a_stolen_end_is_told_within_a_turn", stolen) },
    Scenario { under: OTHERS, ..by_handle("nobodys_signal_follows_a_stolen_end", stolen_signal) },
];

fn spawn(on: &dyn Children, command: &Command) -> Box<dyn Living> {
    on.spawn(command).expect("it runs")
}

const fn by(signal: Signal) -> Exit {
    Exit::Signal { signal, core_dumped: false }
}

/// SUB-37.
fn look(on: &dyn Children) -> Verdict {
    let gate = Gate::default();
    let mut child = spawn(on, &gate.puppet("", "exit 3"));
    gate.await_all(1);
    assert_eq!([child.poll(), child.poll()], [None, None]);
    gate.open();
    assert_eq!((child.wait(), child.poll()), (Exit::Code(3), Some(Exit::Code(3))));
    fine()
}

/// SUB-38, POP-22.
fn told_again(on: &dyn Children) -> Verdict {
    let mut child = spawn(on, &puppet("exit 7"));
    let shared = child.share();
    let told =
        [Some(child.wait()), Some(child.wait()), child.poll(), child.wait_timeout(LONG), shared.poll()];
    assert_eq!(told, [Some(Exit::Code(7)); 5]);
    Ok(Log::new().with("exit", &[], told))
}

/// SUB-37, POP-20. It has stopped when its state in proc_pid_stat(5) is `T`.
fn stands_still(on: &dyn Children) -> Verdict {
    let mut child = spawn(on, &puppet("stop , exit 4"));
    let stat = format!("/proc/{}/stat", child.pid());
    while !fs::read_to_string(&stat).expect("it is there").contains(") T ") {
        assert_eq!(child.wait_timeout(Duration::from_millis(5)), None);
    }
    assert_eq!((child.poll(), child.share().poll()), (None, None));
    child.signal(Signal::CONT);
    assert_eq!(child.wait(), Exit::Code(4));
    fine()
}

fn wait_for_a_while(on: &dyn Children) -> Verdict {
    let gate = Gate::default();
    let mut child = spawn(on, &gate.puppet("", "exit 5"));
    let waits = [Duration::ZERO, Duration::from_millis(1), Duration::from_millis(30)];
    assert_eq!(waits.map(|wait| child.wait_timeout(wait)), [None; 3]);
    gate.open();
    assert_eq!(child.wait_timeout(Duration::MAX), Some(Exit::Code(5)));
    fine()
}

/// A child that reads to the end of its input would never come to its own.
fn wait_closes_input(on: &dyn Children) -> Verdict {
    let mut child = spawn(on, &puppet("read 10 0 , exit 6"));
    assert_eq!(child.wait(), Exit::Code(6));
    fine()
}

fn wait_leaves_input(on: &dyn Children) -> Verdict {
    let mut child = spawn(on, &puppet("read 10 0 , exit 6"));
    assert_eq!(child.wait_timeout(Duration::from_millis(30)), None);
    assert_eq!(child.talk(b"four".to_vec()).finish().stdout, b"4");
    fine()
}

/// SUB-48, SUB-49.
fn signalled(on: &dyn Children) -> Verdict {
    for signal in [Signal::TERM, Signal::KILL, Signal::USR1] {
        let mut child = spawn(on, &puppet("wait 60000"));
        child.signal(signal);
        assert_eq!(child.wait(), by(signal));
    }
    fine()
}

/// Failure 11: its number may be another's. Here it is, as soon as the kernel gives it away.
fn after_the_end(on: &dyn Children) -> Verdict {
    let mut ended = spawn(on, &puppet("exit 3"));
    let shared = ended.share();
    assert_eq!(ended.wait(), Exit::Code(3));
    let mut others: Vec<_> = (0..20).map(|_| spawn(on, &puppet("wait 60000"))).collect();
    ended.signal(Signal::KILL);
    shared.signal(Signal::KILL);
    assert!(others.iter_mut().all(|child| child.poll().is_none()));
    assert_eq!(ended.poll(), Some(Exit::Code(3)));
    fine()
}

fn step(on: &dyn Children) -> Verdict {
    let stop = Stop::close_stdin().grace(LONG).then(Signal::KILL);
    let ended = spawn(on, &puppet("read 10 0 , exit 2")).stop(&stop);
    assert_eq!(ended, (Exit::Code(2), Some(StopStep::CloseStdin)));
    let deaf = shell("trap '' TERM; echo; exec 1>&-; while :; do sleep 60; done");
    let mut deaf = spawn(on, &deaf);
    assert_eq!(deaf.wait_timeout(SHORT), None);
    let ended = deaf.stop(&Stop::terminate(SHORT).whole_group());
    assert_eq!(ended, (by(Signal::KILL), Some(StopStep::Signal(Signal::KILL))));
    fine()
}

fn no_step(on: &dyn Children) -> Verdict {
    let mut child = spawn(on, &puppet("exit 1"));
    assert_eq!(child.wait(), Exit::Code(1));
    assert_eq!(child.stop(&Stop::kill()), (Exit::Code(1), None));
    fine()
}

/// Failure 14: neither a process nor a zombie has its number.
fn dropped(on: &dyn Children) -> Verdict {
    for _ in 0..50 {
        let child = spawn(on, &puppet("wait 60000"));
        let path = format!("/proc/{}", child.pid());
        assert!(fs::exists(&path).expect("proc is mounted"));
        drop(child);
        assert!(!fs::exists(&path).expect("proc is mounted"), "{path} is there");
    }
    fine()
}

fn dropped_deaf(on: &dyn Children) -> Verdict {
    let child = spawn(on, &shell("trap '' TERM INT HUP; echo; exec sleep 60"));
    let path = format!("/proc/{}", child.pid());
    drop(child);
    assert!(!fs::exists(&path).expect("proc is mounted"));
    fine()
}

/// Failure 12, in one thread: SIGCHLD comes a few times at most.
fn five_hundred(on: &dyn Children) -> Verdict {
    const COUNT: usize = 500;
    let gate = Gate::default();
    let spawn = |number: usize| {
        spawn(on, &gate.puppet("", &format!("exit {}", number % 256)).stdout(Stdio::Null).stderr(Stdio::Null))
    };
    let mut children: Vec<_> = (0..COUNT).map(spawn).collect();
    gate.await_all(COUNT);
    assert!(children.iter_mut().all(|child| child.poll().is_none()));
    gate.open();
    for (number, child) in children.iter_mut().enumerate().rev() {
        assert_eq!(child.wait(), Exit::Code((number % 256) as u8));
    }
    fine()
}

fn many_wait(on: &dyn Children) -> Verdict {
    let gate = Gate::default();
    let mut child = spawn(on, &gate.puppet("", "exit 9"));
    thread::scope(|scope| {
        // More than there are descriptors left, where those run out.
        let waits = [(); 32].map(|()| child.share()).map(|shared| scope.spawn(move || shared.wait()));
        let shared = child.share();
        assert_eq!(shared.wait_timeout(Duration::from_millis(10)), None);
        gate.open();
        assert_eq!(child.wait(), Exit::Code(9));
        assert_eq!(waits.map(|wait| wait.join().expect("no panic")), [Exit::Code(9); 32]);
    });
    fine()
}

/// Failure 11: both at once, again and again.
fn waiter_and_killer(on: &dyn Children) -> Verdict {
    for round in 0..50 {
        let mut child = spawn(on, &puppet(&format!("wait {} , exit 3", round % 5)));
        let shared = child.share();
        let exit = thread::scope(|scope| {
            scope.spawn(move || {
                for _ in 0..20 {
                    shared.signal(Signal::TERM);
                }
            });
            child.wait()
        });
        assert!([Exit::Code(3), by(Signal::TERM)].contains(&exit), "{exit:?}");
    }
    fine()
}

fn owner_gone(on: &dyn Children) -> Verdict {
    let child = spawn(on, &puppet("wait 60000"));
    let shared = child.share();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| shared.wait());
        drop(child);
        assert!(!waiting.join().expect("no panic").success());
    });
    shared.signal(Signal::TERM);
    assert!(!shared.wait().success());
    fine()
}

/// Failure 13: nobody waits for ever for what somebody else has.
fn stolen(on: &dyn Children) -> Verdict {
    for _ in 0..30 {
        let mut child = spawn(on, &puppet("exit 3"));
        let exit = child.wait_timeout(LONG).expect("it has ended");
        assert!([Exit::Code(3), Exit::Unknown].contains(&exit), "{exit:?}");
        assert_eq!(child.wait(), exit);
    }
    fine()
}

fn stolen_signal(on: &dyn Children) -> Verdict {
    for _ in 0..20 {
        let mut child = spawn(on, &puppet("exit 0"));
        child.wait();
        child.signal(Signal::KILL);
        let (exit, _) = child.stop(&Stop::kill());
        assert!([Exit::Code(0), Exit::Unknown].contains(&exit), "{exit:?}");
    }
    fine()
}
