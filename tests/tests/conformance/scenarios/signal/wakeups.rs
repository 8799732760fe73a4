//! Descriptors that the caller has chosen.

use std::fs::File;
use std::io::Read;
use std::os::unix::net::UnixStream;

use standpipe_blocking::signal::{WakeupError, WakeupFd, raise};
use standpipe_core::signal::{Signal, Woken};
use standpipe_tests::harness::{Backend, Verdict};
use standpipe_tests::log::Log;

use super::{all, catch};

pub(super) fn full(backend: &dyn Backend) -> Verdict {
    let (mut read, write) = UnixStream::pair().expect("two sockets");
    write.set_nonblocking(true).expect("a socket");
    let wakeup = WakeupFd::new(&write, [Signal::USR2, Signal::WINCH].into()).expect("it can be woken");
    let mut signals = catch(backend, &[Signal::USR2, Signal::WINCH]);
    (0..10_000).for_each(|_| raise(Signal::USR2).expect("it is caught"));
    raise(Signal::WINCH).expect("it is caught");
    assert_eq!(all(&mut *signals), [Signal::USR2, Signal::WINCH]);
    drop((wakeup, write));
    let mut bytes = Vec::new();
    read.read_to_end(&mut bytes).expect("it can be read");
    assert!(bytes.len() < 10_000, "or it was never full");
    assert_eq!(Woken::decode(&bytes), Woken { signals: Signal::USR2.into(), unknown: 0 });
    Ok(Log::new())
}

pub(super) fn refused(_: &dyn Backend) -> Verdict {
    let wake = |fd: &dyn std::os::fd::AsFd| WakeupFd::new(fd.as_fd(), Signal::USR2.into()).map(drop);
    let (_read, write) = UnixStream::pair().expect("two sockets");
    assert!(matches!(wake(&write), Err(WakeupError::Blocking)));
    assert!(matches!(wake(&File::open("/dev/null").expect("it is there")), Err(WakeupError::NoPipe(_))));
    let (read, _write) = std::io::pipe().expect("a pipe");
    standpipe_sys::fd::set_nonblocking(std::os::fd::AsFd::as_fd(&read)).expect("it is open");
    assert!(matches!(wake(&read), Err(WakeupError::NotForWriting)));
    Ok(Log::new())
}

pub(super) fn unread(_: &dyn Backend) -> Verdict {
    let (read, write) = UnixStream::pair().expect("two sockets");
    write.set_nonblocking(true).expect("a socket");
    let _wakeup = WakeupFd::new(&write, Signal::USR2.into()).expect("it can be woken");
    drop(read);
    (0..10).for_each(|_| raise(Signal::USR2).expect("it is caught"));
    Ok(Log::new())
}
