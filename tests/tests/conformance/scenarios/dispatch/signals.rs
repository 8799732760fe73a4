//! Signals as events of a loop.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use standpipe_core::signal::{Disposition, Signal};
use standpipe_sys::dispatch::ConnectionOptions;
use standpipe_sys::signals::{disposition, raise};
use standpipe_tests::harness::{Alarmed, Dispatching, Scenario, Verdict};

use super::event_loop::Loop;
use super::support::{
    Echo, Hearing, Log, end, event_loop, fine, heard, many, pair, panic_quietly, plain, run_until,
    run_until_idle, say,
};

/// SIGUSR1 is the storm's, so no scenario is about it.
pub(super) const SCENARIOS: &[Scenario] = &[
    many("signals_are_told_in_ascending_order_and_each_once", in_order),
    many("a_signal_finds_its_loop_while_it_waits", while_it_waits),
    many("a_signal_stops_the_loop_and_what_was_pushed_leaves", stops),
    many("a_second_signal_resets_what_is_still_open", resets),
    many("a_loop_ends_although_signals_are_caught", ends),
    plain("signals_that_are_dismissed_are_let_go", let_go),
    plain("a_handler_of_signals_dismisses_itself", dismisses_itself),
    plain("a_loop_that_is_dropped_lets_signals_go", dropped),
    many("a_panic_over_a_signal_leaves_the_loop_usable", panicking),
    many("what_no_loop_can_catch_is_refused", refused),
];

fn telling<'a>(log: &Log) -> Alarmed<'a> {
    let log = log.clone();
    Box::new(move |_, signal| log.push(signal.to_string()))
}

fn send(signals: &[Signal]) {
    signals.iter().for_each(|signal| raise(*signal).expect("it can be sent"));
}

/// Somebody for whom the loop goes on.
fn busy<'a>(event_loop: &mut Loop<'a>) -> std::net::TcpStream {
    let (ours, theirs) = pair();
    event_loop.insert(ours, ConnectionOptions::default(), Echo);
    theirs
}

fn in_order(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let _client = busy(&mut event_loop);
    event_loop
        .signals(&[Signal::WINCH, Signal::HUP, Signal::USR2], telling(&log))
        .expect("they can be caught");
    send(&[Signal::WINCH, Signal::USR2, Signal::HUP, Signal::USR2, Signal::WINCH]);
    run_until_idle(&mut event_loop);
    assert_eq!(log.lines(), ["SIGHUP", "SIGUSR2", "SIGWINCH"]);
    send(&[Signal::USR2]);
    run_until_idle(&mut event_loop);
    assert_eq!(log.lines().len(), 4);
    log.verdict()
}

fn while_it_waits(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let _client = busy(&mut event_loop);
    event_loop.signals(&[Signal::USR2], telling(&log)).expect("it can be caught");
    run_until_idle(&mut event_loop);
    let mut child =
        std::process::Command::new("sh").args(["-c", "kill -USR2 $PPID"]).spawn().expect("a shell runs");
    run_until(&mut event_loop, || log.has("SIGUSR2"));
    assert!(child.wait().expect("it is ours").success());
    log.verdict()
}

fn stops(on: &dyn Dispatching) -> Verdict {
    let mut event_loop = event_loop(on);
    let mut client = busy(&mut event_loop);
    event_loop.stop_on(&[Signal::TERM, Signal::USR2]).expect("they can be caught");
    say(&mut client, "hello");
    let keys = event_loop.keys();
    run_until_idle(&mut event_loop);
    send(&[Signal::USR2]);
    event_loop.run().expect("it can wait");
    assert_eq!(heard(&mut client).expect("a clean end"), "hello");
    assert_eq!((keys.len(), event_loop.len()), (2, 1));
    fine()
}

fn resets(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let (ours, mut theirs) = pair();
    let key = event_loop.insert(ours, ConnectionOptions::default(), Hearing::new(&log));
    event_loop.channel(key).expect("it is there").push(&vec![7; 15 << 20]).expect("it is taken");
    event_loop.stop_on(&[Signal::USR2]).expect("it can be caught");
    send(&[Signal::USR2]);
    run_until_idle(&mut event_loop);
    assert!(event_loop.is_stopping() && log.lines().is_empty());
    send(&[Signal::USR2]);
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines(), ["closed aborted"]);
    assert!(heard(&mut theirs).is_err());
    log.verdict()
}

fn ends(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    event_loop.signals(&[Signal::USR2], telling(&log)).expect("it can be caught");
    event_loop.run().expect("it can wait");
    assert_eq!(event_loop.len(), 1);
    send(&[Signal::USR2]);
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines(), ["SIGUSR2"]);
    event_loop.call_after(Duration::from_millis(1), |_| send(&[Signal::USR2]));
    let mut client = busy(&mut event_loop);
    run_until(&mut event_loop, || log.lines().len() == 2);
    end(&client);
    event_loop.run().expect("it can wait");
    assert_eq!(heard(&mut client).expect("a clean end"), "");
    log.verdict()
}

fn is_let_go() -> bool {
    disposition(Signal::USR2).expect("it can be asked") == Disposition::Default
}

fn let_go(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let key = event_loop.signals(&[Signal::USR2], telling(&log)).expect("it can be caught");
    assert!(!is_let_go());
    assert!(event_loop.dismiss(key) && !event_loop.dismiss(key));
    assert!(is_let_go());
    fine()
}

fn dismisses_itself(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let _client = busy(&mut event_loop);
    let told = log.clone();
    let alarmed: Alarmed<'_> = Box::new(move |event_loop, signal| {
        told.push(signal.to_string());
        for key in event_loop.keys().split_off(1) {
            assert!(event_loop.dismiss(key));
        }
    });
    event_loop.signals(&[Signal::USR2], alarmed).expect("it can be caught");
    send(&[Signal::USR2]);
    run_until_idle(&mut event_loop);
    assert_eq!((log.lines().len(), event_loop.len()), (1, 1));
    assert!(is_let_go());
    log.verdict()
}

fn dropped(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    event_loop.signals(&[Signal::USR2], telling(&log)).expect("it can be caught");
    drop(event_loop);
    assert!(is_let_go());
    fine()
}

fn panicking(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let mut client = busy(&mut event_loop);
    let alarmed: Alarmed<'_> = Box::new(|_, _| panic_quietly("the handler"));
    event_loop.signals(&[Signal::USR2], alarmed).expect("it can be caught");
    event_loop.signals(&[Signal::USR2], telling(&log)).expect("it can be caught");
    send(&[Signal::USR2]);
    catch_unwind(AssertUnwindSafe(|| event_loop.run())).expect_err("it panics");
    run_until(&mut event_loop, || log.has("SIGUSR2"));
    say(&mut client, "still here");
    end(&client);
    event_loop.run().expect("it can wait");
    assert_eq!(heard(&mut client).expect("a clean end"), "still here");
    log.verdict()
}

fn refused(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let error = event_loop.signals(&[Signal::USR2, Signal::KILL], telling(&log)).expect_err("it cannot be");
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    assert!(event_loop.is_empty());
    fine()
}
