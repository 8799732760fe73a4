//! What was found is in place again when nobody needs ours any more.

use standpipe_core::signal::{Disposition, Signal};
use standpipe_sys::signals::{self, Arrivals, Ignored, disposition, raise, signal_pipe};

use crate::alone::{alone, bytes, calls, count, dies_of, put, put_count, put_raw, raw_action};

#[test]
fn what_killed_kills_again() {
    dies_of(Signal::TERM, what_killed_kills_again, || {
        let (mut pipe, caught) = signal_pipe(&[Signal::TERM]).unwrap();
        raise(Signal::TERM).unwrap();
        assert_eq!(bytes(&mut pipe), [Signal::TERM.number()]);
        drop(caught);
        raise(Signal::TERM).unwrap();
    });
}

#[test]
fn it_is_put_back_by_the_last_one() {
    dies_of(Signal::TERM, it_is_put_back_by_the_last_one, || {
        let (first, second) = (signal_pipe(&[Signal::TERM]).unwrap(), signal_pipe(&[Signal::TERM]).unwrap());
        drop(first);
        raise(Signal::TERM).unwrap();
        let (mut pipe, caught) = second;
        assert_eq!(bytes(&mut pipe), [Signal::TERM.number()]);
        drop(caught);
        raise(Signal::TERM).unwrap();
    });
}

#[test]
fn one_after_the_other_finds_the_same() {
    dies_of(Signal::TERM, one_after_the_other_finds_the_same, || {
        for _ in 0..100 {
            let (mut pipe, _caught) = signal_pipe(&[Signal::TERM]).unwrap();
            raise(Signal::TERM).unwrap();
            assert_eq!(bytes(&mut pipe), [Signal::TERM.number()]);
        }
        raise(Signal::TERM).unwrap();
    });
}

#[test]
fn a_foreign_handler_is_called_meanwhile_and_is_itself_again() {
    alone(a_foreign_handler_is_called_meanwhile_and_is_itself_again, || {
        put_count(Signal::USR1, libc::SA_RESTART | libc::SA_NODEFER);
        let (mut pipe, caught) = signal_pipe(&[Signal::USR1]).unwrap();
        raise(Signal::USR1).unwrap();
        assert_eq!((bytes(&mut pipe).len(), calls()), (1, 1));
        drop(caught);
        let found = raw_action(Signal::USR1);
        assert_eq!(found.sa_sigaction, count as *const () as libc::sighandler_t);
        assert_eq!(found.sa_flags & libc::SA_NODEFER, libc::SA_NODEFER);
        assert_eq!(disposition(Signal::USR1).unwrap(), Disposition::Foreign);
        raise(Signal::USR1).unwrap();
        assert_eq!((bytes(&mut pipe).len(), calls()), (0, 1));
    });
}

#[test]
fn what_is_ignored_stays_so_unless_it_is_wanted() {
    alone(what_is_ignored_stays_so_unless_it_is_wanted, || {
        put(Signal::HUP, libc::SIG_IGN);
        let left = Arrivals::new([Signal::HUP, Signal::USR1].into(), Ignored::Leave).unwrap();
        assert_eq!(left.signals(), Signal::USR1.into());
        raise(Signal::HUP).unwrap();
        assert!(left.take().is_empty());
        let wanted = Arrivals::new(Signal::HUP.into(), Ignored::Catch).unwrap();
        raise(Signal::HUP).unwrap();
        assert_eq!(wanted.take(), Signal::HUP.into());
        drop(wanted);
        assert_eq!(disposition(Signal::HUP).unwrap(), Disposition::Ignore);
        raise(Signal::HUP).unwrap();
    });
}

