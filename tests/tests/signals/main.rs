//! Core's signals beside those of the Python modules and of the system.

use std::time::Duration;

use standpipe_blocking::Command;
use standpipe_core::process::Exit;
use standpipe_core::signal::{
    ChildSignals, DefaultAction, Disposition, Dispositions, IntervalTimer, PendingSignals, Signal,
    SignalError, SignalSet, SignalState, TimerClock, TimerError, TimerSetting, Told, Woken,
};
use standpipe_core::{Moment, Outcome, Window};
use standpipe_sys::control_pipe;
use standpipe_tests::python::Python;

/// Every name of ours is theirs with the same number, and the other way round.
#[test]
fn names_and_numbers_are_the_originals() {
    let script = "import signal\n\
        for name in dir(signal):\n\
        \x20   if name.startswith('SIG') and '_' not in name: print('%s %d' % (name, getattr(signal, name)))\n\
        print('NSIG %d' % signal.NSIG)";
    for python in Python::with_module("signal") {
        let mut theirs = python.lines(script);
        assert_eq!(theirs.pop(), Some(format!("NSIG {}", Signal::NSIG)));
        let names = Signal::all().flat_map(|signal| signal.names().map(move |name| (name, signal)));
        let mut ours: Vec<_> = names.map(|(name, signal)| format!("SIG{name} {}", signal.number())).collect();
        ours.sort();
        // 2.7 does not know this one.
        theirs.retain(|line| !line.starts_with("SIGSTKFLT"));
        ours.retain(|line| !line.starts_with("SIGSTKFLT"));
        theirs.sort();
        assert_eq!(ours, theirs);
    }
}

/// What each signal does by default, tried on a shell that sends it to itself. Those that stop it are left out: nobody
/// would wake it.
#[test]
fn default_actions_are_the_kernels() {
    for signal in Signal::all().filter(|signal| signal.default_action() != DefaultAction::Stop) {
        let command = Command::shell(format!("ulimit -c 0; kill -{} $$; exit 7", signal.number()));
        let exit = command.status().expect("it can be started");
        match signal.default_action() {
            DefaultAction::Terminate | DefaultAction::CoreDump => {
                assert!(matches!(exit, Exit::Signal { signal: by, .. } if by == signal), "{signal}: {exit}");
            }
            _ => assert_eq!(exit, Exit::Code(7), "{signal}"),
        }
    }
}

/// The two refuse the same signals, out of range or out of reach; faults apart, which only we refuse (SIG-43).
#[test]
fn what_cannot_be_caught_is_refused_alike() {
    let script = "import signal\n\
        for number in range(-1, 67):\n\
        \x20   try: signal.signal(number, lambda *_: None); print('ok')\n\
        \x20   except ValueError: print('range')\n\
        \x20   except (RuntimeError, OSError): print('refused')";
    let ours = |number: i32| match Signal::try_from(number).and_then(Signal::check_catchable) {
        Ok(()) | Err(SignalError::Fault(_)) => "ok",
        Err(SignalError::OutOfRange(_)) => "range",
        Err(_) => "refused",
    };
    for python in Python::with_module("signal") {
        assert_eq!(python.lines(script), (-1..67).map(ours).collect::<Vec<_>>());
    }
}

/// Five arrivals are one, and 12 before 10 is 10 before 12 (SIG-37, SIG-38). Both are caught while the interpreter is in
/// a native call: there is no mask to hold them back by in the original.
#[test]
fn arrivals_coalesce_and_ascend_as_in_the_original() {
    let script = "import os, signal\n\
        seen = []\n\
        for number in (10, 12): signal.signal(number, lambda number, frame: seen.append(number))\n\
        arrivals = [12, 10, 12, 12, 10, 12]\n\
        if hasattr(signal, 'pthread_sigmask'):\n\
        \x20   signal.pthread_sigmask(signal.SIG_BLOCK, [10, 12])\n\
        \x20   for number in arrivals: os.kill(os.getpid(), number)\n\
        \x20   signal.pthread_sigmask(signal.SIG_UNBLOCK, [10, 12])\n\
        else:\n\
        \x20   map(os.kill, [os.getpid()] * 6, arrivals)\n\
        for number in seen: print(int(number))";
    let mut pending = PendingSignals::default();
    for number in [12, 10, 12, 12, 10, 12] {
        pending.handle_arrival(Signal::new(number).expect("a signal"));
    }
    let ours: Vec<_> =
        std::iter::from_fn(|| pending.take_next()).map(|signal| signal.number().into()).collect();
    for python in Python::with_module("signal") {
        assert_eq!(python.numbers(script), ours);
    }
}

