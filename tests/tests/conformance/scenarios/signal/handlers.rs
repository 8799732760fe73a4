//! Closures that are run where their owner says.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::mpsc::channel;

use standpipe_blocking::signal::{Disposition, Handlers, disposition, raise};
use standpipe_core::signal::Signal;
use standpipe_tests::harness::{Backend, Verdict};
use standpipe_tests::log::Log;

use super::LONG;

fn handlers() -> Handlers {
    Handlers::new().expect("descriptors")
}

fn in_place(signal: Signal) -> Disposition<()> {
    disposition(signal).expect("it can be asked")
}

pub(super) fn registers(_: &dyn Backend) -> Verdict {
    let mut handlers = handlers();
    let (seen, came) = channel();
    let add = move |handlers: &mut Handlers, first: Signal| {
        let seen = seen.clone();
        handlers
            .on(Signal::HUP, move |_, second| seen.send((first, second)).map_err(io::Error::other))
            .map(drop)
    };
    handlers.on(Signal::USR2, add).expect("it can be caught");
    raise(Signal::USR2).expect("it is caught");
    assert_eq!(handlers.wait().expect("it is run"), 1);
    raise(Signal::HUP).expect("it is caught since");
    assert_eq!(handlers.wait_timeout(LONG).expect("it is run"), 1);
    assert_eq!(came.try_recv(), Ok((Signal::USR2, Signal::HUP)));
    Ok(Log::new())
}

pub(super) fn fails(_: &dyn Backend) -> Verdict {
    let mut handlers = handlers();
    handlers.on(Signal::HUP, |_, _| Err(io::Error::other("it failed"))).expect("it can be caught");
    handlers.on(Signal::USR2, |_, _| Ok(())).expect("it can be caught");
    raise(Signal::USR2).expect("it is caught");
    raise(Signal::HUP).expect("it is caught");
    assert_eq!(handlers.run_pending().expect_err("the first fails").to_string(), "it failed");
    assert_eq!(handlers.wait().expect("the other is there without another signal"), 1);
    raise(Signal::HUP).expect("it is caught");
    assert!(handlers.wait().is_err(), "it is still in place");
    Ok(Log::new())
}

pub(super) fn panics(_: &dyn Backend) -> Verdict {
    let mut handlers = handlers();
    handlers.on(Signal::HUP, |_, _| panic!("as it is asked to")).expect("it can be caught");
    handlers.on(Signal::USR2, |_, _| Ok(())).expect("it can be caught");
    raise(Signal::USR2).expect("it is caught");
    raise(Signal::HUP).expect("it is caught");
    assert!(panics_quietly(|| handlers.run_pending()));
    assert_eq!(handlers.wait().expect("the other is there without another signal"), 1);
    raise(Signal::HUP).expect("it is caught");
    assert!(panics_quietly(|| handlers.run_pending()), "it is still in place");
    Ok(Log::new())
}

/// Whether it panics, which ends this program otherwise.
fn panics_quietly<T>(act: impl FnOnce() -> T) -> bool {
    let hook = take_hook();
    set_hook(Box::new(|_| {}));
    let ran = catch_unwind(AssertUnwindSafe(act));
    set_hook(hook);
    ran.is_err()
}

pub(super) fn replaces_itself(_: &dyn Backend) -> Verdict {
    let mut handlers = handlers();
    let (seen, came) = channel();
    let replace = move |handlers: &mut Handlers, signal: Signal| {
        let seen = seen.clone();
        handlers.on(signal, move |_, _| seen.send("the second").map_err(io::Error::other)).map(drop)
    };
    handlers.on(Signal::USR2, replace).expect("it can be caught");
    for _ in 0..3 {
        raise(Signal::USR2).expect("it is caught");
        assert_eq!(handlers.run_pending().expect("it is run"), 1);
    }
    assert_eq!(came.try_iter().collect::<Vec<_>>(), ["the second"; 2]);
    Ok(Log::new())
}

/// The one that runs is not run within itself, and what came for it meanwhile is not lost.
pub(super) fn nested(_: &dyn Backend) -> Verdict {
    let mut handlers = handlers();
    let (seen, came) = channel();
    let within = seen.clone();
    let mut is_first = true;
    let run = move |handlers: &mut Handlers, signal: Signal| {
        within.send(signal).map_err(io::Error::other)?;
        if std::mem::take(&mut is_first) {
            raise(signal)?;
            raise(Signal::WINCH)?;
            assert_eq!(handlers.run_pending()?, 1);
        }
        Ok(())
    };
    handlers.on(Signal::USR2, run).expect("it can be caught");
    handlers
        .on(Signal::WINCH, move |_, signal| seen.send(signal).map_err(io::Error::other))
        .expect("it can be caught");
    raise(Signal::USR2).expect("it is caught");
    assert_eq!(handlers.run_pending().expect("they are run"), 2);
    assert_eq!(came.try_iter().collect::<Vec<_>>(), [Signal::USR2, Signal::WINCH, Signal::USR2]);
    Ok(Log::new())
}

pub(super) fn given_back(_: &dyn Backend) -> Verdict {
    let mut handlers = handlers();
    let before = handlers.on(Signal::USR2, |_, _| Ok(())).expect("it can be caught");
    assert!(matches!(before, Disposition::Default));
    let first = handlers.set(Signal::USR2, Disposition::Ignore).expect("it can be ignored");
    assert_eq!(in_place(Signal::USR2), Disposition::Ignore);
    let ignored = handlers.set(Signal::USR2, first).expect("it can be put back");
    assert!(matches!(ignored, Disposition::Ignore));
    raise(Signal::USR2).expect("it is caught again");
    assert_eq!(handlers.run_pending().expect("the first is run"), 1);
    assert!(handlers.set(Signal::USR2, Disposition::Foreign).is_err(), "there was none of somebody else's");
    assert!(handlers.on(Signal::SEGV, |_, _| Ok(())).is_err());
    let left = handlers.set_unless_ignored(Signal::PIPE, Disposition::Default).expect("it can be asked");
    assert!(left.is_none(), "it is ignored in every Rust program");
    drop(handlers);
    assert_eq!((in_place(Signal::USR2), in_place(Signal::PIPE)), (Disposition::Default, Disposition::Ignore));
    Ok(Log::new())
}

pub(super) fn ignores(_: &dyn Backend) -> Verdict {
    let mut handlers = handlers();
    handlers.on(Signal::USR2, |_, _| Err(io::Error::other("it is not to be run"))).expect("it can be caught");
    raise(Signal::USR2).expect("it is caught");
    handlers.set(Signal::USR2, Disposition::Ignore).expect("it can be ignored");
    raise(Signal::USR2).expect("it is ignored");
    assert_eq!(handlers.run_pending().expect("nothing is run"), 0);
    Ok(Log::new())
}
