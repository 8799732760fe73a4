//! Children of many threads.

use std::fs::File;
use std::io::pipe;
use std::process::{Child, Command as Standard, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rustix::io::{Errno, FdFlags, fcntl_setfd};
use rustix::pipe::fcntl_getpipe_size;
use standpipe_core::process::Command;
use standpipe_sys::spawn::SpawnStep;
use standpipe_tests::client::pattern;
use standpipe_tests::harness::{Call, Condition, Processes, Scenario, Verdict};

use super::descriptors::open_in;
use super::support::{
    Gate, PUPPET, ROOMY, bounded, bytes, fails, field, file, fine, is_root, puppet, real, run, said,
};

/// Where nothing else counts children.
const FREE: &[Condition] = &[Condition::SignalStorm, Condition::StandardClosed];

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario { under: ROOMY, ..real("every_thread_gets_its_own_childs_output", own_output) },
    Scenario { under: ROOMY, ..real("whatever_other_threads_open_stays_out", stays_out) },
    Scenario { under: FREE, ..real("a_foreign_child_holds_no_pipe_of_ours", foreign_child) },
    Scenario { under: ROOMY, ..real("pipes_of_one_thread_do_not_leak_to_anothers", two_threads) },
    Scenario { under: ROOMY, ..real("failures_of_one_thread_are_not_anothers", failures) },
    Scenario { under: FREE, ..real("children_of_many_users_at_once", many_users) },
    Scenario { under: ROOMY, ..real("scripts_are_written_and_run_by_many_threads", scripts) },
    Scenario {
        under: &[Condition::Unprivileged],
        ..real("two_hundred_busy_children_leave_room_for_one_more", busy_pipes)
    },
];

fn own_output(on: &dyn Processes) -> Verdict {
    thread::scope(|scope| {
        for thread in 0..6 {
            scope.spawn(move || {
                for round in 0..10 {
                    let word = format!("{thread}-{round}");
                    assert_eq!(said(on, puppet("say").arg(word.as_str())), word);
                }
            });
        }
    });
    fine()
}

/// They are inheritable or not, as they come.
fn stays_out(on: &dyn Processes) -> Verdict {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    let file = File::open("/dev/null").expect("it is there");
                    fcntl_setfd(&file, FdFlags::empty()).expect("it is open");
                }
            });
        }
        for _ in 0..50 {
            let open = open_in(on, puppet("descriptors"));
            assert!(open.keys().eq(&[0, 1, 2]), "{open:?}");
        }
        over.store(true, Ordering::Relaxed);
    });
    fine()
}

/// Failure 16, with children that are spawned without us.
fn foreign_child(on: &dyn Processes) -> Verdict {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let foreign = scope.spawn(|| {
            let mut sleepers: Vec<Child> = Vec::new();
            while !over.load(Ordering::Relaxed) && sleepers.len() < 50 {
                let mut sleeper = Standard::new(PUPPET);
                let sleeper = sleeper.args(["wait", "60000"]).stdin(Stdio::null());
                sleepers.push(sleeper.spawn().expect("a puppet runs"));
            }
            sleepers
        });
        for _ in 0..50 {
            let done = bounded(on, Call { input: Some(b"through".to_vec()), ..Call::new(puppet("copy 1")) });
            assert_eq!((&done.output().stdout[..], done.output().cut), (&b"through"[..], false));
            assert!(done.result.is_ok(), "{:?}", done.result);
        }
        over.store(true, Ordering::Relaxed);
        for mut sleeper in foreign.join().expect("no panic") {
            sleeper.kill().and_then(|()| sleeper.wait()).expect("it is ours");
        }
    });
    fine()
}

/// Failure 16 as it stands there: whoever holds an end of another one's pipe keeps it from its end.
fn two_threads(on: &dyn Processes) -> Verdict {
    thread::scope(|scope| {
        for thread in 0..2 {
            scope.spawn(move || {
                for round in 0..100 {
                    let input = pattern(thread * 1000 + round, 100);
                    let done =
                        bounded(on, Call { input: Some(input.clone()), ..Call::new(puppet("copy 1")) });
                    assert!(done.result.is_ok() && done.output().stdout == input, "{done:?}");
                }
            });
        }
    });
    fine()
}

fn failures(on: &dyn Processes) -> Verdict {
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..50 {
                    let step = SpawnStep::Execute("/no/such".into());
                    fails(on, Command::new("/no/such"), step, Errno::NOENT).expect("no skip");
                }
            });
            scope.spawn(|| {
                for _ in 0..50 {
                    assert_eq!(said(on, puppet("say x")), "x");
                }
            });
        }
    });
    fine()
}

/// Those that become somebody else are born in another way than the others.
fn many_users(on: &dyn Processes) -> Verdict {
    if !is_root() {
        return fine();
    }
    thread::scope(|scope| {
        for user in 60_000..60_004 {
            scope.spawn(move || {
                for _ in 0..15 {
                    let status = said(on, puppet("show /proc/self/status").uid(user).gid(user));
                    let expected = [user; 4].map(|user| user.to_string()).join(" ");
                    assert_eq!(field(&status, "Uid:"), expected);
                }
            });
        }
    });
    fine()
}

/// Failure 17 as it stands there.
fn scripts(on: &dyn Processes) -> Verdict {
    let folder = tempfile::tempdir().expect("a temporary folder");
    thread::scope(|scope| {
        for thread in 0..4 {
            let path = folder.path().join(thread.to_string());
            scope.spawn(move || {
                for round in 0..25 {
                    file(&path, &format!("#!/bin/sh\necho {round}\n"), 0o755);
                    let command = Command::new(bytes(&path));
                    assert_eq!(said(on, command), format!("{round}\n"));
                    std::fs::remove_file(&path).expect("it is ours");
                }
            });
        }
    });
    fine()
}

/// Busy pipes are made bigger, out of a store that is the user's: who comes last gets an ordinary one still.
fn busy_pipes(on: &dyn Processes) -> Verdict {
    let gate = Gate::default();
    thread::scope(|scope| {
        for _ in 0..200 {
            let command = gate.puppet("write 1 400000 100000", "write 1 100000 10000");
            scope.spawn(|| assert_eq!(run(on, command).output().stdout.len(), 500_000));
        }
        gate.await_all(200);
        let (last, _) = pipe().expect("a pipe");
        assert_eq!(fcntl_getpipe_size(&last).expect("it is one"), 64 << 10);
        assert_eq!(said(on, puppet("say x")), "x");
        gate.open();
    });
    fine()
}