/// A handler that raises leaves the others of its pass waiting there (SIG-39), and here not.
#[test]
fn a_failing_handler_strands_nobody() {
    let mut pending = PendingSignals::default();
    pending.handle_arrivals([Signal::USR1, Signal::USR2].into());
    let handle = |signal| if signal == Signal::USR1 { Err("it failed") } else { Ok(signal) };
    let mut outcomes = Vec::new();
    while let Some(signal) = pending.take_next() {
        outcomes.push(handle(signal));
    }
    assert_eq!(outcomes, [Err("it failed"), Ok(Signal::USR2)]);
}

/// The successive return values of `alarm` and `setitimer`; what remains is bounded, since time passes there.
#[test]
fn alarms_return_what_the_original_returns() {
    let script = "import signal\n\
        for seconds in (100000, 3000, 0, 0): print(signal.alarm(seconds))\n\
        signal.setitimer(signal.ITIMER_REAL, 75000.2)\n\
        print(signal.alarm(0))\n\
        print(signal.getitimer(signal.ITIMER_REAL)[0])";
    let now = Moment::ORIGIN;
    let mut timer = IntervalTimer::new(TimerClock::Real);
    let mut ours: Vec<f64> = [100_000, 3000, 0, 0].map(|seconds| timer.alarm(now, seconds).into()).to_vec();
    timer.set(now, seconds(75000.2, 0.0));
    ours.push(timer.alarm(now, 0).into());
    ours.push(timer.setting(now).to_seconds().0);
    for python in Python::with_module("signal") {
        let theirs = python.numbers(script);
        assert_eq!(theirs.len(), ours.len());
        for (theirs, ours) in theirs.into_iter().zip(&ours) {
            assert_eq!(theirs > 0.0, *ours > 0.0, "armed or not");
            assert!(theirs <= *ours, "no more than was set: {theirs}");
        }
    }
}

/// Intervals read back as they were rounded: up here and in 3, down in 2.7, never to nothing (SIG-17).
#[test]
fn intervals_are_rounded_to_microseconds() {
    let script = "import signal\n\
        for clock in (0, 1, 2):\n\
        \x20   for interval in (1e-9, 1e-6, 1.5e-6, 0.1, 0.25, 1.1, 2.0000001, 123.456789):\n\
        \x20       signal.setitimer(clock, 100000, interval)\n\
        \x20       print(repr(signal.setitimer(clock, 0, 5)[1]))\n\
        \x20       print(signal.getitimer(clock)[0])";
    let mut ours = Vec::new();
    for clock in [TimerClock::Real, TimerClock::Virtual, TimerClock::Prof] {
        for interval in [1e-9, 1e-6, 1.5e-6, 0.1, 0.25, 1.1, 2.000_000_1, 123.456_789] {
            let mut timer = IntervalTimer::new(clock);
            timer.set(Moment::ORIGIN, seconds(100_000.0, interval));
            ours.push(timer.set(Moment::ORIGIN, seconds(0.0, 5.0)).to_seconds().1);
            ours.push(timer.setting(Moment::ORIGIN).to_seconds().0);
        }
    }
    for python in Python::with_module("signal") {
        let theirs = python.numbers(script);
        assert_eq!(theirs.len(), ours.len());
        let most = if python.version == 3 { 1e-9 } else { 1.001e-6 };
        assert!(theirs.iter().zip(&ours).all(|(theirs, ours)| (-1e-9..most).contains(&(ours - theirs))));
    }
}

fn seconds(delay: f64, interval: f64) -> TimerSetting {
    TimerSetting::from_seconds(delay, interval).expect("a time")
}

/// What is no time is refused by both, and what is no timer (SIG-18).
#[test]
fn what_is_no_time_is_refused_by_both() {
    let script = "import signal\n\
        def refused(*arguments):\n\
        \x20   try: signal.setitimer(*arguments); print(0)\n\
        \x20   except (ValueError, OverflowError, EnvironmentError): print(1)\n\
        for time in ('-1', 'nan', 'inf', '1e30', '-0.0', '5'): refused(0, float(time), 0)\n\
        for time in ('-1', 'nan', 'inf', '1e30', '-0.0', '5'): refused(0, 1000.0, float(time))\n\
        refused(3, 1.0)";
    let times = ["-1", "nan", "inf", "1e30", "-0.0", "5"].map(|time| time.parse().expect("a number"));
    let delays = times.map(|time| TimerSetting::from_seconds(time, 0.0).is_err());
    let intervals = times.map(|time| TimerSetting::from_seconds(1000.0, time).is_err());
    let mut ours: Vec<f64> =
        delays.into_iter().chain(intervals).map(|is_err| f64::from(u8::from(is_err))).collect();
    assert_eq!(TimerClock::try_from(3), Err(TimerError::UnknownClock(3)));
    ours.push(1.0);
    for python in Python::with_module("signal") {
        assert_eq!(python.numbers(script), ours);
    }
}