#[test]
fn guards_are_dropped_in_any_order() {
    alone(guards_are_dropped_in_any_order, || {
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let (_pipe, caught) = signal_pipe(&[Signal::TERM]).unwrap();
            let ignored = signals::ignore(Signal::TERM).unwrap();
            let default = signals::set_default(Signal::TERM).unwrap();
            let mut guards = [
                (
                    Some(Box::new(caught) as Box<dyn std::any::Any>),
                    Disposition::Handler { handler: (), restart: true },
                ),
                (Some(Box::new(ignored)), Disposition::Ignore),
                (Some(Box::new(default)), Disposition::Default),
            ];
            for index in order {
                let latest = guards.iter().rev().find(|(guard, _)| guard.is_some()).expect("one is left");
                assert_eq!(disposition(Signal::TERM).unwrap(), latest.1, "{order:?}");
                guards[index].0 = None;
            }
            assert_eq!(disposition(Signal::TERM).unwrap(), Disposition::Default, "{order:?}");
        }
    });
}

#[test]
fn what_is_kept_stays() {
    alone(what_is_kept_stays, || {
        signals::ignore(Signal::TERM).unwrap().keep();
        let (mut pipe, caught) = signal_pipe(&[Signal::TERM]).unwrap();
        raise(Signal::TERM).unwrap();
        assert_eq!(bytes(&mut pipe).len(), 1, "it is ours that ignores it, and the latest wins");
        drop(caught);
        raise(Signal::TERM).unwrap();
        assert_eq!(disposition(Signal::TERM).unwrap(), Disposition::Ignore);
    });
}

/// He has kept our handler, and puts it back when we are gone.
#[test]
fn a_handler_of_ours_that_tells_nobody_does_what_was_found() {
    dies_of(Signal::TERM, a_handler_of_ours_that_tells_nobody_does_what_was_found, || {
        let (_pipe, caught) = signal_pipe(&[Signal::TERM]).unwrap();
        let ours = raw_action(Signal::TERM);
        put_count(Signal::TERM, 0);
        drop(caught);
        assert_eq!(disposition(Signal::TERM).unwrap(), Disposition::Foreign, "his stays");
        put_raw(Signal::TERM, &ours);
        assert_eq!(disposition(Signal::TERM).unwrap(), Disposition::Default);
        raise(Signal::TERM).unwrap();
    });
}

#[test]
fn what_somebody_else_has_put_there_is_his() {
    alone(what_somebody_else_has_put_there_is_his, || {
        let (mut pipe, caught) = signal_pipe(&[Signal::TERM]).unwrap();
        put(Signal::TERM, libc::SIG_IGN);
        raise(Signal::TERM).unwrap();
        drop(caught);
        assert!(bytes(&mut pipe).is_empty());
        assert_eq!(disposition(Signal::TERM).unwrap(), Disposition::Ignore);
        let again = Arrivals::new(Signal::TERM.into(), Ignored::Catch).unwrap();
        raise(Signal::TERM).unwrap();
        assert_eq!(again.take(), Signal::TERM.into());
        // Who comes after that puts ours back, for all.
        put(Signal::TERM, libc::SIG_IGN);
        let third = Arrivals::new(Signal::TERM.into(), Ignored::Catch).unwrap();
        raise(Signal::TERM).unwrap();
        assert_eq!((again.take(), third.take()), (Signal::TERM.into(), Signal::TERM.into()));
    });
}

#[test]
fn a_set_with_one_that_cannot_be_caught_changes_nothing() {
    alone(a_set_with_one_that_cannot_be_caught_changes_nothing, || {
        for refused in [Signal::KILL, Signal::STOP, Signal::SEGV, Signal::BUS, Signal::new(32).unwrap()] {
            let error = signal_pipe(&[Signal::TERM, refused]).unwrap_err();
            let reason = error.get_ref().map(ToString::to_string);
            assert_eq!(reason, refused.check_catchable().err().map(|error| error.to_string()));
            assert_eq!(disposition(Signal::TERM).unwrap(), Disposition::Default);
        }
        assert!(signals::ignore(Signal::KILL).is_err() && disposition(Signal::new(33).unwrap()).is_err());
        assert_eq!(disposition(Signal::KILL).unwrap(), Disposition::Default);
    });
}