/// A program under nohup(1) keeps ignoring SIGHUP, and the original's children ignore SIGPIPE besides (trap SIG-T6).
#[test]
fn a_child_is_born_as_it_is_asked() {
    let script = "import signal, subprocess\n\
        status = subprocess.Popen(['cat', '/proc/self/status'], stdout=subprocess.PIPE).communicate()[0]\n\
        line = [line for line in status.splitlines() if line.startswith(b'SigIgn')][0]\n\
        print(int(line.split()[1], 16))";
    let parent = SignalState { ignored: [Signal::PIPE, Signal::XFSZ].into(), ..SignalState::default() };
    assert_eq!(parent.after_fork().after_exec().ignored, parent.ignored);
    assert_eq!(parent.after_reset(parent.reset(ChildSignals::default())).ignored, SignalSet::EMPTY);
    for python in Python::with_module("signal").iter().filter(|python| python.version == 2) {
        let ignored = SignalSet::from_bits(python.numbers(script)[0] as u64);
        assert!(parent.ignored.is_subset(ignored), "{ignored}");
    }
}

/// The old value is given back, whatever it was, and can be put back (SIG-21); not so `None` in the original.
#[test]
fn whatever_was_there_is_given_back_and_can_be_put_back() {
    let found = SignalState { handled: Signal::CHLD.into(), ..SignalState::default() };
    let mut dispositions = Dispositions::new(found);
    let ours = Disposition::Handler { handler: 'a', restart: true };
    for signal in [Signal::CHLD, Signal::TERM] {
        let before = dispositions.set(signal, ours).expect("it can be caught");
        assert_eq!(dispositions.set(signal, before), Ok(ours));
    }
    assert_eq!(dispositions.restore().count(), 0);
}

/// Alarm and interval timer are one: the scenario of SIG-20.
#[test]
fn alarm_and_interval_timer_are_one() {
    let mut now = Moment::ORIGIN;
    let mut timer = IntervalTimer::new(TimerClock::Real);
    timer.set(now, seconds(7.5, 0.0));
    now = now + Duration::from_micros(1);
    assert_eq!(timer.alarm(now, 0), 7);
    assert_eq!((timer.setting(now), timer.wake()), (TimerSetting::DISARMED, None));
}

/// A pipe that nobody reads never makes the teller wait, and whoever reads at last hears of the signal (SIG-46, SIG-49).
#[test]
fn a_full_wake_up_pipe_is_awake_already() {
    let (mut pipe, control) = control_pipe().expect("two descriptors");
    (0..100_000).for_each(|_| control.ask(Signal::TERM));
    let mut bytes = vec![0; 1 << 20];
    let Outcome::Ready(n) = pipe.try_read(Window::Slice(&mut bytes)) else { panic!("it is readable") };
    assert!(n < 100_000, "it was full: {n}");
    assert_eq!(Woken::decode(&bytes[..n]), Woken { signals: Signal::TERM.into(), unknown: 0 });
    assert_eq!(Told::of(Outcome::Blocked), Told::AlreadyAwake);
    drop(pipe);
    control.ask(Signal::TERM);
}

/// The scenario of the original's documentation: a device that may hang, and an alarm that is cancelled (SIG-53).
#[test]
fn an_open_with_a_time_limit() {
    assert_eq!(open_within_five_seconds(Some(4999)), Ok(4999));
    assert_eq!(open_within_five_seconds(Some(5001)), Err(Signal::ALRM));
    assert_eq!(open_within_five_seconds(None), Err(Signal::ALRM));
}

/// The device answers after so many milliseconds, if at all.
fn open_within_five_seconds(answer: Option<u64>) -> Result<u64, Signal> {
    let answers = answer.map(|millis| Moment::ORIGIN + Duration::from_millis(millis));
    let mut alarm = IntervalTimer::new(TimerClock::Real);
    alarm.alarm(Moment::ORIGIN, 5);
    let due = alarm.wake().expect("it was set").at;
    let now = answers.map_or(due, |at| at.min(due));
    alarm.handle_now(now);
    let mut pending = PendingSignals::default();
    if alarm.take_expired().is_some() {
        pending.handle_arrival(alarm.clock().signal());
    }
    match pending.take_next() {
        Some(signal) => Err(signal),
        None => {
            assert!(alarm.alarm(now, 0) > 0, "it was cancelled in time");
            assert_eq!(alarm.wake(), None);
            Ok(answer.expect("only an answer comes before the alarm"))
        }
    }
}
